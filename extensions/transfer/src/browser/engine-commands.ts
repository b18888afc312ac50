import { AboutDialog } from '@theia/core/lib/browser/about-dialog';
import type { CommandRegistry } from '@theia/core/lib/common/command';
import { QuickPickService } from '@theia/core/lib/common/quick-pick-service';
import { inject, injectable } from '@theia/core/shared/inversify';
import { EngineService } from '../common/engine-protocol';
import { engineLine } from '../common/engine-text';
import type { Job } from '../common/transfer-protocol';
import { TransferActions } from './transfer-actions';
import { TransferClientModel } from './transfer-client-model';
import { TransferCommands } from './transfer-commands';
import { TransferSelection } from './transfer-selection';

/** Commands about what moves the files. */
@injectable()
export class EngineCommands {
    @inject(EngineService) protected readonly engines: EngineService;
    @inject(TransferClientModel) protected readonly model: TransferClientModel;
    @inject(TransferSelection) protected readonly selection: TransferSelection;
    @inject(TransferActions) protected readonly actions: TransferActions;
    @inject(QuickPickService) protected readonly quickPick: QuickPickService;
    @inject(AboutDialog) protected readonly about: AboutDialog;

    register(registry: CommandRegistry): void {
        const applies = (job: Job): boolean => job.state !== 'completed';
        registry.registerCommand(TransferCommands.CHOOSE_ENGINE, {
            isEnabled: () => this.selection.jobs.some(applies),
            execute: () => this.actions.attempt(() => this.choose(this.selection.jobs.filter(applies)))
        });
        registry.registerCommand(TransferCommands.ABOUT_ENGINES, { execute: () => this.about.open() });
    }

    private async choose(jobs: readonly Job[]): Promise<void> {
        const now = jobs[0].wantedEngineId;
        const usual = { label: 'As the settings say', description: '', engineId: undefined };
        const engines = (await this.engines.engines()).map(info => ({
            label: info.label,
            description: engineLine(info),
            engineId: info.id
        }));
        const choices = [usual, ...engines].map(choice =>
            choice.engineId === now ? { ...choice, label: `$(check) ${choice.label}` } : choice
        );
        const choice = await this.quickPick.show(choices, {
            title: 'Choose Engine',
            placeholder: 'What moves the files from the next start of the transfer on',
            runIfSingle: false
        });
        if (choice) {
            await this.model.setEngine(
                jobs.map(job => job.id),
                choice.engineId
            );
        }
    }
}
