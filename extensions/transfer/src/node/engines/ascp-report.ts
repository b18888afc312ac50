import type {
    EffectiveRate,
    FileFailure,
    FileReport,
    RatePolicy,
    TransferProgress,
    TransferStatistics,
    TransferTask
} from '@connect/api';
import { ConnectError, formatCount } from '@connect/base';
import type { FrameFields } from '@connect/transport/lib/cli/management-frames';
import { asksAboutFiles } from './ascp-command';
import { ascpError } from './ascp-errors';
import type { FrameFacts } from './frame-facts';
import { NO_PROGRESS, type FrameEvent } from './run-report';

/** More failures than this are counted, not kept. */
const MAX_FAILURES = 500;
const OTHER: FrameEvent = { kind: 'other' };

/** What of a task its frames are judged by. */
export type ReportedTask = Pick<TransferTask, 'direction' | 'sources' | 'destination' | 'overwrite'>;

/**
 * Adds up the frames of one run of ascp; pure. They tell less than those of our own program: what crossed the network
 * stands for the bytes at the target, and the rate follows from it.
 */
export class AscpReport {
    readonly failures: FileFailure[] = [];
    error: ConnectError | undefined;
    done = false;
    private latest: TransferProgress = NO_PROGRESS;
    private skippedBytes = 0;
    private moved = { bytes: 0, atUsec: 0 };

    constructor(private readonly task: ReportedTask) {}

    get progress(): TransferProgress {
        return this.latest;
    }

    take(frame: FrameFields): FrameEvent {
        switch (frame['Type']) {
            case 'SESSION':
                return rateOf(frame);
            case 'NOTIFICATION':
                return frame['PreTransferBytes'] === undefined ? rateOf(frame) : this.totals(frame);
            case 'STATS':
                return this.stats(frame);
            case 'STOP':
                return this.change({ filesDone: this.latest.filesDone + 1 });
            case 'SKIP':
                return this.skipped(frame);
            case 'FILEERROR':
                return this.failed(nameOf(frame, this.task), failureOf(frame));
            case 'ERROR':
                this.error = failureOf(frame);
                return this.change({ rateBps: 0 });
            case 'DONE':
                return this.finished(frame);
            default:
                return OTHER;
        }
    }

    private totals(frame: FrameFields): FrameEvent {
        return this.change({
            bytesTotal: count(frame, 'PreTransferBytes') ?? 0,
            filesTotal: count(frame, 'PreTransferFiles') ?? 0,
            scanComplete: true
        });
    }

    private stats(frame: FrameFields): FrameEvent {
        const bytes = count(frame, 'TransferBytes') ?? this.moved.bytes;
        const atUsec = count(frame, 'Elapsedusec') ?? this.moved.atUsec;
        const usec = atUsec - this.moved.atUsec;
        const rateBps = usec > 0 ? ((bytes - this.moved.bytes) * 8e6) / usec : this.latest.rateBps;
        this.moved = { bytes, atUsec };
        const resumed = count(frame, 'StartByte') ?? 0;
        return this.change({
            bytesSent: bytes,
            bytesDone: Math.max(this.latest.bytesDone, bytes + resumed + this.skippedBytes),
            rateBps: Math.max(0, rateBps),
            currentFile: frame['File'] === undefined ? this.latest.currentFile : nameOf(frame, this.task)
        });
    }

    private skipped(frame: FrameFields): FrameEvent {
        if (asksAboutFiles(this.task)) {
            const path = nameOf(frame, this.task);
            const text = `${path} exists at the target; ascp does not tell whether it differs`;
            return this.failed(path, new ConnectError('transfer.target-differs', text));
        }
        const size = count(frame, 'Size') ?? 0;
        this.skippedBytes += size;
        return this.change({
            filesSkipped: this.latest.filesSkipped + 1,
            bytesDone: this.latest.bytesDone + size
        });
    }

    private failed(path: string, error: ConnectError): FrameEvent {
        const failure = { path, error };
        if (this.failures.length < MAX_FAILURES) {
            this.failures.push(failure);
        }
        this.change({ filesFailed: this.latest.filesFailed + 1 });
        return { kind: 'file-failed', failure };
    }

