import { isRunning } from './job-lifecycle';
import { queuePositions } from './queue';
import type { Job, JobDelta, JobSnapshot } from './transfer-protocol';

/** What a delta did to the list; after a `gap` only a snapshot helps. */
export type DeltaOutcome = 'applied' | 'ignored' | 'gap';

/** Numbers for a status line. */
export interface JobSummary {
    readonly active: number;
    readonly queued: number;
    /** Jobs that wait for an answer or have failed. */
    readonly attention: number;
    readonly rateBps: number;
}

/** A window's copy of the jobs: a snapshot and the numbered deltas since. */
export class JobList {
    private revision: number | undefined;
    private readonly byId = new Map<string, Job>();
    private ordered: readonly Job[] | undefined;

    /** Newest first; queued ones with their places. */
    get jobs(): readonly Job[] {
        this.ordered ??= this.inOrder();
        return this.ordered;
    }

    get(id: string): Job | undefined {
        return this.jobs.find(job => job.id === id);
    }

    load(snapshot: JobSnapshot): void {
        this.byId.clear();
        snapshot.jobs.forEach(job => this.byId.set(job.id, job));
        this.revision = snapshot.revision;
        this.ordered = undefined;
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
        this.ordered = undefined;
        return 'applied';
    }

    summary(): JobSummary {
        const all = [...this.byId.values()];
        const running = all.filter(job => isRunning(job.state));
        return {
            active: running.length,
            queued: all.filter(job => job.state === 'queued' || job.state === 'retrying').length,
            attention: all.filter(job => job.state === 'needs-user' || job.state === 'failed').length,
            rateBps: running.reduce((sum, job) => sum + job.rateBps, 0)
        };
    }

    private inOrder(): Job[] {
        const positions = queuePositions(this.byId.values());
        return [...this.byId.values()]
            .map(job => (positions.has(job.id) ? { ...job, position: positions.get(job.id) } : job))
            .sort((a, b) => b.order - a.order);
    }
}
