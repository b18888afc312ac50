import {
    bestPeer,
    BenchResults,
    commandRates,
    counted,
    goodputs,
    ours,
    ScenarioResult,
    ToolResult
} from './results';
import { Spread, spread } from './statistics';
import { verdicts } from './verdicts';

const mega = (rate: number): string => {
    const value = rate / 1e6;
    return value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
};
const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)} %`;
const DASH = '–';

/** `median (min–max)`. */
function spreadText(values: Spread | undefined, format: (value: number) => string): string {
    if (!values) {
        return DASH;
    }
    const { median, min, max } = values;
    return `${format(median)} (${format(min)}–${format(max)})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const line = (cells: readonly string[]): string =>
        `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
    return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The results as a page of Markdown: pure, so that old results can be rendered anew. */
export function renderMarkdown(results: BenchResults): string {
    const sections = [
        introduction(results),
        verdictsSection(results),
        linkSection(
            results,
            'fixed',
            'One file over the emulated link, policy fixed at the rate of the link'
        ),
        peerSection(results),
        linkSection(results, 'fair', 'One file over the emulated link, policy fair, alone'),
        contestSection(results, 'clean', 'One file over a clean path, no cap'),
        contestSection(results, 'trees', 'Many small files'),
        notesSection(results)
    ];
    return `${sections.filter(Boolean).join('\n\n')}\n`;
}

function introduction(results: BenchResults): string {
    const machine = Object.entries(results.machine).map(([name, value]) => [name, value]);
    const programs = Object.entries(results.programs).map(([name, value]) => [name, value]);
    const minutes = (results.durationSec / 60).toFixed(0);
    return [
        '# Benchmarks',
        `Written by \`npm run bench\` (${results.kind}, ${results.startedAt}, ${minutes} minutes, commit ${results.commit}); numbers as JSON in \`bench/results\`.`,
        'All programs move the same files between two network namespaces of one machine, in rounds in turn; sources and targets lie in memory; what arrives is compared byte for byte. The emulated link (`test/wan`) carries 300 Mbit/s of IP bytes with a queue of 2 MB and loses packets at random in both directions. A run in which the emulator itself was starved of time does not count and is repeated.',
        '*Goodput* runs from the first full-size datagram (seen by the emulator) to the rename of the verified file. *Whole command* divides the bytes by the time from start to exit of the command; a run that did not end within its limit, or was clearly not going to, is cut and counts with what had arrived by then. *Payload limit* = (1 − loss) × link × payload share of a full packet. Values are median (minimum–maximum); rates in Mbit/s.',
        table(['machine', ''], [...machine, ...programs])
    ].join('\n\n');
}

function linkSection(results: BenchResults, group: string, title: string): string {
    const cells = results.scenarios.filter(scenario => scenario.group === group);
    if (cells.length === 0) {
        return '';
    }
    const head = [
        'RTT, loss',
        'file',
        'limit',
        'goodput',
        'of limit',
        'beyond losses',
        'first data',
        'whole command'
    ];
    const isCompared = cells.some(cell => bestPeer(cell));
    const rows = cells.map(cell => [...linkRow(cell), ...(isCompared ? comparison(cell) : [])]);
    return `## ${title}\n\n${table([...head, ...(isCompared ? ['best peer', 'ours to it'] : [])], rows)}`;
}

function linkRow(cell: ScenarioResult): string[] {
    const tool = ours(cell);
    const limit = cell.payloadLimitBps;
    const good = tool && goodputs(tool);
    const runs = tool ? counted(tool) : [];
    const wasted = spread(runs.flatMap(run => (run.wastedShare === undefined ? [] : [run.wastedShare])));
    const first = spread(runs.flatMap(run => (run.firstDataMs === undefined ? [] : [run.firstDataMs])));
    const roundTrips = first && cell.rttMs ? `, ${(first.median / cell.rttMs).toFixed(1)} RTT` : '';
    return [
        cell.label,
        `${(cell.sizeBytes / 1e6).toFixed(0)} MB`,
        limit === undefined ? DASH : mega(limit),
        spreadText(good, mega),
        good && limit ? percent(good.median / limit) : DASH,
        wasted ? percent(wasted.median, 2) : DASH,
        first ? `${first.median.toFixed(0)} ms${roundTrips}` : DASH,
        tool ? spreadText(commandRates(tool), mega) : DASH
    ];
}

function comparison(cell: ScenarioResult): string[] {
    const best = bestPeer(cell);
    const tool = ours(cell);
    const mine = tool && commandRates(tool);
    return best
        ? [
              `${best.tool.label}: ${mega(best.rates.median)}`,
              mine ? ratio(mine.median, best.rates.median) : DASH
          ]
        : [DASH, DASH];
}

