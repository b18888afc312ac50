import { Random, seededRandom } from '@connect/base';
import { LinkSettings, SimulatedLink } from './simulated-link';

/** Events within this time are handled together, as a real event loop does. */
const BATCH_MS = 0.25;

/** One flow through the bottleneck: both of its ends, without I/O and clock. */
export interface BottleneckFlow {
    /** When the flow wants to be asked for packets again; undefined while it only waits for answers. */
    nextTimeoutMs(): number | undefined;
    /** Hands over, through `forth` and `back`, everything that may be sent now by the near and by the far end. */
    transmit(nowMs: number, forth: PacketSink, back: PacketSink): void;
    /** A packet arrived at the far end. */
    onForth(nowMs: number, packet: unknown): void;
    /** A packet arrived at the near end. */
    onBack(nowMs: number, packet: unknown): void;
    /** Payload that has reached the far end, each byte once. */
    readonly deliveredBytes: number;
}

export type PacketSink = (wireBytes: number, packet: unknown) => void;

/** A flow, and when it is there. */
export interface FlowPlan {
    readonly flow: BottleneckFlow;
    readonly startMs?: number;
    readonly endMs?: number;
    /** Way back; a delay of 0 when left out, so that the delay of the bottleneck is the whole round trip. */
    readonly back?: LinkSettings;
}

interface Member {
    readonly flow: BottleneckFlow;
    readonly startMs: number;
    readonly endMs: number;
    readonly way: SimulatedLink<unknown>;
    readonly forth: PacketSink;
    readonly back: PacketSink;
}

/**
 * Several flows over one link with one queue, in virtual time. The way back is each flow's own and has no limit.
 * Deterministic for a seed.
 */
export class SharedBottleneck {
    nowMs = 0;
    readonly link: SimulatedLink<{ readonly member: Member; readonly packet: unknown }>;

    private readonly members: Member[];
    private readonly actions: Array<{ readonly atMs: number; readonly run: () => void }> = [];

    constructor(seed: number, bottleneck: LinkSettings, flows: readonly FlowPlan[]) {
        const random = seededRandom(seed);
        this.link = new SimulatedLink(bottleneck, random);
        this.members = flows.map(plan => this.createMember(plan, random));
    }

    /** How long a packet would wait that came now. */
    get queuedMs(): number {
        return this.link.queuedMs(this.nowMs);
    }

    /** Runs `action` when virtual time reaches `atMs`. */
    at(atMs: number, action: () => void): void {
        this.actions.push({ atMs, run: action });
        this.actions.sort((a, b) => a.atMs - b.atMs);
    }

    /** Calls `action` every `stepMs` from `stepMs` to `untilMs`. */
    every(stepMs: number, untilMs: number, action: () => void): void {
        for (let atMs = stepMs; atMs <= untilMs; atMs += stepMs) {
            this.at(atMs, action);
        }
    }

    /** Runs until virtual time `untilMs`. */
    run(untilMs: number): void {
        for (;;) {
            this.transmit();
            const nextMs = Math.max(this.nowMs, this.nextEventMs());
            if (nextMs > untilMs) {
                this.nowMs = untilMs;
                return;
            }
            this.nowMs = nextMs;
            while (this.actions[0] && this.actions[0].atMs <= this.nowMs) {
                this.actions.shift()!.run();
            }
            this.deliver(Math.min(this.nowMs + BATCH_MS, this.actions[0]?.atMs ?? Infinity));
        }
    }

    private createMember(plan: FlowPlan, random: Random): Member {
        const way = new SimulatedLink<unknown>(plan.back ?? { delayMs: 0 }, random);
        const member: Member = {
            flow: plan.flow,
            startMs: plan.startMs ?? 0,
            endMs: plan.endMs ?? Infinity,
            way,
            forth: (wireBytes, packet) => this.link.send(this.nowMs, wireBytes, { member, packet }),
            back: (wireBytes, packet) => way.send(this.nowMs, wireBytes, packet)
        };
        return member;
    }

    private isActive(member: Member): boolean {
        return this.nowMs >= member.startMs && this.nowMs < member.endMs;
    }

    private nextEventMs(): number {
        let nextMs = Math.min(this.link.nextArrivalMs, this.actions[0]?.atMs ?? Infinity);
        for (const member of this.members) {
            nextMs = Math.min(nextMs, member.way.nextArrivalMs);
            if (this.isActive(member)) {
                nextMs = Math.min(nextMs, member.flow.nextTimeoutMs() ?? Infinity);
            } else if (this.nowMs < member.startMs) {
                nextMs = Math.min(nextMs, member.startMs);
            }
        }
        return nextMs;
    }

    private deliver(untilMs: number): void {
        for (let arrival = this.link.take(untilMs); arrival; arrival = this.link.take(untilMs)) {
            this.nowMs = Math.max(this.nowMs, arrival.atMs);
            arrival.packet.member.flow.onForth(this.nowMs, arrival.packet.packet);
        }
        for (const { way, flow } of this.members) {
            for (let arrival = way.take(untilMs); arrival; arrival = way.take(untilMs)) {
                this.nowMs = Math.max(this.nowMs, arrival.atMs);
                flow.onBack(this.nowMs, arrival.packet);
            }
        }
    }

    private transmit(): void {
        for (const member of this.members) {
            if (this.isActive(member)) {
                member.flow.transmit(this.nowMs, member.forth, member.back);
            }
        }
    }
}
