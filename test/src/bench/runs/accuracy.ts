import * as fs from 'node:fs';
import { join } from 'node:path';
import { BenchRun } from '../bench-run';
import { Service } from '../command';
import type { Lab } from '../lab';
import { EmulatedPath } from '../paths/emulated-path';
import { Plan } from '../scenarios';
import { ManagementTap } from '../services/management-tap';
import { rateBps, settlingMs, worstDeviation } from '../statistics';
import { parseTrace } from '../trace';
import { connectCommand } from './our-run';

const LINK = { rateBps: 300e6, queueBytes: 2e6 };
const FIRST_BPS = 100e6;
const SECOND_BPS = 200e6;
const SKIP_MS = 1000;
const WINDOW_MS = 2000;
const MOST_DEVIATION = 0.02;
/** A change is judged over shorter windows, which see more of the pacer's grain. */
const CHANGE_WINDOW_MS = 200;
const CHANGE_TOLERANCE = 0.05;
const CHANGE_EXTRA_MS = 200;
/** For so long after it a change must hold. */
const CHANGE_HOLDS_MS = 2000;

/** How exactly policy fixed keeps a rate, and how fast a change of it holds, measured on the wire. */
export async function runAccuracy(bench: BenchRun): Promise<void> {
    for (const scenario of bench.plan.accuracy) {
        const label = `fixed rate, ${scenario.rttMs} ms, ${scenario.lossPercent} %`;
        if (!bench.mayGoOn()) {
            bench.leaveOut(`accuracy: ${label}`);
            continue;
        }
        bench.say(label);
        const tracePath = join(bench.workFolder, 'trace');
        const path = await EmulatedPath.up({ ...scenario, ...LINK }, tracePath);
        await bench.inLab(path, async lab => {
            for (let attempt = 0; attempt <= bench.plan.maxRepeats; attempt++) {
                lab.emptyTarget();
                await lab.path.beginRun();
                const times = await transfer(bench, lab, scenario.seconds);
                const { starved } = await lab.path.endRun();
                if (!starved) {
                    judge(bench, scenario, label, times, fs.readFileSync(tracePath, 'utf8'));
                    return;
                }
                bench.say(`    starved: ${starved}`);
            }
            bench.leaveOut(`accuracy: ${label}`, 'the emulator was starved each time');
        });
    }
}

interface Times {
    readonly startMs: number;
    readonly changeMs: number;
    readonly endMs: number;
}

async function transfer(bench: BenchRun, lab: Lab, seconds: number): Promise<Times> {
    const work = bench.file((((FIRST_BPS + SECOND_BPS) / 8) * (seconds + 2)) | 0);
    const tap = await lab.service('tap', () => ManagementTap.start(lab));
    tap.begin();
    const { command, env } = await connectCommand(lab, tap, work, { policy: 'fixed', targetBps: FIRST_BPS });
    const service = new Service(lab.onClient(command), { env });
    try {
        const session = await tap.next(({ frame }) => frame['Type'] === 'SESSION');
        await pause(seconds * 1000);
        const changeMs = Date.now();
        tap.order({ Type: 'RATE', Rate: String(SECOND_BPS / 1000) });
        await pause(seconds * 1000);
        return { startMs: session.atMs, changeMs, endMs: Date.now() };
    } finally {
        tap.order({ Type: 'CANCEL' });
        await service.stop();
    }
}

function judge(
    bench: BenchRun,
    { rttMs }: Plan['accuracy'][number],
    label: string,
    times: Times,
    text: string
): void {
    const { offered } = parseTrace(text);
    const steady = { fromMs: times.startMs + SKIP_MS, toMs: times.changeMs };
    const worst = worstDeviation(offered, steady, WINDOW_MS, FIRST_BPS);
    const change = { fromMs: times.changeMs, toMs: times.changeMs + CHANGE_HOLDS_MS };
    const target = { rateBps: SECOND_BPS, tolerance: CHANGE_TOLERANCE };
    const settled = settlingMs(offered, change, CHANGE_WINDOW_MS, target);
    const allowedMs = rttMs + CHANGE_EXTRA_MS;
    const means = {
        firstBps: rateBps(offered, steady.fromMs, steady.toMs),
        secondBps: rateBps(offered, times.changeMs + SKIP_MS, times.endMs)
    };
    bench.figures.push({
        group: 'accuracy',
        label: `${label}: worst of all windows of 2 s after the first second, ${FIRST_BPS / 1e6} Mbit/s`,
        value: worst === undefined ? 'none' : `${(worst * 100).toFixed(2)} % off`,
        reach: `≤ ${MOST_DEVIATION * 100} %`,
        isReached: worst !== undefined && worst <= MOST_DEVIATION,
        detail: { meanBps: means.firstBps }
    });
    bench.figures.push({
        group: 'accuracy',
        label: `${label}: change to ${SECOND_BPS / 1e6} Mbit/s holds within ${CHANGE_TOLERANCE * 100} % after`,
        value: settled === undefined ? 'never' : `${settled.toFixed(0)} ms`,
        reach: `≤ ${allowedMs} ms`,
        isReached: settled !== undefined && settled <= allowedMs,
        detail: { meanBps: means.secondBps }
    });
    for (const { value, reach, detail } of bench.figures.slice(-2)) {
        bench.say(
            `    ${value} (${reach}); ${((detail?.['meanBps'] ?? 0) / 1e6).toFixed(2)} Mbit/s on average`
        );
    }
}

function pause(forMs: number): Promise<void> {
    return new Promise(done => setTimeout(done, forMs));
}
