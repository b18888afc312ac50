import { BenchRun } from '../bench-run';
import { runCommand, Service } from '../command';
import type { Lab } from '../lab';
import { EmulatedPath } from '../paths/emulated-path';
import { payloadLimitBps } from '../payload-limit';
import { FILE_PEERS } from '../peers';
import { CellScenario, LINK_BPS, LINK_QUEUE_BYTES } from '../scenarios';
import { playContest } from './contest';

const IPERF_SECONDS = 2;
const IPERF_SHARE = 0.9;

/** One file over the emulated link, in every cell of the plan that has this policy. */
export async function runCells(bench: BenchRun, policy: CellScenario['policy']): Promise<void> {
    const cells = bench.plan.cells.filter(cell => cell.policy === policy);
    if (cells.length === 0) {
        return;
    }
    const path = await EmulatedPath.up(linkOf(cells[0]));
    await bench.inLab(path, async lab => {
        for (const cell of cells) {
            if (!bench.mayGoOn()) {
                bench.leaveOut(`${policy}: ${cell.rttMs} ms, ${cell.lossPercent} %`);
                continue;
            }
            await path.setLink(linkOf(cell));
            await runCell(bench, lab, cell);
        }
    });
}

async function runCell(bench: BenchRun, lab: Lab, cell: CellScenario): Promise<void> {
    const { rttMs, lossPercent, policy } = cell;
    const work = bench.file(cell.sizeBytes);
    await playContest(bench, lab, {
        group: policy,
        label: `${rttMs} ms, ${lossPercent} %`,
        work,
        ours: [{ id: 'connect-cp', label: `connect-cp, ${policy}`, choice: { policy, targetBps: LINK_BPS } }],
        ourRounds: cell.ourRounds,
        peers: bench.usable(FILE_PEERS),
        peerRounds: cell.peerRounds,
        limits: cell,
        linkBps: LINK_BPS,
        more: {
            rttMs,
            lossPercent,
            payloadLimitBps: payloadLimitBps(LINK_BPS, lossPercent),
            notes: bench.has('iperf3') ? [await checkLink(lab)] : []
        }
    });
}

/** What iperf3 says of the link itself: UDP at nine tenths of its rate. */
async function checkLink(lab: Lab): Promise<string> {
    const server = new Service(lab.onServer(['iperf3', '-s', '-1', '--forceflush']));
    try {
        await server.untilOutput(/Server listening/);
        // the default buffer of iperf3 loses packets at this rate
        const load = ['-u', '-b', String(LINK_BPS * IPERF_SHARE), '-w', '4M', '-l', '1400'];
        const client = ['iperf3', '-c', lab.path.serverAddress, '-t', String(IPERF_SECONDS), '-J', ...load];
        const { stdout } = await runCommand(lab.onClient(client), { limitMs: 20_000 });
        const report = JSON.parse(stdout) as {
            end: { sum?: { bits_per_second: number; lost_percent: number } };
        };
        const { sum } = report.end;
        return sum
            ? `iperf3, UDP: ${(sum.bits_per_second / 1e6).toFixed(0)} Mbit/s offered, ${sum.lost_percent.toFixed(2)} % lost`
            : 'iperf3 gave no result';
    } finally {
        await server.stop();
    }
}

function linkOf({ rttMs, lossPercent }: CellScenario): {
    rttMs: number;
    lossPercent: number;
    rateBps: number;
    queueBytes: number;
} {
    return { rttMs, lossPercent, rateBps: LINK_BPS, queueBytes: LINK_QUEUE_BYTES };
}
