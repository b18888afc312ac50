import { ConnectError } from '@connect/base';
import { ConnectionStatus, ConnectionStatusService } from '@theia/core/lib/browser/connection-status-service';
import { Emitter, type Event } from '@theia/core/lib/common/event';
import { DisposableCollection } from '@theia/core/lib/common/disposable';
import { inject, injectable, postConstruct, preDestroy } from '@theia/core/shared/inversify';
import { JobList, type JobSummary } from '../common/job-list';
import { announcement, type JobAction } from '../common/job-view';
import type { MonitorUpdate, WindowClient, WindowNews } from '../common/monitor-protocol';
import {
    TransferService,
    type Conflict,
    type ExistingAnswer,
    type ExistingRule,
    type FileRule,
    type Job,
    type JobDelta,
    type JobPriority,
    type JobRate,
    type JobState,
    type QueueMove,
    type QueueStatus
} from '../common/transfer-protocol';

/** Whether the list can be shown: `offline` shows the last one known. */
export type ModelState = 'loading' | 'ready' | 'offline' | 'error';

/** Where the backend's news arrive, those of the list and those of monitors; the one target of the RPC connection. */
@injectable()
export class TransferClientTarget implements WindowClient {
    private readonly deltaEmitter = new Emitter<JobDelta>();
    private readonly monitorEmitter = new Emitter<readonly MonitorUpdate[]>();
    readonly onDelta: Event<JobDelta> = this.deltaEmitter.event;
    readonly onMonitorUpdates: Event<readonly MonitorUpdate[]> = this.monitorEmitter.event;

    onNews({ jobs, monitors }: WindowNews): void {
        if (jobs) {
            this.deltaEmitter.fire(jobs);
        }
        if (monitors) {
            this.monitorEmitter.fire(monitors);
        }
    }
}

/**
 * The jobs in this window. Every view of transfers, ours or others', stands on it: it holds the list, keeps it true
 * over lost connections, and passes actions on. Actions reject with a ConnectError.
 */
@injectable()
export class TransferClientModel {
    @inject(TransferService) protected readonly service: TransferService;
    @inject(TransferClientTarget) protected readonly target: TransferClientTarget;
    @inject(ConnectionStatusService) protected readonly connection: ConnectionStatusService;

    private readonly list = new JobList();
    private readonly known = new Map<string, JobState>();
    private told = false;
    private pulling = false;
    private pullAgain = false;
    private pending: JobDelta[] = [];
    private currentState: ModelState = 'loading';
    private currentError: ConnectError | undefined;
    private readonly toDispose = new DisposableCollection();
    private readonly changeEmitter = new Emitter<void>();
    private readonly announceEmitter = new Emitter<string>();
    private readonly jobEmitter = new Emitter<Job>();

    /** Jobs, state or error changed. At most some times per second. */
    readonly onDidChange: Event<void> = this.changeEmitter.event;
    /** A job reached another state while this window watched. */
    readonly onDidChangeJobState: Event<Job> = this.jobEmitter.event;
    /** A sentence for screen readers: a start, an end, a failure. */
    readonly onDidAnnounce: Event<string> = this.announceEmitter.event;

    @postConstruct()
    protected init(): void {
        this.toDispose.push(this.target.onDelta(delta => this.receive(delta)));
        this.toDispose.push(
            this.connection.onStatusChange(status => {
                if (status === ConnectionStatus.OFFLINE) {
                    this.become('offline');
                } else {
                    this.refresh();
                }
            })
        );
        this.refresh();
    }

    @preDestroy()
    dispose(): void {
        this.toDispose.dispose();
    }

    /** Newest first. */
    get jobs(): readonly Job[] {
        return this.list.jobs;
    }

    get state(): ModelState {
        return this.currentState;
    }

    /** Why the list cannot be shown; only in state `error`. */
    get error(): ConnectError | undefined {
        return this.currentError;
    }

    get summary(): JobSummary {
        return this.list.summary();
    }

    job(id: string): Job | undefined {
        return this.list.get(id);
    }

    /** Asks the backend for everything again. */
    refresh(): void {
        this.pullAgain = true;
        if (!this.pulling) {
            void this.pull();
        }
    }

