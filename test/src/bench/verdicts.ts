import {
    bestPeer,
    BenchResults,
    commandRates,
    counted,
    goodputs,
    ours,
    RunRecord,
    ScenarioResult
} from './results';
import { Spread, spread } from './statistics';

/** One figure to reach, and what came of it. */
export interface Verdict {
    readonly label: string;
    /** What was measured, in words. */
    readonly value: string;
    /** What it should be, in words. */
    readonly reach: string;
    /** Undefined where nothing was measured. */
    readonly isReached: boolean | undefined;
}

const LEAST_FIXED = 0.97;
const LEAST_FIXED_FAR = 0.95;
const FAR_RTT_MS = 200;
const LEAST_FAIR = 0.93;
const MOST_WASTE = 0.01;
const MOST_ROUND_TRIPS = 9;
const LEAST_OF_IPERF = 0.5;
const LEAST_OVER_DGRAM = 3;
const LEAST_DGRAM_BPS = 0.4e9;
const MOST_FAR_OVER_NEAR = 1.3;
/** From so many files on memory is looked at. */
const MANY_FILES = 100_000;
/** More than this from the first half of a run to the second is growth, not chance. */
const MOST_MEMORY_GROWTH = 1.15;

const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)} %`;
const gigabits = (bps: number): string => `${(bps / 1e9).toFixed(2)} Gbit/s`;

/** All figures that the benchmark is about, in one list; those that are measured one by one come as they are. */
export function verdicts({ scenarios, figures }: Pick<BenchResults, 'scenarios' | 'figures'>): Verdict[] {
    const cells = scenarios.filter(({ group }) => group === 'fixed' || group === 'fair');
    const isFar = ({ rttMs }: ScenarioResult): boolean => (rttMs ?? 0) >= FAR_RTT_MS;
    const fixed = cells.filter(({ group }) => group === 'fixed');
    const fair = cells.filter(({ group }) => group === 'fair');
    const name = 'goodput of the payload limit, median';
    return [
        limitVerdict(
            `fixed, RTT below 200 ms: ${name}`,
            fixed.filter(cell => !isFar(cell)),
            LEAST_FIXED
        ),
        limitVerdict(`fixed, RTT 200 ms: ${name}`, fixed.filter(isFar), LEAST_FIXED_FAR),
        peerVerdict(
            'fixed: whole command against the best peer',
            fixed.filter(cell => bestPeer(cell))
        ),
        limitVerdict(`fair, alone: ${name}`, fair, LEAST_FAIR),
        wasteVerdict(cells),
        ...firstDataVerdicts(fixed),
        ...cleanVerdicts(scenarios.filter(({ group }) => group === 'clean')),
        ...treeVerdicts(scenarios.filter(({ group }) => group === 'trees')),
        ...figures
    ];
}

function median(cell: ScenarioResult, of: (run: RunRecord) => number | undefined): number | undefined {
    const values = counted(ours(cell)!).map(of);
    return spread(values.filter(value => value !== undefined))?.median;
}

/** The cell with the lowest value, of those that have one. */
function lowest(
    cells: readonly ScenarioResult[],
    valueOf: (cell: ScenarioResult) => number | undefined
): { cell: ScenarioResult; value: number } | undefined {
    return cells
        .flatMap(cell => {
            const value = ours(cell) && valueOf(cell);
            return value === undefined ? [] : [{ cell, value }];
        })
        .sort((a, b) => a.value - b.value)[0];
}

function verdict(label: string, reach: string, value?: string, isReached?: boolean): Verdict {
    return {
        label,
        reach,
        value: value ?? 'not measured',
        isReached: value === undefined ? undefined : isReached
    };
}

function limitVerdict(label: string, cells: readonly ScenarioResult[], least: number): Verdict {
    const share = (cell: ScenarioResult): number | undefined => {
        const good = goodputs(ours(cell)!);
        return good && cell.payloadLimitBps ? good.median / cell.payloadLimitBps : undefined;
    };
    const found = lowest(cells, share);
    return verdict(
        label,
        `≥ ${percent(least, 0)}`,
        found && `${percent(found.value)} in the worst of ${cells.length} cells (${found.cell.label})`,
        found && found.value >= least
    );
}

function peerVerdict(label: string, cells: readonly ScenarioResult[]): Verdict {
    const ratio = (cell: ScenarioResult): number | undefined => {
        const [mine, best] = [commandRates(ours(cell)!), bestPeer(cell)];
        return mine && best ? mine.median / best.rates.median : undefined;
    };
    const found = lowest(cells, ratio);
    return verdict(
        label,
        'faster in every cell',
        found &&
            `${found.value.toFixed(2)} × in the worst of ${cells.length} cells (${found.cell.label}, ${bestPeer(found.cell)?.tool.label})`,
        found && found.value > 1
    );
}

/** Whole command against every peer, one by one; iperf3 moves no file. */
function peersVerdicts(scenario: ScenarioResult): Verdict[] {
    const mine = ours(scenario) && commandRates(ours(scenario)!);
    return scenario.tools
        .filter(tool => !tool.isOurs && tool.id !== 'iperf3')
        .map(tool => {
            const rates = commandRates(tool);
            const factor = mine && rates ? mine.median / rates.median : undefined;
            return verdict(
                `${scenario.label}: whole command against ${tool.label}`,
                'faster',
                factor === undefined ? undefined : `${factor.toFixed(2)} ×`,
                factor !== undefined && factor > 1
            );
        });
}

function wasteVerdict(cells: readonly ScenarioResult[]): Verdict {
    const found = lowest(cells, cell => {
        const wasted = median(cell, run => run.wastedShare);
        return wasted === undefined ? undefined : -wasted;
    });
    return verdict(
        'bytes on the wire beyond p/(1 − p), of the file, median',
        `≤ ${percent(MOST_WASTE, 0)}`,
        found && `${percent(-found.value, 2)} in the worst cell (${found.cell.group}, ${found.cell.label})`,
        found && -found.value <= MOST_WASTE
    );
}

/** Where nothing is lost: how often the path is crossed, and what the ends compute meanwhile. */
function firstDataVerdicts(fixed: readonly ScenarioResult[]): Verdict[] {
    const clean = fixed.filter(({ lossPercent }) => lossPercent === 0);
    const far = clean.find(({ rttMs }) => rttMs === 200);
    const near = clean.find(({ rttMs }) => rttMs === 100);
    const label = 'first full-size datagram after the command starts, no loss';
    const reach = `≤ ${MOST_ROUND_TRIPS} round trips`;
    const short = clean.find(({ rttMs }) => rttMs === 20);
    const [farMs, nearMs, shortMs] = [far, near, short].map(
        cell => cell && median(cell, run => run.firstDataMs)
    );
    const rows = [
        { rttMs: 20, firstMs: shortMs },
        { rttMs: 100, firstMs: nearMs },
        { rttMs: 200, firstMs: farMs }
    ].map(({ rttMs, firstMs }) => {
        const trips = firstMs === undefined ? undefined : firstMs / rttMs;
        const value =
            trips === undefined ? undefined : `${trips.toFixed(1)} round trips (${firstMs!.toFixed(0)} ms)`;
        return verdict(
            `${label}, RTT ${rttMs} ms`,
            reach,
            value,
            trips !== undefined && trips <= MOST_ROUND_TRIPS
        );
    });
    if (farMs !== undefined && nearMs !== undefined) {
        const trips = (farMs - nearMs) / 100;
        const value = `${trips.toFixed(1)} round trips and ${(nearMs - trips * 100).toFixed(0)} ms of computing`;
        rows.push(verdict(`${label}: difference of the two`, reach, value, trips <= MOST_ROUND_TRIPS));
    }
    return rows;
}

function rateOf(scenario: ScenarioResult, id: string): Spread | undefined {
    const tool = scenario.tools.find(one => one.id === id);
    return tool && (goodputs(tool) ?? commandRates(tool));
}

function cleanVerdicts(clean: readonly ScenarioResult[]): Verdict[] {
    return clean.flatMap(scenario => {
        const [mine, dgram, kernel] = ['connect-cp', 'connect-cp-dgram', 'iperf3'].map(id =>
            rateOf(scenario, id)
        );
        const isLoopback = scenario.label.includes('loopback');
        const rows = isLoopback ? [] : peersVerdicts(scenario);
        if (!isLoopback && mine && kernel) {
            const share = mine.median / kernel.median;
            const value = `${percent(share)} (${gigabits(mine.median)} of ${gigabits(kernel.median)})`;
            const reach = `≥ ${percent(LEAST_OF_IPERF, 0)}`;
            rows.push(
                verdict(
                    `${scenario.label}: goodput of one TCP stream of iperf3`,
                    reach,
                    value,
                    share >= LEAST_OF_IPERF
                )
            );
        }
        if (isLoopback && mine && dgram) {
            const factor = mine.median / dgram.median;
            const reach = `≥ ${LEAST_OVER_DGRAM} ×`;
            rows.push(
                verdict(
                    `${scenario.label}: goodput against plain dgram`,
                    reach,
                    `${factor.toFixed(2)} ×`,
                    factor >= LEAST_OVER_DGRAM
                ),
                verdict(
                    `${scenario.label}: goodput of plain dgram`,
                    `≥ ${gigabits(LEAST_DGRAM_BPS)}`,
                    gigabits(dgram.median),
                    dgram.median >= LEAST_DGRAM_BPS
                )
            );
        }
        return rows;
    });
}

function treeVerdicts(trees: readonly ScenarioResult[]): Verdict[] {
    const at = (rttMs: number): ScenarioResult | undefined =>
        trees.find(tree => tree.rttMs === rttMs && tree.files < MANY_FILES && ours(tree));
    const beyond = (tree: ScenarioResult | undefined): number | undefined =>
        tree &&
        median(tree, run => (run.firstDataMs === undefined ? undefined : run.durationMs - run.firstDataMs));
    const [near, far] = [beyond(at(1)), beyond(at(100))];
    const ratio = near && far ? far / near : undefined;
    return [
        ...trees.map(timeVerdict),
        verdict(
            'many small files: time at 100 ms to time at 1 ms, beyond the handshake',
            `≤ ${MOST_FAR_OVER_NEAR} ×`,
            ratio === undefined ? undefined : `${ratio.toFixed(2)} ×`,
            ratio !== undefined && ratio <= MOST_FAR_OVER_NEAR
        ),
        ...trees.filter(({ files }) => files >= MANY_FILES).map(memoryVerdict)
    ];
}

/** A peer that was cut was on course for longer than its limit, which is longer than ours took or ours is slow anyway. */
function timeVerdict(tree: ScenarioResult): Verdict {
    const times = tree.tools.flatMap(tool => {
        const whole = tool.runs.filter(({ outcome }) => outcome === 'ok');
        const time = spread(whole.map(({ durationMs }) => durationMs));
        return time ? [{ tool, ms: time.median }] : [];
    });
    const mine = times.find(({ tool }) => tool.isOurs);
    const best = times.filter(({ tool }) => !tool.isOurs).sort((a, b) => a.ms - b.ms)[0];
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
    const hasPeers = tree.tools.some(({ isOurs, runs }) => !isOurs && runs.length > 0);
    const theirs = best ? `${best.tool.label} ${seconds(best.ms)}` : 'no peer got to its end';
    return verdict(
        `${tree.label}: whole command against every peer that finishes`,
        'faster',
        mine && hasPeers ? `${seconds(mine.ms)}; ${theirs}` : undefined,
        mine && (!best || mine.ms < best.ms)
    );
}

function memoryVerdict(tree: ScenarioResult): Verdict {
    const mine = ours(tree);
    const runs = (mine ? counted(mine) : []).flatMap(({ memory }) => (memory ? [memory] : []));
    const growths = runs.flatMap(({ firstHalfBytes, secondHalfBytes }) =>
        firstHalfBytes && secondHalfBytes ? [secondHalfBytes / firstHalfBytes] : []
    );
    const growth = spread(growths)?.median;
    const peakBytes = Math.max(
        ...runs.map(({ clientBytes, serverBytes }) => Math.max(clientBytes, serverBytes))
    );
    return verdict(
        `${tree.label}: peak memory of the second half to the first`,
        `≤ ${MOST_MEMORY_GROWTH} ×`,
        growth === undefined
            ? undefined
            : `${growth.toFixed(2)} ×, at most ${(peakBytes / 1e6).toFixed(0)} MB`,
        growth !== undefined && growth <= MOST_MEMORY_GROWTH
    );
}
