import type { Clock, Disposable } from '@connect/base';
import type { Job, JobDelta, JobSnapshot, QueueStatus } from '../common/transfer-protocol';

/** Windows hear at most once in this time. */
export const DELTA_INTERVAL_MS = 250;

/**
 * Turns any number of changes into few numbered deltas. What changes twice between two of them is told once, as it
 * is at that moment; a snapshot and the deltas after it never leave anything out. It is also the one beat of all that
 * windows are told: whoever has something beside the jobs asks for the next one with {@link DeltaFeed.wake}.
 */
export class DeltaFeed {
    private readonly touched = new Set<string>();
    private statusTouched = false;
    /** Starts at the time of day, so that windows of an earlier backend see that theirs is another list. */
    private revision: number;
    private lastMs = -Infinity;
    private timer: Disposable | undefined;

    /**
     * @param jobs all jobs as they are now
     * @param deliver takes the delta, if there is one, and whatever else waits, to every window; must not throw
     */
    constructor(
        private readonly clock: Clock,
        private readonly jobs: {
            get(id: string): Job | undefined;
            all(): Job[];
            readonly status: QueueStatus;
        },
        private readonly deliver: (delta: JobDelta | undefined) => void
    ) {
        this.revision = Math.floor(clock.wallNow());
    }

    /** Something about the job changed, came or went. */
    touch(id: string): void {
        this.touched.add(id);
        this.wake();
    }

    /** What holds for all jobs changed. */
    touchStatus(): void {
        this.statusTouched = true;
        this.wake();
    }

    /** Something that is told along with the jobs changed. */
    wake(): void {
        this.timer ??= this.clock.setTimeout(
            () => this.flush(),
            Math.max(0, this.lastMs + DELTA_INTERVAL_MS - this.clock.now())
        );
    }

    /** Everything as of a revision; changes after it come as deltas. */
    snapshot(): JobSnapshot {
        return { revision: this.revision, jobs: this.jobs.all(), queue: this.jobs.status };
    }

    dispose(): void {
        this.timer?.dispose();
        this.timer = undefined;
    }

    private flush(): void {
        this.timer = undefined;
        this.lastMs = this.clock.now();
        this.deliver(this.touched.size > 0 || this.statusTouched ? this.take() : undefined);
    }

    private take(): JobDelta {
        const changed: Job[] = [];
        const removed: string[] = [];
        for (const id of this.touched) {
            const job = this.jobs.get(id);
            if (job) {
                changed.push(job);
            } else {
                removed.push(id);
            }
        }
        this.touched.clear();
        this.revision += 1;
        const queue = this.statusTouched ? { queue: this.jobs.status } : {};
        this.statusTouched = false;
        return { revision: this.revision, changed, removed, ...queue };
    }
}
