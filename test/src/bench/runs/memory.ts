import { BenchRun } from '../bench-run';
import { LoopbackPath } from '../paths/loopback-path';
import { UNCAPPED } from '../scenarios';
import { playContest } from './contest';

const MOST_BYTES = 300 * 1e6;
const LIMIT_MS = 120_000;

/** A big file over loopback: how much memory each end takes. */
export async function runMemory(bench: BenchRun): Promise<void> {
    const label = `${bench.plan.memoryBytes / 1e9} GB file, loopback`;
    if (!bench.mayGoOn()) {
        bench.leaveOut(`memory: ${label}`);
        return;
    }
    await bench.inLab(new LoopbackPath(), async lab => {
        const result = await playContest(bench, lab, {
            group: 'memory',
            label,
            work: bench.file(bench.plan.memoryBytes),
            ours: [{ id: 'connect-cp', label: 'connect-cp, high', choice: UNCAPPED }],
            ourRounds: 1,
            peers: [],
            peerRounds: 0,
            limits: { limitMs: LIMIT_MS, hopeAfterMs: LIMIT_MS, hopeFactor: 1 },
            linkBps: 0
        });
        const memory = result.tools[0]?.runs[0]?.memory;
        if (memory) {
            const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
            bench.figures.push({
                group: 'memory',
                label: `peak resident memory, ${label}`,
                value: `${megabytes(memory.clientBytes)} client, ${megabytes(memory.serverBytes)} server`,
                reach: `≤ ${megabytes(MOST_BYTES)} each`,
                isReached: Math.max(memory.clientBytes, memory.serverBytes) <= MOST_BYTES
            });
        }
    });
}
