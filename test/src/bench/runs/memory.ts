import { BenchRun } from '../bench-run';
import type { Lab } from '../lab';
import { LoopbackPath } from '../paths/loopback-path';
import { Work } from '../payload';
import { UNCAPPED } from '../scenarios';
import { playContest } from './contest';

const MOST_BYTES = 300 * 1e6;
const LIMIT_MS = 120_000;

/** Big files over loopback: how much memory each end takes. */
export async function runMemory(bench: BenchRun): Promise<void> {
    const { memoryBytes, sparseBytes } = bench.plan;
    const works = [
        { label: `${memoryBytes / 1e9} GB file, loopback`, make: () => bench.file(memoryBytes) },
        {
            label: `${sparseBytes / 1e9} GB file of holes, loopback`,
            make: () => bench.sparseFile(sparseBytes)
        }
    ];
    for (const { label, make } of works) {
        if (bench.mayGoOn()) {
            await bench.inLab(new LoopbackPath(), lab => runOne(bench, lab, label, make()));
        } else {
            bench.leaveOut(`memory: ${label}`);
        }
    }
}

async function runOne(bench: BenchRun, lab: Lab, label: string, work: Work): Promise<void> {
    const result = await playContest(bench, lab, {
        group: 'memory',
        label,
        work,
        ours: [{ id: 'connect-cp', label: 'connect-cp, high', choice: UNCAPPED }],
        ourRounds: 1,
        peers: [],
        peerRounds: 0,
        limits: { limitMs: LIMIT_MS, hopeAfterMs: LIMIT_MS, hopeFactor: 1 },
        linkBps: 0
    });
    const [run] = result.tools[0]?.runs ?? [];
    if (run?.memory) {
        const { clientBytes, serverBytes } = run.memory;
        const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
        const took = run.outcome === 'ok' ? `in ${(run.durationMs / 1000).toFixed(1)} s` : run.outcome;
        bench.figures.push({
            group: 'memory',
            label: `peak resident memory, ${label}`,
            value: `${megabytes(clientBytes)} client, ${megabytes(serverBytes)} server; ${took}`,
            reach: `≤ ${megabytes(MOST_BYTES)} each`,
            isReached: run.outcome === 'ok' && Math.max(clientBytes, serverBytes) <= MOST_BYTES
        });
    }
}
