import { ConnectError } from '@connect/base';
import { BlockRun, forEachBlock } from './block-run';
import { reportIntervalMs } from './cadence';
import { decodeFrames, encodeFloor, FrameHandler, FrameType, MAX_FLOOR_BYTES, ReportFrame } from './frames';
import { PacketTable } from './packet-table';
import { RateSettings } from './rate-controller';
import { Receiver } from './receiver';
import { Sender } from './sender';
import { PacketContent } from './sent-packets';
import {
    ConnectionConfig,
    ConnectionListener,
    ConnectionStats,
    DATA_STREAM,
    OutgoingPacket,
    OutgoingRun,
    StreamId
} from './types';

/** A packet must have room for a report that says something. */
export const MIN_PLAINTEXT_BYTES = 256;
/** What a UDP datagram can carry, less header, tag and IP. */
export const MAX_PLAINTEXT_BYTES = 65_000;
/** Control packets carry no more than this: reports have to pass where large blocks do not. */
const MAX_CONTROL_BYTES = 1200;

/**
 * One end of a session: both streams in both directions, reports, pacing and loss repair, without any I/O or clock.
 * The owner passes packets that opened to `onPacket`, seals and sends what `pollTransmit` returns, and calls again at
 * `nextTimeoutMs`. After each call that may cause work (`offer`, `onPacket`, `onTimeout`, `setRate`, `setReceiveWindow`,
 * `ping`, `probe`) it polls until undefined. `nowMs` is monotonic, the same clock in every call, below 2⁵³ µs.
 * Format: docs/formats/transport.md.
 */
export class Connection {
    private readonly sender: Sender;
    private readonly receiver: Receiver;
    private readonly frames: PacketFrames;
    private readonly run = new BlockRun();
    private maxPlaintextBytes: number;
    private pingWanted = false;
    private probeBytes: number | undefined;
    private floorTold = 0;
    private lastFloorMs = -Infinity;
    private packetsSent = 0;
    private lastHeardMs: number | undefined;

    constructor(config: ConnectionConfig, listener: ConnectionListener) {
        this.maxPlaintextBytes = checkedPlaintextBytes(config.maxPlaintextBytes);
        this.sender = new Sender(config, {
            onAcknowledged: slice => listener.onAcknowledged(slice),
            onProbe: (plaintextBytes, arrived) => listener.onProbe?.(plaintextBytes, arrived)
        });
        const onData: ConnectionListener['onData'] = (stream, offset, bytes) =>
            listener.onData(stream, offset, bytes);
        this.receiver = new Receiver(config.overheadBytes, onData, run =>
            listener.onBlocks
                ? listener.onBlocks(run)
                : forEachBlock(run, (offset, bytes) => listener.onData(DATA_STREAM, offset, bytes))
        );
        this.frames = new PacketFrames(this.sender, this.receiver);
    }

    /**
     * The bytes [start, end) of a stream may be sent from now on, once each; in the order of the offers, all of the meta
     * stream first. On the data stream no slice reaches beyond the end of its offer; on the meta stream it may.
     */
    offer(stream: StreamId, start: number, end: number): void {
        this.sender.offer(stream, start, end);
    }

    /** Incoming bytes that will never come: keeps the set of what was received small. */
    markReceived(stream: StreamId, start: number, end: number): void {
        this.receiver.markReceived(stream, start, end);
    }

    /**
     * How many bytes of the data stream there is room for, in [0, 2⁵³); no limit before the first call. The peer is told
     * that, or twice what the path holds, whichever is less.
     */
    setReceiveWindow(bytes: number): void {
        this.receiver.setReceiveWindow(bytes);
    }

    /** Holds from the next poll on. */
    setRate(rate: RateSettings): void {
        this.sender.setRate(rate);
    }

    /** Blocks sent from now on fit; larger ones that get lost are resent in pieces. @throws ConnectError `internal` outside [256, 65000]. */
    setMaxPlaintextBytes(bytes: number): void {
        this.maxPlaintextBytes = checkedPlaintextBytes(bytes);
        this.sender.setMaxPlaintextBytes(bytes);
    }

