import type { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { CommandRegistry } from '@theia/core/lib/common/command';
import { inject, injectable } from '@theia/core/shared/inversify';

/** What comes and goes above the workbench. */
const PASSING = '.dialogOverlay, .quick-input-widget, .lm-Menu';
/** Places in the workbench that are kept: enough to find one that is still in sight. */
const MOST_KEPT = 16;

/**
 * Brings the focus back to where it was in the workbench when what had it is gone: something that lay above the
 * workbench, or a view that a command has hidden. Theia's dialogs do that themselves, but not after the palette, which
 * is gone before the dialog that was opened from it is; panels do not when they are folded up.
 */
@injectable()
export class FocusKeeper implements FrontendApplicationContribution {
    @inject(CommandRegistry) protected readonly commands: CommandRegistry;

    /** Elements of the workbench that had the focus, the latest first. */
    private kept: HTMLElement[] = [];
    private wasAbove = false;

    onStart(): void {
        document.addEventListener('focusin', ({ target }) => {
            if (target instanceof HTMLElement && target !== document.body) {
                this.wasAbove = target.closest(PASSING) !== null;
                if (!this.wasAbove) {
                    this.kept = [target, ...this.kept.filter(each => each !== target)].slice(0, MOST_KEPT);
                }
            }
        });
        // dialogs are taken out of the document, the palette and views are hidden: none tells its element
        document.addEventListener('focusout', () => this.lookSoon());
        new MutationObserver(() => this.lookSoon()).observe(document.body, { childList: true });
        this.commands.onDidExecuteCommand(() => this.lookSoon());
    }

    private lookSoon(): void {
        window.setTimeout(() => this.bringBack());
    }

    private bringBack(): void {
        const isNowhere = document.activeElement === null || document.activeElement === document.body;
        // who clicks beside everything has taken the focus away, and finds it where it was not put again
        const isLost = this.wasAbove || (this.kept.length > 0 && !isShown(this.kept[0]));
        if (isNowhere && isLost && !document.querySelector('.dialogOverlay')) {
            this.kept.find(isShown)?.focus({ preventScroll: true });
        }
    }
}

function isShown(element: HTMLElement): boolean {
    return element.isConnected && element.checkVisibility({ visibilityProperty: true });
}
