import type { EffectiveRate, RatePolicy, TransferDirection, TransferPath } from '@connect/api';
import type { WireError } from '@connect/base';
import type { RpcServer } from '@theia/core/lib/common/messaging/proxy-factory';

/** Path of the transfer service on the RPC connection between window and backend. */
export const TRANSFER_SERVICE_PATH = '/services/connect/transfers';

export const TransferService = Symbol('TransferService');

/**
 * Where a job stands. `queued` waits for its turn, `retrying` for its time, `needs-user` for an answer (a password,
 * a host key, a rule for files that exist); `preparing` to `stopping` hold a slot of the queue; `completed`, `stopped`, `failed` rest.
 */
export type JobState =
    | 'queued'
    | 'preparing'
    | 'transferring'
    | 'finishing'
    | 'completed'
    | 'pausing'
    | 'stopping'
    | 'stopped'
    | 'retrying'
    | 'needs-user'
    | 'failed';

export const JOB_STATES: readonly JobState[] = [
    'queued',
    'preparing',
    'transferring',
    'finishing',
    'completed',
    'pausing',
    'stopping',
    'stopped',
    'retrying',
    'needs-user',
    'failed'
];

/** All of a higher priority start before those of a lower one. */
export type JobPriority = 'high' | 'normal' | 'low';

/** In queue order. */
export const JOB_PRIORITIES: readonly JobPriority[] = ['high', 'normal', 'low'];

/**
 * What happens to a file whose name is taken at the target by a file that differs. One that is the same is left alone.
 *
 * - `ask`: all else is transferred, then the job waits for one of the others.
 * - `overwrite`: it is replaced. `skip`: it stays. `rename`: the new one lands beside it as `name (2).ext`.
 * - `resume`: it is completed when what is there is the beginning of the source, byte by byte; else as `ask`.
 * - `if-newer`: it is replaced when the source is newer. `if-different`: it is replaced when the content differs,
 *   whatever size and time say, for which both sides are read.
 *
 * What an earlier run left unfinished is continued in every case.
 */
export type ExistingRule = 'ask' | 'overwrite' | 'skip' | 'rename' | 'resume' | 'if-newer' | 'if-different';

/** A rule for one file. */
export type FileRule = Exclude<ExistingRule, 'ask'>;

/** What is to happen with one file that exists at the target and differs. */
export interface ExistingAnswer {
    /** As {@link JobQuestion} names it. */
    readonly path: string;
    readonly rule: FileRule;
}

/** One side of a file that exists at both. */
export interface ConflictSide {
    /** `file:` or `connect:` */
    readonly uri: string;
    /** Absent when it could not be looked at; then {@link problem} says why. */
    readonly sizeBytes?: number;
    /** Epoch ms. */
    readonly modifiedMs?: number;
    readonly problem?: string;
}

/** Both sides of such a file, as they are now. */
export interface Conflict {
    readonly source: ConflictSide;
    readonly target: ConflictSide;
}

export const EXISTING_RULES: readonly ExistingRule[] = [
    'ask',
    'overwrite',
    'skip',
    'rename',
    'resume',
    'if-newer',
    'if-different'
];

/** What was set for one job; what is absent comes from the settings. Bits per second, > 0; `minBps` ≥ 0. */
export interface JobRate {
    readonly targetBps?: number;
    readonly minBps?: number;
    readonly policy?: RatePolicy;
}

/** What a job in state `needs-user` wants to know, beside what its error says. */
export interface JobQuestion {
    readonly kind: 'existing-files';
    /** How many files exist and differ. */
    readonly count: number;
    /** Some of them; `message` is a sentence about both sides. */
    readonly files: readonly { readonly path: string; readonly message: string }[];
}

/** A condition of the computer that the settings may let transfers wait for. */
export type PowerHold = 'battery' | 'metered';

/** Why a job whose turn it is does not start. */
export type HoldReason = 'disk-space' | PowerHold;

