import type { PowerAndLink } from './power-rules';

/** A plug that is pulled and put back, or a link that is set up anew, is no reason to stop anything. */
export const BEGIN_MS = 2_000;
/** A condition that ends for a moment only would start and stop what waits. */
export const END_MS = 10_000;

type Fact = keyof PowerAndLink;

interface Pending {
    readonly value: boolean | undefined;
    readonly dueMs: number;
}

const FACTS: readonly Fact[] = ['onBattery', 'metered'];

/**
 * Facts as they are acted upon: what is read holds at once the first time, and later when it has not changed back for
 * some seconds. Pure: times are milliseconds of a clock that only grows.
 */
export class SettledFacts {
    private settled: PowerAndLink = {};
    private readonly pending = new Map<Fact, Pending>();
    private hasRead = false;

    /** Something was read; before, {@link current} says nothing. */
    get isKnown(): boolean {
        return this.hasRead;
    }

    get current(): PowerAndLink {
        return this.settled;
    }

    /** When {@link advance} has something to do; undefined for not before the next reading. */
    get nextMs(): number | undefined {
        const times = [...this.pending.values()].map(({ dueMs }) => dueMs);
        return times.length === 0 ? undefined : Math.min(...times);
    }

    take(nowMs: number, reading: PowerAndLink): void {
        for (const fact of FACTS) {
            const value = reading[fact];
            const waits = this.hasRead ? waitMs(this.settled[fact], value) : 0;
            if (value === this.settled[fact] || waits === 0) {
                this.pending.delete(fact);
                this.settle(fact, value);
            } else if (!this.pending.has(fact) || this.pending.get(fact)!.value !== value) {
                this.pending.set(fact, { value, dueMs: nowMs + waits });
            }
        }
        this.hasRead = true;
        this.advance(nowMs);
    }

    advance(nowMs: number): void {
        for (const [fact, { value, dueMs }] of this.pending) {
            if (dueMs <= nowMs) {
                this.pending.delete(fact);
                this.settle(fact, value);
            }
        }
    }

    private settle(fact: Fact, value: boolean | undefined): void {
        const { [fact]: _before, ...others } = this.settled;
        this.settled = value === undefined ? others : { ...others, [fact]: value };
    }
}

/** What neither holds nor releases anything needs no waiting. */
function waitMs(before: boolean | undefined, after: boolean | undefined): number {
    return before === after || (before !== true && after !== true) ? 0 : after === true ? BEGIN_MS : END_MS;
}
