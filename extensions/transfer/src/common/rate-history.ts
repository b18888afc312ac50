/** How a transfer did in one stretch of time. Rates are bits per second. */
export interface RatePoint {
    /** End of the stretch, epoch ms. */
    readonly atMs: number;
    /** Its length. */
    readonly spanMs: number;
    /** What arrived, on average over the stretch. */
    readonly rateBps: number;
    /** What arrived since the run began, on average. */
    readonly averageBps: number;
    /** The rate that was in force at the end; absent where the engine does not tell. */
    readonly targetBps?: number;
    readonly minBps?: number;
    readonly rttMs?: number;
    /** Share of the packets of this stretch that were lost, 0 to 100. */
    readonly lossPercent?: number;
}

/** One resolution: stretches of about `stepMs`, of which `count` are kept. */
export interface HistoryTier {
    readonly stepMs: number;
    readonly count: number;
}

/** Ten minutes by the second, then two hours in steps of ten seconds, then two days by the minute. */
export const HISTORY_TIERS: readonly HistoryTier[] = [
    { stepMs: 1_000, count: 600 },
    { stepMs: 10_000, count: 720 },
    { stepMs: 60_000, count: 2_880 }
];

/** Between two stretches there was nothing when the second begins later than this share of its length after the first. */
const GAP_SHARE = 1.5;

/** Whether nothing is known of the time between the two. */
export function isGap(before: RatePoint, after: RatePoint): boolean {
    const span = Math.max(before.spanMs, after.spanMs);
    return after.atMs - after.spanMs - before.atMs > GAP_SHARE * span;
}

/**
 * A time series that stays small however long it gets: the older, the coarser. Whoever pushes the same points has the
 * same series, so that a window needs to be told only the new ones.
 */
export class RateHistory {
    private readonly tiers: RatePoint[][];

    constructor(private readonly layout: readonly HistoryTier[] = HISTORY_TIERS) {
        this.tiers = layout.map(() => []);
    }

    /** Oldest first. */
    get points(): RatePoint[] {
        return [...this.tiers].reverse().flat();
    }

    get last(): RatePoint | undefined {
        return this.tiers[0].at(-1);
    }

    push(point: RatePoint): void {
        this.tiers[0].push(point);
        for (let level = 0; level < this.tiers.length; level++) {
            if (!this.thin(level)) {
                return;
            }
        }
    }

    /** Replaces everything by points of any resolution, oldest first, as {@link points} gave them. */
    load(points: readonly RatePoint[]): void {
        this.tiers.forEach(tier => tier.splice(0));
        for (const point of points) {
            const level = this.layout.findLastIndex(({ stepMs }) => point.spanMs >= stepMs);
            this.tiers[Math.max(0, level)].push(point);
        }
        // a stretch is rarely as long as its step to the millisecond: what is finer stays behind what is coarser
        this.mendOrder();
    }

    /** Moves the oldest stretches of a full tier on to the next one; true when it did. */
    private thin(level: number): boolean {
        const tier = this.tiers[level];
        const overflow = tier.length - this.layout[level].count;
        const next = this.layout[level + 1];
        if (next === undefined) {
            tier.splice(0, Math.max(0, overflow));
            return false;
        }
        if (overflow < next.stepMs / this.layout[level].stepMs) {
            return false;
        }
        const merged = leading(tier, next.stepMs);
        tier.splice(0, merged.length);
        this.tiers[level + 1].push(merge(merged));
        return true;
    }

    private mendOrder(): void {
        for (let level = this.tiers.length - 1; level > 0; level--) {
            const [coarse, fine] = [this.tiers[level], this.tiers[level - 1]];
            const newest = coarse.at(-1)?.atMs ?? -Infinity;
            const misplaced = fine.findLastIndex(point => point.atMs < newest) + 1;
            if (misplaced > 0) {
                coarse.push(...fine.splice(0, misplaced));
                coarse.sort((a, b) => a.atMs - b.atMs);
            }
        }
    }
}

/** The oldest stretches that make one of `stepMs` together; a gap ends it. At least one. */
function leading(points: readonly RatePoint[], stepMs: number): RatePoint[] {
    const start = points[0].atMs - points[0].spanMs;
    const end = points.findIndex(
        (point, i) => i > 0 && (point.atMs - start > stepMs * 1.05 || isGap(points[i - 1], point))
    );
    return points.slice(0, end < 0 ? points.length : end);
}

function merge(points: readonly RatePoint[]): RatePoint {
    const last = points[points.length - 1];
    const mean = (value: (point: RatePoint) => number | undefined): number | undefined => {
        const known = points.filter(point => value(point) !== undefined);
        const spanMs = known.reduce((sum, point) => sum + point.spanMs, 0);
        return spanMs > 0
            ? known.reduce((sum, point) => sum + value(point)! * point.spanMs, 0) / spanMs
            : undefined;
    };
    const rttMs = mean(point => point.rttMs);
    const lossPercent = mean(point => point.lossPercent);
    return {
        ...last,
        spanMs: points.reduce((sum, point) => sum + point.spanMs, 0),
        rateBps: Math.round(mean(point => point.rateBps) ?? 0),
        ...(rttMs === undefined ? {} : { rttMs }),
        ...(lossPercent === undefined ? {} : { lossPercent })
    };
}
