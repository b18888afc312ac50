import { ConnectError } from '@connect/base';
import { RatePolicy, RateSettings } from '../proto/rate-controller';

/** In the order from who takes most to who takes least. */
export const POLICIES: readonly RatePolicy[] = ['fixed', 'high', 'fair', 'low'];
export const MAX_RATE_BPS = 1e12;

/** What a server grants of a rate, whatever the client asks. Rates in bits per second on the wire. */
export interface RateRules {
    /** Upper limit of the target. */
    readonly maxRateBps?: number;
    /** Policies that may be used, at least one; the first takes the place of those that may not. Undefined: all. */
    readonly policies?: readonly RatePolicy[];
    /** The target is this, neither more nor less, as far as {@link maxRateBps} allows. */
    readonly lockedRateBps?: number;
}

/** The rate within the rules. */
export function applyRules(rate: RateSettings, rules: RateRules): RateSettings {
    const { maxRateBps = Infinity, policies, lockedRateBps } = rules;
    const targetBps = Math.min(lockedRateBps ?? rate.targetBps, maxRateBps);
    const policy = policies && !policies.includes(rate.policy) ? policies[0]! : rate.policy;
    return { targetBps, minBps: Math.min(rate.minBps, targetBps), policy };
}

/** Both at once. Where nothing is allowed by both, and where both lock the rate, `first` holds. */
export function joinRules(first: RateRules, second: RateRules): RateRules {
    const caps = [first.maxRateBps, second.maxRateBps].filter(cap => cap !== undefined);
    const both = first.policies?.filter(policy => second.policies?.includes(policy) ?? true);
    const policies = both?.length ? both : (first.policies ?? second.policies);
    const lockedRateBps = first.lockedRateBps ?? second.lockedRateBps;
    return {
        ...(caps.length > 0 ? { maxRateBps: Math.min(...caps) } : {}),
        ...(policies ? { policies } : {}),
        ...(lockedRateBps === undefined ? {} : { lockedRateBps })
    };
}

/**
 * Rules as they came over the wire or stand in a file; other members of `value` are not looked at.
 * @throws ConnectError `transfer.protocol` that names the member
 */
export function checkRules(value: unknown): RateRules {
    const { maxRateBps, policies, lockedRateBps } = (value ?? {}) as Record<string, unknown>;
    return {
        ...(maxRateBps === undefined ? {} : { maxRateBps: checkBps(maxRateBps, 'maxRateBps') }),
        ...(policies === undefined ? {} : { policies: checkPolicies(policies) }),
        ...(lockedRateBps === undefined ? {} : { lockedRateBps: checkBps(lockedRateBps, 'lockedRateBps') })
    };
}

/**
 * Names of policies between commas, as in `fair,low`.
 * @throws ConnectError `usage`
 */
export function parsePolicies(text: string): readonly RatePolicy[] {
    const names = text.split(',').map(name => name.trim());
    const found = POLICIES.filter(policy => names.includes(policy));
    if (found.length !== names.length) {
        throw new ConnectError('usage', `"${text}" is no list of policies: ${POLICIES.join(', ')}`);
    }
    return names as RatePolicy[];
}

function checkBps(value: unknown, what: string): number {
    if (typeof value !== 'number' || !(value >= 1 && value <= MAX_RATE_BPS)) {
        throw malformed(what);
    }
    return value;
}

function checkPolicies(value: unknown): readonly RatePolicy[] {
    const isList = Array.isArray(value) && value.length > 0 && value.length <= POLICIES.length;
    if (!isList || !value.every(item => POLICIES.includes(item as RatePolicy))) {
        throw malformed('policies');
    }
    return value as RatePolicy[];
}

function malformed(what: string): ConnectError {
    return new ConnectError('transfer.protocol', `Control channel: ${what}`);
}

export function isSameRate(a: RateSettings, b: RateSettings): boolean {
    return a.targetBps === b.targetBps && a.minBps === b.minBps && a.policy === b.policy;
}
