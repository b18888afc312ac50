import { ContextKeyService } from '@theia/core/lib/browser/context-key-service';
import type { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { inject, injectable } from '@theia/core/shared/inversify';

/** While this context key of monaco is set, Enter, Escape and the arrow keys are those of the palette. */
export const IN_QUICK_INPUT = 'inQuickInput';

/**
 * Gives keys to what has the focus as soon as it has it. Monaco clears {@link IN_QUICK_INPUT} in a task of its own after
 * the palette has lost the focus: the keys of who types at once into the dialog that a command has opened would be
 * taken for a palette that is gone, and be lost.
 */
@injectable()
export class PaletteKeys implements FrontendApplicationContribution {
    @inject(ContextKeyService) protected readonly contextKeys: ContextKeyService;

    onStart(): void {
        const isInside = this.contextKeys.createKey<boolean>(IN_QUICK_INPUT, false);
        // monaco itself sets it at once when the focus comes to the palette
        document.addEventListener('focusin', ({ target }) => {
            if (target instanceof Element && target.closest('.quick-input-widget') === null) {
                isInside.set(false);
            }
        });
    }
}
