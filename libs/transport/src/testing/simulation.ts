import { Random, seededRandom } from '@connect/base';
import { Connection } from '../proto/connection';
import { DATA_HEAD_BYTES } from '../proto/frames';
import { HEADER_BYTES, TAG_BYTES } from '../proto/packet-header';
import { RateSettings } from '../proto/rate-controller';
import { DATA_STREAM, OutgoingPacket, StreamId, StreamSlice } from '../proto/types';
import { LinkSettings, SimulatedLink } from './simulated-link';

/** IPv4, UDP, header and tag. */
export const OVERHEAD_BYTES = 20 + 8 + HEADER_BYTES + TAG_BYTES;
/** Fills an Ethernet frame. */
export const PLAINTEXT_BYTES = 1500 - OVERHEAD_BYTES;
/** Bytes of a stream in such a packet. */
export const BLOCK_BYTES = PLAINTEXT_BYTES - DATA_HEAD_BYTES;
const SCRATCH_BYTES = 70_000;
/** Deliveries within this time are handled together, as a real event loop does. */
const BATCH_MS = 0.25;

/** What the two ends and the path between them are like. */
export interface SimulationSettings {
    readonly seed: number;
    readonly rate: RateSettings;
    /** The rate of the other end, when it is not the same. */
    readonly backRate?: RateSettings;
    /** From the first end to the second. */
    readonly forth: LinkSettings;
    /** From the second end to the first; as `forth` when left out. */
    readonly back?: LinkSettings;
    readonly maxPlaintextBytes?: number;
    /** Content of the streams; without it all bytes are zero and nothing is copied. */
    readonly fill?: (stream: StreamId, offset: number, target: Uint8Array) => void;
}

/** One end: its connection and what it heard. */
export interface SimulatedEnd {
    readonly connection: Connection;
    readonly link: SimulatedLink<OutgoingPacket>;
    /** New bytes per stream, and when the last of them came. */
    readonly received: [number, number];
    readonly acknowledged: [number, number];
    lastDataMs: number;
    onData: (stream: StreamId, offset: number, bytes: Uint8Array) => void;
    onAcknowledged: (slice: StreamSlice) => void;
    onProbe: (plaintextBytes: number, arrived: boolean) => void;
    /** Microseconds spent in this connection; counted when the simulation is given a stopwatch. */
    cpuUs: number;
}

/** Two connections over two links, in virtual time that jumps from event to event. Deterministic for a seed. */
export class Simulation {
    nowMs = 0;
    readonly first: SimulatedEnd;
    readonly second: SimulatedEnd;

    private readonly scratch = new Uint8Array(SCRATCH_BYTES);
    private readonly actions: Array<{ readonly atMs: number; readonly run: () => void }> = [];

    /** @param stopwatch microseconds of a real clock, when CPU time is to be measured */
    constructor(
        private readonly settings: SimulationSettings,
        private readonly stopwatch?: () => number
    ) {
        const random = seededRandom(settings.seed);
        this.first = this.createEnd(settings.rate, settings.forth, random);
        this.second = this.createEnd(
            settings.backRate ?? settings.rate,
            settings.back ?? settings.forth,
            random
        );
    }

    /** Runs `action` when virtual time reaches `atMs`. */
    at(atMs: number, action: () => void): void {
        this.actions.push({ atMs, run: action });
        this.actions.sort((a, b) => a.atMs - b.atMs);
    }

    /** Runs until `isDone` or `limitMs`; returns whether it is done. A path on which nothing happens any more is not. */
    run(isDone: () => boolean, limitMs: number): boolean {
        this.transmit();
        while (!isDone()) {
            const nextMs = Math.max(this.nowMs, this.nextEventMs());
            if (nextMs > limitMs || nextMs === Infinity) {
                return false;
            }
            this.nowMs = nextMs;
            this.step();
        }
        return true;
    }

    /** Runs until both ends have nothing unsent or unacknowledged. */
    runUntilIdle(limitMs: number): boolean {
        return this.run(
            () => this.actions.length === 0 && this.first.connection.isIdle && this.second.connection.isIdle,
            limitMs
        );
    }

    private step(): void {
        while (this.actions[0] && this.actions[0].atMs <= this.nowMs) {
            this.actions.shift()!.run();
        }
        const untilMs = Math.min(this.nowMs + BATCH_MS, this.actions[0]?.atMs ?? Infinity);
        this.deliver(this.first, this.second, untilMs);
        this.deliver(this.second, this.first, untilMs);
        for (const end of [this.first, this.second]) {
            const dueMs = end.connection.nextTimeoutMs();
            if (dueMs !== undefined && dueMs <= this.nowMs) {
                end.connection.onTimeout(this.nowMs);
            }
        }
        this.transmit();
    }

