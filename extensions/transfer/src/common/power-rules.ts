import type { PowerHold, PowerWait } from './transfer-protocol';

/** What is known of the computer that the backend runs on; what is absent is not known, and no rule applies to it. */
export interface PowerAndLink {
    readonly onBattery?: boolean;
    /** The way to the internet is paid for by what goes over it. */
    readonly metered?: boolean;
}

/** What a condition does to transfers while it lasts. */
export type PauseRule = 'no-change' | 'pause-automatic' | 'pause-all';

/** In the order of the choices in the settings. */
export const PAUSE_RULES: readonly PauseRule[] = ['no-change', 'pause-automatic', 'pause-all'];

/** What the settings say about each condition. */
export type PowerRules = Readonly<Record<PowerHold, PauseRule>>;

/** What the rules need to know of a job. */
export interface RuledJob {
    /** Started by a rule, not by a person. */
    readonly automatic: boolean;
    /** What a person has started it in spite of: that does not hold it any more. */
    readonly startedDespite?: readonly PowerHold[];
}

/** What transfers wait for, by the facts and the settings. */
export function powerWaits(facts: PowerAndLink, rules: PowerRules): PowerWait[] {
    const holds: ReadonlyArray<readonly [PowerHold, boolean | undefined]> = [
        ['battery', facts.onBattery],
        ['metered', facts.metered]
    ];
    return holds.flatMap(([reason, isSo]) =>
        isSo === true && rules[reason] !== 'no-change'
            ? [{ reason, which: rules[reason] === 'pause-all' ? 'all' : 'automatic' }]
            : []
    );
}

/** All that this job waits for among the waits of {@link powerWaits}. */
export function holdsOn(job: RuledJob, waits: readonly PowerWait[]): PowerHold[] {
    return waits
        .filter(({ reason, which }) => concerns(which, job) && !job.startedDespite?.includes(reason))
        .map(({ reason }) => reason);
}

/** Whether some condition would let this job wait: before the facts are known, nothing can be said of such a job. */
export function isRuled(job: RuledJob, rules: PowerRules): boolean {
    const all: PowerAndLink = { onBattery: true, metered: true };
    return holdsOn(job, powerWaits(all, rules)).length > 0;
}

/**
 * What a job that a person starts now is started in spite of: what it waits for, and what it was started in spite of
 * before. Undefined when that is nothing: then the rules hold for it as for any other.
 */
export function despite(job: RuledJob, waits: readonly PowerWait[]): readonly PowerHold[] | undefined {
    const all = [...(job.startedDespite ?? []), ...holdsOn(job, waits)];
    return all.length === 0 ? undefined : all;
}

function concerns(which: PowerWait['which'], { automatic }: RuledJob): boolean {
    return which === 'all' || automatic;
}
