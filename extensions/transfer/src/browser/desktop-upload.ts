import { ConnectError, formatCount, formatSize } from '@connect/base';
import { MessageService } from '@theia/core/lib/common/message-service';
import type { Progress } from '@theia/core/lib/common/message-service-protocol';
import { inject, injectable } from '@theia/core/shared/inversify';
import type { StagingBatch } from '../common/transfer-protocol';
import { walkDropped, type DroppedEntry, type DroppedRoots } from './dropped-files';
import { StagingClient } from './staging-client';

/** Uploads at once: enough to hide the time between small files. */
const PARALLEL = 6;
/** The progress note changes no more often than this. */
const REPORT_MS = 200;

/** Files of a drop that have arrived at the backend. */
export interface StagedDrop {
    readonly stagingId: string;
    /** `file:` URIs of what was dropped. */
    readonly sources: readonly string[];
}

/** Brings files from the user's desktop to the backend of a browser-hosted workbench. */
@injectable()
export class DesktopUpload {
    @inject(StagingClient) protected readonly client: StagingClient;
    @inject(MessageService) protected readonly messages: MessageService;

    /** Rejects with `cancelled` when the user cancels, else with what failed; then nothing is left behind. */
    async stage(roots: DroppedRoots): Promise<StagedDrop> {
        const abort = new AbortController();
        const progress = await this.messages.showProgress(
            { text: 'Bringing files to the workbench', options: { cancelable: true } },
            () => abort.abort()
        );
        const batch = await this.client.create();
        try {
            const names = await this.putAll(batch, roots, abort, new Report(progress));
            return {
                stagingId: batch.stagingId,
                sources: [...names].map(name => `${batch.folder}/${encodeURIComponent(name)}`)
            };
        } catch (error) {
            abort.abort();
            await this.client.remove(batch.stagingId);
            throw error;
        } finally {
            progress.cancel();
        }
    }

    private async putAll(
        batch: StagingBatch,
        roots: DroppedRoots,
        abort: AbortController,
        report: Report
    ): Promise<Set<string>> {
        const names = new Set<string>();
        const entries = walkDropped(roots);
        const worker = async (): Promise<void> => {
            for (let next = await entries.next(); !next.done; next = await entries.next()) {
                if (abort.signal.aborted) {
                    throw new ConnectError('cancelled', 'The upload was stopped');
                }
                names.add(next.value.path.split('/')[0]);
                await this.put(batch, next.value, abort.signal, report);
            }
        };
        const workers = Array.from({ length: PARALLEL }, worker);
        try {
            await Promise.all(workers);
        } catch (error) {
            // nothing may still be on its way when the batch is removed
            abort.abort();
            await Promise.allSettled(workers);
            throw error;
        }
        return names;
    }

    private async put(
        batch: StagingBatch,
        entry: DroppedEntry,
        signal: AbortSignal,
        report: Report
    ): Promise<void> {
        if (!entry.file) {
            await this.client.makeFolder(batch.stagingId, entry.path);
            return;
        }
        let seen = 0;
        await this.client.putFile(batch.stagingId, entry.path, entry.file, signal, bytes => {
            report.add(bytes - seen, 0);
            seen = bytes;
        });
        report.add(entry.file.size - seen, 1);
    }
}

/** The size of a drop is known only when it was walked, which happens while it travels: so counts, no percentage. */
class Report {
    private bytes = 0;
    private files = 0;
    private lastMs = 0;

    constructor(private readonly progress: Progress) {}

    add(bytes: number, files: number): void {
        this.bytes += bytes;
        this.files += files;
        const nowMs = Date.now();
        if (nowMs - this.lastMs >= REPORT_MS) {
            this.lastMs = nowMs;
            this.progress.report({ message: `${formatCount(this.files)} files, ${formatSize(this.bytes)}` });
        }
    }
}
