import { StatusBar, StatusBarAlignment } from '@theia/core/lib/browser/status-bar/status-bar-types';
import { inject, injectable } from '@theia/core/shared/inversify';

const ID = 'connect-drop-hint';

/** Says in the status bar why something cannot be dropped where the pointer is. */
@injectable()
export class DropHint {
    @inject(StatusBar) protected readonly statusBar: StatusBar;
    private shown: string | undefined;

    show(reason: string): void {
        if (this.shown !== reason) {
            this.shown = reason;
            void this.statusBar.setElement(ID, {
                text: `$(circle-slash) ${reason}`,
                alignment: StatusBarAlignment.LEFT,
                priority: 1_000,
                accessibilityInformation: { label: reason, role: 'status' }
            });
        }
    }

    clear(): void {
        if (this.shown !== undefined) {
            this.shown = undefined;
            void this.statusBar.removeElement(ID);
        }
    }
}
