import { reportIntervalMs } from './cadence';
import { WindowedMinimum } from './windowed-minimum';

/** Least limit: whole chunks, and what arrives while an end is busy with something else for some ten milliseconds. */
const HEADROOM_BYTES = 1024 * 1024;
/** Twice what the path holds: losses are being repaired, and the rate can double within a round trip. */
const PATH_FACTOR = 2;
/** A path is taken for at least so fast (1 Gbit/s): a long one that carried little so far is then filled at once. */
const LEAST_BYTES_PER_MS = 125_000;
/** A rate over a shorter time is one of the socket's buffer, not of the path; over a longer one, of the start. */
const RATE_SPAN_MS = 20;
/** Fast times and short round trips are remembered for so long. */
const MEMORY_MS = 60_000;

/**
 * How much the peer needs to have outstanding to keep the path busy. What is outstanding beyond that only waits in
 * buffers of the system: it overruns them when the receiver is slow, and is lost when an end is killed.
 */
export class WindowLimit {
    /** Negative, so that the minimum is the highest rate. */
    private readonly negativeRates = new WindowedMinimum(MEMORY_MS);
    /** A queue in front of the receiver makes round trips longer; the shortest one is the path's. */
    private readonly rttsMs = new WindowedMinimum(MEMORY_MS);
    private spanBytes = 0;
    private spanStartMs = 0;
    private lastDataMs = -Infinity;

    /** Infinity while rate or round-trip time are not known. */
    get bytes(): number {
        const bytesPerMs = -this.negativeRates.value;
        const rttMs = this.rttsMs.value;
        if (rttMs === Infinity || bytesPerMs === -Infinity) {
            return Infinity;
        }
        const measured = PATH_FACTOR * bytesPerMs * (rttMs + reportIntervalMs(rttMs));
        return Math.ceil(Math.max(measured, LEAST_BYTES_PER_MS * rttMs) + HEADROOM_BYTES);
    }

    /** A block of the data stream arrived. */
    onData(nowMs: number, bytes: number): void {
        // A pause says nothing about the path.
        if (nowMs - this.lastDataMs >= RATE_SPAN_MS) {
            this.spanStartMs = nowMs;
            this.spanBytes = 0;
        }
        this.lastDataMs = nowMs;
        this.spanBytes += bytes;
        const spanMs = nowMs - this.spanStartMs;
        if (spanMs >= RATE_SPAN_MS) {
            this.negativeRates.add(nowMs, -this.spanBytes / spanMs);
            this.spanStartMs = nowMs;
            this.spanBytes = 0;
        }
    }

    /** As the peer measures it. */
    onRtt(nowMs: number, rttMs: number): void {
        if (rttMs > 0) {
            this.rttsMs.add(nowMs, rttMs);
        }
    }
}
