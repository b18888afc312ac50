import * as fs from 'node:fs';
import { join } from 'node:path';
import { BenchRun } from '../bench-run';
import { Service } from '../command';
import type { Lab } from '../lab';
import { EmulatedPath } from '../paths/emulated-path';
import { Work } from '../payload';
import { SHARED_LINK_BPS, SHARED_RTT_MS, SharingScenario } from '../scenarios';
import { ManagementTap, TapEvent } from '../services/management-tap';
import { CounterSample, jainIndex, rateBps } from '../statistics';
import { parseTrace } from '../trace';
import { connectCommand } from './our-run';

/** The second flow starts that long after the first, which has the link by then. */
const HEAD_START_MS = 5000;
/** From the start of the second flow to where the shares begin to count. */
const SETTLE_MS = 3000;
const BDP_BYTES = (SHARED_LINK_BPS * SHARED_RTT_MS) / 8000;
const LEAST_SHARE = 0.25;
const LEAST_JAIN = 0.97;
const LOW_LEAVES = 0.85;
const LOW_TAKES = 0.9;

/** A flow that runs until it is told to end. */
interface Flow {
    end(): Promise<void>;
}

/** Flows that share one link: who gets how much. */
export async function runSharing(bench: BenchRun): Promise<void> {
    for (const scenario of bench.plan.sharing) {
        const label = labelOf(scenario);
        if (!bench.wants(label)) {
            continue;
        }
        if (!bench.mayGoOn()) {
            bench.leaveOut(`sharing: ${label}`);
        } else if (!bench.has('iperf3') && ['cubic', 'bbr'].includes(scenario.against)) {
            bench.leaveOut(`sharing: ${label}`, 'iperf3 is missing');
        } else {
            bench.say(label);
            await runScenario(bench, scenario, label);
        }
    }
}

function labelOf({ policy, against, queueBdp, first }: SharingScenario): string {
    const other =
        against === 'ours' ? `another ${policy}` : against === 'nobody' ? 'nobody' : `TCP ${against}`;
    const order =
        against === 'nobody' || against === 'ours' ? '' : `, ${first === 'ours' ? policy : 'TCP'} first`;
    return `${policy} against ${other}, queue ${queueBdp} BDP${order}`;
}

async function runScenario(bench: BenchRun, scenario: SharingScenario, label: string): Promise<void> {
    const tracePath = join(bench.workFolder, 'trace');
    const path = await EmulatedPath.up(
        {
            rttMs: SHARED_RTT_MS,
            lossPercent: 0,
            rateBps: SHARED_LINK_BPS,
            queueBytes: Math.round(BDP_BYTES * scenario.queueBdp)
        },
        tracePath
    );
    await bench.inLab(path, async lab => {
        const seconds = (scenario.durationMs + 3 * HEAD_START_MS) / 1000;
        const work = bench.file(Math.ceil(((SHARED_LINK_BPS / 8) * seconds) / 1e6) * 1e6);
        for (let attempt = 0; attempt <= bench.plan.maxRepeats; attempt++) {
            lab.emptyTarget();
            await lab.path.beginRun();
            const measured = await measure(lab, scenario, work, tracePath);
            const { starved } = await lab.path.endRun();
            if (!starved) {
                judge(bench, scenario, label, measured);
                return;
            }
            bench.say(`    starved: ${starved}`);
        }
        bench.leaveOut(`sharing: ${label}`, 'the emulator was starved each time');
    });
}

/** Mean rates in the time when both ran, in IP bits per second (two of ours: payload). */
interface Measured {
    readonly ours: number;
    readonly other: number;
    /** What TCP had before ours came, where it was first. */
    readonly otherAlone?: number;
}

