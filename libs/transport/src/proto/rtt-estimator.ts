import { WindowedMinimum } from './windowed-minimum';

const MIN_RTT_WINDOW_MS = 60_000;

/** Smoothed round-trip time, its variation and its recent minimum. Source: RFC 9002 §5, RFC 6298 §2. */
export class RttEstimator {
    /** Milliseconds; 0 before the first sample. */
    smoothedMs = 0;
    variationMs = 0;
    latestMs = 0;
    hasSample = false;

    private readonly minimum = new WindowedMinimum(MIN_RTT_WINDOW_MS);

    /** Smallest sample of about the last minute; 0 before the first. */
    get minMs(): number {
        return this.hasSample ? this.minimum.value : 0;
    }

    /** The larger of the smoothed and the latest round-trip time. */
    get cautiousMs(): number {
        return Math.max(this.smoothedMs, this.latestMs);
    }

    /** Takes one sample; the time that the peer held its answer back is already subtracted. Negative ones are ignored. */
    update(nowMs: number, sampleMs: number): void {
        if (!(sampleMs >= 0)) {
            return;
        }
        this.minimum.add(nowMs, sampleMs);
        this.latestMs = sampleMs;
        if (this.hasSample) {
            this.variationMs += (Math.abs(this.smoothedMs - sampleMs) - this.variationMs) / 4;
            this.smoothedMs += (sampleMs - this.smoothedMs) / 8;
        } else {
            this.hasSample = true;
            this.smoothedMs = sampleMs;
            this.variationMs = sampleMs / 2;
        }
    }
}
