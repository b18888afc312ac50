import { isRunning } from './job-lifecycle';
import { JOB_PRIORITIES, type JobPriority, type JobState, type QueueMove } from './transfer-protocol';

/** Where a job stands in the queue. */
export interface QueuePlace {
    readonly priority: JobPriority;
    readonly queueRank: number;
}

/** What the queue needs to know of a job. */
export interface QueueEntry extends QueuePlace {
    readonly id: string;
    readonly state: JobState;
}

/** `max` (≥ 1) jobs at once; without `enabled` there is no limit. */
export interface QueueSettings {
    readonly enabled: boolean;
    readonly max: number;
}

/**
 * Ids to start now, in their order. Jobs that were started by hand take slots as well, so the queue alone never
 * brings the number of running jobs above `max`.
 * @param isHeld jobs that must wait; they take no slot from others
 */
export function nextToStart(
    entries: Iterable<QueueEntry>,
    settings: QueueSettings,
    isHeld: (id: string) => boolean = () => false
): string[] {
    const all = [...entries];
    const running = all.reduce((count, entry) => count + (isRunning(entry.state) ? 1 : 0), 0);
    const free = settings.enabled ? settings.max - running : Infinity;
    // most changes find no free slot: then nothing is put in order
    return free <= 0
        ? []
        : inOrder(all.filter(entry => !isHeld(entry.id)))
              .slice(0, free)
              .map(entry => entry.id);
}

/** 1-based places of the queued jobs. */
export function queuePositions(entries: Iterable<QueueEntry>): Map<string, number> {
    return new Map(inOrder(entries).map((entry, index) => [entry.id, index + 1]));
}

/**
 * New places of the jobs that must change theirs, so that the queued ones among `ids` stand together at `to`. As few
 * as possible: the moved ones alone, but for the rare case that there is no number left between two neighbours.
 */
export function moveInQueue(
    entries: Iterable<QueueEntry>,
    ids: ReadonlySet<string>,
    to: QueueMove
): Map<string, QueuePlace> {
    const all = inOrder(entries);
    const moved = all.filter(entry => ids.has(entry.id));
    if (moved.length === 0) {
        return new Map();
    }
    const rest = all.filter(entry => !ids.has(entry.id));
    const at = Math.max(0, Math.min(rest.length, insertionPoint(all, ids, rest.length, to)));
    const [before, after] = [rest[at - 1], rest[at]];
    const priorities = moved.map(entry => between(entry.priority, before?.priority, after?.priority));
    const ranks = ranksFor(priorities, before, after);
    const places = new Map(
        moved.map((entry, i) => [entry.id, { priority: priorities[i], queueRank: ranks[i] }])
    );
    const order = [...rest.slice(0, at), ...moved, ...rest.slice(at)];
    return isOrdered(order.map(entry => ({ ...entry, ...places.get(entry.id) })))
        ? places
        : new Map(
              order.map((entry, index) => [
                  entry.id,
                  { priority: places.get(entry.id)?.priority ?? entry.priority, queueRank: index + 1 }
              ])
          );
}

/**
 * New ranks of running jobs that are about to wait again, so that all of them come before those of their priority that
 * were waiting: what was moved to the top, or started out of turn, would else change who goes on after a pause. None
 * gets the rank of another job, or passes one that comes before the waiting and may wait again itself.
 */
export function goOnFirst(entries: Iterable<QueueEntry>, ids: ReadonlySet<string>): Map<string, number> {
    const all = [...entries];
    const ranks = new Map<string, number>();
    for (const priority of JOB_PRIORITIES) {
        const ofPriority = all.filter(entry => entry.priority === priority);
        const back = ofPriority.filter(entry => ids.has(entry.id)).sort(compare);
        const others = ofPriority.filter(entry => !ids.has(entry.id)).sort(compare);
        const first = others.find(entry => entry.state === 'queued');
        if (first && back.some(({ queueRank }) => queueRank >= first.queueRank)) {
            const before = others.filter(({ queueRank }) => queueRank < first.queueRank).at(-1);
            const places = ranksFor(
                back.map(() => priority),
                before,
                first
            );
            back.forEach(({ id }, i) => ranks.set(id, places[i]));
        }
    }
    return ranks;
}

/** Index among the jobs that stay. */
function insertionPoint(
    all: readonly QueueEntry[],
    ids: ReadonlySet<string>,
    restLength: number,
    to: QueueMove
): number {
    const stayingBefore = (index: number): number =>
        all.slice(0, index).filter(entry => !ids.has(entry.id)).length;
    const isMoved = all.map(entry => ids.has(entry.id));
    switch (to) {
        case 'top':
            return 0;
        case 'bottom':
            return restLength;
        case 'up':
            return stayingBefore(isMoved.indexOf(true)) - 1;
        case 'down':
            return stayingBefore(isMoved.lastIndexOf(true)) + 1;
        default:
            return to - 1;
    }
}

function between(
    own: JobPriority,
    before: JobPriority | undefined,
    after: JobPriority | undefined
): JobPriority {
    const least = before === undefined ? 0 : JOB_PRIORITIES.indexOf(before);
    const most = after === undefined ? JOB_PRIORITIES.length - 1 : JOB_PRIORITIES.indexOf(after);
    return JOB_PRIORITIES[Math.max(least, Math.min(most, JOB_PRIORITIES.indexOf(own)))];
}

/** Growing numbers, within those neighbours that have the same priority. */
function ranksFor(
    priorities: readonly JobPriority[],
    before: QueueEntry | undefined,
    after: QueueEntry | undefined
): number[] {
    const count = priorities.length;
    return priorities.map((priority, i) => {
        const low = before?.priority === priority ? before.queueRank : undefined;
        const high = after?.priority === priority ? after.queueRank : undefined;
        if (low !== undefined && high !== undefined) {
            return low + ((high - low) * (i + 1)) / (count + 1);
        }
        return high !== undefined ? high - count + i : (low ?? 0) + i + 1;
    });
}

function isOrdered(entries: readonly QueueEntry[]): boolean {
    return entries.every((entry, i) => i === 0 || compare(entries[i - 1], entry) < 0);
}

/** Never 0 for two jobs: a job that changed its priority may meet one of the same rank. */
function compare(a: QueueEntry, b: QueueEntry): number {
    return (
        JOB_PRIORITIES.indexOf(a.priority) - JOB_PRIORITIES.indexOf(b.priority) ||
        a.queueRank - b.queueRank ||
        (a.id < b.id ? -1 : 1)
    );
}

function inOrder(entries: Iterable<QueueEntry>): QueueEntry[] {
    return [...entries].filter(entry => entry.state === 'queued').sort(compare);
}
