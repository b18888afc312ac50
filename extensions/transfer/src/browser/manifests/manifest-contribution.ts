import type { Command, CommandContribution, CommandRegistry } from '@theia/core/lib/common/command';
import type { MenuContribution, MenuModelRegistry } from '@theia/core/lib/common/menu';
import { inject, injectable } from '@theia/core/shared/inversify';
import { isRunning } from '../../common/job-lifecycle';
import type { Job } from '../../common/transfer-protocol';
import { TRANSFER_CONTEXT_MENU } from '../transfer-context-menu';
import { TransferSelection } from '../transfer-selection';
import { ManifestActions } from './manifest-actions';

/** Commands about the files of one transfer; they act on the focused row of the list. */
export const ManifestCommands = {
    VERIFY: { id: 'connect.transfers.verifyAgain', category: 'Transfer', label: 'Verify Again' },
    SAVE: { id: 'connect.transfers.saveManifest', category: 'Transfer', label: 'Save Manifest…' }
} satisfies Record<string, Command>;

/** Verifies again and saves manifests: by command and from the menu of a row. */
@injectable()
export class ManifestContribution implements CommandContribution, MenuContribution {
    @inject(ManifestActions) protected readonly actions: ManifestActions;
    @inject(TransferSelection) protected readonly selection: TransferSelection;

    registerCommands(registry: CommandRegistry): void {
        const focused = (isFit: (job: Job) => boolean): Job | undefined => {
            const job = this.selection.focused;
            return job && isFit(job) ? job : undefined;
        };
        // while it runs, files are not what they are to be
        const rests = (job: Job): boolean => !isRunning(job.state) && job.filesDone + job.filesSkipped > 0;
        registry.registerCommand(ManifestCommands.VERIFY, {
            isEnabled: () => focused(rests) !== undefined,
            execute: () => this.actions.verify(focused(rests)!)
        });
        const began = (job: Job): boolean => job.startedMs !== undefined;
        registry.registerCommand(ManifestCommands.SAVE, {
            isEnabled: () => focused(began) !== undefined,
            execute: () => this.actions.save(focused(began)!)
        });
    }

    registerMenus(menus: MenuModelRegistry): void {
        for (const [place, { id, label }] of [ManifestCommands.VERIFY, ManifestCommands.SAVE].entries()) {
            menus.registerMenuAction([...TRANSFER_CONTEXT_MENU, '1aa_files'], {
                commandId: id,
                label,
                order: String(place)
            });
        }
    }
}
