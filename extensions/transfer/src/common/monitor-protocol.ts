import type { EffectiveRate, RateSettings, TransferPath } from '@connect/api';
import type { RpcServer } from '@theia/core/lib/common/messaging/proxy-factory';
import type { RatePoint } from './rate-history';

/** Path of the monitor service on the RPC connection between window and backend. */
export const MONITOR_SERVICE_PATH = '/services/connect/transfer-monitor';

export const MonitorService = Symbol('MonitorService');

/** Something that is marked in the graph. `rate`: another rate is in force; `path`: the bytes take another way. */
export type MonitorEventKind = 'start' | 'stop' | 'retry' | 'rate' | 'path' | 'fail' | 'complete';

export interface MonitorEvent {
    /** Epoch ms. */
    readonly atMs: number;
    readonly kind: MonitorEventKind;
    /** For people, e.g. `Target 300 Mbps, Fair`. */
    readonly text: string;
}

/** A line of the log of a job. */
export interface MonitorLine {
    /** Epoch ms. */
    readonly atMs: number;
    readonly text: string;
}

/** The rate of a job: what its engine was told, and what became of it. */
export interface MonitorRate {
    /** After what the settings allow was shared between jobs; absent before the first run. */
    readonly asked?: RateSettings;
    /** What server and engine made of it, with the rules of the server; absent where the engine does not tell. */
    readonly inForce?: EffectiveRate;
}

/** How a job does at this moment. */
export interface MonitorNow {
    /** By the clock of the backend, epoch ms: when this was measured; absent before the first run. */
    readonly atMs?: number;
    /** Of the last second; 0 when nothing runs. */
    readonly rateBps: number;
    /** Since the run began; of the last run when nothing runs. */
    readonly averageBps: number;
    readonly rttMs?: number;
    /** Of the packets of the last second, 0 to 100. */
    readonly lossPercent?: number;
    readonly path?: TransferPath;
    readonly rate: MonitorRate;
}

export type FileState = 'active' | 'done' | 'skipped' | 'failed';

/** One file of a job. */
export interface FileRow {
    /** Below the destination. */
    readonly path: string;
    readonly state: FileState;
    /** Absent where the engine did not say. */
    readonly sizeBytes?: number;
    /** Why it was skipped or failed. */
    readonly note?: string;
}

/** How many files there are to page through. */
export interface FileCount {
    /** Rows of {@link MonitorService.files}. */
    readonly rows: number;
    /** Older files that were finished and are no longer kept. */
    readonly forgotten: number;
    /** Grows with every change of a row. */
    readonly revision: number;
}

/** Part of the list of files. */
export interface FilePage extends FileCount {
    readonly start: number;
    readonly files: readonly FileRow[];
}

/** What a window needs to draw a monitor, as of `revision`. */
export interface MonitorSnapshot {
    readonly jobId: string;
    readonly revision: number;
    /** Oldest first. */
    readonly points: readonly RatePoint[];
    readonly events: readonly MonitorEvent[];
    /** Last lines of the log of the job, oldest first. */
    readonly log: readonly MonitorLine[];
    readonly now: MonitorNow;
    readonly files: FileCount;
}

/** What came since revision − 1. A window that holds another one than that opens the monitor anew. */
export type MonitorUpdate = MonitorSnapshot;

/** What a window is told. */
export interface MonitorClient {
    /** At most four times per second, for all open monitors of the window together. */
    onMonitorUpdates(updates: readonly MonitorUpdate[]): void;
}

/** Figures of single jobs, for windows that show them. Each window has its own one, which ends with its connection. */
export interface MonitorService extends RpcServer<MonitorClient> {
    /** From now on changes are told. Opening again gives everything anew. Rejects with `transfer.job-unknown`. */
    open(jobId: string): Promise<MonitorSnapshot>;
    close(jobId: string): Promise<void>;
    /** At most {@link MAX_FILE_PAGE} files from `start` on; the ones that need attention or are under way come first. */
    files(jobId: string, start: number, count: number): Promise<FilePage>;
}

export const MAX_FILE_PAGE = 200;
/** Bounds of what is kept of a job. */
export const MAX_EVENTS = 300;
export const MAX_LOG_LINES = 500;
