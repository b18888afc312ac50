import { PathView } from './path-view';

const SEGMENT_BYTES = 1500;
/** RFC 9438 §4.6 and §5. */
const BETA = 0.7;
const CUBIC_C = 0.4;
/**
 * Segments per round trip. A paced flow meets a full queue more often than one that sends when something has left it, so
 * it needs more than the one of a TCP flow to be its equal; and not per round trip of the empty path, of which a flow that
 * came late knows only what it has seen.
 */
const RENO_SEGMENTS = 3;
/** Growth per round trip until the first overflow: the flow is new in this company, as a TCP flow in slow start. */
const FIRST_GROWTH = 0.13;
/** A full decrease at most every so long: overflows that come faster are caused by others, who do not yield. */
const FULL_CUT_MS = 3000;
/** Measured shares of the queue are not taken for less than this, of us or of the others. */
const LEAST_SHARE = 0.05;
/** Growth of a flow that has less, relative to one that has half: it may be one of many, so not much more. */
const MAX_CATCH_UP = 1.6;
/** Decrease of a flow that has more, relative to one that has half. */
const MAX_CUT_FACTOR = 1.5;
/** The queue has been this empty for this long: nobody fills it any more. */
const EMPTY_SHARE = 0.1;
const EMPTY_MS = 3000;

/**
 * Rate of a flow among flows that fill the queue: a window that grows as that of a TCP flow and shrinks when the queue
 * overflows, over the present round-trip time. Sources: RFC 9438 (CUBIC) for the decrease and the growth, averaged over a
 * period, RFC 5681 (Reno) for what is added to it, so that small windows catch up. Unlike there, loss without a full queue does not
 * count, and overflows in quick succession (as BBR causes them) decrease less each.
 *
 * In a long queue all lose at the same moments, seconds apart, and grow alike in between: whoever was larger would stay
 * so for minutes. Drains tell the share of such a queue that is ours, so a flow with more than half of it grows less
 * and decreases more, a flow with less grows faster.
 */
export class CompetingRate {
    private windowBytes: number;
    private cutMs: number;
    private filledMs: number;
    /** Our share of the traffic over that of all others, relative to the weight; 1 until a drain has told. */
    private excess = 1;
    private share: number | undefined;

    /** @param isExploring nothing has overflowed yet */
    constructor(
        path: PathView,
        private readonly weight: number,
        private isExploring: boolean
    ) {
        this.windowBytes = (path.arrivalRateBps(path.rttMs) * path.rttMs) / 8000;
        this.cutMs = path.nowMs;
        this.filledMs = path.nowMs;
    }

    next(path: PathView): number {
        if (path.queueMs > path.fullQueueMs * EMPTY_SHARE) {
            this.filledMs = path.nowMs;
        }
        const sinceCutMs = path.nowMs - this.cutMs;
        if (path.isOverflowing && sinceCutMs > path.rttMs) {
            this.windowBytes *= 1 - (1 - BETA) * this.cutFactor * Math.min(1, sinceCutMs / FULL_CUT_MS);
            this.cutMs = path.nowMs;
            this.isExploring = false;
        } else if (!path.isLimited) {
            this.grow(path);
        }
        return (this.windowBytes * 8000) / path.rttMs;
    }

    /** A drain that did not empty the queue has shown that `share` of what goes through it, in [0, 1], is ours. */
    onShare(share: number): void {
        this.share = this.share === undefined ? share : (this.share + share) / 2;
        const others = Math.max(LEAST_SHARE, 1 - this.share);
        this.excess = Math.max(LEAST_SHARE, this.share) / others / this.weight;
    }

    /** Those who filled the queue have gone. */
    isOver(path: PathView): boolean {
        return path.nowMs - this.filledMs > EMPTY_MS;
    }

    private get cutFactor(): number {
        return Math.min(MAX_CUT_FACTOR, Math.max(1, this.excess));
    }

    /** The square: what is gained per round trip must differ by more than what is lost to change the shares. */
    private get growthFactor(): number {
        return Math.min(MAX_CATCH_UP, this.excess ** -2);
    }

    private grow(path: PathView): void {
        if (this.isExploring) {
            this.windowBytes *= 1 + (FIRST_GROWTH * path.elapsedMs) / path.rttMs;
        }
        const lost = ((1 - BETA) * this.windowBytes) / SEGMENT_BYTES;
        const cubicPerMs = lost / (1000 * Math.cbrt(lost / CUBIC_C));
        const renoPerMs = RENO_SEGMENTS / path.rttMs;
        const segments = (renoPerMs + cubicPerMs) * path.elapsedMs;
        this.windowBytes += this.growthFactor * this.weight * segments * SEGMENT_BYTES;
    }
}