    /** Makes the next packet elicit a report: to try the path, or to keep it open. */
    ping(): void {
        this.pingWanted = true;
    }

    /** Sends one packet with a plaintext of exactly this size; the listener's `onProbe` hears what became of it. */
    probe(plaintextBytes: number): void {
        this.probeBytes = checkedPlaintextBytes(plaintextBytes);
    }

    /**
     * Takes a packet that opened. Replayed packet numbers are ignored and counted.
     * @throws ConnectError `transfer.protocol` when its frames are malformed or impossible: the session cannot go on.
     */
    onPacket(nowMs: number, packetNumber: number, plaintext: Uint8Array): void {
        this.lastHeardMs = nowMs;
        if (this.receiver.onPacket(nowMs, packetNumber, plaintext.length)) {
            this.frames.nowMs = nowMs;
            this.frames.packetNumber = packetNumber;
            decodeFrames(plaintext, this.frames);
        }
    }

    /**
     * Takes packets from row `from` on that opened: a run of them, or one. Returns the first row that it has not taken.
     * @throws as {@link onPacket}
     */
    onPackets(nowMs: number, packets: PacketTable, from: number, to: number): number {
        const count = this.run.read(packets, from, to);
        if (count > 1 && this.receiver.onRun(nowMs, this.run)) {
            this.lastHeardMs = nowMs;
            return from + count;
        }
        const end = from + Math.max(1, count);
        for (let row = from; row < end; row++) {
            this.onPacket(nowMs, packets.numberOf(row), packets.textOf(row));
        }
        return end;
    }

    /** The next packet to send now; call until undefined. The packet belongs to the caller. */
    pollTransmit(nowMs: number): OutgoingPacket | undefined {
        const packet = this.pollControl(nowMs) ?? this.sender.pollBlock(nowMs);
        this.packetsSent += packet ? 1 : 0;
        return packet;
    }

    /**
     * Several packets to send now, at most `maxPackets`; undefined where {@link pollTransmit} has something else first, or
     * no more than one of them. The owner sends all of it.
     */
    pollRun(nowMs: number, maxPackets: number): OutgoingRun | undefined {
        if (this.isControlDue(nowMs)) {
            return undefined;
        }
        const run = this.sender.pollRun(nowMs, maxPackets);
        this.packetsSent += run ? run.count : 0;
        return run;
    }

    /** When to call `onTimeout` and poll again at the latest; 0 or a time in the past means now; undefined while nothing is to do. */
    nextTimeoutMs(): number | undefined {
        let next = Infinity;
        const consider = (dueMs: number | undefined): void => {
            next = dueMs !== undefined && dueMs < next ? dueMs : next;
        };
        if (this.pingWanted || this.probeBytes !== undefined) {
            return 0;
        }
        consider(this.receiver.nextReportMs());
        consider(this.nextFloorMs());
        consider(this.sender.nextPingMs());
        consider(this.sender.nextBlockMs());
        consider(this.sender.nextSilenceMs());
        return next === Infinity ? undefined : next;
    }

    onTimeout(nowMs: number): void {
        this.sender.checkSilence(nowMs);
    }

    /** Nothing offered is unsent or unacknowledged. */
    get isIdle(): boolean {
        return this.sender.isIdle;
    }

    stats(): ConnectionStats {
        const { sender, receiver } = this;
        return {
            packetsSent: this.packetsSent,
            packetsLost: sender.packetsLost,
            packetsReceived: receiver.packetsReceived,
            packetsDuplicate: receiver.packetsDuplicate,
            packetsMissing: receiver.packetsMissing,
            streamBytesSent: sender.streamBytesSent,
            streamBytesRetransmitted: sender.streamBytesRetransmitted,
            streamBytesAcknowledged: sender.streamBytesAcknowledged,
            streamBytesReceived: receiver.streamBytesReceived,
            bytesInFlight: sender.bytesInFlight,
            smoothedRttMs: sender.rtt.smoothedMs,
            minRttMs: sender.rtt.minMs,
            sendRateBps: sender.rateBps,
            lastHeardMs: this.lastHeardMs
        };
    }

