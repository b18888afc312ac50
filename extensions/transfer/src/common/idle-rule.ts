import { isRunning } from './job-lifecycle';
import type { Job, QueueStatus } from './transfer-protocol';

/**
 * Whether a backend that nobody is connected to still has something to do: a transfer runs, waits for its turn or for
 * its next try, or a pause ends by itself. What waits for an answer, or in a queue that is paused without an end, does
 * not go on before somebody comes.
 */
export function hasWork(jobs: Iterable<Pick<Job, 'state'>>, queue: Pick<QueueStatus, 'paused'>): boolean {
    const isPaused = queue.paused !== undefined;
    const pauseEnds = queue.paused?.untilMs !== undefined;
    for (const { state } of jobs) {
        const isWaiting = state === 'queued' || state === 'retrying';
        if (isRunning(state) || (isWaiting && (!isPaused || pauseEnds))) {
            return true;
        }
    }
    return false;
}