    private nextEventMs(): number {
        return Math.min(
            this.first.link.nextArrivalMs,
            this.second.link.nextArrivalMs,
            this.first.connection.nextTimeoutMs() ?? Infinity,
            this.second.connection.nextTimeoutMs() ?? Infinity,
            this.actions[0]?.atMs ?? Infinity
        );
    }

    private deliver(from: SimulatedEnd, to: SimulatedEnd, untilMs: number): void {
        const started = this.stopwatch?.() ?? 0;
        for (let arrival = from.link.take(untilMs); arrival; arrival = from.link.take(untilMs)) {
            this.nowMs = Math.max(this.nowMs, arrival.atMs);
            const { packetNumber, head, slice } = arrival.packet;
            this.scratch.set(head);
            if (slice && this.settings.fill) {
                const payload = this.scratch.subarray(head.length, head.length + slice.length);
                this.settings.fill(slice.stream, slice.offset, payload);
            }
            const length = head.length + (slice ? slice.length : 0);
            to.connection.onPacket(this.nowMs, packetNumber, this.scratch.subarray(0, length));
        }
        to.cpuUs += (this.stopwatch?.() ?? 0) - started;
    }

    private transmit(): void {
        for (const end of [this.first, this.second]) {
            const started = this.stopwatch?.() ?? 0;
            for (
                let packet = end.connection.pollTransmit(this.nowMs);
                packet;
                packet = end.connection.pollTransmit(this.nowMs)
            ) {
                const plaintextBytes = packet.head.length + (packet.slice?.length ?? 0);
                end.link.send(this.nowMs, plaintextBytes + OVERHEAD_BYTES, packet);
            }
            end.cpuUs += (this.stopwatch?.() ?? 0) - started;
        }
    }

    private createEnd(rate: RateSettings, link: LinkSettings, random: Random): SimulatedEnd {
        const end: SimulatedEnd = {
            connection: new Connection(
                {
                    maxPlaintextBytes: this.settings.maxPlaintextBytes ?? PLAINTEXT_BYTES,
                    rate,
                    overheadBytes: OVERHEAD_BYTES
                },
                {
                    onData: (stream, offset, bytes) => {
                        end.received[stream] += bytes.length;
                        end.lastDataMs = this.nowMs;
                        end.onData(stream, offset, bytes);
                    },
                    onAcknowledged: slice => {
                        end.acknowledged[slice.stream] += slice.length;
                        end.onAcknowledged(slice);
                    },
                    onProbe: (plaintextBytes, arrived) => end.onProbe(plaintextBytes, arrived)
                }
            ),
            link: new SimulatedLink(link, random),
            received: [0, 0],
            acknowledged: [0, 0],
            lastDataMs: 0,
            onData: () => undefined,
            onAcknowledged: () => undefined,
            onProbe: () => undefined,
            cpuUs: 0
        };
        return end;
    }
}

/** What a transfer of the data stream from the first end to the second took, against what the path allows. */
export interface TransferResult {
    readonly completed: boolean;
    /** Until the last new byte arrived. */
    readonly durationMs: number;
    /** The bytes on the wire at the rate, every lost one sent again, and one round trip. */
    readonly idealMs: number;
    /** Stream bytes sent beyond payload / (1 − loss), relative to that. */
    readonly excessShare: number;
    readonly retransmittedShare: number;
    readonly packetsSent: number;
    readonly packetsLost: number;
    /** Processor time per data packet sent or received, when measured. */
    readonly senderCpuUs: number;
    readonly receiverCpuUs: number;
}

/** Sends `payloadBytes` from the first end to the second. `rateBps` and `loss` describe the ideal only. */
export function simulateTransfer(
    simulation: Simulation,
    payloadBytes: number,
    ideal: { readonly rateBps: number; readonly loss: number; readonly rttMs: number },
    limitMs: number
): TransferResult {
    const { first, second } = simulation;
    first.connection.offer(DATA_STREAM, 0, payloadBytes);
    const completed = simulation.runUntilIdle(limitMs);
    const stats = first.connection.stats();
    const idealBytes = payloadBytes / (1 - ideal.loss);
    const wireBytes = (idealBytes * (PLAINTEXT_BYTES + OVERHEAD_BYTES)) / BLOCK_BYTES;
    return {
        completed: completed && second.received[DATA_STREAM] === payloadBytes,
        durationMs: second.lastDataMs,
        idealMs: (wireBytes * 8000) / ideal.rateBps + ideal.rttMs,
        excessShare: stats.streamBytesSent / idealBytes - 1,
        retransmittedShare: stats.streamBytesRetransmitted / stats.streamBytesSent,
        packetsSent: stats.packetsSent,
        packetsLost: stats.packetsLost,
        senderCpuUs: first.cpuUs / stats.packetsSent,
        receiverCpuUs: second.cpuUs / stats.packetsSent
    };
}
