import type { RateLocks } from './rate-locks';
import { MOST_BPS } from './typed-rate';

/** Lowest target: below it an engine cannot tell a rate from none. */
export const LEAST_TARGET_BPS = 100_000;
/** Where the end of the scale lies at least, unless a server grants less. */
const USUAL_MOST_BPS = 1e10;

/** What can be set by hand. Bits per second; `minBps` ≤ `targetBps`. */
export interface RateChoice {
    readonly targetBps: number;
    readonly minBps: number;
}

export type RateHandle = 'target' | 'minimum';

/** The range of one of the two. */
export interface RateRange {
    readonly leastBps: number;
    readonly mostBps: number;
}

/** Keys of a slider that change its value. */
export type RateMove = 'up' | 'down' | 'page-up' | 'page-down' | 'least' | 'most';

export function rangeOf(handle: RateHandle, choice: RateChoice, locks: RateLocks = {}): RateRange {
    if (handle === 'minimum') {
        return { leastBps: 0, mostBps: choice.targetBps };
    }
    const cap = locks.targetCapBps ?? Math.max(USUAL_MOST_BPS, Math.min(MOST_BPS, choice.targetBps));
    return { leastBps: LEAST_TARGET_BPS, mostBps: Math.max(LEAST_TARGET_BPS, cap) };
}

/** The choice after one of the two was set; a target below the minimum takes the minimum with it. */
export function withRate(
    handle: RateHandle,
    valueBps: number,
    choice: RateChoice,
    locks: RateLocks = {}
): RateChoice {
    const { leastBps, mostBps } = rangeOf(handle, choice, { ...locks });
    const bounded = Math.round(
        Math.max(leastBps, Math.min(handle === 'target' ? MOST_BPS : mostBps, valueBps))
    );
    if (handle === 'minimum') {
        return { ...choice, minBps: bounded };
    }
    const targetBps = Math.min(bounded, locks.targetCapBps ?? MOST_BPS);
    return { targetBps, minBps: Math.min(choice.minBps, targetBps) };
}

/**
 * The value one key further: a step is a twentieth of the value or so, always a round number; a page doubles or halves.
 */
export function moveRate(valueBps: number, move: RateMove, range: RateRange): number {
    switch (move) {
        case 'least':
            return range.leastBps;
        case 'most':
            return range.mostBps;
        case 'page-up':
            return clamp(valueBps < LEAST_TARGET_BPS ? LEAST_TARGET_BPS : roundTo(valueBps * 2), range);
        case 'page-down':
            return clamp(valueBps <= LEAST_TARGET_BPS ? 0 : roundTo(valueBps / 2), range);
        case 'up': {
            const step = stepOf(valueBps);
            return clamp((Math.floor(valueBps / step + 1e-9) + 1) * step, range);
        }
        case 'down': {
            // from 100 the step down is that of 99
            const step = stepOf(valueBps * 0.999);
            return clamp((Math.ceil(valueBps / step - 1e-9) - 1) * step, range);
        }
    }
}

/** A pleasing end for an axis that has to show `valueBps`: 1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten. */
export function niceCeiling(valueBps: number): number {
    const magnitude = 10 ** Math.floor(Math.log10(Math.max(1, valueBps)));
    const factor = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find(each => each * magnitude >= valueBps * 0.9999) ?? 10;
    return factor * magnitude;
}

/** 1, 2 or 5 times a power of ten, between a fortieth and a tenth of the value. */
function stepOf(valueBps: number): number {
    const value = Math.max(LEAST_TARGET_BPS, valueBps);
    const magnitude = 10 ** Math.floor(Math.log10(value) + 1e-9);
    const leading = value / magnitude;
    return (leading < 2 ? 0.05 : leading < 5 ? 0.1 : 0.2) * magnitude;
}

function roundTo(valueBps: number): number {
    const magnitude = 10 ** (Math.floor(Math.log10(Math.max(1, valueBps))) - 1);
    return Math.round(valueBps / magnitude) * magnitude;
}

function clamp(valueBps: number, { leastBps, mostBps }: RateRange): number {
    return Math.max(leastBps, Math.min(mostBps, Math.round(valueBps)));
}
