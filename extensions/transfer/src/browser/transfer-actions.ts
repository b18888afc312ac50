import { ConnectError } from '@connect/base';
import { AccountActions } from '@connect/security/lib/browser/account-actions';
import { parseRemoteUri } from '@connect/security/lib/common/remote-uri';
import { EnvVariablesServer } from '@theia/core/lib/common/env-variables';
import { FileUri } from '@theia/core/lib/common/file-uri';
import { MessageService } from '@theia/core/lib/common/message-service';
import { QuickPickService } from '@theia/core/lib/common/quick-pick-service';
import URI from '@theia/core/lib/common/uri';
import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import { FileDialogService } from '@theia/filesystem/lib/browser/file-dialog';
import { FileStat } from '@theia/filesystem/lib/common/files';
import { errorText, ruleChoices, type JobAction } from '../common/job-view';
import { TransferPreferences } from '../common/transfer-preferences';
import type { Job } from '../common/transfer-protocol';
import { DesktopUpload } from './desktop-upload';
import { ExistingFileQuestions } from './existing-file-questions';
import { takeDropped, type DroppedRoots } from './dropped-files';
import { desktopBridge } from './desktop-bridge';
import { TransferClientModel } from './transfer-client-model';

/**
 * Starts transfers for views, menus and drops. Failures are shown to the user here; the promises only tell whether
 * something was started: the jobs, or an empty list when the user declined or it failed.
 */
@injectable()
export class TransferActions {
    @inject(TransferClientModel) protected readonly model: TransferClientModel;
    @inject(TransferPreferences) protected readonly preferences: TransferPreferences;
    @inject(AccountActions) protected readonly accounts: AccountActions;
    @inject(FileDialogService) protected readonly dialogs: FileDialogService;
    @inject(EnvVariablesServer) protected readonly environment: EnvVariablesServer;
    @inject(MessageService) protected readonly messages: MessageService;
    @inject(QuickPickService) protected readonly quickPick: QuickPickService;
    @inject(DesktopUpload) protected readonly desktop: DesktopUpload;
    @inject(ExistingFileQuestions) protected readonly existing: ExistingFileQuestions;

    /** Jobs that were started in this window: only their questions are asked here unbidden, and only once. */
    private readonly own = new Set<string>();

    @postConstruct()
    protected init(): void {
        this.model.onDidChangeJobState(job => {
            // jobs that a rule started never ask unbidden, nor do those of other windows
            if (job.state === 'needs-user' && this.own.delete(job.id)) {
                void this.perform('resume', [job]);
            }
        });
    }

    /** Files and folders of the backend's computer go to a folder of an account. */
    uploadLocal(sources: readonly URI[], target: URI): Promise<Job[]> {
        return this.shown(() => this.submit(sources.map(String), target.toString()));
    }

    /** As {@link uploadLocal}, after the user has chosen what to send. */
    async chooseAndUpload(target: URI): Promise<Job[]> {
        const chosen = await this.dialogs.showOpenDialog(
            {
                title: 'Upload',
                openLabel: 'Upload',
                canSelectFiles: true,
                canSelectFolders: true,
                canSelectMany: true
            },
            await this.startFolder()
        );
        const sources = chosen === undefined ? [] : Array.isArray(chosen) ? chosen : [chosen];
        return sources.length === 0 ? [] : this.uploadLocal(sources, target);
    }

    /**
     * Where dialogs about local files begin. Left to themselves they begin at what is selected, which is on a server
     * when one uploads or downloads.
     */
    async startFolder(): Promise<FileStat> {
        return FileStat.dir(new URI(await this.environment.getHomeDirUri()));
    }

    /** Without `target`: the download folder of the settings, or the one the user is asked for. */
    download(sources: readonly URI[], target?: URI): Promise<Job[]> {
        return this.shown(async () => {
            const folder = target ?? (await this.downloadFolder());
            return folder ? this.submit(sources.map(String), folder.toString()) : [];
        });
    }

    /**
     * Files and folders from the user's desktop. Call it within the drop event. In a desktop app they are sent from
     * where they are; in a browser they are brought to the backend first.
     */
    uploadDropped(transfer: DataTransfer, target: URI): Promise<Job[]> {
        return this.holdDropped(transfer, target)();
    }

