import type { MonitorEvent, MonitorNow } from './monitor-protocol';
import { isGap, type RatePoint } from './rate-history';
import { niceCeiling } from './rate-steps';

/** Columns of one length, as chart libraries take them. Rates in bits per second; nothing where nothing is known. */
export interface MonitorSeries {
    /** Epoch seconds, growing. */
    readonly timesSec: readonly number[];
    readonly current: ReadonlyArray<number | null>;
    readonly average: ReadonlyArray<number | null>;
    readonly target: ReadonlyArray<number | null>;
    readonly minimum: ReadonlyArray<number | null>;
}

/** What of the time line is in sight. */
export interface TimeRange {
    readonly fromMs: number;
    readonly toMs: number;
}

/** A graph that has just begun shows this much, so that it does not start out as a line that is stretched. */
const LEAST_RANGE_MS = 60_000;

/** @param live of this moment, which is the head of the line while the job runs */
export function seriesOf(points: readonly RatePoint[], live?: MonitorNow): MonitorSeries {
    const columns = {
        timesSec: [] as number[],
        current: [] as Array<number | null>,
        average: [] as Array<number | null>,
        target: [] as Array<number | null>,
        minimum: [] as Array<number | null>
    };
    const add = (atMs: number, point?: Omit<RatePoint, 'atMs' | 'spanMs'>): void => {
        columns.timesSec.push(atMs / 1000);
        columns.current.push(point?.rateBps ?? null);
        columns.average.push(point?.averageBps ?? null);
        columns.target.push(point?.targetBps ?? null);
        columns.minimum.push(point?.minBps ?? null);
    };
    points.forEach((point, i) => {
        const before = points[i - 1];
        if (before && isGap(before, point)) {
            add(before.atMs + 1);
        }
        if (!before || isGap(before, point)) {
            // a stretch begins where it begins, not where its first measurement ends
            add(Math.max(point.atMs - point.spanMs, (before?.atMs ?? -Infinity) + 2), point);
        }
        add(point.atMs, point);
    });
    const last = points.at(-1);
    const { atMs, rateBps, averageBps, rate } = live ?? {};
    if (atMs !== undefined && rateBps !== undefined && averageBps !== undefined && last && atMs > last.atMs) {
        const { targetBps, minBps } = rate?.inForce ?? {};
        add(atMs, { rateBps, averageBps, targetBps, minBps });
    }
    return columns;
}

/** @param windowMs how much to show at most; undefined for all */
export function rangeOfTime(
    points: readonly RatePoint[],
    events: readonly MonitorEvent[],
    now: MonitorNow,
    windowMs: number | undefined
): TimeRange {
    const starts = [points[0] && points[0].atMs - points[0].spanMs, events[0]?.atMs];
    const known = starts.filter(start => start !== undefined);
    const first = known.length > 0 ? Math.min(...known) : (now.atMs ?? 0);
    // the end of a job comes after its last measurement
    const lasts = [now.atMs, points.at(-1)?.atMs, events.at(-1)?.atMs].map(atMs => atMs ?? 0);
    const toMs = Math.max(...lasts, first + LEAST_RANGE_MS);
    const fromMs = windowMs === undefined ? first : Math.max(first, toMs - windowMs);
    return { fromMs: Math.min(fromMs, toMs - LEAST_RANGE_MS), toMs };
}

/** The end of the axis of rates: it holds what is in sight and what is set, with some room above. */
export function ceilingOf(
    points: readonly RatePoint[],
    now: MonitorNow,
    range: TimeRange,
    targetBps: number
): number {
    const seen = points.filter(point => point.atMs >= range.fromMs);
    const most = seen.reduce(
        (highest, point) => Math.max(highest, point.rateBps, point.targetBps ?? 0),
        Math.max(now.rateBps, targetBps)
    );
    return niceCeiling(Math.max(1_000, most * 1.1));
}

/** One row of the series as a table. */
export interface TableRow extends RatePoint {
    readonly events: readonly MonitorEvent[];
}

/** The newest stretches of `stepMs`, newest first, each with what happened in it. */
export function tableOf(
    points: readonly RatePoint[],
    events: readonly MonitorEvent[],
    stepMs: number,
    count: number
): TableRow[] {
    const rows: TableRow[] = [];
    const slot = (atMs: number): number => Math.ceil(atMs / stepMs);
    let left = events;
    for (let i = points.length - 1; i >= 0 && rows.length < count;) {
        const key = slot(points[i].atMs);
        const group: RatePoint[] = [];
        for (; i >= 0 && slot(points[i].atMs) === key; i--) {
            group.unshift(points[i]);
        }
        // what happened between two rows belongs to the later one, and what came after all to the newest
        const startMs = points[i]?.atMs ?? -Infinity;
        rows.push({ ...averaged(group), events: left.filter(({ atMs }) => atMs > startMs) });
        left = left.filter(({ atMs }) => atMs <= startMs);
    }
    return rows;
}

function averaged(points: readonly RatePoint[]): RatePoint {
    const spanMs = points.reduce((sum, point) => sum + point.spanMs, 0);
    const bits = points.reduce((sum, point) => sum + point.rateBps * point.spanMs, 0);
    return { ...points[points.length - 1], spanMs, rateBps: Math.round(bits / spanMs) };
}