    /** Everything but blocks, in one packet: floor, report, ping. These do not wait for the pacer, which counts them. */
    private pollControl(nowMs: number): OutgoingPacket | undefined {
        if (this.probeBytes !== undefined) {
            return this.buildProbe(nowMs, this.probeBytes);
        }
        if (!this.isControlDue(nowMs)) {
            return undefined;
        }
        const reports = isDue(nowMs, this.receiver.nextReportMs());
        const pings = this.arePingsDue(nowMs);
        const room = new Uint8Array(Math.min(this.maxPlaintextBytes, MAX_CONTROL_BYTES));
        let end = 0;
        if (this.sender.sent.floor > this.floorTold) {
            end = this.writeFloor(nowMs, room);
        }
        if (pings) {
            room[end] = FrameType.PING;
            end += 1;
            this.pingWanted = false;
        }
        if (reports) {
            end = this.receiver.writeReport(nowMs, room, end);
        }
        const head = room.slice(0, end);
        const content = pings ? PacketContent.PING : PacketContent.CONTROL;
        return { packetNumber: this.sender.sendControl(nowMs, end, content), head };
    }

    private isControlDue(nowMs: number): boolean {
        return (
            this.probeBytes !== undefined ||
            isDue(nowMs, this.receiver.nextReportMs()) ||
            this.arePingsDue(nowMs) ||
            isDue(nowMs, this.nextFloorMs())
        );
    }

    private arePingsDue(nowMs: number): boolean {
        return this.pingWanted || isDue(nowMs, this.sender.nextPingMs());
    }

    private buildProbe(nowMs: number, plaintextBytes: number): OutgoingPacket {
        this.probeBytes = undefined;
        const head = new Uint8Array(plaintextBytes);
        head[0] = FrameType.PING;
        return { packetNumber: this.sender.sendControl(nowMs, plaintextBytes, PacketContent.PROBE), head };
    }

    private writeFloor(nowMs: number, target: Uint8Array): number {
        const { sent, rtt, probes } = this.sender;
        this.floorTold = sent.floor;
        this.lastFloorMs = nowMs;
        probes.hasSettled = false;
        return encodeFloor(
            target.subarray(0, MAX_FLOOR_BYTES),
            0,
            sent.floor,
            Math.round(rtt.smoothedMs * 1000)
        );
    }

    /** A floor of its own only after something was settled that the peer had to report: else two ends would keep each other busy. */
    private nextFloorMs(): number | undefined {
        const { sent, rtt, probes } = this.sender;
        const isNews = probes.hasSettled && sent.floor > this.floorTold;
        return isNews ? this.lastFloorMs + reportIntervalMs(rtt.smoothedMs) : undefined;
    }
}

/** Hands the frames of one packet to the two halves. */
class PacketFrames implements FrameHandler {
    nowMs = 0;
    packetNumber = 0;

    constructor(
        private readonly sender: Sender,
        private readonly receiver: Receiver
    ) {}

    onPing(): void {
        this.receiver.onPing();
    }

    onData(stream: StreamId, offset: number, sendTicks: number, payload: Uint8Array): void {
        this.receiver.onBlock(this.nowMs, stream, offset, sendTicks, payload);
    }

    onReport(report: ReportFrame): void {
        this.sender.onReport(this.nowMs, this.packetNumber, report);
    }

    onFloor(packetNumber: number, rttUs: number): void {
        if (packetNumber > this.packetNumber) {
            throw new ConnectError('transfer.protocol', 'a floor above the packet that carries it');
        }
        this.receiver.onFloor(this.nowMs, packetNumber, rttUs);
    }
}

function isDue(nowMs: number, dueMs: number | undefined): boolean {
    return dueMs !== undefined && dueMs <= nowMs;
}

function checkedPlaintextBytes(bytes: number): number {
    if (!(bytes >= MIN_PLAINTEXT_BYTES && bytes <= MAX_PLAINTEXT_BYTES)) {
        throw new ConnectError('internal', `a packet cannot have ${bytes} bytes of plaintext`);
    }
    return bytes;
}
