import { isAtRest, isRunning } from './job-lifecycle';
import { queuePositions } from './queue';
import type { Job, JobDelta, JobSnapshot, QueueStatus } from './transfer-protocol';

/** What a delta did to the list; after a `gap` only a snapshot helps. */
export type DeltaOutcome = 'applied' | 'ignored' | 'gap';

/** Numbers for a status line. */
export interface JobSummary {
    readonly active: number;
    readonly queued: number;
    /** Jobs that wait for an answer or have failed. */
    readonly attention: number;
    readonly rateBps: number;
    /** Of {@link rateBps}: uploads. The rest is downloads. */
    readonly sendBps: number;
}

const NOTHING: QueueStatus = { limits: { manual: {}, automatic: {} }, scheduled: false };

/** A window's copy of the jobs: a snapshot and the numbered deltas since. */
export class JobList {
    private revision: number | undefined;
    private readonly byId = new Map<string, Job>();
    private ordered: readonly Job[] | undefined;
    private positions: ReadonlyMap<string, number> | undefined;
    private status: QueueStatus = NOTHING;

    /** What runs or wants something first, then the queue in its order, then what rests; else the newest first. */
    get jobs(): readonly Job[] {
        this.ordered ??= this.inOrder();
        return this.ordered;
    }

    get queue(): QueueStatus {
        return this.status;
    }

    get(id: string): Job | undefined {
        const job = this.byId.get(id);
        return job && this.placed(job);
    }

    load(snapshot: JobSnapshot): void {
        this.byId.clear();
        snapshot.jobs.forEach(job => this.byId.set(job.id, job));
        this.revision = snapshot.revision;
        this.status = snapshot.queue;
        this.forget();
    }

    /** A delta from before the snapshot changes nothing; one that does not follow on is a gap. */
    apply(delta: JobDelta): DeltaOutcome {
        if (this.revision === undefined || delta.revision > this.revision + 1) {
            return 'gap';
        }
        if (delta.revision <= this.revision) {
            return 'ignored';
        }
        delta.changed.forEach(job => this.byId.set(job.id, job));
        delta.removed.forEach(id => this.byId.delete(id));
        this.revision = delta.revision;
        this.status = delta.queue ?? this.status;
        this.forget();
        return 'applied';
    }

    summary(): JobSummary {
        const all = [...this.byId.values()];
        const running = all.filter(job => isRunning(job.state));
        return {
            active: running.length,
            queued: all.filter(job => job.state === 'queued' || job.state === 'retrying').length,
            attention: all.filter(job => job.state === 'needs-user' || job.state === 'failed').length,
            rateBps: running.reduce((sum, job) => sum + job.rateBps, 0),
            sendBps: running.reduce((sum, job) => sum + (job.direction === 'send' ? job.rateBps : 0), 0)
        };
    }

    private forget(): void {
        this.ordered = undefined;
        this.positions = undefined;
    }

    private placed(job: Job): Job {
        this.positions ??= queuePositions(this.byId.values());
        const position = this.positions.get(job.id);
        return position === undefined ? job : { ...job, position };
    }

    private inOrder(): Job[] {
        return [...this.byId.values()]
            .map(job => this.placed(job))
            .sort(
                (a, b) =>
                    groupOf(a) - groupOf(b) || (a.position ?? 0) - (b.position ?? 0) || b.order - a.order
            );
    }
}

function groupOf(job: Job): number {
    return isAtRest(job.state) ? 2 : job.state === 'queued' ? 1 : 0;
}
