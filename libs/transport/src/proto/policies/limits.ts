import { RateSettings } from '../rate-controller';

/** First rate of a flow that knows nothing of the path, as a share of the target, and its bounds. */
const FIRST_SHARE = 1 / 16;
const MIN_FIRST_BPS = 1e6;
const MAX_FIRST_BPS = 20e6;

/** What to begin with when nothing is known of the path. */
export function firstRateBps(settings: RateSettings): number {
    const share = settings.targetBps * FIRST_SHARE;
    return clampRate(settings, Math.min(MAX_FIRST_BPS, Math.max(MIN_FIRST_BPS, share)));
}

/** Least window of a flow that answers to the path: two segments (RFC 5681 §3.1, RFC 6817 §2.4.2). */
const LEAST_WINDOW_BYTES = 2 * 1500;

/**
 * What is always tried, whatever the queue says. A flow with little to say is told of queues that it does not make
 * and cannot shorten, those before a busy processor among them; without an end its rate would fall until even the
 * few bytes that it has wait for hours.
 */
export function leastRateBps(rttMs: number): number {
    return (LEAST_WINDOW_BYTES * 8000) / rttMs;
}

/** `bps` within what the user allows. */
export function clampRate(settings: RateSettings, bps: number): number {
    return Math.min(settings.targetBps, Math.max(settings.minBps, bps));
}
