import { isRunning } from './job-lifecycle';
import type { JobState } from './transfer-protocol';

/** What the queue needs to know of a job. `order` is unique and never changes while the job is in the list. */
export interface QueueEntry {
    readonly id: string;
    readonly state: JobState;
    readonly order: number;
}

/** `max` (≥ 1) jobs at once; without `enabled` there is no limit. */
export interface QueueSettings {
    readonly enabled: boolean;
    readonly max: number;
}

/**
 * Ids to start now, in their order. Jobs that were started by hand take slots as well, so the queue alone never
 * brings the number of running jobs above `max`.
 */
export function nextToStart(entries: Iterable<QueueEntry>, settings: QueueSettings): string[] {
    const all = [...entries];
    const waiting = inOrder(all);
    if (!settings.enabled) {
        return waiting.map(entry => entry.id);
    }
    const free = Math.max(0, settings.max - all.filter(entry => isRunning(entry.state)).length);
    return waiting.slice(0, free).map(entry => entry.id);
}

/** 1-based places of the queued jobs. */
export function queuePositions(entries: Iterable<QueueEntry>): Map<string, number> {
    return new Map(inOrder(entries).map((entry, index) => [entry.id, index + 1]));
}

function inOrder(entries: Iterable<QueueEntry>): QueueEntry[] {
    return [...entries].filter(entry => entry.state === 'queued').sort((a, b) => a.order - b.order);
}
