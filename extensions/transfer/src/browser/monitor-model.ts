import { ConnectError } from '@connect/base';
import { ConnectionStatus, ConnectionStatusService } from '@theia/core/lib/browser/connection-status-service';
import type { Disposable } from '@theia/core/lib/common/disposable';
import { Emitter } from '@theia/core/lib/common/event';
import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import {
    MAX_EVENTS,
    MAX_LOG_LINES,
    MonitorService,
    type FileCount,
    type FilePage,
    type FileRange,
    type MonitorEvent,
    type MonitorLine,
    type MonitorNow,
    type MonitorSnapshot,
    type MonitorUpdate
} from '../common/monitor-protocol';
import { RateHistory, type RatePoint } from '../common/rate-history';
import { TransferClientTarget } from './transfer-client-model';

/** This window's copy of what the backend remembers of one job. */
export class WatchedJob {
    private readonly history = new RateHistory();
    private revision: number | undefined;
    private waiting: MonitorUpdate[] = [];
    events: readonly MonitorEvent[] = [];
    log: readonly MonitorLine[] = [];
    now: MonitorNow = { rateBps: 0, averageBps: 0, rate: {} };
    files: FileCount = { rows: 0, forgotten: 0, revision: 0 };
    /** The part of the list of files that is in sight, as the backend told it last. */
    page: FilePage | undefined;
    /** What of the list of files is in sight. */
    inSight: FileRange | undefined;
    /** Why there is nothing to see. */
    error: ConnectError | undefined;
    readonly changed = new Emitter<void>();
    /** How many views show it. */
    views = 0;

    /** False until the backend has answered for the first time. */
    get isKnown(): boolean {
        return this.revision !== undefined;
    }

    get points(): readonly RatePoint[] {
        return this.history.points;
    }

    load(snapshot: MonitorSnapshot): void {
        this.history.load(snapshot.points);
        const { events, log, now, files, revision, page } = snapshot;
        Object.assign(this, { events, log, now, files, revision, page, error: undefined });
        const waiting = this.waiting;
        this.waiting = [];
        waiting.forEach(update => this.apply(update));
        this.changed.fire();
    }

    /** What comes while the whole is being asked for is kept until that is there. */
    await(): void {
        this.revision = undefined;
        this.waiting = [];
    }

    /** False when something is missing in between. */
    apply(update: MonitorUpdate): boolean {
        if (this.revision === undefined) {
            this.waiting.push(update);
            return true;
        }
        if (update.revision <= this.revision) {
            return true;
        }
        if (update.revision > this.revision + 1) {
            return false;
        }
        this.revision = update.revision;
        update.points.forEach(point => this.history.push(point));
        this.events = [...this.events, ...update.events].slice(-MAX_EVENTS);
        this.log = [...this.log, ...update.log].slice(-MAX_LOG_LINES);
        this.now = update.now;
        this.files = update.files;
        this.page = update.page ?? this.page;
        this.changed.fire();
        return true;
    }
}

/** The jobs that monitors of this window watch; holds them true over lost connections. */
@injectable()
export class MonitorModel {
    @inject(MonitorService) protected readonly service: MonitorService;
    @inject(TransferClientTarget) protected readonly target: TransferClientTarget;
    @inject(ConnectionStatusService) protected readonly connection: ConnectionStatusService;

    private readonly watched = new Map<string, WatchedJob>();

    @postConstruct()
    protected init(): void {
        this.target.onMonitorUpdates(updates => updates.forEach(update => this.receive(update)));
        this.connection.onStatusChange(status => {
            if (status === ConnectionStatus.ONLINE) {
                [...this.watched.keys()].forEach(jobId => void this.open(jobId));
            }
        });
    }

    /** The job, watched until every holder has disposed of it. */
    watch(jobId: string): { readonly job: WatchedJob } & Disposable {
        const known = this.watched.get(jobId);
        const job = known ?? new WatchedJob();
        job.views += 1;
        if (!known) {
            this.watched.set(jobId, job);
            void this.open(jobId);
        }
        let held = true;
        return {
            job,
            dispose: () => {
                if (held) {
                    held = false;
                    this.release(jobId, job);
                }
            }
        };
    }

    /** Asks the backend again, after it could not answer. */
    retry(jobId: string): void {
        void this.open(jobId);
    }

    /** That part of the list of files is in sight now, and comes with {@link WatchedJob.page} as it changes. Rejects with a ConnectError. */
    async look(jobId: string, range: FileRange): Promise<void> {
        const job = this.watched.get(jobId);
        if (job) {
            job.inSight = range;
            job.page = await this.service.files(jobId, range);
            job.changed.fire();
        }
    }

    private release(jobId: string, job: WatchedJob): void {
        job.views -= 1;
        if (job.views === 0 && this.watched.get(jobId) === job) {
            this.watched.delete(jobId);
            // a backend that cannot be reached has forgotten the window anyway
            this.service.close(jobId).catch(() => undefined);
        }
    }

    private receive(update: MonitorUpdate): void {
        if (this.watched.get(update.jobId)?.apply(update) === false) {
            void this.open(update.jobId);
        }
    }

    private async open(jobId: string): Promise<void> {
        const job = this.watched.get(jobId);
        if (!job) {
            return;
        }
        job.await();
        try {
            job.load(await this.service.open(jobId, job.inSight));
        } catch (error) {
            job.error = ConnectError.from(error);
            job.changed.fire();
        }
    }
}
