import { Clock, ConnectError, Disposable } from '@connect/base';
import {
    FileFailure,
    FileReport,
    RateSettings,
    TransferEngine,
    TransferListener,
    TransferOutcome,
    TransferProgress,
    TransferRun,
    TransferTask
} from '../transfer-engine';

/** Files by absolute path; folders exist as far as files lie in them. */
export type MemoryDisk = Map<string, Uint8Array>;

/** What the far end of a {@link MemoryEngine} expects of those who reach it. */
export interface MemoryHost {
    readonly password: string;
    readonly fingerprint: string;
}

const TICK_MS = 100;

/** An engine that moves bytes between two maps at the rate it was given, on the clock it was given. */
export class MemoryEngine implements TransferEngine {
    readonly id = 'memory';
    readonly label = 'In memory';
    /** Where this computer's files are. */
    readonly near: MemoryDisk = new Map();
    /** Where the account's files are. */
    readonly far: MemoryDisk = new Map();
    /** Runs that have begun and not ended. */
    readonly active = new Set<string>();
    /** Job ids in the order of their runs. */
    readonly started: string[] = [];
    /** What each job was told last about its rate. */
    readonly rates = new Map<string, RateSettings>();
    /** Bytes that arrived of a file that is not complete, by path at the target. */
    readonly partials = new Map<string, number>();
    private readonly ending = new Map<string, (error: ConnectError) => void>();

    constructor(
        private readonly clock: Clock,
        private readonly host: MemoryHost
    ) {}

    refuses(task: Omit<TransferTask, 'credentials'>): string | undefined {
        if (task.endpoint.protocol !== undefined) {
            return `it does not speak ${task.endpoint.protocol}`;
        }
        if (task.overwrite === 'rename') {
            return 'it cannot rename';
        }
        return task.sources.length === 0 ? 'there is nothing to transfer' : undefined;
    }

    start(task: TransferTask, listener: TransferListener): TransferRun {
        const run = new MemoryRun(task, listener, this.clock, this);
        this.started.push(task.jobId);
        this.active.add(task.jobId);
        this.ending.set(task.jobId, error => run.end(error));
        run.begin(this.admits(task));
        return run;
    }

    dispose(): void {
        this.ending.forEach(end => end(new ConnectError('cancelled', 'the engine ends')));
    }

    /** Ends the run of a job as an outer event would, e.g. a lost connection. */
    interrupt(jobId: string, error: ConnectError): void {
        this.ending.get(jobId)?.(error);
    }

    /** For runs: this one has ended. */
    release(jobId: string): void {
        this.active.delete(jobId);
        this.ending.delete(jobId);
    }

    private admits(task: TransferTask): ConnectError | undefined {
        const { endpoint } = task;
        if (endpoint.protocol !== undefined || endpoint.hostKeyFingerprint !== this.host.fingerprint) {
            return new ConnectError('transfer.host-key-mismatch', 'the host key has changed');
        }
        if (task.credentials.password !== this.host.password) {
            return new ConnectError('transfer.authentication-failed', 'wrong password');
        }
        return undefined;
    }
}

interface MemoryFile {
    readonly from: string;
    readonly to: string;
    readonly bytes: Uint8Array;
}

class MemoryRun implements TransferRun {
    readonly finished: Promise<TransferOutcome>;
    private resolve: (outcome: TransferOutcome) => void;
    private reject: (error: ConnectError) => void;
    private rate!: RateSettings;
    private timer: Disposable | undefined;
    private done = false;
    private sent = 0;
    private files: MemoryFile[] = [];
    private total = 0;
    private filesTotal = 0;
    private readonly failures: FileFailure[] = [];
    private filesDone = 0;
    private filesSkipped = 0;
    private bytesDone = 0;
    private currentFile = '';

    constructor(
        private readonly task: TransferTask,
        private readonly listener: TransferListener,
        private readonly clock: Clock,
        private readonly engine: MemoryEngine
    ) {
        this.setRate(task.rate);
        this.finished = new Promise((resolve, reject) => {
            this.resolve = resolve;
            this.reject = reject;
        });
    }

    begin(refusal: ConnectError | undefined): void {
        this.timer = this.clock.setTimeout(() => {
            if (refusal) {
                this.end(refusal);
            } else {
                this.scan();
                this.tick();
            }
        }, 0);
    }

    setRate(rate: RateSettings): void {
        this.rate = rate;
        this.engine.rates.set(this.task.jobId, rate);
    }

    stop(): void {
        // an engine needs a moment to end
        this.clock.setTimeout(() => this.end(new ConnectError('cancelled', 'stopped')), 1);
    }

