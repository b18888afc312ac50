import { BenchRun } from '../bench-run';
import { runCommand, Service } from '../command';
import type { Lab } from '../lab';
import { LoopbackPath } from '../paths/loopback-path';
import { NetworkPath } from '../paths/network-path';
import { VethPath } from '../paths/veth-path';
import { CLEAN_PEERS } from '../peers';
import { RunRecord } from '../results';
import { CleanScenario, UNCAPPED } from '../scenarios';
import { playContest } from './contest';

const IPERF_SECONDS = 5;

/** One file over paths without delay and cap: what the programs themselves can do. */
export async function runClean(bench: BenchRun, hasNamespaces: boolean): Promise<void> {
    for (const scenario of bench.plan.clean.filter(({ path }) => bench.wants(path))) {
        if (scenario.path === 'veth' && (!hasNamespaces || !bench.has('ethtool'))) {
            bench.leaveOut('clean: veth', 'needs root and ethtool');
        } else if (bench.mayGoOn()) {
            await runOne(bench, scenario);
        } else {
            bench.leaveOut(`clean: ${scenario.path}`);
        }
    }
}

async function runOne(bench: BenchRun, scenario: CleanScenario): Promise<void> {
    const path: NetworkPath = scenario.path === 'veth' ? await VethPath.up() : new LoopbackPath();
    await bench.inLab(path, async lab => {
        const work = bench.file(scenario.sizeBytes);
        const result = await playContest(bench, lab, {
            group: 'clean',
            label: path.label,
            work,
            ours: [
                { id: 'connect-cp', label: 'connect-cp, high', choice: UNCAPPED },
                {
                    id: 'connect-cp-dgram',
                    label: 'connect-cp, high, plain dgram',
                    choice: { ...UNCAPPED, packetIo: 'dgram' }
                }
            ],
            ourRounds: scenario.ourRounds,
            peers: bench.usable(CLEAN_PEERS),
            peerRounds: scenario.peerRounds,
            limits: { limitMs: scenario.limitMs, hopeAfterMs: scenario.limitMs, hopeFactor: 1 },
            linkBps: 0
        });
        if (bench.has('iperf3')) {
            const runs = await iperfRuns(lab, scenario.ourRounds);
            const tool = { id: 'iperf3', label: 'iperf3, one TCP stream (no file)', isOurs: false, runs };
            bench.scenarios[bench.scenarios.indexOf(result)] = { ...result, tools: [...result.tools, tool] };
        }
    });
}

/** One TCP stream of iperf3: what the kernel itself moves on this path. */
async function iperfRuns(lab: Lab, rounds: number): Promise<RunRecord[]> {
    const runs: RunRecord[] = [];
    await lab.path.setTcp('cubic');
    for (let round = 1; round <= rounds; round++) {
        const server = new Service(lab.onServer(['iperf3', '-s', '-1', '--forceflush']));
        try {
            await server.untilOutput(/Server listening/);
            const client = ['iperf3', '-c', lab.path.serverAddress, '-t', String(IPERF_SECONDS), '-J'];
            const { stdout, durationMs } = await runCommand(lab.onClient(client), { limitMs: 30_000 });
            const report = JSON.parse(stdout) as { end: { sum_received?: { bits_per_second: number } } };
            const commandBps = report.end.sum_received?.bits_per_second;
            runs.push(
                commandBps === undefined
                    ? { round, outcome: 'failed', durationMs, commandBps: 0, note: 'no result' }
                    : { round, outcome: 'ok', durationMs, commandBps }
            );
        } finally {
            await server.stop();
        }
    }
    return runs;
}
