import { CommandResult, runCommand } from '../command';
import type { Lab } from '../lab';
import { difference, Progress, Work } from '../payload';
import { Peer } from '../peers/peer';
import { RunRecord } from '../results';

/** Bounds of one run. */
export interface RunLimits {
    readonly limitMs: number;
    /** From here on a run that is on course for more than `hopeFactor` times the limit is cut, and what had arrived counts. */
    readonly hopeAfterMs: number;
    readonly hopeFactor: number;
}

/** Whether a run that has moved this share in this time is on course for more than it may take. */
export function isHopeless(share: number, elapsedMs: number, limits: RunLimits): boolean {
    const { limitMs, hopeAfterMs, hopeFactor } = limits;
    return elapsedMs >= hopeAfterMs && share / elapsedMs < 1 / (limitMs * hopeFactor);
}

/** Runs a peer once and compares what arrived. */
export async function runPeer(
    lab: Lab,
    peer: Peer,
    work: Work,
    round: number,
    limits: RunLimits,
    linkBps: number
): Promise<RunRecord> {
    lab.emptyTarget();
    if (peer.tcp) {
        await lab.path.setTcp(peer.tcp);
    }
    const { command, env } = await peer.prepare(lab, work, linkBps);
    await lab.path.beginRun();
    const progress = new Progress(lab.target, work);
    const result = await runCommand(lab.onClient(command), {
        env: { ...process.env, ...env },
        limitMs: limits.limitMs,
        isHopeless: elapsedMs => isHopeless(progress.share(), elapsedMs, limits)
    });
    const { starved } = await lab.path.endRun();
    const verdict = await judge(lab, work, result, progress);
    return starved ? { round, ...verdict, outcome: 'starved', note: starved } : { round, ...verdict };
}

/** What a finished or cut command is worth. */
export async function judge(
    lab: Lab,
    work: Work,
    { isCut, exitCode, durationMs, stderr, stdout }: CommandResult,
    progress: Progress
): Promise<Pick<RunRecord, 'outcome' | 'durationMs' | 'commandBps' | 'arrivedFiles' | 'note'>> {
    if (isCut) {
        const share = progress.share();
        const note = `cut after ${(durationMs / 1000).toFixed(0)} s with ${(share * 100).toFixed(1)} % done`;
        const commandBps = (share * work.sizeBytes * 8000) / durationMs;
        const arrived = work.kind === 'tree' ? { arrivedFiles: Math.floor(share * work.files) } : {};
        return { outcome: 'cut', durationMs, commandBps, ...arrived, note };
    }
    const commandBps = (work.sizeBytes * 8000) / durationMs;
    if (exitCode !== 0) {
        const said = (stderr || stdout).trim().split('\n').slice(-2).join(' ');
        return { outcome: 'failed', durationMs, commandBps, note: `exit code ${exitCode}: ${said}` };
    }
    const note = await difference(work, lab.sources, lab.target);
    return note
        ? { outcome: 'failed', durationMs, commandBps, note }
        : { outcome: 'ok', durationMs, commandBps };
}
