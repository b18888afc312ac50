import { PathView } from './path-view';

/**
 * Queue that a flow keeps: bytes per square root of the bytes it has on the path (60 KB at 100 Mbit/s and 40 ms, 5 ms).
 * A slow flow accepts a longer queue than a fast one, so flows that share a queue converge to equal rates.
 */
const QUEUE_FACTOR = 90;
const MIN_QUEUE_MS = 1.5;
const MAX_QUEUE_MS = 60;
/** A wrong queue is put right within so many round trips. */
const HORIZON_ROUNDS = 2;
const MIN_STEP = 0.85;
const MAX_GROWTH = 0.25;
/** Growth when the queue has just become short, relative to the horizon, at this round-trip time and proportional to it. */
const FIRST_PACE = 0.2;
const PACE_RTT_MS = 40;
const MAX_FIRST_PACE = 1;
/** After a start-up, which others may have cut short. */
const START_PACE = 8;
/** Growth from one round trip with a short queue to the next. */
const PACE_FACTOR = 1.1;
/** Decrease when the queue overflows, as a share of the rate per so long, so that many overflows do not starve the flow. */
const OVERFLOW_CUT = 0.1;
const OVERFLOW_CUT_MS = 3000;
const OVERFLOW_STEP = 0.7;
/** A queue this much longer than our own at our best rate is made by others. Queues up to 10 ms are nobody's fault. */
const FOREIGN_QUEUE = 1.2;
const TOLERATED_MS = 10;
const TOLERATED_SHARE = 1 / 4;
const FOREIGN_ROUNDS = 8;
const MIN_FOREIGN_MS = 300;
/** So many overflows, none a second after the one before, are made by others. */
const FOREIGN_OVERFLOWS = 20;
const OVERFLOW_MEMORY_MS = 1000;

/**
 * Rate of a flow among flows that keep the queue short. It aims at a queueing delay that falls with the square root of
 * its own rate. Sources: FAST TCP (Wei et al., ToN 2006) for the control of a queue of one's own; Swift (Kumar et al.,
 * SIGCOMM 2020, §3.5) for the target that falls with the root of the window, which makes the shares even; Copa (NSDI
 * 2018, §2.1) for the growth that gets faster the longer nothing speaks against it.
 */
export class CalmRate {
    private pace = START_PACE;
    private cutMs = -Infinity;
    private overflowMs = -Infinity;
    private overflows = 0;
    /** When the queue was last no longer than this flow accounts for. */
    private ownMs = 0;

    constructor(private readonly weight: number) {}

    /** The flow is calm from now on. */
    begin(path: PathView): void {
        this.ownMs = path.nowMs;
        this.overflows = 0;
    }

    next(path: PathView, rateBps: number): number {
        const wantedMs = this.ownQueueMs(path, rateBps);
        if (path.isOverflowing) {
            return this.afterOverflow(path, rateBps);
        }
        const errorMs = wantedMs - path.standingQueueMs;
        if (errorMs > 0) {
            return path.isLimited ? rateBps : rateBps * (1 + this.growth(path, errorMs, wantedMs));
        }
        this.pace = firstPace(path);
        const factor = Math.max(MIN_STEP, 1 + errorMs / (HORIZON_ROUNDS * path.rttMs));
        return Math.min(rateBps, path.sentRateBps(path.rttMs) * factor);
    }

    /** The queue overflowed so often that somebody makes it overflow. */
    isOverflowing(path: PathView): boolean {
        return this.overflows >= FOREIGN_OVERFLOWS && path.nowMs - this.overflowMs <= OVERFLOW_MEMORY_MS;
    }

    /** Others fill the queue and do not answer to what this flow does: being calm would only make room for them. */
    isCrowdedOut(path: PathView, rateBps: number): boolean {
        if (path.isOverflowing && path.nowMs - this.overflowMs > 2 * path.rttMs) {
            this.overflows = path.nowMs - this.overflowMs > OVERFLOW_MEMORY_MS ? 1 : this.overflows + 1;
            this.overflowMs = path.nowMs;
        }
        const bestBps = Math.max(rateBps, path.highestRateBps);
        const limitMs = Math.max(
            Math.min(TOLERATED_MS, path.baseRttMs * TOLERATED_SHARE),
            FOREIGN_QUEUE * this.ownQueueMs(path, bestBps)
        );
        if (path.standingQueueMs <= limitMs) {
            this.ownMs = path.nowMs;
        }
        const foreignMs = path.nowMs - this.ownMs;
        return foreignMs > Math.max(MIN_FOREIGN_MS, FOREIGN_ROUNDS * path.rttMs) || this.isOverflowing(path);
    }

    private growth(path: PathView, errorMs: number, wantedMs: number): number {
        const rounds = path.elapsedMs / path.rttMs;
        const perRound = (errorMs / (HORIZON_ROUNDS * path.rttMs)) * this.pace;
        this.pace = path.standingQueueMs < wantedMs / 2 ? this.pace * PACE_FACTOR ** rounds : firstPace(path);
        return Math.min(MAX_GROWTH, perRound) * rounds;
    }

    private afterOverflow(path: PathView, rateBps: number): number {
        this.pace = firstPace(path);
        const sinceMs = path.nowMs - this.cutMs;
        if (sinceMs < path.rttMs) {
            return rateBps;
        }
        this.cutMs = path.nowMs;
        const arrivingBps = Math.max(path.arrivalRateBps(path.rttMs), rateBps * OVERFLOW_STEP);
        return Math.min(rateBps, arrivingBps) * (1 - OVERFLOW_CUT * Math.min(1, sinceMs / OVERFLOW_CUT_MS));
    }

    private ownQueueMs(path: PathView, rateBps: number): number {
        const bytesOnPath = (rateBps * path.baseRttMs) / 8000;
        const ms = (QUEUE_FACTOR * Math.sqrt(this.weight * bytesOnPath) * 8000) / rateBps;
        return Math.min(MAX_QUEUE_MS, Math.max(MIN_QUEUE_MS, ms));
    }
}

/** Per second, flows on long paths shall not converge slower than on short ones. */
function firstPace(path: PathView): number {
    return Math.min(MAX_FIRST_PACE, Math.max(FIRST_PACE, (FIRST_PACE * path.baseRttMs) / PACE_RTT_MS));
}
