import { ConnectError, type Clock } from '@connect/base';
import type { JobMonitor, MonitorObserver } from '../common/job-monitor';
import type {
    FilePage,
    FileRange,
    MonitorEvent,
    MonitorLine,
    MonitorService,
    MonitorSnapshot,
    MonitorUpdate
} from '../common/monitor-protocol';
import type { RatePoint } from '../common/rate-history';
import { FilesInSight } from './files-in-sight';

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
    touched = false;
    readonly inSight: FilesInSight;
    private revision = 0;
    private points: RatePoint[] = [];
    private events: MonitorEvent[] = [];
    private log: MonitorLine[] = [];

    constructor(
        readonly jobId: string,
        readonly monitor: JobMonitor,
        clock: Clock,
        private readonly changed: () => void
    ) {
        this.inSight = new FilesInSight(monitor.files, clock, () => this.onTouched());
        monitor.observers.add(this);
    }

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

    snapshot(range: FileRange | undefined): MonitorSnapshot {
        const page = range && this.inSight.look(range);
        return {
            jobId: this.jobId,
            revision: this.revision,
            ...this.monitor.snapshot,
            ...(page ? { page } : {})
        };
    }

    take(): MonitorUpdate {
        this.revision += 1;
        this.touched = false;
        const { jobId, revision, points, events, log } = this;
        [this.points, this.events, this.log] = [[], [], []];
        const { now, files } = { now: this.monitor.now, files: this.monitor.files.count };
        const page = this.inSight.next();
        return { jobId, revision, points, events, log, now, files, ...(page ? { page } : {}) };
    }

    dispose(): void {
        this.monitor.observers.delete(this);
        this.inSight.dispose();
    }
}

/** The monitors that one window has open; ends with the connection of the window. */
export class MonitorWindow implements MonitorService {
    private readonly opened = new Map<string, Subscription>();
    private disposed = false;

    /** @param changed there is something to {@link take}; called any number of times */
    constructor(
        private readonly source: MonitorSource,
        private readonly changed: () => void
    ) {}

    async open(jobId: string, inSight?: FileRange): Promise<MonitorSnapshot> {
        const range = inSight && checkRange(inSight);
        const monitor = await this.source.monitor(jobId);
        await this.close(jobId);
        if (this.disposed || this.opened.size >= MAX_OPEN) {
            throw new ConnectError('usage', 'This window has too many monitors open');
        }
        const subscription = new Subscription(jobId, monitor, this.source.clock, this.changed);
        this.opened.set(jobId, subscription);
        return subscription.snapshot(range);
    }

    async close(jobId: string): Promise<void> {
        this.opened.get(jobId)?.dispose();
        this.opened.delete(jobId);
    }

    async files(jobId: string, range: FileRange): Promise<FilePage> {
        const checked = checkRange(range);
        const monitor = await this.source.monitor(jobId);
        const inSight =
            this.opened.get(jobId)?.inSight ??
            new FilesInSight(monitor.files, this.source.clock, () => undefined);
        return inSight.look(checked);
    }

    /** What the window was not told yet. */
    take(): MonitorUpdate[] {
        return [...this.opened.values()]
            .filter(subscription => subscription.touched)
            .map(subscription => subscription.take());
    }

    dispose(): void {
        this.disposed = true;
        [...this.opened.keys()].forEach(jobId => void this.close(jobId));
    }
}

/** The range comes from another process. */
function checkRange({ start, count }: FileRange): FileRange {
    if (!isCount(start) || !isCount(count)) {
        throw new ConnectError('usage', 'A page begins at a whole number and has a whole number of files');
    }
    return { start, count };
}

function isCount(value: number): boolean {
    return Number.isSafeInteger(value) && value >= 0;
}
