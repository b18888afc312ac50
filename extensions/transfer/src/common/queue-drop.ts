import type { Job } from './transfer-protocol';

/** Where waiting transfers are let go: before or after another one that waits. */
export interface QueueDrop {
    readonly id: string;
    readonly after: boolean;
}

/**
 * Place in the queue for {@link QueueDrop}, as `move` takes it: 1-based among those that are not moved. Undefined where
 * nothing can be let go: the other one does not wait, or is gone.
 * @param moved ids of those that are let go
 */
export function dropPlace(
    jobs: readonly Pick<Job, 'id' | 'state' | 'position'>[],
    moved: ReadonlySet<string>,
    { id, after }: QueueDrop
): number | undefined {
    const other = jobs.find(job => job.id === id);
    if (other?.state !== 'queued' || other.position === undefined) {
        return undefined;
    }
    const { position } = other;
    const before = jobs.filter(
        job => job.position !== undefined && job.position < position && !moved.has(job.id)
    );
    return before.length + 1 + (after && !moved.has(id) ? 1 : 0);
}
