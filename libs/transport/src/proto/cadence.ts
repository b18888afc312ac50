const MIN_REPORT_INTERVAL_MS = 5;
const MAX_REPORT_INTERVAL_MS = 25;
const REPORTS_PER_RTT = 8;
const UNKNOWN_RTT_INTERVAL_MS = 10;

/** Milliseconds between reports: an eighth of the round-trip time within [5, 25]; `rttMs` 0 means unknown. */
export function reportIntervalMs(rttMs: number): number {
    return rttMs > 0
        ? Math.min(MAX_REPORT_INTERVAL_MS, Math.max(MIN_REPORT_INTERVAL_MS, rttMs / REPORTS_PER_RTT))
        : UNKNOWN_RTT_INTERVAL_MS;
}

/** Microseconds of a tick of {@link sendTicksUint24}. */
export const TICK_US = 4;

/** The clock of DATA frames: ticks of 4 microseconds, low 24 bits; wraps every 67 seconds. */
export function sendTicksUint24(nowMs: number): number {
    return Math.floor(nowMs * (1000 / TICK_US)) % 2 ** 24;
}

/** The way from one such time to another, in [−2²³, 2²³) ticks. */
export function ticksBetween(from: number, to: number): number {
    return ((to - from) << 8) >> 8;
}