    private finished(frame: FrameFields): FrameEvent {
        const { filesFailed } = this.latest;
        this.stats(frame);
        if (filesFailed > 0) {
            this.error ??= new ConnectError(
                'transfer.some-files-failed',
                `${formatCount(filesFailed)} could not be transferred. ${this.failures[0]?.error.message ?? ''}`
            );
            return this.change({ rateBps: 0 });
        }
        this.done = true;
        const { filesDone, filesSkipped, bytesDone } = this.latest;
        // totals that were only estimated, or never told, are known now
        return this.change({
            ...{ filesTotal: filesDone + filesSkipped, bytesTotal: bytesDone },
            ...{ scanComplete: true, rateBps: 0 }
        });
    }

    private change(change: Partial<TransferProgress>): FrameEvent {
        const next = { ...this.latest, ...change };
        const files = next.filesDone + next.filesSkipped + next.filesFailed;
        this.latest = {
            ...next,
            bytesTotal: Math.max(next.bytesTotal, next.bytesDone),
            filesTotal: Math.max(next.filesTotal, files)
        };
        return { kind: 'progress' };
    }
}

/** What the frames of ascp tell to those who watch a transfer. */
export class AscpFacts {
    private port: number | undefined;

    constructor(private readonly task: ReportedTask) {}

    read(frame: FrameFields): FrameFacts {
        switch (frame['Type']) {
            case 'SESSION':
                this.port = count(frame, 'Port');
                return { statistics: this.statistics(frame) };
            case 'STATS':
                return { statistics: this.statistics(frame) };
            case 'STOP':
                return { file: this.file(frame, 'done') };
            case 'SKIP':
                return asksAboutFiles(this.task) ? {} : { file: this.file(frame, 'skipped') };
            default:
                return {};
        }
    }

    private statistics(frame: FrameFields): TransferStatistics {
        const bytesArrived = count(frame, 'TransferBytes');
        const path = {
            kind: 'udp',
            sessions: 1,
            ...(this.port === undefined ? {} : { port: this.port })
        } as const;
        return { path, ...(bytesArrived === undefined ? {} : { bytesArrived }) };
    }

    private file(frame: FrameFields, result: FileReport['result']): FileReport {
        const reason = result === 'done' ? 'unverified' : frame['Description'];
        return {
            path: nameOf(frame, this.task),
            sizeBytes: count(frame, 'Size') ?? 0,
            result,
            ...(reason === undefined ? {} : { reason })
        };
    }
}

/** Frames name files as they are at one of the ends; people know them by the path below the destination. */
function nameOf(frame: FrameFields, { sources, destination }: ReportedTask): string {
    const file = frame['File'] ?? '';
    const below = (folder: string): string | undefined => {
        const start = folder.endsWith('/') ? folder : `${folder}/`;
        return file.startsWith(start) ? file.slice(start.length) : undefined;
    };
    const ofSource = sources
        .filter(source => file === source || below(source) !== undefined)
        .map(source => below(source.slice(0, source.lastIndexOf('/'))))
        .find(path => path !== undefined);
    return ofSource ?? below(destination) ?? file;
}

function failureOf(frame: FrameFields): ConnectError {
    return ascpError(Number(frame['Code']), frame['Description']);
}

/** The terms of the wire: `Adaptive` is high or fair, by priority. */
function policyOf(frame: FrameFields): RatePolicy | undefined {
    switch (frame['Adaptive']) {
        case 'Fixed':
            return 'fixed';
        case 'Trickle':
            return 'low';
        case 'Adaptive':
            return frame['Priority'] === '1' ? 'high' : 'fair';
        default:
            return undefined;
    }
}

function rateOf(frame: FrameFields): FrameEvent {
    const policy = policyOf(frame);
    const target = count(frame, 'Rate') ?? 0;
    if (policy === undefined || target === 0) {
        return OTHER;
    }
    const cap = count(frame, 'RateCap') ?? 0;
    const rate: EffectiveRate = {
        targetBps: target * 1000,
        minBps: (count(frame, 'MinRate') ?? 0) * 1000,
        policy,
        ...(cap > 0 ? { maxBps: cap * 1000 } : {}),
        isTargetLocked: frame['RateLock'] === 'Yes',
        isPolicyLocked: frame['PolicyLock'] === 'Yes'
    };
    return { kind: 'rate', rate };
}

function count(frame: FrameFields, name: string): number | undefined {
    const text = frame[name];
    const value = text === undefined || text === '' ? Number.NaN : Number(text);
    return Number.isFinite(value) && value >= 0 ? value : undefined;
}
