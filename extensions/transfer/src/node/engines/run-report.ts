import type { EffectiveRate, FileFailure, RatePolicy, TransferProgress } from '@connect/api';
import { ConnectError, ERROR_CATALOG, type ErrorCode } from '@connect/base';
import type { FrameFields } from '@connect/transport/lib/cli/management-frames';

/** More failures than this are counted, not kept. */
const MAX_FAILURES = 500;

/** What a frame was about. */
export type FrameEvent =
    | { readonly kind: 'progress' }
    | { readonly kind: 'file-failed'; readonly failure: FileFailure }
    | { readonly kind: 'rate'; readonly rate: EffectiveRate }
    | { readonly kind: 'other' };

/** Of a run that has not begun. */
export const NO_PROGRESS: TransferProgress = {
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

/** Adds up the frames of one run; pure. Fields: docs/formats/management.md. */
export class RunReport {
    readonly failures: FileFailure[] = [];
    /** The failure that ended the run, as far as the program told. */
    error: ConnectError | undefined;
    /** The program said that all went well. */
    done = false;
    private latest: TransferProgress = NO_PROGRESS;

    get progress(): TransferProgress {
        return this.latest;
    }

    take(frame: FrameFields): FrameEvent {
        switch (frame['Type']) {
            case 'STATS':
                this.latest = this.figures(frame);
                return { kind: 'progress' };
            case 'SESSION':
                return rateOf(frame);
            case 'NOTIFICATION':
                return frame['Rate'] === undefined ? this.totals(frame) : rateOf(frame);
            case 'DONE':
                this.done = true;
                this.latest = { ...this.figures(frame), rateBps: 0 };
                return { kind: 'progress' };
            case 'ERROR':
                this.error = errorOf(frame);
                this.latest = { ...this.figures(frame), rateBps: 0 };
                return { kind: 'progress' };
            case 'FILEERROR':
                return this.failed(frame);
            default:
                return { kind: 'other' };
        }
    }

    private totals(frame: FrameFields): FrameEvent {
        if (frame['PreTransferBytes'] === undefined) {
            return { kind: 'other' };
        }
        this.latest = {
            ...this.latest,
            bytesTotal: count(frame, 'PreTransferBytes', 0),
            filesTotal: count(frame, 'PreTransferFiles', 0),
            scanComplete: frame['X-ScanComplete'] === 'Yes'
        };
        return { kind: 'progress' };
    }

    private figures(frame: FrameFields): TransferProgress {
        const { latest } = this;
        return {
            bytesDone: count(frame, 'Bytescont', latest.bytesDone),
            bytesTotal: count(frame, 'PreTransferBytes', latest.bytesTotal),
            scanComplete:
                frame['X-ScanComplete'] === undefined
                    ? latest.scanComplete
                    : frame['X-ScanComplete'] === 'Yes',
            filesDone: count(frame, 'TransfersPassed', latest.filesDone),
            filesTotal: count(frame, 'PreTransferFiles', latest.filesTotal),
            filesFailed: count(frame, 'TransfersFailed', latest.filesFailed),
            filesSkipped: count(frame, 'TransfersSkipped', latest.filesSkipped),
            bytesSent: count(frame, 'X-BytesSent', latest.bytesSent),
            rateBps: count(frame, 'Rate', 0) * 1000,
            currentFile: frame['File'] ?? latest.currentFile,
            ...comparedOf(frame)
        };
    }

    private failed(frame: FrameFields): FrameEvent {
        const failure = { path: frame['File'] ?? '', error: errorOf(frame) };
        if (this.failures.length < MAX_FAILURES) {
            this.failures.push(failure);
        }
        return { kind: 'file-failed', failure };
    }
}

/** Our program names the failure; from others the number is taken, of which several rows may share one: the first counts. */
function errorOf(frame: FrameFields): ConnectError {
    const named = frame['X-Code'];
    const number = Number(frame['Code']);
    const codes = Object.keys(ERROR_CATALOG) as ErrorCode[];
    const code =
        codes.find(each => each === named) ??
        codes.find(each => each.startsWith('transfer.') && ERROR_CATALOG[each].ascp === number) ??
        'internal';
    return new ConnectError(code, frame['Description'] ?? ERROR_CATALOG[code].title);
}

function comparedOf(frame: FrameFields): Pick<TransferProgress, 'compared'> {
    const of = count(frame, 'X-BytesToCompare', 0);
    return of > 0 ? { compared: { bytes: Math.min(of, count(frame, 'X-BytesCompared', 0)), of } } : {};
}

function count(frame: FrameFields, name: string, fallback: number): number {
    const value = Number(frame[name] ?? Number.NaN);
    return Number.isFinite(value) && value >= 0 ? value : fallback;
}

const POLICIES: readonly string[] = ['fixed', 'high', 'fair', 'low'] satisfies readonly RatePolicy[];

function rateOf(frame: FrameFields): FrameEvent {
    const isPolicy = (name: string): name is RatePolicy => POLICIES.includes(name);
    const policy = frame['X-Policy'] ?? '';
    const targetBps = count(frame, 'Rate', 0) * 1000;
    if (!isPolicy(policy) || targetBps === 0) {
        return { kind: 'other' };
    }
    const policies = frame['X-Policies']?.split(',').filter(isPolicy);
    const maxBps = count(frame, 'X-MaxRate', 0) * 1000;
    const rate: EffectiveRate = {
        targetBps,
        minBps: count(frame, 'MinRate', 0) * 1000,
        policy,
        ...(maxBps > 0 ? { maxBps } : {}),
        ...(policies ? { policies } : {}),
        isTargetLocked: frame['X-RateLocked'] === 'Yes',
        isPolicyLocked: frame['X-PolicyLocked'] === 'Yes'
    };
    return { kind: 'rate', rate };
}
