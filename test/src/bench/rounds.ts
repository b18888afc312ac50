import { RunRecord } from './results';

/** One program in a scenario that is played in rounds. */
export interface Contestant {
    readonly id: string;
    readonly rounds: number;
    run(round: number): Promise<RunRecord>;
}

export interface RoundsOptions {
    /** A starved run is repeated at most so often; then it stays, marked, and does not count. */
    readonly maxRepeats: number;
    /** Asked before each run; false ends the rounds. */
    readonly mayGoOn: () => boolean;
    readonly onRun?: (id: string, run: RunRecord) => void;
}

/**
 * Plays the rounds in turn: every contestant once, then every one again, so that what else the machine does hits all
 * alike. Whoever has played its rounds sits out.
 */
export async function playRounds(
    contestants: readonly Contestant[],
    options: RoundsOptions
): Promise<Map<string, RunRecord[]>> {
    const played = new Map<string, RunRecord[]>(contestants.map(({ id }) => [id, []]));
    const last = Math.max(0, ...contestants.map(({ rounds }) => rounds));
    for (let round = 1; round <= last; round++) {
        for (const contestant of contestants.filter(({ rounds }) => rounds >= round)) {
            for (let repeat = 0; repeat <= options.maxRepeats && options.mayGoOn(); repeat++) {
                const run = await contestant.run(round);
                played.get(contestant.id)!.push(run);
                options.onRun?.(contestant.id, run);
                if (run.outcome !== 'starved') {
                    break;
                }
            }
        }
    }
    return played;
}
