import { ConnectError, formatCount, formatSize } from '@connect/base';
import { AccountActions } from '@connect/security/lib/browser/account-actions';
import { MessageService } from '@theia/core/lib/common/message-service';
import { inject, injectable } from '@theia/core/shared/inversify';
import { FileDialogService } from '@theia/filesystem/lib/browser/file-dialog';
import { errorText } from '../../common/job-view';
import { ManifestService, type VerifyProgress, type VerifyReport } from '../../common/manifest-protocol';
import type { Job } from '../../common/transfer-protocol';
import { MonitorOpener } from '../monitor-opener';
import { TransferActions } from '../transfer-actions';
import { ManifestClientTarget } from './manifest-client-target';

const SHOW_LOG = 'Show Log';
/** Differences that a notification names. */
const MAX_NAMED = 3;

/** Saves what became of the files of a transfer, and reads them again; says how that went. */
@injectable()
export class ManifestActions {
    @inject(ManifestService) protected readonly service: ManifestService;
    @inject(ManifestClientTarget) protected readonly target: ManifestClientTarget;
    @inject(AccountActions) protected readonly accounts: AccountActions;
    @inject(TransferActions) protected readonly transfers: TransferActions;
    @inject(FileDialogService) protected readonly dialogs: FileDialogService;
    @inject(MessageService) protected readonly messages: MessageService;
    @inject(MonitorOpener) protected readonly monitors: MonitorOpener;

    async save(job: Job): Promise<void> {
        const place = await this.dialogs.showSaveDialog(
            {
                title: 'Save Manifest',
                saveLabel: 'Save',
                inputValue: `${job.name.replace(/[/\\:*?"<>|]/g, '_')} manifest.csv`
            },
            await this.transfers.startFolder()
        );
        if (place) {
            await this.shown('The manifest cannot be saved.', async () => {
                const files = await this.service.save(job.id, place.toString());
                void this.messages.info(`Saved what became of ${filesText(files)}.`);
            });
        }
    }

    async verify(job: Job): Promise<void> {
        await this.shown(`${job.name} cannot be verified again.`, async () => {
            const title = `Verifying ${job.name} again`;
            const progress = await this.messages.showProgress(
                { text: title, options: { cancelable: true } },
                () => void this.service.cancelVerify(job.id)
            );
            const listener = this.target.onProgress(told => {
                if (told.jobId === job.id) {
                    const { bytesDone, bytesTotal } = told.progress;
                    progress.report({
                        message: progressText(told.progress),
                        work: { done: bytesDone, total: Math.max(1, bytesTotal) }
                    });
                }
            });
            try {
                const work = (): Promise<VerifyReport> => this.service.verify(job.id);
                const report = await (job.direction === 'send'
                    ? this.accounts.withAccount(job.accountId, work)
                    : work());
                progress.cancel();
                void this.tell(job, report);
            } finally {
                listener.dispose();
                progress.cancel();
            }
        });
    }

    private async tell(job: Job, report: VerifyReport): Promise<void> {
        if (report.differing === 0) {
            await this.messages.info(`${job.name} is what was transferred: ${sameText(report)}.`);
        } else if ((await this.messages.warn(differenceText(job, report), SHOW_LOG)) === SHOW_LOG) {
            await this.monitors.open(job, 'log');
        }
    }

    private async shown(what: string, work: () => Promise<void>): Promise<void> {
        try {
            await work();
        } catch (thrown) {
            const error = ConnectError.from(thrown);
            if (error.code !== 'cancelled') {
                const { summary, remedy } = errorText(error.toWire());
                void this.messages.error(`${what} ${summary} ${remedy}`);
            }
        }
    }
}

function progressText({ filesDone, filesTotal, bytesDone, bytesTotal }: VerifyProgress): string {
    const bytes = `${formatSize(bytesDone)} of ${formatSize(bytesTotal)}`;
    return filesTotal > 1 ? `${bytes}, ${formatCount(filesDone)} of ${formatCount(filesTotal)} files` : bytes;
}

function filesText(count: number): string {
    return `${formatCount(count)} ${count === 1 ? 'file' : 'files'}`;
}

function sameText({ same, unknown }: VerifyReport): string {
    const sized = unknown > 0 ? `, of ${filesText(unknown)} only the size is known and right` : '';
    return `${filesText(same)} read again and compared by hash${sized}`;
}

function differenceText(job: Job, { differing, differences }: VerifyReport): string {
    const named = differences
        .slice(0, MAX_NAMED)
        .map(({ path, message }) => `${path}: ${message.split(':')[0]}`);
    const more = differing > named.length ? `; and ${formatCount(differing - named.length)} more` : '';
    const count = `${formatCount(differing)} ${differing === 1 ? 'file differs' : 'files differ'}`;
    return `${job.name}: ${count} from what was transferred. ${named.join('; ')}${more}.`;
}
