/** At most `limit` failures within `windowMs`; then none is looked at until the oldest is over. */
export class AttemptLimit {
    private failuresMs: number[] = [];

    constructor(
        private readonly limit: number,
        private readonly windowMs: number
    ) {}

    /** Milliseconds until the next attempt is looked at; 0 when it may be made now. */
    waitMs(nowMs: number): number {
        this.failuresMs = this.failuresMs.filter(at => at > nowMs - this.windowMs);
        return this.failuresMs.length < this.limit ? 0 : this.failuresMs[0] + this.windowMs - nowMs;
    }

    failed(nowMs: number): void {
        this.failuresMs.push(nowMs);
    }
}
