import type { EffectiveRate, RateSettings, TransferPath } from '@connect/api';
import type { RatePoint } from './rate-history';
import type { JobDelta } from './transfer-protocol';

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
    /** The part of the list of files that is in sight, when it is another than was told last. */
    readonly page?: FilePage;
}

/** What came since revision − 1. A window that holds another one than that opens the monitor anew. */
export type MonitorUpdate = MonitorSnapshot;

/** What changed since a window was told last. */
export interface WindowNews {
    /** Absent when no job changed. */
    readonly jobs?: JobDelta;
    /** Of the monitors that the window has open; absent when none changed. */
    readonly monitors?: readonly MonitorUpdate[];
}

/** What a window is told of transfers, as the client of the transfer service. */
export interface WindowClient {
    /** At most four times per second: list, status and all open monitors together. */
    onNews(news: WindowNews): void;
}

/** Part of a list of files. Integers ≥ 0. */
export interface FileRange {
    readonly start: number;
    /** 0 where nothing is in sight. */
    readonly count: number;
}

/**
 * Figures of single jobs, for windows that show them. Each window has its own one, which ends with its connection;
 * what it is told comes with {@link WindowClient.onNews}.
 */
export interface MonitorService {
    /**
     * From now on changes are told. Opening again gives everything anew. Rejects with `transfer.job-unknown`.
     * @param inSight as by {@link files}
     */
    open(jobId: string, inSight?: FileRange): Promise<MonitorSnapshot>;
    close(jobId: string): Promise<void>;
    /**
     * At most {@link MAX_FILE_PAGE} files; the ones that need attention or are under way come first. Where the monitor
     * is open, this part is in sight from now on: what changes in it is told, at most once a second.
     */
    files(jobId: string, range: FileRange): Promise<FilePage>;
}

export const MAX_FILE_PAGE = 200;
/** Bounds of what is kept of a job. */
export const MAX_EVENTS = 300;
export const MAX_LOG_LINES = 500;
