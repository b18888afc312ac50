/** What an engine says about a run at one moment; the times come from a monotonic clock. */
export interface ProgressSample {
    readonly nowMs: number;
    readonly rateBps: number;
    readonly bytesDone: number;
    readonly bytesTotal: number;
    readonly scanComplete: boolean;
}

/** What people see of it. */
export interface ProgressView {
    readonly rateBps: number;
    /** Absent while any number would be a guess. */
    readonly remainingMs?: number;
}

/** Time in which a change of the rate is shown to 63 %. */
const SMOOTHING_MS = 2_000;
/** No time left is told before this much of the run was seen. */
const SETTLE_MS = 3_000;
/** Nor while the rate still wanders by more than this share of itself. */
const MAX_DEVIATION = 0.35;

/**
 * Smooths the rate of one run and estimates the time left. The estimate stays hidden until the total is known and the
 * rate has been steady for a while: a number that jumps is worse than none.
 */
export class ProgressMeter {
    private startedMs: number | undefined;
    private lastMs = 0;
    private smoothBps = 0;
    private deviation = 1;

    sample(sample: ProgressSample): ProgressView {
        if (this.startedMs === undefined) {
            if (sample.rateBps <= 0) {
                return { rateBps: 0 };
            }
            this.startedMs = sample.nowMs;
            this.lastMs = sample.nowMs;
            this.smoothBps = sample.rateBps;
        }
        const weight = 1 - Math.exp(-(sample.nowMs - this.lastMs) / SMOOTHING_MS);
        this.lastMs = sample.nowMs;
        this.smoothBps += weight * (sample.rateBps - this.smoothBps);
        const off = this.smoothBps > 0 ? Math.abs(sample.rateBps - this.smoothBps) / this.smoothBps : 1;
        this.deviation += weight * (off - this.deviation);
        const rateBps = Math.round(this.smoothBps);
        const remainingMs = this.remaining(sample);
        return remainingMs === undefined ? { rateBps } : { rateBps, remainingMs };
    }

    private remaining(sample: ProgressSample): number | undefined {
        const seenMs = sample.nowMs - (this.startedMs ?? sample.nowMs);
        const steady = seenMs >= SETTLE_MS && this.deviation <= MAX_DEVIATION && this.smoothBps >= 1;
        if (!sample.scanComplete || !steady) {
            return undefined;
        }
        return Math.round((Math.max(0, sample.bytesTotal - sample.bytesDone) * 8_000) / this.smoothBps);
    }
}
