import type { LogName } from '@connect/api';
import type { RpcServer } from '@theia/core/lib/common/messaging/proxy-factory';

/** Path of the log service on the RPC connection between window and backend. */
export const LOG_SERVICE_PATH = '/services/connect/logs';

export const LogService = Symbol('LogService');

/** Base names of the log files, without `.log`. */
export const LOG_FILES: Readonly<Record<LogName, string>> = {
    app: 'connect',
    transfer: 'connect-transfer',
    sync: 'connect-sync',
    browser: 'connect-browser'
};

/** What came since the last time. */
export interface LogBatch {
    readonly log: LogName;
    /** As in the file, oldest first. */
    readonly lines: readonly string[];
    /** Lines before these that were too many to be told; they are in the file. */
    readonly passedOver: number;
}

/** What a window is told. */
export interface LogClient {
    /** At most four times per second, and only what the window follows. */
    onLogLines(batches: readonly LogBatch[]): void;
    /** The logs cannot be written: told once for each time that this begins. @param problem a sentence */
    onLogProblem(problem: string): void;
}

/** The logs of this user for a window. Each window has its own one, which ends with its connection. */
export interface LogService extends RpcServer<LogClient> {
    /** `file:` URI of the folder that the logs are in, which is there by then. Rejects with `files.failed`. */
    folder(): Promise<string>;
    /** The last lines of each log; from now on new ones are told. */
    follow(): Promise<readonly LogBatch[]>;
    unfollow(): Promise<void>;
}

/** A batch holds at most this many lines. */
export const MAX_BATCH_LINES = 500;