async function measure(
    lab: Lab,
    scenario: SharingScenario,
    work: Work,
    tracePath: string
): Promise<Measured> {
    const { against } = scenario;
    const tap = await lab.service('tap', () => ManagementTap.start(lab));
    const otherTap =
        against === 'ours' ? await lab.service('tap2', () => ManagementTap.start(lab)) : undefined;
    const starts = {
        ours: () => startOurs(lab, tap, work, scenario),
        other: () =>
            otherTap
                ? startOurs(lab, otherTap, work, scenario, 'second')
                : against === 'nobody'
                  ? Promise.resolve({ end: () => Promise.resolve() })
                  : startTcp(
                        lab,
                        against === 'bbr' ? 'bbr' : 'cubic',
                        scenario.durationMs + 4 * HEAD_START_MS
                    )
    };
    const order = scenario.first === 'ours' ? [starts.ours, starts.other] : [starts.other, starts.ours];
    const flows: Flow[] = [];
    try {
        flows.push(await order[0]());
        const firstMs = Date.now();
        await pause(HEAD_START_MS);
        flows.push(await order[1]());
        const secondMs = Date.now();
        await pause(SETTLE_MS + scenario.durationMs);
        const span = [secondMs + SETTLE_MS, secondMs + SETTLE_MS + scenario.durationMs] as const;
        const trace = parseTrace(fs.readFileSync(tracePath, 'utf8'));
        return otherTap
            ? {
                  ours: rateBps(progressOf(tap.heard), ...span),
                  other: rateBps(progressOf(otherTap.heard), ...span)
              }
            : {
                  ours: rateBps(trace.udpOut, ...span),
                  other: rateBps(trace.tcpOut, ...span),
                  ...(scenario.first === 'other'
                      ? { otherAlone: rateBps(trace.tcpOut, firstMs + HEAD_START_MS / 2, secondMs) }
                      : {})
              };
    } finally {
        await Promise.all(flows.map(flow => flow.end()));
    }
}

function progressOf(heard: readonly TapEvent[]): CounterSample[] {
    return heard
        .filter(({ frame }) => frame['Type'] === 'STATS')
        .map(({ atMs, frame }) => ({ atMs, bytes: Number(frame['TransferBytes']) }));
}

async function startOurs(
    lab: Lab,
    tap: ManagementTap,
    work: Work,
    { policy }: SharingScenario,
    folder?: string
): Promise<Flow> {
    tap.begin();
    const { command, env } = await connectCommand(lab, tap, work, { policy, targetBps: SHARED_LINK_BPS });
    if (folder) {
        // two sessions must not write one file
        fs.mkdirSync(join(lab.target, folder), { recursive: true });
        command[command.length - 1] = `/${folder}`;
    }
    const service = new Service(lab.onClient(command), { env });
    await Promise.race([tap.next(({ frame }) => frame['Type'] === 'SESSION'), service.untilOutput(/$^/)]);
    return {
        end: async () => {
            tap.order({ Type: 'CANCEL' });
            await service.stop();
        }
    };
}

async function startTcp(lab: Lab, algorithm: 'cubic' | 'bbr', forMs: number): Promise<Flow> {
    await lab.path.setTcp(algorithm);
    const server = new Service(lab.onServer(['iperf3', '-s', '-1', '--forceflush']));
    await server.untilOutput(/Server listening/);
    const time = String(Math.ceil(forMs / 1000));
    const client = new Service(
        lab.onClient(['iperf3', '-c', lab.path.serverAddress, '-t', time, '--forceflush'])
    );
    await client.untilOutput(/connected to/);
    return {
        end: async () => {
            await client.stop();
            await server.stop();
        }
    };
}

function judge(bench: BenchRun, scenario: SharingScenario, label: string, measured: Measured): void {
    const { ours, other, otherAlone } = measured;
    const megabits = (rate: number): string => (rate / 1e6).toFixed(1);
    const note = (value: string, reach: string, isReached: boolean): void => {
        bench.say(`    ${value} (${reach}: ${isReached ? 'yes' : 'no'})`);
        bench.figures.push({
            ...{ group: 'sharing', label, value, reach, isReached },
            detail: { oursBps: ours, otherBps: other, ...(otherAlone ? { otherAloneBps: otherAlone } : {}) }
        });
    };
    const both = `${megabits(ours)} and ${megabits(other)} Mbit/s`;
    if (scenario.against === 'ours') {
        const index = jainIndex([ours, other]);
        note(`${both}, Jain index ${index.toFixed(3)}`, `≥ ${LEAST_JAIN}`, index >= LEAST_JAIN);
    } else if (scenario.against === 'nobody') {
        const share = ours / SHARED_LINK_BPS;
        note(`${megabits(ours)} Mbit/s`, `≥ ${LOW_TAKES * 100} % of the link`, share >= LOW_TAKES);
    } else if (scenario.policy === 'low') {
        const kept = otherAlone ? other / otherAlone : 0;
        const value = `${both}; TCP keeps ${(kept * 100).toFixed(0)} % of ${megabits(otherAlone ?? 0)}`;
        note(value, `TCP keeps ≥ ${LOW_LEAVES * 100} %`, kept >= LOW_LEAVES);
    } else {
        const least = Math.min(ours, other) / SHARED_LINK_BPS;
        note(both, `each ≥ ${LEAST_SHARE * 100} % of the link`, least >= LEAST_SHARE);
    }
}

function pause(forMs: number): Promise<void> {
    return new Promise(done => setTimeout(done, forMs));
}