/** One transfer as windows see it. JSON-safe and free of secrets. */
export interface Job {
    readonly id: string;
    /** Base name of the source, or of the first one and how many more there are. */
    readonly name: string;
    /** `send`: from this computer to the account; `receive`: the other way. */
    readonly direction: TransferDirection;
    /** URIs of files or folders: `file:` for `send`, `connect:` for `receive`. */
    readonly sources: readonly string[];
    /** The sources came from the user's desktop through the browser and are only staged where {@link sources} says. */
    readonly fromDesktop: boolean;
    /** URI of the folder that the sources land in. */
    readonly target: string;
    readonly accountId: string;
    /** As it was when the job was made; the account may be gone. */
    readonly accountName: string;
    readonly state: JobState;
    /** Unique, growing with the making of jobs. */
    readonly order: number;
    readonly priority: JobPriority;
    /** Among jobs of one priority the queue starts the lowest first. */
    readonly queueRank: number;
    /** 1-based place among the queued ones, only while `queued`; `TransferClientModel` fills it in. */
    readonly position?: number;
    /** Started by a rule, such as a sync, not by a person: other limits hold for it, and it minds the space on the disk. */
    readonly automatic: boolean;
    readonly existing: ExistingRule;
    readonly rate: JobRate;
    readonly hold?: HoldReason;
    readonly question?: JobQuestion;
    /** Bytes at the target, those of earlier runs included. */
    readonly bytesDone: number;
    /** Known so far; grows while folders are being scanned. */
    readonly bytesTotal: number;
    /** False while {@link bytesTotal} and {@link filesTotal} may still grow. */
    readonly scanComplete: boolean;
    /** Files that it brought, in all its runs. */
    readonly filesDone: number;
    readonly filesTotal: number;
    readonly filesFailed: number;
    /** Files that were left as they are at the target: the same as the source, or by rule. */
    readonly filesSkipped: number;
    /** Bits per second, smoothed; 0 when not transferring. */
    readonly rateBps: number;
    /** Time left; absent until the rate is stable enough to tell. */
    readonly remainingMs?: number;
    /** What ended the last run, when it did not end well. */
    readonly error?: WireError;
    /** Runs that a transient failure has ended in a row; 0 when the job goes well. */
    readonly attempt: number;
    /** Epoch ms of the next try; only while `retrying`. */
    readonly retryAtMs?: number;
    /** Every byte that it brought was compared by hash at the target; false when it brought nothing. */
    readonly verified: boolean;
    /** Why what it brought was not, a phrase; only when `completed` and so. */
    readonly unverified?: string;
    /** Epoch ms. */
    readonly createdMs: number;
    /** Epoch ms of the first run. */
    readonly startedMs?: number;
    /** Epoch ms of reaching `completed`, `stopped` or `failed`. */
    readonly endedMs?: number;
    /** Engine that the last run was given to. */
    readonly engineId?: string;
    /** The only engine that may run it; absent: settings and server decide. */
    readonly wantedEngineId?: string;
    /** What server and engine made of its rate; only while it runs, and where the engine tells. */
    readonly inForce?: EffectiveRate;
    /** The way its bytes take; only while it runs, and where the engine tells. */
    readonly path?: TransferPath;
    readonly currentFile: string;
    /** Both ends look at what is at the target already, and nothing of it was sent yet in this run; only while it runs. */
    readonly checking?: true;
    /** How far that is, 0 to 99; only where it is known. */
    readonly checkedPercent?: number;
}

/** What to move. Either all sources are `file:` and the target is `connect:`, or all are of one account and the target is `file:`. */
export interface SubmitRequest {
    readonly sources: readonly string[];
    readonly target: string;
    /** Id of the job to be, a UUID; submitting it again changes nothing and gives the job that there is. */
    readonly id?: string;
    /** A staged upload whose content these sources are: it is removed with the job. */
    readonly stagingId?: string;
    /** What is absent is as the settings say, `normal`, and not automatic. */
    readonly existing?: ExistingRule;
    readonly priority?: JobPriority;
    readonly automatic?: boolean;
    readonly rate?: JobRate;
    /** The only engine that may run it. */
    readonly engineId?: string;
}

/** Most bits per second of all transfers of a kind together; absent where there is no limit. */
export interface DirectionLimits {
    readonly send?: number;
    readonly receive?: number;
}

/** The limits that hold now, by who started the transfers. */
export interface BandwidthLimits {
    readonly manual: DirectionLimits;
    readonly automatic: DirectionLimits;
}

/** Transfers wait until a condition of the computer ends: all, or only those that a rule started. */
export interface PowerWait {
    readonly reason: PowerHold;
    readonly which: 'automatic' | 'all';
}

/** How the computer that the backend runs on is powered and connected, and what waits because of it. */
export interface PowerStatus {
    /** Absent where it cannot be told. */
    readonly onBattery?: boolean;
    /** As {@link onBattery}. */
    readonly metered?: boolean;
    readonly waits: readonly PowerWait[];
}

