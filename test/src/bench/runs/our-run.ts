import * as fs from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command';
import type { Lab } from '../lab';
import { MemoryCourse, MemoryWatch, NO_MEMORY } from '../memory-watch';
import { PathObservation } from '../paths/network-path';
import { wastedShare } from '../payload-limit';
import { Progress, Work } from '../payload';
import { CONNECT_CP } from '../programs';
import { RunRecord } from '../results';
import { packetIoEnvironment, USER } from '../services/connect-host';
import { ManagementTap, TapEvent } from '../services/management-tap';
import { judge } from './peer-run';

const MOST_OF_HOLES_BYTES = 2e9;

/** How connect-cp is asked to run. */
export interface OurChoice {
    readonly policy: 'fixed' | 'high' | 'fair' | 'low';
    readonly targetBps: number;
    /** Packet I/O of both ends; undefined: what they choose. */
    readonly packetIo?: string;
}

/** The command line of connect-cp that sends `work` to the lab's server. */
export async function connectCommand(
    lab: Lab,
    tap: ManagementTap,
    work: Work,
    choice: OurChoice
): Promise<{ command: string[]; env: NodeJS.ProcessEnv }> {
    const host = await lab.connect(choice.packetIo);
    const where = ['--host', lab.path.serverAddress, '--user', USER, '-P', String(host.sshPort)];
    const server = ['-O', String(host.udpPort), '--check-sshfp', host.fingerprint, ...host.login.options];
    const rate = ['-l', `${Math.round(choice.targetBps / 1000)}K`, '--policy', choice.policy];
    // a word about each of a million files to the harness is work that nobody asks of a peer
    const told = work.kind === 'tree' ? [] : ['-M', String(tap.port)];
    const run = ['-q', ...told, '--mode=send'];
    const paths = [join(lab.sources, work.name), '/'];
    return {
        command: [...CONNECT_CP, ...where, ...server, ...rate, ...run, ...paths],
        env: {
            ...process.env,
            CONNECT_HOME: lab.subfolder('connect-home'),
            ...host.login.env,
            ...packetIoEnvironment(choice.packetIo)
        }
    };
}

/** Runs connect-cp once, compares what arrived, and reads its statistics. */
export async function runOurs(
    lab: Lab,
    work: Work,
    round: number,
    choice: OurChoice,
    limitMs: number
): Promise<RunRecord> {
    lab.emptyTarget();
    // for its SSH connection: what Linux does by default, whatever a peer had before
    await lab.path.setTcp('cubic');
    const tap = await lab.service('tap', () => ManagementTap.start(lab));
    const host = await lab.connect(choice.packetIo);
    const { command, env } = await connectCommand(lab, tap, work, choice);
    tap.begin();
    await lab.path.beginRun();
    const progress = new Progress(lab.target, work);
    const serverMemory = new MemoryWatch(host.pid, host.pid);
    let clientMemory: MemoryWatch | undefined;
    const result = await runCommand(lab.onClient(command), {
        env,
        limitMs,
        // holes that arrive as zeros would fill the memory that the folders lie in
        isHopeless: () => work.extents !== undefined && progress.arrivedBytes() > MOST_OF_HOLES_BYTES,
        onStarted: pid => (clientMemory = new MemoryWatch(pid))
    });
    const memory = memoryOf(clientMemory?.stop() ?? NO_MEMORY, serverMemory.stop());
    const observed = await lab.path.endRun();
    const verdict = await judge(lab, work, result, progress);
    const record = {
        round,
        ...verdict,
        memory,
        ...(verdict.outcome === 'ok' ? figures(lab, work, tap.heard, observed, result.startedMs) : {})
    };
    return observed.starved ? { ...record, outcome: 'starved', note: observed.starved } : record;
}

function memoryOf(client: MemoryCourse, server: MemoryCourse): RunRecord['memory'] {
    return {
        clientBytes: client.peakBytes,
        serverBytes: server.peakBytes,
        firstHalfBytes: Math.max(client.firstHalfBytes, server.firstHalfBytes),
        secondHalfBytes: Math.max(client.secondHalfBytes, server.secondHalfBytes)
    };
}

function figures(
    lab: Lab,
    work: Work,
    heard: readonly TapEvent[],
    observed: PathObservation,
    startedMs: number
): Pick<RunRecord, 'goodputBps' | 'firstDataMs' | 'wastedShare'> {
    const of = (type: string): TapEvent | undefined => heard.find(({ frame }) => frame['Type'] === type);
    // Without the emulator's clock the session's start stands in: a little before the first data packet.
    const firstDataMs = observed.firstDatagramMs ?? of('SESSION')?.atMs;
    if (firstDataMs === undefined) {
        return {};
    }
    if (work.kind === 'tree') {
        return { firstDataMs: firstDataMs - startedMs };
    }
    const tookMs = lastVerifiedMs(lab, work) - firstDataMs;
    return {
        firstDataMs: firstDataMs - startedMs,
        goodputBps: work.sizeBytes > 0 && tookMs > 0 ? (work.sizeBytes * 8000) / tookMs : undefined,
        ...(observed.lossShare !== undefined && observed.offeredBytes !== undefined
            ? { wastedShare: wastedShare(observed.offeredBytes, work.sizeBytes, observed.lossShare) }
            : {})
    };
}

/** A file gets its name by a rename once every chunk is verified, and its status time with it. */
function lastVerifiedMs(lab: Lab, { name }: Work): number {
    return Number(fs.statSync(join(lab.target, name), { bigint: true }).ctimeNs) / 1e6;
}
