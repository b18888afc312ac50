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

/** The clock of DATA frames: microseconds, low 32 bits; wraps every 71 minutes. */
export function microsecondsUint32(nowMs: number): number {
    return Math.floor(nowMs * 1000) % 2 ** 32;
}