/** What holds for all jobs. */
export interface QueueStatus {
    /** Nothing starts by itself; with `untilMs` (epoch ms) only till then. */
    readonly paused?: { readonly untilMs?: number };
    readonly limits: BandwidthLimits;
    /** The limits come from the schedule of the settings. */
    readonly scheduled: boolean;
    /** Absent before it was looked at. */
    readonly power?: PowerStatus;
}

/** All jobs as of `revision`. */
export interface JobSnapshot {
    readonly revision: number;
    readonly jobs: readonly Job[];
    readonly queue: QueueStatus;
}

/** What changed since revision − 1. A receiver that holds another revision than that pulls a snapshot. */
export interface JobDelta {
    readonly revision: number;
    readonly changed: readonly Job[];
    readonly removed: readonly string[];
    /** Only when it changed. */
    readonly queue?: QueueStatus;
}

/** Where a job goes in the queue: one step, to an end, or to a 1-based place. */
export type QueueMove = 'up' | 'down' | 'top' | 'bottom' | number;

/** What holders of the list are told. */
export interface TransferClient {
    /** At most four times per second. */
    onDidChangeJobs(delta: JobDelta): void;
}

/**
 * The jobs of this user. Methods that take ids apply to every job in turn; they reject with `transfer.job-unknown`
 * or, where the state does not allow the action, with `transfer.job-state`, after the others were treated.
 * Rejections carry a ConnectError: see `fromRpcError` of the security extension.
 */
export interface TransferService extends RpcServer<TransferClient> {
    /** Rejects with `usage` when sources and target do not fit together, `security.account-unknown`, `transfer.source-missing`. */
    submit(request: SubmitRequest): Promise<Job[]>;
    snapshot(): Promise<JobSnapshot>;
    /** Ends the run (or the wait) and keeps what arrived. */
    stop(ids: readonly string[]): Promise<void>;
    /** Puts stopped, failed and waiting jobs into the queue again; what arrived is not sent again. */
    resume(ids: readonly string[]): Promise<void>;
    /** As {@link resume}, and the count of attempts starts anew. */
    retry(ids: readonly string[]): Promise<void>;
    /** Starts at once, whatever the queue's limit. */
    startNow(ids: readonly string[]): Promise<void>;
    /** Puts jobs that do not run into the queue to send everything again; what arrived of unfinished files is discarded. */
    restart(ids: readonly string[]): Promise<void>;
    /** Moves queued jobs, together and in their order; past jobs of another priority they take on that priority. Others stay. */
    move(ids: readonly string[], to: QueueMove): Promise<void>;
    setPriority(ids: readonly string[], priority: JobPriority): Promise<void>;
    /** Replaces what was set for the jobs; what is absent comes from the settings again. Reaches running ones at once. */
    setRate(ids: readonly string[], rate: JobRate): Promise<void>;
    /** For the next run; jobs that wait for this answer go on. */
    setExisting(ids: readonly string[], rule: ExistingRule): Promise<void>;
    /** For the next run. @param engineId the only engine that may run them; undefined: settings and server decide */
    setEngine(ids: readonly string[], engineId?: string): Promise<void>;
    /**
     * Answers about single files of a job that asks; it goes on and treats these files so, whatever rule holds for it.
     * @param rest for all others that exist and differ; without it the job asks about them again
     */
    answerExisting(id: string, answers: readonly ExistingAnswer[], rest?: FileRule): Promise<void>;
    /** Looks at both sides of a file. Rejects with `transfer.job-unknown`, `usage` for a path that is not of the job. */
    describeConflict(id: string, path: string): Promise<Conflict>;
    /** Running jobs end, keep what arrived and take their places in the queue; nothing starts by itself. @param forMs then all go on; without it only {@link resumeAll} does that */
    pauseAll(forMs?: number): Promise<void>;
    resumeAll(): Promise<void>;
    /** Takes the job off the list, ending it first when it runs. Files that arrived stay. */
    remove(ids: readonly string[]): Promise<void>;
    /** Takes every completed, stopped and failed job off the list. */
    clearFinished(): Promise<void>;
}

/** Root of the HTTP endpoint that takes files from the user's desktop when the app is hosted in a browser. */
export const STAGING_PATH = '/connect/staging';

/** Request header: path within the batch, `/`-separated, each segment through `encodeURIComponent`. */
export const STAGING_NAME_HEADER = 'x-connect-path';

/** Request header: modification time of the file, epoch ms, integer. */
export const STAGING_MODIFIED_HEADER = 'x-connect-modified';

/** Answer to `POST` {@link STAGING_PATH}. */
export interface StagingBatch {
    readonly stagingId: string;
    /** `file:` URI of the batch's folder on the backend's machine. */
    readonly folder: string;
}