    /** As {@link uploadDropped}, but nothing is sent before the result is called, which may be after the drop event. */
    holdDropped(transfer: DataTransfer, target: URI): () => Promise<Job[]> {
        const paths = this.desktopPaths(transfer);
        if (paths.length > 0) {
            const sources = paths.map(path => FileUri.create(path));
            return () => this.uploadLocal(sources, target);
        }
        const roots: DroppedRoots = takeDropped(transfer);
        if (roots.entries.length + roots.files.length === 0) {
            return () => Promise.resolve([]);
        }
        return () =>
            this.shown(async () => {
                const staged = await this.desktop.stage(roots);
                return this.submit(staged.sources, target.toString(), staged.stagingId);
            });
    }

    /** Applies an action to jobs, asking the user for what their accounts lack. */
    async perform(action: JobAction, jobs: readonly Job[]): Promise<void> {
        const asking = action === 'resume' || action === 'retry' || action === 'start-now';
        const questioned = asking ? jobs.filter(job => job.question !== undefined) : [];
        if (questioned.length > 0) {
            await this.chooseExisting(questioned);
        }
        const others = jobs.filter(job => !questioned.includes(job));
        const groups = asking ? groupByAccount(others) : [others];
        for (const group of groups.filter(each => each.length > 0)) {
            const work = (): Promise<void> =>
                this.model.do(
                    action,
                    group.map(job => job.id)
                );
            await this.shown(async () => {
                await (asking ? this.accounts.withAccount(group[0].accountId, work) : work());
                return [];
            });
        }
    }

    /**
     * Asks what is to happen with existing files: jobs that ask are answered file by file or all at once and go on,
     * others get a rule for when it happens. Who declines leaves them waiting.
     */
    async chooseExisting(jobs: readonly Job[]): Promise<void> {
        for (const job of jobs.filter(({ question }) => question !== undefined)) {
            await this.existing.ask(job, work => this.attempt(work));
        }
        const others = jobs.filter(({ question }) => question === undefined);
        if (others.length > 0) {
            await this.chooseRule(others);
        }
    }

    private async chooseRule(jobs: readonly Job[]): Promise<void> {
        const choice = await this.quickPick.show(
            ruleChoices(0).map(({ rule, label, description }) => ({ label, description, rule })),
            {
                title: 'Files that exist at the target and differ',
                placeholder: 'What is to happen with them?',
                runIfSingle: false
            }
        );
        if (choice) {
            const ids = jobs.map(job => job.id);
            await this.attempt(() => this.model.setExisting(ids, choice.rule));
        }
    }

    /** Shows why it failed, if it does. */
    async attempt(work: () => Promise<void>): Promise<void> {
        await this.shown(async () => {
            await work();
            return [];
        });
    }

    private async submit(sources: readonly string[], target: string, stagingId?: string): Promise<Job[]> {
        const jobs = await this.model.submit(sources, target, stagingId);
        for (const job of jobs) {
            this.own.add(job.id);
        }
        return jobs;
    }

    private async downloadFolder(): Promise<URI | undefined> {
        const usual = await this.usualDownloadFolder();
        if (!this.preferences['connect.transfers.alwaysAsk']) {
            return usual;
        }
        return this.dialogs.showOpenDialog(
            {
                title: 'Download to',
                openLabel: 'Download',
                canSelectFiles: false,
                canSelectFolders: true,
                canSelectMany: false
            },
            await this.startFolder()
        );
    }

    private async usualDownloadFolder(): Promise<URI> {
        const set = this.preferences['connect.transfers.downloadFolder'];
        const home = new URI(await this.environment.getHomeDirUri());
        if (!set) {
            return home.resolve('Downloads');
        }
        return set.startsWith('~/') ? home.resolve(set.slice(2)) : FileUri.create(set);
    }

    private desktopPaths(transfer: DataTransfer): string[] {
        const bridge = desktopBridge();
        return bridge
            ? Array.from(transfer.files)
                  .map(file => bridge.getPathForFile(file))
                  .filter(path => path !== '')
            : [];
    }

    private async shown(work: () => Promise<Job[]>): Promise<Job[]> {
        try {
            return await work();
        } catch (thrown) {
            const error = ConnectError.from(thrown);
            if (error.code !== 'cancelled') {
                const { summary, remedy } = errorText(error.toWire());
                void this.messages.error(`${summary} ${remedy}`);
            }
            return [];
        }
    }
}

function groupByAccount(jobs: readonly Job[]): Job[][] {
    const groups = new Map<string, Job[]>();
    for (const job of jobs) {
        groups.set(job.accountId, [...(groups.get(job.accountId) ?? []), job]);
    }
    return [...groups.values()];
}

/** Whether something lies on an account. */
export function isRemote(uri: URI): boolean {
    return parseRemoteUri(uri.toString()) !== undefined;
}