    end(error: ConnectError | undefined): void {
        if (this.done) {
            return;
        }
        this.done = true;
        this.timer?.dispose();
        this.engine.release(this.task.jobId);
        if (error) {
            this.reject(error);
        } else {
            this.resolve({ progress: this.progress(), failures: this.failures });
        }
    }

    private get from(): MemoryDisk {
        return this.task.direction === 'send' ? this.engine.near : this.engine.far;
    }

    private get to(): MemoryDisk {
        return this.task.direction === 'send' ? this.engine.far : this.engine.near;
    }

    private scan(): void {
        for (const source of this.task.sources) {
            const base = source.slice(source.lastIndexOf('/') + 1);
            const found = [...this.from].filter(([path]) => path === source || path.startsWith(`${source}/`));
            if (found.length === 0) {
                this.fail(source, new ConnectError('transfer.source-missing', `no such file: ${source}`));
            }
            for (const [path, bytes] of found) {
                this.files.push({
                    from: path,
                    to: `${this.task.destination.replace(/\/$/, '')}/${base}${path.slice(source.length)}`,
                    bytes
                });
            }
        }
        this.filesTotal = this.files.length;
        this.total = this.files.reduce((sum, file) => sum + file.bytes.length, 0);
        this.files = this.files.filter(file => !this.isThere(file));
        for (const file of this.files) {
            this.bytesDone += this.engine.partials.get(file.to) ?? 0;
        }
    }

    private isThere(file: MemoryFile): boolean {
        const there = this.to.get(file.to);
        const { overwrite, resume } = this.task;
        if (resume === 'none') {
            this.engine.partials.delete(file.to);
        }
        if (there === undefined || overwrite === 'always') {
            return false;
        }
        if (overwrite !== 'never' && Buffer.compare(there, file.bytes) !== 0) {
            const asks = overwrite === 'report' || overwrite === 'resume';
            if (asks) {
                this.fail(
                    this.pathOf(file),
                    new ConnectError('transfer.target-differs', `${file.to} differs`)
                );
            }
            return asks;
        }
        this.filesSkipped += 1;
        this.bytesDone += file.bytes.length;
        this.tell(file, 'skipped');
        return true;
    }

    private tick(): void {
        let budget = Math.max(1, Math.floor((this.rate.targetBps / 8) * (TICK_MS / 1000)));
        while (this.files.length > 0 && budget > 0) {
            budget -= this.move(this.files[0]!, budget);
        }
        this.listener.onProgress(this.progress());
        if (this.files.length > 0) {
            this.timer = this.clock.setTimeout(() => this.tick(), TICK_MS);
            return;
        }
        const only = this.task.sources.length === 1 && this.failures.length === 1 && this.filesTotal === 0;
        this.end(
            this.failures.length === 0
                ? undefined
                : only
                  ? this.failures[0]!.error
                  : new ConnectError('transfer.some-files-failed', `${this.failures.length} files failed`)
        );
    }

    private move(file: MemoryFile, budget: number): number {
        this.currentFile = file.from;
        const already = this.engine.partials.get(file.to) ?? 0;
        const step = Math.min(budget, file.bytes.length - already);
        this.sent += step;
        this.bytesDone += step;
        if (already + step === file.bytes.length) {
            this.engine.partials.delete(file.to);
            this.to.set(file.to, file.bytes.slice());
            this.filesDone += 1;
            this.tell(file, 'done');
            this.files.shift();
            return Math.max(1, step);
        }
        this.engine.partials.set(file.to, already + step);
        return step;
    }

    /** Below the destination. */
    private pathOf({ to }: MemoryFile): string {
        return to.slice(this.task.destination.replace(/\/$/, '').length + 1);
    }

    private tell(file: MemoryFile, result: FileReport['result']): void {
        this.listener.onFile?.({ path: this.pathOf(file), sizeBytes: file.bytes.length, result });
    }

    private fail(path: string, error: ConnectError): void {
        const failure = { path, error };
        this.failures.push(failure);
        this.listener.onFileFailed(failure);
    }

    private progress(): TransferProgress {
        return {
            bytesDone: this.bytesDone,
            bytesTotal: this.total,
            scanComplete: true,
            filesDone: this.filesDone,
            filesTotal: this.filesTotal,
            filesFailed: this.failures.length,
            filesSkipped: this.filesSkipped,
            bytesSent: this.sent,
            rateBps: this.files.length > 0 ? this.rate.targetBps : 0,
            currentFile: this.currentFile
        };
    }
}
