const MIN_REPORT_INTERVAL_MS = 5;
const MAX_REPORT_INTERVAL_MS = 50;
const UNKNOWN_RTT_INTERVAL_MS = 10;

/** Milliseconds between reports: a quarter of the round-trip time within [5, 50]; `rttMs` 0 means unknown. */
export function reportIntervalMs(rttMs: number): number {
    return rttMs > 0
        ? Math.min(MAX_REPORT_INTERVAL_MS, Math.max(MIN_REPORT_INTERVAL_MS, rttMs / 4))
        : UNKNOWN_RTT_INTERVAL_MS;
}

/** The clock of DATA frames: microseconds, low 32 bits; wraps every 71 minutes. */
export function microsecondsUint32(nowMs: number): number {
    return Math.floor(nowMs * 1000) % 2 ** 32;
}
