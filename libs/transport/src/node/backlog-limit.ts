import { WindowedMinimum } from '../proto/windowed-minimum';

/** Two or three chunks: what a disk works on at a time. */
const LEAST_BYTES = 2 * 1024 * 1024;
/** Of memory, and of what is received once more after a kill. */
const MOST_BYTES = 16 * 1024 * 1024;
/** What is written in this time may wait: threads get their turn this late when all processors are busy. */
const WAIT_MS = 30;
/** A rate over a shorter time is one of single writes. */
const SPAN_MS = 50;
/** How long a fast time is remembered: a disk that gets slow must be noticed soon. */
const MEMORY_MS = 1000;

/**
 * How much complete data may wait in memory for the disk. What waits is lost when the process is killed, and more of it
 * makes nothing faster, so it follows what the disk has lately written.
 */
export class BacklogLimit {
    /** Negative, so that the minimum is the highest rate. */
    private readonly negativeRates = new WindowedMinimum(MEMORY_MS);
    private spanStartMs: number | undefined;
    private spanBytes = 0;

    /** In [2 MiB, 16 MiB]. */
    get bytes(): number {
        const bytesPerMs = Math.max(0, -this.negativeRates.value);
        return Number.isFinite(bytesPerMs)
            ? Math.min(MOST_BYTES, Math.max(LEAST_BYTES, bytesPerMs * WAIT_MS))
            : LEAST_BYTES;
    }

    /** So many bytes have left the backlog. `nowMs` never goes back. */
    onWritten(nowMs: number, bytes: number): void {
        this.spanStartMs ??= nowMs;
        const spanMs = nowMs - this.spanStartMs;
        if (spanMs >= SPAN_MS) {
            this.negativeRates.add(nowMs, -this.spanBytes / spanMs);
            this.spanStartMs = nowMs;
            this.spanBytes = 0;
        }
        this.spanBytes += bytes;
    }
}
