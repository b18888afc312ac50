import {
    FileFailure,
    FileReport,
    RateSettings,
    RemoteEntry,
    TransferListener,
    TransferOutcome,
    TransferProgress,
    TransferRun,
    TransferTask
} from '@connect/api';
import { Clock, ConnectError } from '@connect/base';
import { createHash } from 'node:crypto';
import { TransferStore } from './transfer-store';

/** Bytes go in steps that take this long at the rate asked for, so that a new rate or a stop is soon obeyed. */
const STEP_MS = 50;
const MAX_STEP_BYTES = 1 << 20;
const REPORT_MS = 250;
const MAX_FAILURES = 100;

interface PlannedFile {
    readonly source: string;
    readonly folder: string;
    readonly entry: RemoteEntry;
}

/** One transfer: scans the sources, then brings file after file, each under a temporary name until it is verified. */
export class SampleRun implements TransferRun {
    readonly finished: Promise<TransferOutcome>;
    private readonly files: PlannedFile[] = [];
    private readonly failures: FileFailure[] = [];
    private rate: RateSettings;
    private stopped = false;
    private reported = { atMs: -Infinity, bytesSent: 0 };
    private progress: TransferProgress = {
        bytesDone: 0,
        bytesTotal: 0,
        scanComplete: false,
        filesDone: 0,
        filesTotal: 0,
        filesFailed: 0,
        filesSkipped: 0,
        bytesSent: 0,
        rateBps: 0,
        currentFile: ''
    };

    constructor(
        private readonly task: TransferTask,
        private readonly from: TransferStore,
        private readonly to: TransferStore,
        private readonly listener: TransferListener,
        private readonly clock: Clock
    ) {
        this.rate = task.rate;
        this.finished = this.run();
    }

    setRate(rate: RateSettings): void {
        this.rate = rate;
    }

    stop(): void {
        this.stopped = true;
    }

    private async run(): Promise<TransferOutcome> {
        await this.to.ensureFolder(this.task.destination);
        for (const source of this.task.sources) {
            await this.attempt(source, () => this.scan(source, this.task.destination));
        }
        this.advance({ scanComplete: true });
        for (const file of this.files) {
            await this.attempt(file.source, () => this.bring(file));
        }
        this.report();
        const { failures, progress } = this;
        if (progress.filesFailed > 0) {
            throw new ConnectError(
                'transfer.some-files-failed',
                `${progress.filesFailed} could not be transferred. ${failures[0].error.message}`
            );
        }
        return { progress, failures };
    }

    /** A failure is a matter of the one file; only a stop ends the run. */
    private async attempt(path: string, work: () => Promise<void>): Promise<void> {
        try {
            this.endIfStopped();
            await work();
        } catch (thrown) {
            const error = ConnectError.from(thrown);
            if (error.code === 'cancelled') {
                throw error;
            }
            this.advance({ filesFailed: this.progress.filesFailed + 1 });
            this.listener.onFileFailed({ path, error });
            if (this.failures.length < MAX_FAILURES) {
                this.failures.push({ path, error });
            }
        }
    }

    private async scan(source: string, folder: string): Promise<void> {
        const entry = await this.from.find(source);
        if (!entry) {
            throw new ConnectError('transfer.source-missing', `There is no ${source}`, { path: source });
        }
        if (entry.type === 'directory') {
            const target = below(folder, entry.name);
            await this.to.ensureFolder(target);
            for (const name of await this.from.names(source)) {
                const child = below(source, name);
                await this.attempt(child, () => this.scan(child, target));
            }
        } else if (entry.type === 'file') {
            const { bytesTotal, filesTotal } = this.progress;
            this.files.push({ source, folder, entry });
            this.advance({ bytesTotal: bytesTotal + entry.sizeBytes, filesTotal: filesTotal + 1 });
        } else {
            throw new ConnectError('transfer.not-regular', `${source} is not a file`, { path: source });
        }
    }

