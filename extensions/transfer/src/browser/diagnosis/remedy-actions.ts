import { ConnectError, type WireError } from '@connect/base';
import { AccountActions } from '@connect/security/lib/browser/account-actions';
import { AccountCommands } from '@connect/security/lib/browser/account-contribution';
import { parseRemoteUri, remoteUri } from '@connect/security/lib/common/remote-uri';
import { CommandRegistry } from '@theia/core/lib/common/command';
import { QuickInputService } from '@theia/core/lib/common/quick-pick-service';
import URI from '@theia/core/lib/common/uri';
import { inject, injectable } from '@theia/core/shared/inversify';
import { FileDialogService } from '@theia/filesystem/lib/browser/file-dialog';
import { FileStat } from '@theia/filesystem/lib/common/files';
import { DiagnosisService } from '../../common/diagnosis/diagnosis-protocol';
import type { RemedyAction } from '../../common/diagnosis/remedies';
import type { Job } from '../../common/transfer-protocol';
import { FolderOpener } from '../folder-opener';
import { MonitorOpener } from '../monitor-opener';
import { TransferActions } from '../transfer-actions';
import { TransferClientModel } from '../transfer-client-model';

/** Editor of this product's settings, with tabs; and what opens where it is not there. */
const OPEN_SETTINGS = 'connect.preferences.open';
const OPEN_PREFERENCES = 'preferences:open';
const SHOW_LOGS = 'connect.logs.show';

/** What a remedy is about. */
export interface RemedySubject {
    readonly job?: Job;
    readonly accountId?: string;
    /** Of the stage that failed. */
    readonly error?: WireError;
}

/** Carries remedies out. Rejects with what keeps one from that. */
@injectable()
export class RemedyActions {
    @inject(DiagnosisService) protected readonly service: DiagnosisService;
    @inject(TransferActions) protected readonly actions: TransferActions;
    @inject(TransferClientModel) protected readonly model: TransferClientModel;
    @inject(AccountActions) protected readonly accounts: AccountActions;
    @inject(CommandRegistry) protected readonly commands: CommandRegistry;
    @inject(QuickInputService) protected readonly input: QuickInputService;
    @inject(FileDialogService) protected readonly dialogs: FileDialogService;
    @inject(FolderOpener) protected readonly folders: FolderOpener;
    @inject(MonitorOpener) protected readonly monitors: MonitorOpener;

    async perform(action: RemedyAction, subject: RemedySubject): Promise<void> {
        const { job } = subject;
        if (action === 'edit-account') {
            await this.commands.executeCommand(AccountCommands.EDIT.id, subject.accountId);
        } else if (action === 'log-in' || action === 'review-host-key') {
            await this.answer(subject);
        } else if (action === 'network-settings') {
            await this.openSettings('network', 'connect.network');
        } else if (action === 'transfer-settings') {
            await this.openSettings('transfers', 'connect.transfers');
        } else if (action === 'bandwidth-settings') {
            await this.openSettings('bandwidth', 'connect.bandwidth');
        } else if (action === 'resume-all') {
            await this.model.resumeAll();
        } else if (job) {
            await this.performOn(job, action);
        } else if (action === 'open-log' && this.commands.getCommand(SHOW_LOGS)) {
            await this.commands.executeCommand(SHOW_LOGS);
        }
    }

    private async performOn(job: Job, action: RemedyAction): Promise<void> {
        switch (action) {
            case 'retry':
            case 'resume':
                // which of the two the state allows makes no difference to people
                return this.goOn(job);
            case 'start-now':
            case 'start-anyway':
                return this.actions.perform('start-now', [job]);
            case 'retry-https':
                return this.service.mend(job.id, { kind: 'https' });
            case 'retry-usual':
                return this.service.mend(job.id, { kind: 'usual-way' });
            case 'choose-folder':
                return this.chooseFolder(job);
            case 'choose-existing':
                return this.actions.chooseExisting([job]);
            case 'open-folder':
                return this.folders.open(job);
            case 'open-log':
                return this.monitors.open(job, 'log');
        }
    }

    private goOn(job: Job): Promise<void> {
        return this.actions.perform(job.state === 'failed' || job.state === 'retrying' ? 'retry' : 'resume', [
            job
        ]);
    }

    /** Asks what the failure asks for: a password, or a decision about a key; then the job goes on. */
    private async answer({ job, accountId, error }: RemedySubject): Promise<void> {
        if (accountId === undefined || !error) {
            return;
        }
        if (job?.state === 'needs-user') {
            // the backend tries at once, and the questions follow from what it is told
            await this.goOn(job);
        } else if ((await this.accounts.answer(accountId, ConnectError.fromWire(error))) && job) {
            await this.goOn(job);
        }
    }

    private async chooseFolder(job: Job): Promise<void> {
        const target = job.direction === 'send' ? await this.remoteFolder(job) : await this.localFolder(job);
        if (target !== undefined) {
            await this.service.mend(job.id, { kind: 'folder', target });
        }
    }

    private async remoteFolder(job: Job): Promise<string | undefined> {
        const text = await this.input.input({
            title: `Folder on ${job.accountName}`,
            prompt: `Where “${job.name}” goes, a path from the root of the account`,
            value: parseRemoteUri(job.target)?.path ?? '/',
            validateInput: async value =>
                value.trim().startsWith('/') ? undefined : 'A path that begins with /'
        });
        const path = text?.trim();
        return path?.startsWith('/') ? remoteUri(job.accountId, path) : undefined;
    }

    private async localFolder(job: Job): Promise<string | undefined> {
        const chosen = await this.dialogs.showOpenDialog(
            {
                title: `Folder for “${job.name}”`,
                openLabel: 'Choose Folder',
                canSelectFiles: false,
                canSelectFolders: true,
                canSelectMany: false
            },
            FileStat.dir(new URI(job.target).parent)
        );
        return chosen?.toString();
    }

    private async openSettings(tab: string, query: string): Promise<void> {
        if (this.commands.getCommand(OPEN_SETTINGS)) {
            await this.commands.executeCommand(OPEN_SETTINGS, tab);
        } else {
            await this.commands.executeCommand(OPEN_PREFERENCES, query);
        }
    }
}
