import { BenchRun } from '../bench-run';
import { EmulatedPath } from '../paths/emulated-path';
import { LoopbackPath } from '../paths/loopback-path';
import { NetworkPath } from '../paths/network-path';
import { TREE_PEERS } from '../peers';
import { LINK_BPS, LINK_QUEUE_BYTES, TreeScenario } from '../scenarios';
import { playContest } from './contest';

/** From so many files on it is about memory more than about time. */
export const MANY_FILES = 100_000;

/** Folders of small files, of those sizes of the plan that `fits` takes. */
export async function runTrees(
    bench: BenchRun,
    hasEmulator: boolean,
    fits: (scenario: TreeScenario) => boolean
): Promise<void> {
    for (const scenario of bench.plan.trees.filter(fits)) {
        const { rttMs, files, fileBytes } = scenario;
        const label = `${files.toLocaleString('en')} files of ${fileBytes} bytes, ${
            rttMs === undefined ? 'loopback' : `${rttMs} ms`
        }`;
        if (!bench.wants(label)) {
            continue;
        }
        if (rttMs !== undefined && !hasEmulator) {
            bench.leaveOut(`trees: ${label}`, 'needs the emulated path');
        } else if (bench.mayGoOn()) {
            await runTree(bench, scenario, label);
        } else {
            bench.leaveOut(`trees: ${label}`);
        }
    }
}

async function runTree(bench: BenchRun, scenario: TreeScenario, label: string): Promise<void> {
    const { rttMs, files, fileBytes } = scenario;
    const path: NetworkPath =
        rttMs === undefined
            ? new LoopbackPath()
            : await EmulatedPath.up({
                  rttMs,
                  lossPercent: 0,
                  rateBps: LINK_BPS,
                  queueBytes: LINK_QUEUE_BYTES
              });
    await bench.inLab(path, lab =>
        playContest(bench, lab, {
            group: 'trees',
            label,
            work: bench.tree(files, fileBytes),
            ours: [
                {
                    id: 'connect-cp',
                    label: 'connect-cp, fixed',
                    choice: { policy: 'fixed', targetBps: LINK_BPS }
                }
            ],
            ourRounds: scenario.ourRounds,
            peers: bench.usable(TREE_PEERS),
            peerRounds: scenario.peerRounds,
            limits: scenario,
            linkBps: LINK_BPS,
            more: { rttMs }
        })
    );
}