function ratio(mine: number, theirs: number): string {
    return theirs > 0 ? `${(mine / theirs).toFixed(2)} ×` : DASH;
}

function cutMark(tool: ToolResult): string {
    return counted(tool).some(({ outcome }) => outcome === 'cut') ? ' *cut*' : '';
}

/** A run that was cut counts where it is known how many files it had brought. */
function filesPerSec({ files }: ScenarioResult, tool: ToolResult): string {
    const runs = counted(tool).flatMap(({ outcome, arrivedFiles, durationMs }) => {
        const arrived = outcome === 'ok' ? files : arrivedFiles;
        return arrived === undefined ? [] : [(arrived * 1000) / durationMs];
    });
    const rates = spread(runs);
    return spreadText(rates, rate => rate.toFixed(0));
}

/** Programs down, cells across. */
function peerSection(results: BenchResults): string {
    const cells = results.scenarios.filter(({ group, tools }) => group === 'fixed' && tools.length > 1);
    if (cells.length === 0) {
        return '';
    }
    const labels = new Map(cells.flatMap(cell => cell.tools.map(({ id, label }) => [id, label] as const)));
    const rows = [...labels].map(([id, label]) => [
        label,
        ...cells.map(cell => toolCell(cell.tools.find(tool => tool.id === id)))
    ]);
    const title = '## Every program, whole command from start to exit (Mbit/s)';
    const legend = 'Numbers in brackets: minimum–maximum; *cut*: not done within the limit; ✗: failed.';
    return [title, legend, table(['program', ...cells.map(({ label }) => label)], rows)].join('\n\n');
}

function toolCell(tool: ToolResult | undefined): string {
    if (!tool || tool.runs.length === 0) {
        return DASH;
    }
    const runs = counted(tool);
    if (runs.length === 0) {
        return tool.runs.some(({ outcome }) => outcome === 'failed') ? '✗' : 'starved';
    }
    return spreadText(commandRates(tool), mega) + cutMark(tool);
}

function contestSection(results: BenchResults, group: string, title: string): string {
    const scenarios = results.scenarios.filter(scenario => scenario.group === group);
    return scenarios.length === 0 ? '' : [`## ${title}`, ...scenarios.map(contestTable)].join('\n\n');
}

function contestTable(scenario: ScenarioResult): string {
    const mine = ours(scenario);
    const reference = mine && spread(counted(mine).map(({ durationMs }) => durationMs));
    const seconds = (durationMs: number): string => (durationMs / 1000).toFixed(2);
    const rows = scenario.tools.map(tool => {
        const times = spread(counted(tool).map(({ durationMs }) => durationMs));
        const memory = Math.max(
            0,
            ...tool.runs.map(run => Math.max(run.memory?.clientBytes ?? 0, run.memory?.serverBytes ?? 0))
        );
        const isComparable = !tool.isOurs && times && reference && tool.id !== 'iperf3';
        return [
            tool.label,
            tool.id === 'iperf3' ? DASH : spreadText(times, seconds) + cutMark(tool),
            scenario.files > 1 ? filesPerSec(scenario, tool) : toolCell(tool),
            isComparable ? ratio(times.median, reference.median) : DASH,
            memory > 0 ? `${(memory / 1e6).toFixed(0)} MB` : DASH
        ];
    });
    const speed = scenario.files > 1 ? 'files a second' : 'Mbit/s';
    const head = ['program', 'seconds', speed, 'its time to ours', 'peak memory of an end'];
    return `### ${scenario.label}\n\n${table(head, rows)}`;
}

function verdictsSection(results: BenchResults): string {
    const rows = verdicts(results).map(({ label, value, reach, isReached }) => [
        label,
        value,
        reach,
        isReached === undefined ? DASH : isReached ? 'yes' : '**no**'
    ]);
    return `## Figures to reach\n\n${table(['what', 'measured', 'to reach', 'reached'], rows)}`;
}

function notesSection(results: BenchResults): string {
    const runs = results.scenarios.flatMap(scenario =>
        scenario.tools.flatMap(tool =>
            tool.runs
                .filter(({ note }) => note)
                .map(
                    run =>
                        `- ${scenario.group}, ${scenario.label}, ${tool.label}, round ${run.round}: ${run.outcome}, ${run.note}`
                )
        )
    );
    const links = results.scenarios.flatMap(scenario =>
        scenario.notes.map(note => `- ${scenario.group}, ${scenario.label}: ${note}`)
    );
    const left = results.leftOut.map(what => `- left out: ${what}`);
    const lines = [...left, ...links, ...runs];
    return lines.length === 0 ? '' : `## Notes\n\n${lines.join('\n')}`;
}
