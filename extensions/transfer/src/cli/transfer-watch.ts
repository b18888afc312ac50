import { queueJson } from './job-json';
import type { JobList } from '../common/job-list';
import type { Job } from '../common/transfer-protocol';
import type { CommandContext } from './command-context';
import { exitOfJob, worstExit, type ExitCode } from './exit-code';
import { JobFollower } from './job-follower';
import { jobLine, jobRow, JOB_COLUMNS } from './job-lines';

export interface WatchOptions {
    /** With `--json` every change is a line; else nothing is printed but the end. */
    readonly isStream: boolean;
    /** A job waits for an answer: resolves with whether it was given. */
    readonly answer?: (job: Job) => Promise<boolean>;
    /** Each of them, whenever something changed. */
    readonly onJob?: (job: Job) => void;
}

/**
 * Follows these transfers until each of them rests, needs an answer that nobody gives, or is gone; with no ids all of
 * them, without an end.
 * @returns what became of them
 */
export async function watchTransfers(
    context: CommandContext,
    ids: readonly string[],
    options: WatchOptions
): Promise<ExitCode> {
    const watched = new Watched(context, ids, options);
    const follower = new JobFollower(context, (list, removed) => watched.look(list, removed));
    watched.onOver = () => follower.stop();
    await follower.run();
    return watched.exit;
}

/** What was seen of the watched transfers. */
class Watched {
    onOver = (): void => undefined;
    private readonly said = new Map<string, string>();
    private readonly ends = new Map<string, ExitCode>();
    private readonly asked = new Set<string>();
    private queue = '';
    private isAnnounced = false;
    private isAsking = false;

    constructor(
        private readonly context: CommandContext,
        private readonly ids: readonly string[],
        private readonly options: WatchOptions
    ) {}

    get exit(): ExitCode {
        return worstExit([...this.ends.values()]);
    }

    look(list: JobList, removed: readonly string[]): void {
        const jobs =
            this.ids.length === 0
                ? list.jobs
                : this.ids.map(id => list.get(id)).filter(job => job !== undefined);
        jobs.forEach(job => this.options.onJob?.(job));
        if (this.options.isStream) {
            this.record(list, jobs, removed);
        }
        // a question stands where the table would
        if (!this.isAsking) {
            this.show(list, jobs);
        }
        if (this.ids.length > 0) {
            this.judge(list);
        }
    }

    private show(list: JobList, jobs: readonly Job[]): void {
        if (this.context.output.isTerminal) {
            const isPaused = list.queue.paused !== undefined;
            this.context.output.live([JOB_COLUMNS, ...jobs.map(job => jobRow(job, Date.now(), isPaused))]);
        } else if (!this.context.output.isJson) {
            jobs.forEach(job => this.sayOnce(job));
        }
    }

    private judge(list: JobList): void {
        for (const id of this.ids) {
            const job = list.get(id);
            // completed ones may leave the list by themselves
            const exit = job || !this.ends.has(id) ? exitOfJob(job) : this.ends.get(id);
            if (exit === undefined) {
                this.ends.delete(id);
            } else if (job?.state === 'needs-user' && this.options.answer) {
                this.ask(job);
            } else {
                this.ends.set(id, exit);
            }
        }
        if (this.ids.every(id => this.ends.has(id))) {
            this.onOver();
        }
    }

    /** Once for each question; without an answer the job stays as it is. */
    private ask(job: Job): void {
        if (this.asked.has(job.id)) {
            return;
        }
        this.asked.add(job.id);
        const giveUp = (): void => {
            this.ends.set(job.id, exitOfJob(job)!);
            if (this.ids.every(id => this.ends.has(id))) {
                this.onOver();
            }
        };
        this.isAsking = true;
        const answered = this.options.answer!(job).finally(() => (this.isAsking = false));
        answered.then(
            isAnswered => (isAnswered ? this.asked.delete(job.id) : giveUp()),
            (error: Error) => {
                this.context.output.complain(error.message);
                giveUp();
            }
        );
    }

    /** A line for each state. */
    private sayOnce(job: Job): void {
        if (this.said.get(job.id) !== job.state) {
            this.said.set(job.id, job.state);
            this.context.output.say(jobLine(job, Date.now()));
        }
    }

    private record(list: JobList, jobs: readonly Job[], removed: readonly string[]): void {
        const { output } = this.context;
        if (!output.isJson) {
            return;
        }
        const queue = JSON.stringify(queueJson(list.queue));
        if (queue !== this.queue) {
            this.queue = queue;
            output.record({ event: 'queue', queue: queueJson(list.queue) });
        }
        for (const job of jobs) {
            const json = this.context.json(job);
            const text = JSON.stringify(json);
            if (this.said.get(job.id) !== text) {
                this.said.set(job.id, text);
                output.record({ event: 'job', job: json });
            }
        }
        for (const id of removed) {
            if (this.said.delete(id)) {
                output.record({ event: 'removed', id });
            }
        }
        if (!this.isAnnounced) {
            this.isAnnounced = true;
            output.record({ event: 'ready' });
        }
    }
}