    private async bring({ source, folder, entry }: PlannedFile): Promise<void> {
        const { sizeBytes, modifiedMs } = entry;
        const target = below(folder, entry.name);
        const there = await this.to.find(target);
        if (there?.type === 'directory') {
            throw new ConnectError('transfer.is-a-directory', `${target} is a folder`, { path: target });
        }
        if (there?.sizeBytes === sizeBytes && there.modifiedMs === modifiedMs) {
            const { bytesDone, filesSkipped } = this.progress;
            this.advance({ bytesDone: bytesDone + sizeBytes, filesSkipped: filesSkipped + 1 });
            this.tell(target, sizeBytes, 'skipped');
            return;
        }
        // The name says which version of which file it is for which job: nothing else is ever appended to it.
        const identity = JSON.stringify([this.task.jobId, source, sizeBytes, modifiedMs]);
        const partial = below(folder, `.${createHash('sha256').update(identity).digest('hex')}.partial`);
        await this.fill(partial, source, sizeBytes);
        if ((await digest(this.from, source)) !== (await digest(this.to, partial))) {
            await this.to.delete(partial, { recursive: false });
            this.advance({ bytesDone: this.progress.bytesDone - sizeBytes });
            throw new ConnectError('transfer.verify-failed', `${target} differs from its source`);
        }
        await this.to.publish(partial, target, modifiedMs);
        this.advance({ filesDone: this.progress.filesDone + 1 });
        this.tell(target, sizeBytes, 'done');
    }

    private tell(target: string, sizeBytes: number, result: FileReport['result']): void {
        this.listener.onFile?.({
            path: target.slice(below(this.task.destination, '').length),
            sizeBytes,
            result
        });
    }

    /** Appends to `partial` what it lacks, at the rate asked for. */
    private async fill(partial: string, source: string, sizeBytes: number): Promise<void> {
        await this.to.append(partial, new Uint8Array());
        let at = (await this.to.find(partial))?.sizeBytes ?? 0;
        this.advance({ bytesDone: this.progress.bytesDone + at, currentFile: source });
        while (at < sizeBytes) {
            this.endIfStopped();
            const wanted = Math.ceil((this.rate.targetBps * STEP_MS) / 8000);
            const bytes = await this.from.readAt(source, at, Math.min(wanted || 1, MAX_STEP_BYTES));
            if (bytes.length === 0) {
                throw new ConnectError('transfer.source-changed', `${source} has become shorter`);
            }
            await this.to.append(partial, bytes);
            at += bytes.length;
            const { bytesDone, bytesSent } = this.progress;
            this.advance({ bytesDone: bytesDone + bytes.length, bytesSent: bytesSent + bytes.length });
            const pauseMs = Math.min(STEP_MS, (bytes.length * 8000) / this.rate.targetBps);
            await new Promise<void>(resolve => this.clock.setTimeout(resolve, pauseMs));
        }
    }

    private endIfStopped(): void {
        if (this.stopped) {
            throw new ConnectError('cancelled', 'The transfer was stopped.');
        }
    }

    private advance(change: Partial<TransferProgress>): void {
        this.progress = { ...this.progress, ...change };
        if (this.clock.now() - this.reported.atMs >= REPORT_MS) {
            this.report();
        }
    }

    private report(): void {
        const atMs = this.clock.now();
        const { bytesSent } = this.progress;
        const rateBps = ((bytesSent - this.reported.bytesSent) * 8000) / (atMs - this.reported.atMs);
        this.progress = { ...this.progress, rateBps: Number.isFinite(rateBps) ? rateBps : 0 };
        this.reported = { atMs, bytesSent };
        this.listener.onProgress(this.progress);
    }
}

const below = (folder: string, name: string): string =>
    folder.endsWith('/') ? folder + name : `${folder}/${name}`;

async function digest(store: TransferStore, path: string): Promise<string> {
    const hash = createHash('sha256');
    for (let at = 0, length = -1; length !== 0; at += length) {
        const bytes = await store.readAt(path, at, MAX_STEP_BYTES);
        hash.update(bytes);
        length = bytes.length;
    }
    return hash.digest('hex');
}
