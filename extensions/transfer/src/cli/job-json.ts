import { ERROR_CATALOG, type WireError } from '@connect/base';
import { showAddress } from '../common/command-address';
import type {
    ExistingRule,
    HoldReason,
    Job,
    JobPriority,
    JobQuestion,
    JobState,
    PowerStatus,
    QueueStatus
} from '../common/transfer-protocol';

/** A failure as `--json` prints it. */
export interface ErrorJson {
    readonly code: string;
    readonly message: string;
    /** What a person can do. */
    readonly remedy: string;
}

/**
 * A transfer as `--json` prints it: docs/guides/connect.md. Fields may be added, none is renamed or taken away. What is
 * not known is left out. Rates are bits per second, sizes bytes, times ISO 8601 in UTC.
 */
export interface JobJson {
    readonly id: string;
    readonly name: string;
    readonly direction: 'send' | 'receive';
    /** Addresses as the command takes them. */
    readonly sources: readonly string[];
    readonly target: string;
    readonly account: { readonly id: string; readonly name: string };
    readonly state: JobState;
    readonly position?: number;
    readonly priority: JobPriority;
    readonly automatic: boolean;
    readonly existing: ExistingRule;
    readonly rate: { readonly targetBps?: number; readonly minBps?: number; readonly policy?: string };
    readonly hold?: HoldReason;
    readonly question?: JobQuestion;
    readonly bytes: { readonly done: number; readonly total: number; readonly isTotalKnown: boolean };
    readonly files: {
        readonly done: number;
        readonly total: number;
        readonly failed: number;
        readonly skipped: number;
    };
    readonly rateBps: number;
    readonly remainingMs?: number;
    readonly currentFile?: string;
    readonly checking?: true;
    readonly checkedPercent?: number;
    readonly verified: boolean;
    readonly unverified?: string;
    readonly attempt: number;
    readonly retryAt?: string;
    readonly engine?: string;
    readonly createdAt: string;
    readonly startedAt?: string;
    readonly endedAt?: string;
    readonly error?: ErrorJson;
}

/** What holds for all transfers, as `--json` prints it. */
export interface QueueJson {
    readonly isPaused: boolean;
    readonly pausedUntil?: string;
    readonly limits: QueueStatus['limits'];
    readonly isScheduled: boolean;
    /** What is not known of the computer is left out. */
    readonly power?: PowerStatus;
}

export function errorJson(error: WireError): ErrorJson {
    const { code, message } = error;
    return { code, message, remedy: ERROR_CATALOG[code]?.remedy ?? '' };
}

/** @param windows paths of this computer are Windows paths */
export function jobJson(job: Job, windows: boolean): JobJson {
    const names = new Map([[job.accountId, job.accountName]]);
    const show = (uri: string): string => showAddress(uri, names, windows);
    const { id, name, direction, state, priority, automatic, existing, rate, verified, attempt, rateBps } =
        job;
    return {
        id,
        name,
        direction,
        sources: job.sources.map(show),
        target: show(job.target),
        account: { id: job.accountId, name: job.accountName },
        state,
        ...present('position', job.position),
        priority,
        automatic,
        existing,
        rate,
        ...present('hold', job.hold),
        ...present('question', job.question),
        bytes: { done: job.bytesDone, total: job.bytesTotal, isTotalKnown: job.scanComplete },
        files: {
            done: job.filesDone,
            total: job.filesTotal,
            failed: job.filesFailed,
            skipped: job.filesSkipped
        },
        rateBps: Math.round(rateBps),
        ...present('remainingMs', job.remainingMs),
        ...present('currentFile', job.currentFile || undefined),
        ...present('checking', job.checking),
        ...present('checkedPercent', job.checkedPercent),
        verified,
        ...present('unverified', job.unverified),
        attempt,
        ...present('retryAt', isoTime(job.retryAtMs)),
        ...present('engine', job.engineId),
        createdAt: isoTime(job.createdMs)!,
        ...present('startedAt', isoTime(job.startedMs)),
        ...present('endedAt', isoTime(job.endedMs)),
        ...present('error', job.error && errorJson(job.error))
    };
}

export function queueJson({ paused, limits, scheduled, power }: QueueStatus): QueueJson {
    return {
        isPaused: paused !== undefined,
        ...present('pausedUntil', isoTime(paused?.untilMs)),
        limits,
        isScheduled: scheduled,
        ...present('power', power)
    };
}

function isoTime(epochMs: number | undefined): string | undefined {
    return epochMs === undefined ? undefined : new Date(epochMs).toISOString();
}

function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
    return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
