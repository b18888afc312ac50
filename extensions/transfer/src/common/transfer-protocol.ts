import type { TransferDirection } from '@connect/api';
import type { WireError } from '@connect/base';
import type { RpcServer } from '@theia/core/lib/common/messaging/proxy-factory';

/** Path of the transfer service on the RPC connection between window and backend. */
export const TRANSFER_SERVICE_PATH = '/services/connect/transfers';

export const TransferService = Symbol('TransferService');

/**
 * Where a job stands. `queued` waits for its turn, `retrying` for its time, `needs-user` for an answer (a password,
 * a host key); `preparing` to `stopping` hold a slot of the queue; `completed`, `stopped`, `failed` rest.
 */
export type JobState =
    | 'queued'
    | 'preparing'
    | 'transferring'
    | 'finishing'
    | 'completed'
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
    'stopping',
    'stopped',
    'retrying',
    'needs-user',
    'failed'
];

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
    /** Place in the list: unique, growing with the making of jobs; the queue starts the lowest first. */
    readonly order: number;
    /** 1-based place among the queued ones, only while `queued`; `TransferClientModel` fills it in. */
    readonly position?: number;
    /** Bytes at the target, those of earlier runs included. */
    readonly bytesDone: number;
    /** Known so far; grows while folders are being scanned. */
    readonly bytesTotal: number;
    /** False while {@link bytesTotal} and {@link filesTotal} may still grow. */
    readonly scanComplete: boolean;
    readonly filesDone: number;
    readonly filesTotal: number;
    readonly filesFailed: number;
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
    /** Every byte was compared by hash at the target. */
    readonly verified: boolean;
    /** Epoch ms. */
    readonly createdMs: number;
    /** Epoch ms of the first run. */
    readonly startedMs?: number;
    /** Epoch ms of reaching `completed`, `stopped` or `failed`. */
    readonly endedMs?: number;
    readonly engineId?: string;
    readonly currentFile: string;
}

/** What to move. Either all sources are `file:` and the target is `connect:`, or all are of one account and the target is `file:`. */
export interface SubmitRequest {
    readonly sources: readonly string[];
    readonly target: string;
    /** A staged upload whose content these sources are: it is removed with the job. */
    readonly stagingId?: string;
}

/** All jobs as of `revision`. */
export interface JobSnapshot {
    readonly revision: number;
    readonly jobs: readonly Job[];
}

/** What changed since revision − 1. A receiver that holds another revision than that pulls a snapshot. */
export interface JobDelta {
    readonly revision: number;
    readonly changed: readonly Job[];
    readonly removed: readonly string[];
}

/** What a window is told. */
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
