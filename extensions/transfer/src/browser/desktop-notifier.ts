import { injectable } from '@theia/core/shared/inversify';
import { desktopBridge } from './desktop-bridge';

/** Why the system shows no notifications of ours. */
export type DesktopRefusal = 'unsupported' | 'denied' | 'undecided';

/** Of all windows of one browser the last one replaces what the others said of the same. */
const TAG = 'connect-transfers';
const TITLE = 'Connect';

/** Notifications of the system, as far as the window may show some. */
@injectable()
export class DesktopNotifier {
    /** What keeps notifications from being shown now; undefined when nothing does. */
    get refusal(): DesktopRefusal | undefined {
        // pages that did not come over a secure connection have none
        if (typeof window.Notification !== 'function') {
            return 'unsupported';
        }
        const { permission } = window.Notification;
        return permission === 'granted' ? undefined : permission === 'denied' ? 'denied' : 'undecided';
    }

    /** Asks the person, once. Browsers want that to follow a click or a key. */
    async ask(): Promise<DesktopRefusal | undefined> {
        if (this.refusal === 'undecided') {
            await window.Notification.requestPermission();
        }
        return this.refusal;
    }

    /**
     * False when the system does not take it: some browsers have notifications and refuse to make one.
     *
     * @param text holds names only: it may be read over somebody's shoulder, or on a locked screen
     * @param onClick after the window was brought to the front
     */
    show(text: string, onClick: () => void): boolean {
        if (this.refusal !== undefined) {
            return false;
        }
        try {
            const notification = new window.Notification(TITLE, { body: text, tag: TAG, icon: 'icon.svg' });
            notification.onclick = () => {
                notification.close();
                desktopBridge()?.focusWindow();
                window.focus();
                onClick();
            };
            return true;
        } catch (error) {
            if (error instanceof TypeError) {
                return false;
            }
            throw error;
        }
    }
}
