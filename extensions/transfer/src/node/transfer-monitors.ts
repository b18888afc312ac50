import type { RateSettings, TransferListener, TransferRun } from '@connect/api';
import { ConnectError, type Clock } from '@connect/base';
import { JobMonitor, type Moment } from '../common/job-monitor';
import { isRunning } from '../common/job-lifecycle';
import type { MonitorLine } from '../common/monitor-protocol';
import type { Job } from '../common/transfer-protocol';
import type { MonitorSource } from './monitor-window';

/** Of jobs that rest and that nobody looks at, so many are remembered. */
const MAX_IDLE = 100;

/** What is known of the jobs. */
export interface KnownJobs {
    get(id: string): Job | undefined;
}

/** The job of a run that is about to start. */
export type WatchedRun = Pick<Job, 'id' | 'attempt'>;

/** Remembers how the jobs of this backend did, for the monitors of all windows. */
export class TransferMonitors implements MonitorSource {
    /** Least recently begun first. */
    private readonly monitors = new Map<string, JobMonitor>();

    /** @param jobs resolves when the jobs of the last backend are read back */
    constructor(
        readonly clock: Clock,
        private readonly jobs: () => Promise<KnownJobs>,
        /** The last lines that were logged about a job, also by an earlier backend. */
        private readonly logged: (jobId: string) => Promise<readonly MonitorLine[]> = () =>
            Promise.resolve([])
    ) {}

    async monitor(jobId: string): Promise<JobMonitor> {
        const job = (await this.jobs()).get(jobId);
        if (!job) {
            throw new ConnectError('transfer.job-unknown', 'This transfer is not in the list any more', {
                id: jobId
            });
        }
        const monitor = this.of(jobId);
        monitor.recall(await this.logged(jobId));
        monitor.follow(job, this.moment());
        return monitor;
    }

    /** The listener of an engine that is about to start, who tells `listener` and the monitor of the job. */
    watch(job: WatchedRun, rate: RateSettings, listener: TransferListener): TransferListener {
        const monitor = this.of(job.id);
        monitor.launched(rate, job.attempt, this.moment());
        return {
            onProgress: progress => {
                monitor.progress(progress, this.moment());
                listener.onProgress(progress);
            },
            onFileFailed: failure => {
                const note = `${failure.error.message} (${failure.error.code})`;
                monitor.file({ path: failure.path, state: 'failed', note });
                listener.onFileFailed(failure);
            },
            onLog: (line, level) => listener.onLog(line, level),
            onStatistics: statistics => {
                monitor.figures(statistics, this.moment());
                listener.onStatistics?.(statistics);
            },
            onRate: inForce => {
                monitor.rate(inForce, this.moment());
                listener.onRate?.(inForce);
            },
            onFile: ({ path, sizeBytes, result, reason }) =>
                monitor.file({
                    path,
                    sizeBytes,
                    state: result,
                    ...(reason === undefined ? {} : { note: reason })
                })
        };
    }

    /** `run`, whose changes of rate the monitor hears of. */
    steered(jobId: string, run: TransferRun): TransferRun {
        return {
            finished: run.finished,
            stop: () => run.stop(),
            setRate: rate => {
                run.setRate(rate);
                this.monitors.get(jobId)?.told(rate);
            }
        };
    }

    /** Something about the job changed. @param job undefined when it is gone */
    changed(jobId: string, job: Job | undefined): void {
        if (!job) {
            this.monitors.delete(jobId);
        } else {
            // what is told of a run begins before its engine is asked for
            const monitor = this.monitors.get(jobId) ?? (isRunning(job.state) ? this.of(jobId) : undefined);
            monitor?.follow(job, this.moment());
        }
    }

    /** Something about a job was logged. */
    line(jobId: string, text: string): void {
        this.monitors.get(jobId)?.line(text, this.moment());
    }

    private of(jobId: string): JobMonitor {
        const known = this.monitors.get(jobId);
        const monitor = known ?? new JobMonitor();
        this.monitors.delete(jobId);
        this.monitors.set(jobId, monitor);
        if (!known) {
            this.forget();
        }
        return monitor;
    }

    private forget(): void {
        const idle = [...this.monitors].filter(([, monitor]) => !monitor.isBusy);
        idle.slice(0, Math.max(0, idle.length - MAX_IDLE)).forEach(([jobId]) => this.monitors.delete(jobId));
    }

    private moment(): Moment {
        return { nowMs: this.clock.now(), wallMs: this.clock.wallNow() };
    }
}
