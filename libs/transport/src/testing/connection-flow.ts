import { Connection } from '../proto/connection';
import { RateSettings } from '../proto/rate-controller';
import { ConnectionStats, DATA_STREAM, OutgoingPacket } from '../proto/types';
import { BottleneckFlow, PacketSink } from './shared-bottleneck';
import { OVERHEAD_BYTES, PLAINTEXT_BYTES } from './simulation';

/** More than any simulation moves. */
const ENDLESS_BYTES = 2 ** 40;

/** Two connections that carry an endless data stream from the near end to the far one. */
export class ConnectionFlow implements BottleneckFlow {
    deliveredBytes = 0;
    readonly near: Connection;
    private readonly far: Connection;
    private readonly scratch = new Uint8Array(PLAINTEXT_BYTES);

    constructor(rate: RateSettings, payloadBytes = ENDLESS_BYTES) {
        const config = { maxPlaintextBytes: PLAINTEXT_BYTES, rate, overheadBytes: OVERHEAD_BYTES };
        const onAcknowledged = (): void => undefined;
        this.near = new Connection(config, { onData: () => undefined, onAcknowledged });
        this.far = new Connection(config, {
            onData: (_stream, _offset, bytes) => {
                this.deliveredBytes += bytes.length;
            },
            onAcknowledged
        });
        this.near.offer(DATA_STREAM, 0, payloadBytes);
    }

    get stats(): ConnectionStats {
        return this.near.stats();
    }

    nextTimeoutMs(): number | undefined {
        const nearMs = this.near.nextTimeoutMs() ?? Infinity;
        const farMs = this.far.nextTimeoutMs() ?? Infinity;
        const nextMs = Math.min(nearMs, farMs);
        return nextMs === Infinity ? undefined : nextMs;
    }

    transmit(nowMs: number, forth: PacketSink, back: PacketSink): void {
        poll(this.near, nowMs, forth);
        poll(this.far, nowMs, back);
    }

    onForth(nowMs: number, packet: unknown): void {
        this.receive(this.far, nowMs, packet as OutgoingPacket);
    }

    onBack(nowMs: number, packet: unknown): void {
        this.receive(this.near, nowMs, packet as OutgoingPacket);
    }

    private receive(end: Connection, nowMs: number, { packetNumber, head, slice }: OutgoingPacket): void {
        this.scratch.set(head);
        const length = head.length + (slice ? slice.length : 0);
        end.onPacket(nowMs, packetNumber, this.scratch.subarray(0, length));
    }
}

function poll(end: Connection, nowMs: number, sink: PacketSink): void {
    const dueMs = end.nextTimeoutMs();
    if (dueMs === undefined || dueMs > nowMs) {
        return;
    }
    end.onTimeout(nowMs);
    for (let packet = end.pollTransmit(nowMs); packet; packet = end.pollTransmit(nowMs)) {
        sink(packet.head.length + (packet.slice?.length ?? 0) + OVERHEAD_BYTES, packet);
    }
}
