import { PathView } from './path-view';

/** BBR's start-up gain (draft-cardwell-iccrg-bbr-congestion-control §4.3.2.1): what arrives doubles each round trip. */
const GAIN = 2 / Math.LN2;
/** While there is no queue at all: overshooting costs less than a round trip more on a long path. */
const BRISK_GAIN = 4;
const NO_QUEUE_MS = 2;
/** What arrives is measured over this share of a round trip. */
const SPAN_SHARE = 1 / 8;
/**
 * And at least over so many round trips, up to what evens out bursts: on a short path what arrived some reports ago says
 * nothing about a rate that has grown since.
 */
const LEAST_SPAN_ROUNDS = 5;
const LEAST_SPAN_MS = 20;
/** As RFC 9406 §4.2: a queue of an eighth of the round-trip time, within these bounds, is one. */
const QUEUE_SHARE = 1 / 8;
const MIN_QUEUE_MS = 4;
const MAX_QUEUE_MS = 16;
/** One late packet is no queue. */
const QUEUE_SAMPLES = 2;
/** The path is full when what arrives has not grown by a quarter in three round trips. */
const FULL_GROWTH = 1.25;
const FULL_ROUNDS = 3;

/** Finds the rate of an unknown path in a few round trips. */
export class StartUp {
    isOver = false;
    private highestBps = 0;
    private roundBps = 0;
    private roundEndMs: number | undefined;
    private flatRounds = 0;
    private queueSamples = 0;

    /** The next rate, at least `rateBps`; when `isOver`, the rate that arrives. */
    next(path: PathView, rateBps: number): number {
        const leastMs = Math.min(LEAST_SPAN_MS, path.baseRttMs * LEAST_SPAN_ROUNDS);
        const arrivingBps = path.arrivalRateBps(path.baseRttMs * SPAN_SHARE, leastMs);
        this.highestBps = path.isLimited ? this.highestBps : Math.max(this.highestBps, arrivingBps);
        this.countRound(path);
        const limitMs = Math.min(MAX_QUEUE_MS, Math.max(MIN_QUEUE_MS, path.baseRttMs * QUEUE_SHARE));
        this.queueSamples = path.queueMs > limitMs ? this.queueSamples + 1 : 0;
        this.isOver = this.queueSamples >= QUEUE_SAMPLES || this.flatRounds >= FULL_ROUNDS;
        const gain = path.queueMs < NO_QUEUE_MS ? BRISK_GAIN : GAIN;
        return this.isOver ? this.highestBps : Math.max(rateBps, this.highestBps * gain);
    }

    private countRound(path: PathView): void {
        this.roundEndMs ??= path.nowMs + path.rttMs;
        if (path.nowMs < this.roundEndMs) {
            return;
        }
        this.roundEndMs = path.nowMs + path.rttMs;
        if (this.highestBps >= this.roundBps * FULL_GROWTH) {
            this.roundBps = this.highestBps;
            this.flatRounds = 0;
        } else if (!path.isLimited) {
            this.flatRounds += 1;
        }
    }
}
