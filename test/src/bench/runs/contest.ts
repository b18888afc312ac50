import { BenchRun } from '../bench-run';
import type { Lab } from '../lab';
import { Work } from '../payload';
import { Peer } from '../peers/peer';
import { ScenarioResult, ToolResult } from '../results';
import { Contestant, playRounds } from '../rounds';
import { OurChoice, runOurs } from './our-run';
import { RunLimits, runPeer } from './peer-run';

/** Ours is not cut where a short limit only keeps slow peers from taking all the time. */
const OUR_LEAST_LIMIT_MS = 60_000;

/** Ours in one way of running it. */
export interface OurEntry {
    readonly id: string;
    readonly label: string;
    readonly choice: OurChoice;
}

/** Who plays how often, with what. */
export interface Contest {
    readonly group: string;
    readonly label: string;
    readonly work: Work;
    readonly ours: readonly OurEntry[];
    readonly ourRounds: number;
    readonly peers: readonly Peer[];
    readonly peerRounds: number;
    readonly limits: RunLimits;
    readonly linkBps: number;
    readonly more?: Partial<ScenarioResult>;
}

/** Plays a contest in rounds and notes the result. */
export async function playContest(bench: BenchRun, lab: Lab, contest: Contest): Promise<ScenarioResult> {
    const { work, limits } = contest;
    bench.say(`${contest.group}: ${contest.label} (${work.name})`);
    const peers = contest.peerRounds > 0 ? contest.peers : [];
    const contestants: Contestant[] = [
        ...contest.ours.map(({ id, choice }) => ({
            id,
            rounds: contest.ourRounds,
            run: (round: number) =>
                runOurs(lab, work, round, choice, Math.max(limits.limitMs, OUR_LEAST_LIMIT_MS))
        })),
        ...peers.map(peer => ({
            id: peer.id,
            rounds: contest.peerRounds,
            run: (round: number) => runPeer(lab, peer, work, round, limits, contest.linkBps)
        }))
    ];
    const { maxRepeats } = bench.plan;
    const played = await playRounds(contestants, {
        maxRepeats,
        mayGoOn: bench.mayGoOn,
        onRun: bench.tell
    });
    if (!bench.mayGoOn()) {
        bench.leaveOut(`${contest.group}: ${contest.label}, the rest`);
    }
    const tool = (id: string, label: string, isOurs: boolean): ToolResult => ({
        ...{ id, label, isOurs },
        runs: played.get(id) ?? []
    });
    const result: ScenarioResult = {
        group: contest.group,
        label: contest.label,
        files: work.files,
        sizeBytes: work.sizeBytes,
        tools: [
            ...contest.ours.map(({ id, label }) => tool(id, label, true)),
            ...peers.map(({ id, label }) => tool(id, label, false))
        ],
        notes: [],
        ...contest.more
    };
    bench.scenarios.push(result);
    return result;
}
