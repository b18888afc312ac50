const BUCKETS = 8;

/**
 * Minimum of the values of the last `windowMs`, forgotten in steps of an eighth of it. A minimum without end would
 * never see that a route got longer, or that two clocks drift apart.
 */
export class WindowedMinimum {
    private readonly minima = new Float64Array(BUCKETS).fill(Infinity);
    private bucket = 0;
    private bucketEndMs = -Infinity;

    constructor(private readonly windowMs: number) {}

    /** Infinity before the first value. */
    get value(): number {
        let smallest = Infinity;
        for (const minimum of this.minima) {
            smallest = minimum < smallest ? minimum : smallest;
        }
        return smallest;
    }

    /** `nowMs` never goes back. The last values stay known, however old, until a newer one comes. */
    add(nowMs: number, value: number): void {
        if (nowMs >= this.bucketEndMs) {
            const span = this.windowMs / BUCKETS;
            const passed = Math.min(BUCKETS, Math.floor((nowMs - this.bucketEndMs) / span) + 1);
            for (let i = 0; i < passed; i++) {
                this.bucket = (this.bucket + 1) % BUCKETS;
                this.minima[this.bucket] = Infinity;
            }
            this.bucketEndMs = nowMs + span;
        }
        if (value < this.minima[this.bucket]!) {
            this.minima[this.bucket] = value;
        }
    }
}
