import type { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { injectable } from '@theia/core/shared/inversify';

/** What comes and goes above the workbench. */
const PASSING = '.dialogOverlay, .quick-input-widget, .lm-Menu';

/**
 * Brings the focus back to where it was in the workbench when something that lay above it is gone. Theia's dialogs do
 * that themselves, but not after the palette, which is gone before the dialog that was opened from it is.
 */
@injectable()
export class FocusKeeper implements FrontendApplicationContribution {
    private last: HTMLElement | undefined;
    private wasAbove = false;

    onStart(): void {
        document.addEventListener('focusin', ({ target }) => {
            if (target instanceof HTMLElement && target !== document.body) {
                this.wasAbove = target.closest(PASSING) !== null;
                this.last = this.wasAbove ? this.last : target;
            }
        });
        // dialogs are taken out of the document, the palette is hidden: neither tells its element
        document.addEventListener('focusout', () => this.lookSoon());
        new MutationObserver(() => this.lookSoon()).observe(document.body, { childList: true });
    }

    private lookSoon(): void {
        if (this.wasAbove) {
            window.setTimeout(() => this.bringBack());
        }
    }

    private bringBack(): void {
        const nowhere = document.activeElement === null || document.activeElement === document.body;
        if (this.wasAbove && nowhere && this.last?.isConnected && !document.querySelector('.dialogOverlay')) {
            this.last.focus({ preventScroll: true });
        }
    }
}
