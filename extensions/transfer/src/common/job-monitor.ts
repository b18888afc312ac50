import type { EffectiveRate, RateSettings, TransferProgress, TransferStatistics } from '@connect/api';
import { formatRate } from '@connect/base';
import { FileBook } from './file-book';
import { isAtRest, isRunning } from './job-lifecycle';
import {
    MAX_EVENTS,
    MAX_LOG_LINES,
    type FileRow,
    type MonitorEvent,
    type MonitorEventKind,
    type MonitorLine,
    type MonitorNow,
    type MonitorSnapshot
} from './monitor-protocol';
import { stateView } from './job-view';
import { RateHistory, type RatePoint } from './rate-history';
import { RateSampler } from './rate-sampler';
import type { Job, JobState } from './transfer-protocol';

/** When something happened. */
export interface Moment {
    /** Monotonic ms. */
    readonly nowMs: number;
    /** Epoch ms. */
    readonly wallMs: number;
}

/** Told of everything new; must not throw. */
export interface MonitorObserver {
    onPoint(point: RatePoint): void;
    onEvent(event: MonitorEvent): void;
    onLine(line: MonitorLine): void;
    /** Something else changed: {@link JobMonitor.now} or the files. */
    onTouched(): void;
}

/** The times of a line in the log and here are not taken at once. */
const NEAR_MS = 1_000;

/** `fixed` for people. */
export const POLICY_NAMES: Readonly<Record<RateSettings['policy'], string>> = {
    fixed: 'Fixed',
    high: 'High',
    fair: 'Fair',
    low: 'Low'
};

/** Everything that is remembered of one job for those who watch it: bounded, and told as it comes. Pure. */
export class JobMonitor {
    readonly observers = new Set<MonitorObserver>();
    private readonly history = new RateHistory();
    private readonly book = new FileBook();
    private events: MonitorEvent[] = [];
    private lines: MonitorLine[] = [];
    private sampler = new RateSampler();
    private statistics: TransferStatistics = {};
    private asked: RateSettings | undefined;
    private inForce: EffectiveRate | undefined;
    private state: JobState | undefined;
    private measuredMs: number | undefined;
    private hasRecalled = false;

    get isBusy(): boolean {
        return this.observers.size > 0 || (this.state !== undefined && isRunning(this.state));
    }

    get now(): MonitorNow {
        const live = this.state !== undefined && isRunning(this.state);
        const { rttMs, path } = this.statistics;
        const lossPercent = live ? this.sampler.liveLossPercent : undefined;
        return {
            ...(this.measuredMs === undefined ? {} : { atMs: this.measuredMs }),
            rateBps: live ? this.sampler.liveBps : 0,
            averageBps: this.sampler.averageBps,
            ...(live && rttMs !== undefined ? { rttMs } : {}),
            ...(lossPercent === undefined ? {} : { lossPercent }),
            ...(path ? { path } : {}),
            rate: {
                ...(this.asked ? { asked: this.asked } : {}),
                ...(this.inForce ? { inForce: this.inForce } : {})
            }
        };
    }

    /** All but the number of the revision, which each window counts for itself. */
    get snapshot(): Omit<MonitorSnapshot, 'jobId' | 'revision'> {
        return {
            points: this.history.points,
            events: this.events,
            log: this.lines,
            now: this.now,
            files: this.book.count
        };
    }

    get files(): FileBook {
        return this.book;
    }

    /** An engine was asked for. @param attempt 0 for the first try */
    launched(asked: RateSettings, attempt: number, moment: Moment): void {
        this.asked = asked;
        this.inForce = undefined;
        this.statistics = {};
        this.sampler = new RateSampler();
        this.book.retry();
        this.event(moment, 'start', attempt > 0 ? `Try ${attempt + 1}` : 'Started');
        this.touch();
    }

    /** The engine was told another rate. */
    told(asked: RateSettings): void {
        this.asked = asked;
        this.touch();
    }

    rate(inForce: EffectiveRate, moment: Moment): void {
        const before = this.inForce;
        this.inForce = inForce;
        if (before === undefined || !sameRate(before, inForce)) {
            this.event(moment, 'rate', rateText(inForce));
        }
        this.touch();
    }

