import { ReportFrame } from './frames';
import { RateSample } from './rate-controller';
import { RttEstimator } from './rtt-estimator';

/** Gathers what happens between two reports, for the rate controller. Bytes are bytes on the wire. */
export class RateSampling {
    acknowledgedBytes = 0;
    lostBytes = 0;
    /** There was credit that could not be used. */
    isLimited = false;

    constructor(private readonly rtt: RttEstimator) {}

    /** The sample up to `report`; the next one begins here. */
    take(nowMs: number, report: ReportFrame): RateSample {
        const sample: RateSample = {
            nowMs,
            rttMs: this.rtt.smoothedMs,
            latestRttMs: this.rtt.latestMs,
            minRttMs: this.rtt.minMs,
            queueingDelayMs: report.queueingDelayUs / 1000,
            acknowledgedBytes: this.acknowledgedBytes,
            lostBytes: this.lostBytes,
            deliveryRateBps: report.deliveryRateBytesPerSec * 8,
            isLimited: this.isLimited
        };
        this.acknowledgedBytes = 0;
        this.lostBytes = 0;
        this.isLimited = false;
        return sample;
    }
}
