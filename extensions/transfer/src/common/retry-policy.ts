import type { ConnectError } from '@connect/base';

/** `attempts` (≥ 0) tries after the first; `intervalMs` is the wait before the first of them. */
export interface RetrySettings {
    readonly enabled: boolean;
    readonly attempts: number;
    readonly intervalMs: number;
}

/** What becomes of a job whose run ended with an error. `attempt` is the new count of the job. */
export type RetryDecision =
    | { readonly event: 'retry-later'; readonly delayMs: number; readonly attempt: number }
    | { readonly event: 'fail'; readonly attempt: number }
    | { readonly event: 'ask-user'; readonly attempt: number };

/** Waits double from try to try and grow no longer than this, unless the interval itself is longer. */
export const MAX_RETRY_DELAY_MS = 600_000;

/**
 * Decides by the kind of the error alone: transient ones are tried again, some need an answer, the rest is final.
 * @param attempt failed runs in a row before this one
 * @param madeProgress this run brought new bytes to the target: a link that breaks every hour is not a failing job,
 * so the count starts anew
 */
export function afterFailure(
    error: ConnectError,
    attempt: number,
    madeProgress: boolean,
    settings: RetrySettings
): RetryDecision {
    if (error.kind === 'needs-user') {
        return { event: 'ask-user', attempt };
    }
    const next = (madeProgress ? 0 : attempt) + 1;
    if (error.kind !== 'transient' || !settings.enabled || next > settings.attempts) {
        return { event: 'fail', attempt: next };
    }
    return { event: 'retry-later', delayMs: retryDelayMs(next, settings.intervalMs), attempt: next };
}

/** Wait before try number `attempt` (≥ 1): the interval, doubled for each further try, capped. */
export function retryDelayMs(attempt: number, intervalMs: number): number {
    const cap = Math.max(intervalMs, MAX_RETRY_DELAY_MS);
    return Math.min(cap, intervalMs * 2 ** Math.min(attempt - 1, 30));
}
