export type RatePolicy = 'fixed' | 'high' | 'fair' | 'low';

/** Rates in bits per second on the wire; 0 < minBps ≤ targetBps. */
export interface RateSettings {
    readonly targetBps: number;
    readonly minBps: number;
    readonly policy: RatePolicy;
}

/** What one report of the receiver means for the rate. */
export interface RateSample {
    readonly nowMs: number;
    /** Smoothed. */
    readonly rttMs: number;
    readonly latestRttMs: number;
    /** Of about the last minute. */
    readonly minRttMs: number;
    /** One-way delay in ms above the smallest seen, at the receiver. */
    readonly queueingDelayMs: number;
    readonly acknowledgedBytes: number;
    readonly lostBytes: number;
    readonly deliveryRateBps: number;
    /** Something else than the rate stopped the sender since the last sample: no data, or no room at the receiver. */
    readonly isLimited: boolean;
}

/** Decides how fast to send. Pure: no clock, no I/O; one file per policy. */
export interface RateController {
    /** Bits per second on the wire, at any moment within [minBps, targetBps] unless feedback is lost. */
    readonly rateBps: number;
    onSample(sample: RateSample): void;
    /** No report came for so long that sending on would be blind; called again as the silence goes on. */
    onFeedbackLost(nowMs: number): void;
    setSettings(settings: RateSettings): void;
}
