import { ConnectError, type Clock, type Disposable } from '@connect/base';
import type { JobMonitor, MonitorObserver } from '../common/job-monitor';
import {
    MAX_FILE_PAGE,
    type FilePage,
    type MonitorClient,
    type MonitorEvent,
    type MonitorLine,
    type MonitorService,
    type MonitorSnapshot,
    type MonitorUpdate
} from '../common/monitor-protocol';
import type { RatePoint } from '../common/rate-history';

/** A window hears at most once in this time, of all its monitors together. */
export const MONITOR_INTERVAL_MS = 250;
/** A window has no use for more. */
const MAX_OPEN = 100;

/** Where the monitors come from. */
export interface MonitorSource {
    readonly clock: Clock;
    /** Rejects with `transfer.job-unknown`. */
    monitor(jobId: string): Promise<JobMonitor>;
}

/** What a window has not heard of one job yet. */
class Subscription implements MonitorObserver {
    revision = 0;
    touched = false;
    private points: RatePoint[] = [];
    private events: MonitorEvent[] = [];
    private log: MonitorLine[] = [];

    constructor(
        readonly jobId: string,
        readonly monitor: JobMonitor,
        private readonly changed: () => void
    ) {}

    onPoint(point: RatePoint): void {
        this.points.push(point);
    }

    onEvent(event: MonitorEvent): void {
        this.events.push(event);
    }

    onLine(line: MonitorLine): void {
        this.log.push(line);
    }

    onTouched(): void {
        this.touched = true;
        this.changed();
    }

    get snapshot(): MonitorSnapshot {
        return { jobId: this.jobId, revision: this.revision, ...this.monitor.snapshot };
    }

    take(): MonitorUpdate {
        this.revision += 1;
        this.touched = false;
        const { points, events, log } = this;
        [this.points, this.events, this.log] = [[], [], []];
        const { now, files } = { now: this.monitor.now, files: this.monitor.files.count };
        return { jobId: this.jobId, revision: this.revision, points, events, log, now, files };
    }
}

/** The monitors that one window has open; ends with the connection of the window. */
export class MonitorWindow implements MonitorService {
    private readonly opened = new Map<string, Subscription>();
    private timer: Disposable | undefined;
    private lastMs = -Infinity;
    private disposed = false;

    constructor(
        private readonly source: MonitorSource,
        private readonly client: Pick<MonitorClient, 'onMonitorUpdates'>
    ) {}

    async open(jobId: string): Promise<MonitorSnapshot> {
        const monitor = await this.source.monitor(jobId);
        await this.close(jobId);
        if (this.disposed || this.opened.size >= MAX_OPEN) {
            throw new ConnectError('usage', 'This window has too many monitors open');
        }
        const subscription = new Subscription(jobId, monitor, () => this.arm());
        this.opened.set(jobId, subscription);
        monitor.observers.add(subscription);
        return subscription.snapshot;
    }

    async close(jobId: string): Promise<void> {
        const subscription = this.opened.get(jobId);
        if (subscription) {
            subscription.monitor.observers.delete(subscription);
            this.opened.delete(jobId);
        }
    }

    async files(jobId: string, start: number, count: number): Promise<FilePage> {
        if (!isCount(start) || !isCount(count)) {
            throw new ConnectError(
                'usage',
                'A page begins at a whole number and has a whole number of files'
            );
        }
        const monitor = await this.source.monitor(jobId);
        return monitor.files.page(start, Math.min(count, MAX_FILE_PAGE));
    }

    /** The connection tells who is to hear: see the constructor. */
    setClient(): void {}

    dispose(): void {
        this.disposed = true;
        this.timer?.dispose();
        [...this.opened.keys()].forEach(jobId => void this.close(jobId));
    }

    private arm(): void {
        const { clock } = this.source;
        this.timer ??= clock.setTimeout(
            () => this.flush(),
            Math.max(0, this.lastMs + MONITOR_INTERVAL_MS - clock.now())
        );
    }

    private flush(): void {
        this.timer = undefined;
        this.lastMs = this.source.clock.now();
        const changed = [...this.opened.values()].filter(subscription => subscription.touched);
        if (changed.length > 0) {
            this.client.onMonitorUpdates(changed.map(subscription => subscription.take()));
        }
    }
}

function isCount(value: number): boolean {
    return Number.isSafeInteger(value) && value >= 0;
}
