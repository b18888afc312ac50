import { parseArgs } from 'node:util';
import { Plan, QUICK, WHOLE } from './scenarios';

/** In the order they are run: what the time may not suffice for is last. */
export const GROUPS = ['cells', 'clean', 'trees', 'accuracy', 'memory', 'sharing', 'fair', 'many'] as const;
export type Group = (typeof GROUPS)[number];

export interface BenchOptions {
    readonly plan: Plan;
    readonly groups: readonly Group[];
    /** Of the scenarios that are no cells only those whose label contains this. */
    readonly match?: string;
    /** Results of an earlier run that those of this one are put into. */
    readonly addTo?: string;
    /** Folder that gets docs/benchmarks.md and bench/results; undefined: this checkout. */
    readonly output?: string;
    readonly isChosen: boolean;
    readonly help: boolean;
}

export const HELP = `Usage: npm run bench -- [--quick] [--only GROUP,...] [--cells RTT/LOSS,...] [--match TEXT]
                       [--size MB] [--rounds N] [--add-to FILE] [--output FOLDER]

Measures connect-cp beside the tools people use, over an emulated path, and
writes bench/results and, unless only a part was chosen, docs/benchmarks.md. Whole: under two hours; --quick:
under eight minutes. Installs the tools from Debian when it runs as root.

  --only     some of: ${GROUPS.join(', ')}
  --cells    some of the cells of the emulated link, e.g. 100/1,200/5
  --match    of trees, clean paths and sharing, those whose label contains this text
  --size     size of every single file, in MB
  --rounds   rounds of everybody
  --add-to   JSON of an earlier run: the page shows it with what is measured now
             in its place
  --output   write there instead of into this checkout
`;

/** @throws Error that says what is wrong with the command line. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
    const { values } = parseArgs({
        args: [...args],
        options: {
            quick: { type: 'boolean', default: false },
            only: { type: 'string' },
            cells: { type: 'string' },
            size: { type: 'string' },
            rounds: { type: 'string' },
            match: { type: 'string' },
            'add-to': { type: 'string' },
            output: { type: 'string' },
            help: { type: 'boolean', short: 'h', default: false }
        }
    });
    const groups = values.only === undefined ? GROUPS : values.only.split(',').map(toGroup);
    const isChosen = [values.only, values.cells, values.size, values.rounds, values.match].some(
        value => value !== undefined
    );
    const sizeBytes = positive('--size', values.size, 1e6);
    const rounds = positive('--rounds', values.rounds, 1);
    const plan = narrow(values.quick ? QUICK : WHOLE, values.cells?.split(','), sizeBytes, rounds);
    const { output, help, match } = values;
    return { plan, groups, match, addTo: values['add-to'], output, isChosen, help };
}

function narrow(
    plan: Plan,
    cells: readonly string[] | undefined,
    sizeBytes: number | undefined,
    rounds: number | undefined
): Plan {
    const size = sizeBytes === undefined ? {} : { sizeBytes };
    const turns = <T extends { ourRounds: number; peerRounds: number }>(scenario: T): T =>
        rounds === undefined
            ? scenario
            : { ...scenario, ourRounds: rounds, peerRounds: Math.min(rounds, scenario.peerRounds) };
    return {
        ...plan,
        cells: plan.cells
            .filter(({ rttMs, lossPercent }) => cells?.includes(`${rttMs}/${lossPercent}`) ?? true)
            .map(cell => ({ ...turns(cell), ...size })),
        clean: plan.clean.map(scenario => ({ ...turns(scenario), ...size })),
        trees: plan.trees.map(turns),
        memoryBytes: sizeBytes ?? plan.memoryBytes
    };
}

function toGroup(name: string): Group {
    const group = GROUPS.find(known => known === name);
    if (!group) {
        throw new Error(`--only: there is no "${name}", only ${GROUPS.join(', ')}`);
    }
    return group;
}

function positive(option: string, text: string | undefined, unit: number): number | undefined {
    if (text === undefined) {
        return undefined;
    }
    const value = Number(text);
    if (!(value > 0)) {
        throw new Error(`${option} takes a number above 0, not "${text}"`);
    }
    return value * unit;
}
