import { WindowedMinimum } from '../proto/windowed-minimum';

/** Two or three chunks: what a disk works on at a time. */
const LEAST_BYTES = 2 * 1024 * 1024;
/** Of memory, and of what is received once more after a kill. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Before anything is known: a fast path fills more than the least before the first chunk has been written. */
const UNKNOWN_BYTES = 8 * 1024 * 1024;
/** What is written in this time may wait: threads get their turn this late when all processors are busy. */
const WAIT_MS = 30;
/** A rate over a shorter time is one of single writes. */
const SPAN_MS = 20;
/** How long a fast time is remembered: a disk that gets slow must be noticed soon. */
const MEMORY_MS = 1000;

/**
 * How much complete data may wait in memory for the disk. What waits is lost when the process is killed, and more of it
 * makes nothing faster, so it follows what the disk has lately written, while there was something to write: what comes
 * slowly says nothing about the disk.
 */
export class BacklogLimit {
    /** Negative, so that the minimum is the highest rate. */
    private readonly negativeRates = new WindowedMinimum(MEMORY_MS);
    private hasBegun = false;
    private backlogBytes = 0;
    private lastMs = 0;
    private busyMs = 0;
    private writtenBytes = 0;

    /** In [2 MiB, 16 MiB]. */
    get bytes(): number {
        const bytesPerMs = -this.negativeRates.value;
        return bytesPerMs >= 0
            ? Math.min(MOST_BYTES, Math.max(LEAST_BYTES, bytesPerMs * WAIT_MS))
            : UNKNOWN_BYTES;
    }

    /** So much waits from now on. `nowMs` never goes back. */
    onBacklog(nowMs: number, backlogBytes: number): void {
        const writtenBytes = Math.max(0, this.backlogBytes - backlogBytes);
        // What comes first waits for its file to be made, and says nothing.
        if (this.hasBegun && this.backlogBytes > 0) {
            this.busyMs += nowMs - this.lastMs;
            this.writtenBytes += writtenBytes;
        }
        this.hasBegun ||= writtenBytes > 0;
        this.lastMs = nowMs;
        this.backlogBytes = backlogBytes;
        if (this.busyMs >= SPAN_MS) {
            this.negativeRates.add(nowMs, -this.writtenBytes / this.busyMs);
            this.busyMs = 0;
            this.writtenBytes = 0;
        }
    }
}
