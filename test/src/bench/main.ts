import * as fs from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../support/processes';
import { BenchRun } from './bench-run';
import { Cleanup } from './cleanup';
import { endAllCommands } from './command';
import { installMissing } from './debian-packages';
import { makeWorkFolder, removeWorkFolder } from './lab';
import { describeCommit, describeMachine, describePrograms } from './machine';
import { BenchOptions, HELP, parseBenchOptions } from './options';
import { emulatorUnavailable } from './paths/emulated-path';
import { CLEAN_PEERS, FILE_PEERS, TREE_PEERS } from './peers';
import { PackageNeed } from './peers/peer';
import { renderMarkdown } from './report-markdown';
import { BenchResults, mergeResults } from './results';
import { runAccuracy } from './runs/accuracy';
import { runCells } from './runs/cells';
import { runClean } from './runs/clean';
import { runMemory } from './runs/memory';
import { runSharing } from './runs/sharing';
import { MANY_FILES, runTrees } from './runs/trees';
import { verdicts } from './verdicts';

/** Programs of the harness itself. */
const OWN_NEEDS: readonly PackageNeed[] = [
    { package: 'iproute2', program: 'ip' },
    { package: 'ethtool', program: 'ethtool' },
    { package: 'gcc', program: 'gcc' },
    { package: 'libc6-dev', program: '/usr/include/stdio.h' },
    { package: 'iperf3', program: 'iperf3' },
    { package: 'diffutils', program: 'cmp' }
];

const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
};

async function main(args: readonly string[]): Promise<number> {
    const options = parseBenchOptions(args);
    if (options.help) {
        say(HELP);
        return 0;
    }
    const cleanup = new Cleanup();
    cleanup.add(endAllCommands);
    cleanup.handleSignals(say);
    try {
        return await measure(options, cleanup);
    } finally {
        await cleanup.run();
    }
}

async function measure(options: BenchOptions, cleanup: Cleanup): Promise<number> {
    const { plan, groups } = options;
    const peerNeeds = [...FILE_PEERS, ...CLEAN_PEERS, ...TREE_PEERS].flatMap(({ needs }) => needs);
    const missing = await installMissing([...OWN_NEEDS, ...peerNeeds], say);
    const unavailable = emulatorUnavailable();
    const startedAt = new Date().toISOString().slice(0, 19) + 'Z';
    const machine = describeMachine();
    const biggest = [...plan.cells, ...plan.clean].map(({ sizeBytes }) => sizeBytes);
    const workFolder = makeWorkFolder(2 * Math.max(plan.memoryBytes, ...biggest));
    cleanup.add(() => removeWorkFolder(workFolder));
    const bench = new BenchRun(plan, workFolder, missing, cleanup, say, options.match);
    if (unavailable) {
        bench.leaveOut('everything over the emulated path', unavailable);
    }
    const steps = {
        cells: async () => unavailable ?? (await runCells(bench, 'fixed')),
        fair: async () => unavailable ?? (await runCells(bench, 'fair')),
        clean: () => runClean(bench, unavailable === undefined),
        trees: () => runTrees(bench, unavailable === undefined, ({ files }) => files < MANY_FILES),
        many: () => runTrees(bench, unavailable === undefined, ({ files }) => files >= MANY_FILES),
        accuracy: async () => unavailable ?? (await runAccuracy(bench)),
        sharing: async () => unavailable ?? (await runSharing(bench)),
        memory: () => runMemory(bench)
    };
    for (const group of groups) {
        await steps[group]();
        say(`${group} done, ${(bench.elapsedMs / 60_000).toFixed(1)} minutes since the start`);
        // what has been measured is not lost when something later goes wrong
        write(options, await results(bench, options, startedAt, machine));
    }
    for (const { label, value, reach, isReached } of verdicts(bench)) {
        if (isReached !== undefined) {
            say(`${isReached ? 'reached' : 'MISSED '}  ${label}: ${value} (${reach})`);
        }
    }
    return isSound(bench) ? 0 : 1;
}

async function results(
    bench: BenchRun,
    options: BenchOptions,
    startedAt: string,
    machine: Record<string, string>
): Promise<BenchResults> {
    return {
        kind: options.isChosen ? 'chosen' : options.plan.kind,
        startedAt,
        durationSec: Math.round(bench.elapsedMs / 1000),
        commit: await describeCommit(),
        machine,
        programs: await describePrograms(),
        scenarios: bench.scenarios,
        figures: bench.figures,
        leftOut: bench.leftOut
    };
}

function write(options: BenchOptions, measured: BenchResults): void {
    const folder = options.output ?? REPOSITORY;
    const name = `${measured.startedAt.slice(0, 16).replace(/[-:]/g, '')}-${measured.kind}`;
    const found = options.addTo
        ? mergeResults(JSON.parse(fs.readFileSync(options.addTo, 'utf8')) as BenchResults, measured)
        : measured;
    const page = renderMarkdown(found);
    const paths = [join(folder, 'bench/results', name)];
    fs.mkdirSync(join(folder, 'bench/results'), { recursive: true });
    fs.writeFileSync(`${paths[0]}.json`, `${JSON.stringify(found, undefined, 1)}\n`);
    fs.writeFileSync(`${paths[0]}.md`, page);
    if (!options.isChosen || options.addTo) {
        paths.push(join(folder, 'docs/benchmarks'));
        fs.mkdirSync(join(folder, 'docs'), { recursive: true });
        fs.writeFileSync(`${paths[1]}.md`, page);
    }
    say(`written: ${paths.join(', ')}`);
}

/** Slow is a result; wrong bytes or a failure of ours is not. */
function isSound(bench: BenchRun): boolean {
    return bench.scenarios
        .flatMap(({ tools }) => tools.filter(({ isOurs }) => isOurs))
        .every(({ runs }) => runs.every(({ outcome }) => outcome !== 'failed'));
}

main(process.argv.slice(2)).then(
    exitCode => process.exit(exitCode),
    (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
        process.exit(1);
    }
);
