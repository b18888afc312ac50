import { isIPv6 } from 'net';

/** The first mistakes cost nothing; from then on each doubles the wait. */
const FREE_FAILURES = 3;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 8000;

/** Addresses remembered; beyond it the oldest are forgotten, so that memory stays bounded whoever connects. */
const MAX_ADDRESSES = 10_000;

export interface LoginLimits {
    /** Failures within the window after which an address is refused. */
    readonly maxFailures: number;
    readonly windowMs: number;
}

interface Failures {
    count: number;
    readonly sinceMs: number;
}

/** Counts failed logins per address (an IPv6 address per /64: one host has as many as it likes). Time is an argument. */
export class LoginThrottle {
    /** Oldest first. */
    private readonly failures = new Map<string, Failures>();

    constructor(private readonly limits: LoginLimits) {}

    /** How long the next attempt from there has to wait; undefined when it is refused. */
    delayMs(address: string, nowMs: number): number | undefined {
        const count = this.current(addressGroup(address), nowMs)?.count ?? 0;
        if (count >= this.limits.maxFailures) {
            return undefined;
        }
        const doublings = count - FREE_FAILURES;
        return doublings < 0 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** doublings, MAX_DELAY_MS);
    }

    /** A login from there has failed. The window runs from the first failure: it ends whatever an attacker does. */
    failed(address: string, nowMs: number): void {
        const group = addressGroup(address);
        const known = this.current(group, nowMs);
        if (known) {
            known.count += 1;
            return;
        }
        this.failures.set(group, { count: 1, sinceMs: nowMs });
        if (this.failures.size > MAX_ADDRESSES) {
            this.failures.delete(this.failures.keys().next().value!);
        }
    }

    private current(group: string, nowMs: number): Failures | undefined {
        const known = this.failures.get(group);
        if (known && nowMs - known.sinceMs >= this.limits.windowMs) {
            this.failures.delete(group);
            return undefined;
        }
        return known;
    }
}

/** What counts as one address: an IPv4 address (also in its IPv6 form), or the /64 of an IPv6 address. */
export function addressGroup(address: string): string {
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
    if (mapped) {
        return mapped[1];
    }
    if (!isIPv6(address)) {
        return address;
    }
    const [head, tail = ''] = address.split('%')[0].split('::');
    const left = head.split(':').filter(part => part !== '');
    const right = address.includes('::') ? tail.split(':').filter(part => part !== '') : [];
    const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
    return [...left, ...zeros, ...right]
        .slice(0, 4)
        .map(part => parseInt(part, 16).toString(16))
        .join(':');
}
