import type { Job } from './transfer-protocol';

/** The facts that only hold while a run is under way; they are never stored. */
export type VolatileKey = 'position' | 'rateBps' | 'remainingMs' | 'currentFile';

/** A job as it is stored: what windows see without the volatile facts, and what only the backend knows. */
export interface JobRecord extends Omit<Job, VolatileKey> {
    /** Place in the list and in the queue: unique, growing with creation. */
    readonly order: number;
    /** Staged upload that goes with the job. */
    readonly stagingId?: string;
    /** The user took the job off the list while it ran. */
    readonly removeWhenEnded: boolean;
}

/** What a running job shows beside its record. */
export interface LiveFacts {
    readonly position?: number;
    readonly rateBps: number;
    readonly remainingMs?: number;
    readonly currentFile: string;
}

/** What windows get: the record without the backend's own facts. */
export function toJob(record: JobRecord, live: LiveFacts): Job {
    const { order: _order, stagingId: _stagingId, removeWhenEnded: _removeWhenEnded, ...shared } = record;
    return { ...shared, ...live };
}
