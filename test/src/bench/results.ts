import { Spread, spread } from './statistics';

/** How one run of one program went. */
export interface RunRecord {
    readonly round: number;
    /** ok: equal bytes arrived · cut: not done within the limit · failed: wrong bytes or an error · starved: no count. */
    readonly outcome: 'ok' | 'cut' | 'failed' | 'starved';
    /** From the start of the command to its exit, or to the cut. */
    readonly durationMs: number;
    /** Bytes that arrived by then, per second of that time, in bits. */
    readonly commandBps: number;
    /** Of a folder that was cut: files that were there by then. */
    readonly arrivedFiles?: number;
    /** From the first data packet to the last verified byte. */
    readonly goodputBps?: number;
    /** From the start of the command to the first full-size datagram. */
    readonly firstDataMs?: number;
    /** Bytes sent beyond what the losses made necessary, as a share of the file. */
    readonly wastedShare?: number;
    /** Peak resident memory of the largest process at each end. */
    readonly memory?: {
        readonly clientBytes: number;
        readonly serverBytes: number;
        /** Highest resident memory of the larger process in either half of its time. */
        readonly firstHalfBytes?: number;
        readonly secondHalfBytes?: number;
    };
    /** Why it failed, was cut or does not count. */
    readonly note?: string;
}

/** All runs of one program in one scenario. */
export interface ToolResult {
    readonly id: string;
    readonly label: string;
    readonly isOurs: boolean;
    readonly runs: readonly RunRecord[];
}

/** One scenario: what was moved over what, by whom. */
export interface ScenarioResult {
    readonly group: string;
    /** Heading of its row or column, e.g. `100 ms, 1 %`. */
    readonly label: string;
    readonly files: number;
    readonly sizeBytes: number;
    readonly rttMs?: number;
    readonly lossPercent?: number;
    readonly payloadLimitBps?: number;
    readonly tools: readonly ToolResult[];
    readonly notes: readonly string[];
}

/** A single figure that is no transfer: fairness, accuracy. */
export interface FigureResult {
    readonly group: string;
    readonly label: string;
    readonly value: string;
    /** What it should be, in words. */
    readonly reach: string;
    readonly isReached: boolean;
    readonly detail?: Readonly<Record<string, number>>;
}

export interface BenchResults {
    readonly kind: 'whole' | 'quick' | 'chosen';
    readonly startedAt: string;
    readonly durationSec: number;
    readonly commit: string;
    readonly machine: Readonly<Record<string, string>>;
    readonly programs: Readonly<Record<string, string>>;
    readonly scenarios: readonly ScenarioResult[];
    readonly figures: readonly FigureResult[];
    /** What was not run, and why. */
    readonly leftOut: readonly string[];
}

/** Runs that count: finished with equal bytes, or honestly cut. */
export function counted(tool: ToolResult): readonly RunRecord[] {
    return tool.runs.filter(run => run.outcome === 'ok' || run.outcome === 'cut');
}

export function commandRates(tool: ToolResult): Spread | undefined {
    return spread(counted(tool).map(run => run.commandBps));
}

export function goodputs(tool: ToolResult): Spread | undefined {
    return spread(counted(tool).flatMap(run => (run.goodputBps === undefined ? [] : [run.goodputBps])));
}

/** Ours in a scenario. */
export function ours(scenario: ScenarioResult): ToolResult | undefined {
    return scenario.tools.find(tool => tool.isOurs);
}

/** The peer that was fastest in the middle of its runs; iperf3 is none, as it moves no file. */
export function bestPeer(scenario: ScenarioResult): { tool: ToolResult; rates: Spread } | undefined {
    return scenario.tools
        .filter(tool => !tool.isOurs && tool.id !== 'iperf3')
        .flatMap(tool => {
            const rates = commandRates(tool);
            return rates ? [{ tool, rates }] : [];
        })
        .sort((a, b) => b.rates.median - a.rates.median)[0];
}

/** Whether `results` hold what an earlier run had left out, or leave it out as well. */
function isMade(entry: string, { scenarios, figures, leftOut }: BenchResults): boolean {
    const what = entry.slice(0, entry.lastIndexOf(' ('));
    const made = [...scenarios, ...figures].map(({ group, label }) => `${group}: ${label}`);
    return leftOut.includes(entry) || made.some(one => one.startsWith(what) || what.startsWith(one));
}

/**
 * An earlier run with what `later` measured in place of the same scenarios and figures of it; all else stays, also where
 * no run of ours counted this time.
 */
export function mergeResults(earlier: BenchResults, later: BenchResults): BenchResults {
    const merge = <T extends { group: string; label: string }>(
        old: readonly T[],
        fresh: readonly T[]
    ): T[] => {
        const same = (a: T, b: T): boolean => a.group === b.group && a.label === b.label;
        return [
            ...old.map(one => fresh.find(other => same(one, other)) ?? one),
            ...fresh.filter(one => !old.some(other => same(one, other)))
        ];
    };
    const worthy = later.scenarios.filter(({ tools }) =>
        tools.some(tool => tool.isOurs && counted(tool).length > 0)
    );
    return {
        ...later,
        kind: earlier.kind,
        commit: [...new Set([...earlier.commit.split(', '), later.commit])].join(', '),
        machine: eachOf(earlier.machine, later.machine),
        durationSec: earlier.durationSec + later.durationSec,
        scenarios: merge(earlier.scenarios, worthy),
        figures: merge(earlier.figures, later.figures),
        leftOut: [...earlier.leftOut.filter(entry => !isMade(entry, later)), ...later.leftOut]
    };
}

/** What is said of the machine, of both where they differ: an earlier part may come from another one. */
function eachOf(
    earlier: BenchResults['machine'],
    later: BenchResults['machine']
): Readonly<Record<string, string>> {
    const values = (name: string): string[] => [...(earlier[name]?.split('; ') ?? []), later[name] ?? ''];
    const names = [...new Set([...Object.keys(earlier), ...Object.keys(later)])];
    return Object.fromEntries(
        names.map(name => [name, [...new Set(values(name))].filter(Boolean).join('; ')])
    );
}
