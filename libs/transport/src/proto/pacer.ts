/** How much unused rate is kept: late timers up to this long cost no throughput. */
const DEPTH_MS = 25;
/**
 * The same for a rate that follows the path: a burst of a quarter of what a short queue holds makes it overflow, which
 * others pay for, and looks like a queue of somebody else. At rates that only a processor limits it is not the path
 * that is shared.
 */
const GENTLE_DEPTH_MS = 5;
const GENTLE_BPS = 1e9;
/** How much rate may be saved up while there is nothing to send: a burst of this length goes out at once. */
const IDLE_DEPTH_MS = 2;
/** Wake-ups are at least this far apart when the rate is high, and carry several packets each. */
const QUANTUM_MS = 1;
/** The bucket always holds a few packets, however low the rate. */
const MIN_DEPTH_BYTES = 3000;

/**
 * Token bucket that counts bytes on the wire. A packet may go while there is any credit; what it takes beyond that is
 * debt, so the average is exact whatever the sizes. Bursts are bounded by the depth of the bucket.
 */
export class Pacer {
    private creditBytes = MIN_DEPTH_BYTES;
    private updatedMs: number | undefined;
    private idle = true;
    /** The rate answers to what the path says, so bursts are kept short. */
    isGentle = false;

    /** @param rateBps bits per second on the wire, ≥ 0; at 0 nothing may be sent. */
    constructor(private rateBps: number) {}

    /** What was earned before `nowMs` is counted at the old rate; without `nowMs`, since the last call at the new one. */
    setRate(nowMs: number | undefined, rateBps: number): void {
        if (nowMs !== undefined) {
            this.refill(nowMs);
        }
        this.rateBps = rateBps;
        // What was saved up at a high rate would be a long burst at a low one
        this.creditBytes = Math.min(this.creditBytes, this.depthBytes());
    }

    canSend(nowMs: number): boolean {
        this.refill(nowMs);
        return this.creditBytes > 0 && this.rateBps > 0;
    }

    /** How many packets of `wireBytes` may go now, one after the other as {@link canSend} allows. */
    packetsNow(nowMs: number, wireBytes: number): number {
        return this.canSend(nowMs) ? Math.ceil(this.creditBytes / wireBytes) : 0;
    }

    /** To be called for every packet, or for some together, also for those that do not wait for credit. */
    onSent(nowMs: number, wireBytes: number): void {
        this.refill(nowMs);
        this.creditBytes -= wireBytes;
        this.idle = false;
    }

    /** There is credit but nothing to send: from here on only a small burst is saved up. */
    onIdle(nowMs: number): void {
        this.refill(nowMs);
        this.idle = true;
        this.creditBytes = Math.min(this.creditBytes, this.depthBytes());
    }

    /** When `canSend` becomes true, with credit for a batch when the rate is high: maybe in the past; Infinity at rate 0. */
    nextSendMs(): number {
        const nowMs = this.updatedMs ?? 0;
        if (this.rateBps <= 0) {
            return Infinity;
        }
        if (this.creditBytes > 0) {
            return nowMs;
        }
        const perMs = this.rateBps / 8000;
        return nowMs + Math.max((1 - this.creditBytes) / perMs, QUANTUM_MS);
    }

    private refill(nowMs: number): void {
        const elapsedMs = nowMs - (this.updatedMs ?? nowMs);
        this.updatedMs = nowMs;
        if (elapsedMs > 0) {
            const earned = this.creditBytes + (elapsedMs * this.rateBps) / 8000;
            this.creditBytes = Math.min(earned, this.depthBytes());
        }
    }

    private depthBytes(): number {
        return Math.max(MIN_DEPTH_BYTES, (this.depthMs() * this.rateBps) / 8000);
    }

    private depthMs(): number {
        if (this.idle) {
            return IDLE_DEPTH_MS;
        }
        return this.isGentle && this.rateBps < GENTLE_BPS ? GENTLE_DEPTH_MS : DEPTH_MS;
    }
}
