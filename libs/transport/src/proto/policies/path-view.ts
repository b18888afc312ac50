import { RateSample } from '../rate-controller';
import { WindowedMinimum } from '../windowed-minimum';

/** Samples that are kept; the longest span asked for is a round trip, at four samples each, or more on short paths. */
const HISTORY = 256;
/** Extremes are remembered for so long. */
const MEMORY_MS = 10_000;
/** A rate over a shorter time is one of bursts. */
const MIN_SPAN_MS = 20;
const MIN_LOSS_SPAN_MS = 300;
/** A queue stands when it is there for this share of a round trip, or so long, but no longer than half of one. */
const STANDING_SHARE = 1 / 4;
const STANDING_MS = 15;
const STANDING_LIMIT = 1 / 2;
/** From here on a queue counts as full, relative to the longest seen. */
const FULL_SHARE = 0.6;
/** Loss is more than the path's own when it is so much higher. */
const LOSS_FACTOR = 2;
const LOSS_MARGIN = 0.003;

/** What the samples so far say about the path. All of it holds for the moment of the last sample. */
export class PathView {
    nowMs = 0;
    /** Since the sample before; 0 at the first. */
    elapsedMs = 0;
    rttMs = 0;
    baseRttMs = 0;
    /**
     * Queueing delay. Two measures, each of which only ever errs upwards: the one-way delay, which drifting clocks and
     * a changed clock falsify, and the round-trip time, to which a queue on the way back adds.
     */
    queueMs = 0;
    /** The shortest of the last samples: a moment in which an end was late is no queue. */
    standingQueueMs = 0;
    lostBytes = 0;
    isLimited = false;

    private readonly times = new Float64Array(HISTORY);
    private readonly queues = new Float64Array(HISTORY);
    private readonly arrived = new Float64Array(HISTORY);
    private readonly gone = new Float64Array(HISTORY);
    private count = 0;
    private arrivedBytes = 0;
    private goneBytes = 0;
    /** Negative, so that the minimum is the longest queue. */
    private readonly negativeQueues = new WindowedMinimum(MEMORY_MS);
    private readonly negativeRates = new WindowedMinimum(MEMORY_MS);
    private readonly lossShares = new WindowedMinimum(MEMORY_MS);
    private lossWindowMs: number | undefined;

    onSample(sample: RateSample): void {
        this.elapsedMs = this.count > 0 ? sample.nowMs - this.nowMs : 0;
        this.nowMs = sample.nowMs;
        this.rttMs = Math.max(1, sample.latestRttMs);
        this.baseRttMs = Math.max(1, sample.minRttMs);
        this.queueMs = Math.min(sample.queueingDelayMs, Math.max(0, sample.latestRttMs - sample.minRttMs));
        this.lostBytes = sample.lostBytes;
        this.isLimited = sample.isLimited;
        this.arrivedBytes += sample.acknowledgedBytes;
        this.goneBytes += sample.lostBytes;
        const at = this.count % HISTORY;
        this.times[at] = sample.nowMs;
        this.arrived[at] = this.arrivedBytes;
        this.gone[at] = this.goneBytes;
        this.queues[at] = this.queueMs;
        this.count += 1;
        this.standingQueueMs = this.standingQueue(
            Math.max(this.rttMs * STANDING_SHARE, Math.min(STANDING_MS, this.rttMs * STANDING_LIMIT))
        );
        this.negativeQueues.add(sample.nowMs, -this.queueMs);
        this.negativeRates.add(sample.nowMs, -this.arrivalRateBps(this.rttMs));
        this.measureBaseLoss();
    }

    /** More is lost than always, and the queue is about as long as it gets: it overflows. */
    get isOverflowing(): boolean {
        return (
            this.lostBytes > 0 &&
            this.queueMs >= this.fullQueueMs * FULL_SHARE &&
            this.lossShare(this.rttMs) > LOSS_FACTOR * this.baseLossShare + LOSS_MARGIN
        );
    }

    /** Highest rate that arrived over a round trip, in about the last ten seconds. */
    get highestRateBps(): number {
        return Math.max(0, -this.negativeRates.value);
    }

    /** Loss of the best moment of about the last ten seconds: what is lost whatever is sent. */
    get baseLossShare(): number {
        return this.lossShares.value === Infinity ? 0 : this.lossShares.value;
    }

    /** Longest queueing delay of about the last ten seconds. */
    get fullQueueMs(): number {
        return -this.negativeQueues.value;
    }

    /**
     * Bits per second that arrived during the last `spanMs`, at least `leastMs`; 0 while there are fewer than two
     * samples.
     */
    arrivalRateBps(spanMs: number, leastMs = MIN_SPAN_MS): number {
        const [from, last] = this.span(spanMs, leastMs);
        return from === last ? 0 : rate(this.arrived[last]! - this.arrived[from]!, this.spanMs(from, last));
    }

    /** The same of what was sent: with what was lost. */
    sentRateBps(spanMs: number): number {
        const [from, last] = this.span(spanMs);
        const bytes = this.arrived[last]! - this.arrived[from]! + this.gone[last]! - this.gone[from]!;
        return from === last ? 0 : rate(bytes, this.spanMs(from, last));
    }

    /** Share of the bytes that was lost during the last `spanMs`. */
    lossShare(spanMs: number): number {
        const [from, last] = this.span(spanMs);
        const lost = this.gone[last]! - this.gone[from]!;
        const total = lost + this.arrived[last]! - this.arrived[from]!;
        return total > 0 ? lost / total : 0;
    }

    private standingQueue(spanMs: number): number {
        let shortest = Infinity;
        for (let back = 1; back <= Math.min(this.count, HISTORY); back++) {
            const at = (this.count - back) % HISTORY;
            if (back > 1 && this.times[at]! < this.nowMs - spanMs) {
                break;
            }
            shortest = Math.min(shortest, this.queues[at]!);
        }
        return shortest;
    }

    private measureBaseLoss(): void {
        this.lossWindowMs ??= this.nowMs;
        const spanMs = this.nowMs - this.lossWindowMs;
        if (spanMs > Math.max(this.rttMs, MIN_LOSS_SPAN_MS)) {
            this.lossShares.add(this.nowMs, this.lossShare(spanMs));
            this.lossWindowMs = this.nowMs;
        }
    }

    private spanMs(from: number, last: number): number {
        return this.times[last]! - this.times[from]!;
    }

    /** Places of the youngest sample that is at least `spanMs` old, else of the oldest, and of the last one. */
    private span(spanMs: number, leastMs = MIN_SPAN_MS): [number, number] {
        const last = (this.count - 1) % HISTORY;
        const wantedMs = this.nowMs - Math.max(leastMs, spanMs);
        let from = last;
        for (let back = 1; back < Math.min(this.count, HISTORY); back++) {
            from = (this.count - 1 - back) % HISTORY;
            if (this.times[from]! <= wantedMs) {
                break;
            }
        }
        return [from, last];
    }
}

function rate(bytes: number, ms: number): number {
    return ms > 0 ? (bytes * 8000) / ms : 0;
}