    submit(sources: readonly string[], target: string, stagingId?: string): Promise<Job[]> {
        return this.service.submit({ sources, target, stagingId });
    }

    /** Applies the action to the jobs; rejects where one of them does not allow it. */
    do(action: JobAction, ids: readonly string[]): Promise<void> {
        switch (action) {
            case 'stop':
                return this.service.stop(ids);
            case 'resume':
                return this.service.resume(ids);
            case 'retry':
                return this.service.retry(ids);
            case 'start-now':
                return this.service.startNow(ids);
            case 'restart':
                return this.service.restart(ids);
            case 'remove':
                return this.service.remove(ids);
        }
    }

    clearFinished(): Promise<void> {
        return this.service.clearFinished();
    }

    /** What holds for all jobs: a pause, limits. */
    get queue(): QueueStatus {
        return this.list.queue;
    }

    /** Places in the queue; see {@link TransferService.move}. */
    move(ids: readonly string[], to: QueueMove): Promise<void> {
        return this.service.move(ids, to);
    }

    setPriority(ids: readonly string[], priority: JobPriority): Promise<void> {
        return this.service.setPriority(ids, priority);
    }

    /** See {@link TransferService.setRate}. */
    setRate(ids: readonly string[], rate: JobRate): Promise<void> {
        return this.service.setRate(ids, rate);
    }

    /** Answers jobs that ask about existing files, and tells others what to do about them. */
    setExisting(ids: readonly string[], rule: ExistingRule): Promise<void> {
        return this.service.setExisting(ids, rule);
    }

    /** See {@link TransferService.setEngine}. */
    setEngine(ids: readonly string[], engineId?: string): Promise<void> {
        return this.service.setEngine(ids, engineId);
    }

    /** See {@link TransferService.answerExisting}. */
    answerExisting(id: string, answers: readonly ExistingAnswer[], rest?: FileRule): Promise<void> {
        return this.service.answerExisting(id, answers, rest);
    }

    describeConflict(id: string, path: string): Promise<Conflict> {
        return this.service.describeConflict(id, path);
    }

    /** @param forMs without it, till {@link resumeAll} */
    pauseAll(forMs?: number): Promise<void> {
        return this.service.pauseAll(forMs);
    }

    resumeAll(): Promise<void> {
        return this.service.resumeAll();
    }

    private receive(delta: JobDelta): void {
        if (this.pulling) {
            this.pending.push(delta);
        } else if (this.list.apply(delta) === 'gap') {
            this.refresh();
        } else {
            this.tell();
        }
    }

    private async pull(): Promise<void> {
        this.pulling = true;
        try {
            while (this.pullAgain) {
                this.pullAgain = false;
                this.list.load(await this.service.snapshot());
                const pending = this.pending;
                this.pending = [];
                this.pullAgain ||= pending.some(delta => this.list.apply(delta) === 'gap');
            }
            this.currentState = 'ready';
            this.currentError = undefined;
        } catch (error) {
            this.currentError = ConnectError.from(error);
            this.currentState = this.isOffline() ? 'offline' : 'error';
            this.pullAgain = false;
        } finally {
            this.pulling = false;
            this.pending = [];
        }
        this.tell();
    }

    private isOffline(): boolean {
        return this.connection.currentStatus === ConnectionStatus.OFFLINE;
    }

    private become(state: ModelState): void {
        this.currentState = state;
        this.changeEmitter.fire();
    }

    private tell(): void {
        const first = !this.told;
        this.told ||= this.currentState === 'ready';
        const present = new Set<string>();
        for (const job of this.list.jobs) {
            present.add(job.id);
            const before = this.known.get(job.id);
            if (before === job.state) {
                continue;
            }
            this.known.set(job.id, job.state);
            if (!first) {
                this.jobEmitter.fire(job);
            }
            const sentence = first ? undefined : announcement(job, before);
            if (sentence !== undefined) {
                this.announceEmitter.fire(sentence);
            }
        }
        [...this.known.keys()].filter(id => !present.has(id)).forEach(id => this.known.delete(id));
        this.changeEmitter.fire();
    }
}