    figures(statistics: TransferStatistics, moment: Moment): void {
        const before = this.statistics.path;
        this.statistics = { ...this.statistics, ...statistics };
        const { path } = this.statistics;
        if (path && JSON.stringify(path) !== JSON.stringify(before)) {
            this.event(moment, 'path', pathText(path));
        }
        this.touch();
    }

    progress(progress: TransferProgress, moment: Moment): void {
        this.measuredMs = Math.round(moment.wallMs);
        const point = this.sampler.take({
            ...moment,
            bytes: this.statistics.bytesArrived ?? progress.bytesDone,
            statistics: this.statistics,
            ...(this.inForce ? { rate: this.inForce } : {})
        });
        if (point) {
            this.history.push(point);
            this.observers.forEach(observer => observer.onPoint(point));
        }
        this.book.work(progress.currentFile);
        this.touch();
    }

    file(row: FileRow): void {
        this.book.settle(row);
        this.touch();
    }

    line(text: string, { wallMs }: Moment): void {
        const line = { atMs: Math.round(wallMs), text };
        this.lines = [...this.lines.slice(1 - MAX_LOG_LINES), line];
        this.observers.forEach(observer => observer.onLine(line));
        this.touch();
    }

    /** What was logged before this was watched, oldest first; it may reach into what is known. Does something once. */
    recall(lines: readonly MonitorLine[]): void {
        if (this.hasRecalled) {
            return;
        }
        this.hasRecalled = true;
        const [first] = this.lines;
        const known = lines.findIndex(line => line.text === first?.text && line.atMs >= first.atMs - NEAR_MS);
        const earlier = known < 0 ? lines : lines.slice(0, known);
        this.lines = [...earlier, ...this.lines].slice(-MAX_LOG_LINES);
    }

    /** The job may have reached another state. */
    follow(job: Job, moment: Moment): void {
        const before = this.state;
        this.state = job.state;
        // what the job was when it was first looked at is no news
        const news = before === undefined ? undefined : newsOf(job, before);
        if (news) {
            this.event(moment, ...news);
        }
        if (isAtRest(job.state)) {
            this.book.work(undefined);
        }
        this.touch();
    }

    private event({ wallMs }: Moment, kind: MonitorEventKind, text: string): void {
        const event = { atMs: Math.round(wallMs), kind, text };
        this.events = [...this.events.slice(1 - MAX_EVENTS), event];
        this.observers.forEach(observer => observer.onEvent(event));
    }

    private touch(): void {
        this.observers.forEach(observer => observer.onTouched());
    }
}

/** For people, e.g. `UDP 33001, 3 sessions`. */
export function pathText(path: NonNullable<TransferStatistics['path']>): string {
    const way = path.kind === 'udp' ? 'UDP' : path.isChosen ? 'HTTPS' : 'HTTPS fallback';
    const port = path.port === undefined ? '' : ` ${path.port}`;
    const proxy = path.proxy === undefined ? '' : ` through proxy ${path.proxy}`;
    return `${way}${port}${proxy}${path.sessions > 1 ? `, ${path.sessions} sessions` : ''}`;
}

function rateText({ targetBps, minBps, policy }: RateSettings): string {
    const least = minBps > 0 ? `, minimum ${formatRate(minBps)}` : '';
    return `Target ${formatRate(targetBps)}${least}, ${POLICY_NAMES[policy]}`;
}

function sameRate(a: RateSettings, b: RateSettings): boolean {
    return a.targetBps === b.targetBps && a.minBps === b.minBps && a.policy === b.policy;
}

function newsOf(job: Job, before: JobState): readonly [MonitorEventKind, string] | undefined {
    if (job.state === before) {
        return undefined;
    }
    switch (job.state) {
        case 'retrying':
            return ['retry', `Retry: ${job.error?.message ?? 'the run ended'}`];
        case 'stopped':
            return ['stop', 'Stopped'];
        case 'failed':
            return ['fail', job.error?.message ?? 'Failed'];
        case 'completed':
            return ['complete', stateView(job, 0, 0).text];
        default:
            return undefined;
    }
}
