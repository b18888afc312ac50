import type { EffectiveRate, TransferPath, TransferProgress } from '@connect/api';
import type { RecordedAnswer } from './existing-answers';
import type { FileRule, HoldReason, Job, PowerHold } from './transfer-protocol';

/** What windows see beside the record: it follows from it, or only holds while a run is under way. */
export type VolatileKey =
    | 'checking'
    | 'checkedPercent'
    | 'fromDesktop'
    | 'hold'
    | 'inForce'
    | 'path'
    | 'position'
    | 'rateBps'
    | 'remainingMs'
    | 'currentFile';

/** A job as it is stored: what windows see without the volatile facts, and what only the backend knows. */
export interface JobRecord extends Omit<Job, VolatileKey> {
    /** Staged upload that goes with the job. */
    readonly stagingId?: string;
    /** The user took the job off the list while it ran. */
    readonly removeWhenEnded: boolean;
    /** The next run is to leave nothing of what arrived before it. */
    readonly fromStart: boolean;
    /** About single files that existed at the target. */
    readonly answers?: readonly RecordedAnswer[];
    /** About all others that do. */
    readonly answerRest?: FileRule;
    /** What a person has started it in spite of, till it rests. */
    readonly startedDespite?: readonly PowerHold[];
}

/** What a running job shows beside its record. */
export interface LiveFacts {
    readonly rateBps: number;
    readonly remainingMs?: number;
    readonly currentFile: string;
    readonly inForce?: EffectiveRate;
    readonly path?: TransferPath;
    readonly hold?: HoldReason;
    readonly checking?: true;
    readonly checkedPercent?: number;
}

/** What windows get: the record without the backend's own facts. */
export function toJob(record: JobRecord, live: LiveFacts): Job {
    const {
        stagingId,
        removeWhenEnded: _removeWhenEnded,
        fromStart: _fromStart,
        answers: _answers,
        answerRest: _answerRest,
        startedDespite: _startedDespite,
        ...shared
    } = record;
    return { ...shared, ...live, fromDesktop: stagingId !== undefined };
}

/** What a record needs to be made; all else starts at nothing. */
export type NewJob = Pick<
    JobRecord,
    | 'id'
    | 'order'
    | 'name'
    | 'direction'
    | 'sources'
    | 'target'
    | 'accountId'
    | 'accountName'
    | 'createdMs'
    | 'stagingId'
> &
    Partial<Pick<JobRecord, 'priority' | 'automatic' | 'existing' | 'rate' | 'wantedEngineId'>>;

/** A job that waits for its first turn. */
export function newRecord(job: NewJob): JobRecord {
    return {
        queueRank: job.order,
        priority: 'normal',
        automatic: false,
        existing: 'ask',
        rate: {},
        ...job,
        state: 'queued',
        bytesDone: 0,
        bytesTotal: 0,
        scanComplete: false,
        filesDone: 0,
        filesTotal: 0,
        filesFailed: 0,
        filesSkipped: 0,
        attempt: 0,
        verified: false,
        removeWhenEnded: false,
        fromStart: false
    };
}

/** What both ends tell each other to compare: hashes are 32 bytes for each MiB. */
const COMPARING_BYTES = 65_536;
const COMPARING_SHARE = 1e-4;

/**
 * Whether a run that says this is still looking at what is at the target: what an earlier run brought, or a file that
 * is compared because of the rule for files that exist. Both ends may read for minutes before the first byte of it is sent.
 * @param bytesBefore at the target when the run began
 */
export function isChecking(
    progress: TransferProgress,
    bytesBefore: number,
    existing: Job['existing']
): boolean {
    const compares = bytesBefore > 0 || existing === 'resume' || existing === 'if-different';
    const mostBytes = COMPARING_BYTES + progress.bytesTotal * COMPARING_SHARE;
    return compares && progress.bytesSent <= mostBytes && (progress.filesTotal > 0 || progress.scanComplete);
}

/**
 * What to show of a run that {@link isChecking}: how far that is, in whole percent, once it is known and until all was
 * compared here. Only for a single file: of several ones it is not known yet how much there will be to compare.
 */
export function checkingFacts({
    compared,
    filesTotal
}: TransferProgress): Pick<Job, 'checking' | 'checkedPercent'> {
    const isPart =
        filesTotal === 1 && compared !== undefined && compared.bytes > 0 && compared.bytes < compared.of;
    return {
        checking: true,
        ...(isPart ? { checkedPercent: Math.floor((compared.bytes * 100) / compared.of) } : {})
    };
}

/** It brought nothing, because all there is to bring is at the target or is to stay as it is there. */
export function isAllSkipped(job: Pick<Job, 'filesDone' | 'filesSkipped'>): boolean {
    return job.filesSkipped > 0 && job.filesDone === 0;
}

/**
 * The progress of a run as that of its job: what earlier runs brought is passed over by this one, but was not skipped.
 * @param filesBefore files that earlier runs brought
 */
export function overAllRuns(progress: TransferProgress, filesBefore: number): TransferProgress {
    const brought = Math.min(filesBefore, progress.filesSkipped);
    return {
        ...progress,
        filesDone: progress.filesDone + brought,
        filesSkipped: progress.filesSkipped - brought
    };
}

/** What a run's progress makes of the record. While a resumed job is being scanned again, its totals seem to start from nothing: the known ones are kept till then. */
export function progressFacts(record: JobRecord, progress: TransferProgress): Partial<JobRecord> {
    const atLeast = (known: number, now: number): number =>
        progress.scanComplete ? now : Math.max(known, now);
    return {
        bytesDone: atLeast(record.bytesDone, progress.bytesDone),
        bytesTotal: atLeast(record.bytesTotal, progress.bytesTotal),
        filesDone: atLeast(record.filesDone, progress.filesDone),
        filesTotal: atLeast(record.filesTotal, progress.filesTotal),
        filesSkipped: atLeast(record.filesSkipped, progress.filesSkipped),
        filesFailed: progress.filesFailed,
        scanComplete: progress.scanComplete
    };
}
