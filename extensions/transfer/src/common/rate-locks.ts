import { formatRate } from '@connect/base';
import type { EffectiveRate, RatePolicy, RateSettings } from '@connect/api';

/** What cannot be set by hand: for each control that does nothing the reason, as a sentence for people. */
export interface RateLocks {
    readonly target?: string;
    readonly policy?: string;
    /** Most that the server grants, bits per second. */
    readonly targetCapBps?: number;
    /** Policies that may be chosen; absent: all. */
    readonly policies?: readonly RatePolicy[];
}

/** What controls show: of what is locked the rate that holds, of all else the chosen one. */
export function shownRate(chosen: RateSettings, rate: EffectiveRate | undefined): RateSettings {
    const locks = locksOf(rate);
    const targetBps = rate && locks.target !== undefined ? rate.targetBps : chosen.targetBps;
    const policy = rate && locks.policy !== undefined ? rate.policy : chosen.policy;
    return { targetBps, minBps: Math.min(chosen.minBps, targetBps), policy };
}

/** That a server holds a transfer back. */
export interface ServerLimit {
    /** Some words, e.g. `limited by server`. */
    readonly text: string;
    /** A sentence. */
    readonly reason: string;
}

/** Undefined while the server takes nothing away. */
export function serverLimit(rate: EffectiveRate | undefined): ServerLimit | undefined {
    const reason = locksOf(rate).target;
    if (reason !== undefined) {
        return { text: 'set by server', reason };
    }
    return rate?.maxBps !== undefined && rate.targetBps >= rate.maxBps
        ? {
              text: 'limited by server',
              reason: `The server grants this user ${formatRate(rate.maxBps)} at most.`
          }
        : undefined;
}

/** @param rate undefined while nothing is known of the server: then it locks nothing */
export function locksOf(rate: EffectiveRate | undefined): RateLocks {
    if (!rate) {
        return {};
    }
    const { maxBps, policies } = rate;
    return {
        ...(rate.isTargetLocked
            ? { target: `Locked by the server: it sets the target, ${formatRate(rate.targetBps)}.` }
            : {}),
        ...(rate.isPolicyLocked ? { policy: 'Locked by the server: it sets the policy.' } : {}),
        ...(maxBps === undefined ? {} : { targetCapBps: maxBps }),
        ...(policies === undefined ? {} : { policies })
    };
}
