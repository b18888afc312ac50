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

/** `bps` within what the user allows. */
export function clampRate(settings: RateSettings, bps: number): number {
    return Math.min(settings.targetBps, Math.max(settings.minBps, bps));
}
