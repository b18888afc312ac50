import { Clock, ConnectError, Disposable, systemClock } from '@connect/base';
import { BlockRun, forEachBlock } from '../proto/block-run';
import { Connection } from '../proto/connection';
import { encodeRecordInPlace, MetaRecord } from '../proto/meta-records';
import { HEADER_BYTES, LONG_HEADER_BYTES } from '../proto/packet-header';
import { PacketTable } from '../proto/packet-table';
import { PathMtuSearch } from '../proto/path-mtu-search';
import { RateSettings } from '../proto/rate-controller';
import { RecordReader } from '../proto/record-stream';
import {
    ConnectionConfig,
    ConnectionStats,
    DATA_STREAM,
    META_STREAM,
    OutgoingPacket,
    StreamId,
    StreamSlice
} from '../proto/types';
import { OutgoingBlocks } from './outgoing-blocks';
import { OutgoingLog } from './outgoing-log';
import { PacketIo } from './packet-io';
import { PatientWaiters } from './patient-waiters';
import { DEFAULT_TIMEOUTS, PumpTimeouts, SilenceWatch } from './silence-watch';
import { StreamPort, StreamPortListener } from './stream-port';

/** Unacknowledged records beyond which {@link SessionPump.sendRecord} makes its callers wait. */
const RECORD_ROOM_BYTES = 1024 * 1024;
const CARE_INTERVAL_MS = 250;
const PACKETS_PER_CLOCK = 8;
/** IP packet that every usual path carries (RFC 8899 §5.1.2, BASE_PLPMTU). */
const BASE_PACKET_BYTES = 1200;

/** What a pump is made of. */
export interface SessionPumpOptions {
    readonly io: PacketIo;
    /** `maxPlaintextBytes` is what the interface takes; what the path takes is found out. */
    readonly connection: ConnectionConfig;
    readonly timeouts?: Partial<PumpTimeouts>;
    readonly clock?: Clock;
    /** The first datagram of the peer has come. */
    readonly onAnswered?: () => void;
    /** Called at most once: the path is dead, or the peer breaks the protocol. The pump has ended itself. */
    readonly onFailed: (error: ConnectError) => void;
}

/**
 * Drives a connection with real time, a real socket and real bytes: the shell around the protocol core. It turns when
 * something arrived, was offered or is due, and sleeps otherwise.
 */
export class SessionPump implements StreamPort {
    listener: StreamPortListener = { onRecord: () => undefined, onData: () => undefined };
    private readonly io: PacketIo;
    private readonly clock: Clock;
    private readonly silence: SilenceWatch;
    private readonly connection: Connection;
    private readonly mtu: PathMtuSearch;
    private readonly records = new RecordReader(record => this.listener.onRecord(record));
    private readonly log = new OutgoingLog(RECORD_ROOM_BYTES);
    private readonly blocks = new OutgoingBlocks();
    private readonly scratch: Buffer;
    private readonly idleWaiters = new PatientWaiters();
    private readonly toDispose: Disposable[] = [];
    private timer: { readonly dueMs: number; readonly handle: Disposable } | undefined;
    private isTurnDue = false;
    private isMoving = false;
    private highestNumber = -1;
    /** Of the packets that came from the peer's address. */
    private highestFromPeer = -1;
    private ended: ConnectError | undefined;

    constructor(private readonly options: SessionPumpOptions) {
        this.io = options.io;
        this.clock = options.clock ?? systemClock;
        this.silence = new SilenceWatch({ ...DEFAULT_TIMEOUTS, ...options.timeouts });
        this.scratch = Buffer.alloc(options.connection.maxPlaintextBytes);
        const { maxPlaintextBytes, overheadBytes } = options.connection;
        const baseBytes = BASE_PACKET_BYTES - overheadBytes - (LONG_HEADER_BYTES - HEADER_BYTES);
        this.mtu = new PathMtuSearch(baseBytes, maxPlaintextBytes);
        this.connection = new Connection(
            { ...options.connection, maxPlaintextBytes: this.mtu.currentBytes },
            {
                onData: (stream, offset, bytes) => this.onData(stream, offset, bytes),
                onBlocks: run => this.onBlocks(run),
                onAcknowledged: slice => this.onAcknowledged(slice),
                onProbe: (bytes, arrived) => this.onProbe(bytes, arrived)
            }
        );
        this.io.onPacket = (number, plaintext) => {
            this.highestFromPeer = Math.max(this.highestFromPeer, number);
            this.onPacket(number, plaintext);
        };
        this.io.onPackets = (...packets) => this.onPackets(...packets);
        this.io.onForeignPacket = (...packet) => this.onForeignPacket(...packet);
        this.io.onWritable = () => this.wake();
    }

    /** Begins to watch the path, and to ask for a sign of life. The client connects its packet I/O first. */
    start(): void {
        const care = setInterval(() => this.takeCare(), CARE_INTERVAL_MS);
        this.toDispose.push({ dispose: () => clearInterval(care) });
        this.connection.ping();
        this.wake();
    }

    sendRecord(record: MetaRecord): Promise<void> {
        if (this.ended) {
            return Promise.reject(this.ended);
        }
        const start = this.log.endOffset;
        this.log.append(encodeRecordInPlace(record));
        this.connection.offer(META_STREAM, start, this.log.endOffset);
        this.wake();
        return this.log.room();
    }

    sendRecords(records: readonly MetaRecord[]): Promise<void> {
        if (this.ended) {
            return Promise.reject(this.ended);
        }
        const start = this.log.endOffset;
        for (const record of records) {
            this.log.append(encodeRecordInPlace(record));
        }
        this.connection.offer(META_STREAM, start, this.log.endOffset);
        this.wake();
        return this.log.room();
    }

    sendData(offset: number, bytes: Uint8Array): Promise<void> {
        if (this.ended) {
            return Promise.reject(this.ended);
        }
        const acknowledged = this.blocks.add(offset, bytes);
        this.connection.offer(DATA_STREAM, offset, offset + bytes.length);
        this.wake();
        return acknowledged;
    }

    expectNothing(start: number, end: number): void {
        this.connection.markReceived(DATA_STREAM, start, end);
    }

    setReceiveWindow(bytes: number): void {
        this.connection.setReceiveWindow(bytes);
        this.wake();
    }

    setRate(rate: RateSettings): void {
        this.connection.setRate(rate);
        this.wake();
    }

    stats(): ConnectionStats {
        return this.connection.stats();
    }

    /** How long nothing has come from the peer, in ms; not counting time in which this process slept. */
    get silenceMs(): number {
        return this.silence.silentMs;
    }

    /** A datagram of this session that arrived elsewhere, at the port the server's sessions share. */
    inject(datagram: Uint8Array, address: string, port: number): void {
        this.io.inject(datagram, address, port);
    }

    /** Resolves when the peer has everything that was given, or after `withinMs`. */
    drained(withinMs: number): Promise<void> {
        return this.connection.isIdle || this.ended
            ? Promise.resolve()
            : this.idleWaiters.wait(this.clock, withinMs);
    }

    /** Stops everything; whoever still waits for something gets `error`. Idempotent. */
    end(error: ConnectError): void {
        if (this.ended) {
            return;
        }
        this.ended = error;
        this.timer?.handle.dispose();
        this.toDispose.forEach(item => item.dispose());
        this.io.close();
        this.log.abandon(error);
        this.blocks.abandon(error);
        this.idleWaiters.settle();
    }

    private fail(error: ConnectError): void {
        if (!this.ended) {
            this.end(error);
            this.options.onFailed(error);
        }
    }

    private onPacket(packetNumber: number, plaintext: Uint8Array): void {
        if (this.ended) {
            return;
        }
        try {
            this.connection.onPacket(this.clock.now(), packetNumber, plaintext);
        } catch (error) {
            this.fail(ConnectError.from(error));
            return;
        }
        this.heard(packetNumber);
    }

    private onPackets(packets: PacketTable, from: number, to: number, highest: number): void {
        // Once for all of them: they have arrived before, while nobody looked.
        const now = this.clock.now();
        this.highestFromPeer = Math.max(this.highestFromPeer, highest);
        try {
            for (let row = from; row < to && !this.ended;) {
                row = this.connection.onPackets(now, packets, row, to);
            }
            this.heard(highest);
        } catch (error) {
            this.fail(ConnectError.from(error));
        }
    }

    private heard(highestNumber: number): void {
        if (this.highestNumber < 0 && !this.ended) {
            this.probePath();
            this.options.onAnswered?.();
        }
        this.highestNumber = Math.max(this.highestNumber, highestNumber);
        this.wake();
    }

    private onProbe(plaintextBytes: number, arrived: boolean): void {
        this.mtu.onProbe(this.clock.now(), plaintextBytes, arrived);
        this.connection.setMaxPlaintextBytes(this.mtu.currentBytes);
        this.probePath();
    }

    private probePath(): void {
        const bytes = this.mtu.nextProbe(this.clock.now());
        if (bytes !== undefined) {
            this.connection.probe(bytes);
        }
    }

    /**
     * Only a packet newer than all others proves that the peer itself is at the new address: a recorded one that
     * somebody sends again is older than the last the peer sent. When both wait in their sockets, the copy may be read
     * first; so this looks again after the event loop has gone through all sockets once.
     */
    private onForeignPacket(
        packetNumber: number,
        plaintext: Uint8Array,
        address: string,
        port: number
    ): void {
        if (packetNumber > this.highestNumber && !this.isMoving) {
            this.isMoving = true;
            setImmediate(() => setImmediate(() => void this.follow(packetNumber, address, port)));
        }
        this.onPacket(packetNumber, plaintext);
    }

    private async follow(packetNumber: number, address: string, port: number): Promise<void> {
        try {
            if (!this.ended && this.highestFromPeer < packetNumber) {
                await this.io.connect(address, port);
                this.wake();
            }
        } catch (error) {
            this.fail(ConnectError.from(error));
        } finally {
            this.isMoving = false;
        }
    }

    private onData(stream: StreamId, offset: number, bytes: Uint8Array): void {
        if (stream === META_STREAM) {
            this.records.onBytes(offset, bytes);
        } else {
            this.listener.onData(offset, bytes);
        }
    }

    private onBlocks(run: BlockRun): void {
        if (this.listener.onBlocks) {
            this.listener.onBlocks(run);
        } else {
            forEachBlock(run, (offset, bytes) => this.listener.onData(offset, bytes));
        }
    }

    private onAcknowledged(slice: StreamSlice): void {
        const outgoing = slice.stream === META_STREAM ? this.log : this.blocks;
        outgoing.acknowledge(slice.offset, slice.length);
    }

    /** Asks for a turn once the event loop has handed over what else is there. */
    private wake(): void {
        if (!this.isTurnDue && !this.ended) {
            this.isTurnDue = true;
            setImmediate(() => {
                this.isTurnDue = false;
                this.turn();
            });
        }
    }

    private turn(): void {
        if (this.ended) {
            return;
        }
        try {
            this.turnOnce();
        } catch (error) {
            this.fail(ConnectError.from(error));
        }
    }

    private turnOnce(): void {
        const now = this.clock.now();
        const due = this.connection.nextTimeoutMs();
        if (due !== undefined && due <= now) {
            this.connection.onTimeout(now);
        }
        const sent = this.transmitBatch(now);
        if (this.connection.isIdle) {
            this.idleWaiters.settle();
        }
        if (sent === this.io.batchPackets) {
            this.wake();
        } else {
            this.arm();
        }
    }

    /** Returns how many packets these were. */
    private transmitBatch(now: number): number {
        const { batchPackets } = this.io;
        let [sent, sentMs, untilClock] = [0, now, PACKETS_PER_CLOCK];
        while (sent < batchPackets && this.io.isWritable) {
            // Asking for the time is not free, and a few packets take some microseconds together.
            if (sent >= untilClock) {
                sentMs = this.clock.now();
                untilClock = sent + PACKETS_PER_CLOCK;
            }
            const run = this.connection.pollRun(sentMs, batchPackets - sent);
            if (run) {
                this.io.sendRun(run, this.payload(run.slice));
                sent += run.count;
                continue;
            }
            const packet = this.connection.pollTransmit(sentMs);
            if (!packet) {
                break;
            }
            this.transmit(packet);
            sent += 1;
        }
        this.io.flush();
        return sent;
    }

    private transmit(packet: OutgoingPacket): void {
        this.io.send(packet.packetNumber, packet.head, packet.slice && this.payload(packet.slice));
    }

    private payload({ stream, offset, length }: StreamSlice): Uint8Array {
        if (stream === DATA_STREAM) {
            return this.blocks.view(offset, length);
        }
        const target = this.scratch.subarray(0, length);
        this.log.copy(offset, target);
        return target;
    }

    /** One timer, for the next thing that is due; it may fire early, which costs an empty turn. */
    private arm(): void {
        const now = this.clock.now();
        const dueMs = this.connection.nextTimeoutMs();
        if (dueMs === undefined || !this.io.isWritable || (this.timer && this.timer.dueMs <= dueMs)) {
            return;
        }
        this.timer?.handle.dispose();
        const fire = (): void => {
            this.timer = undefined;
            this.turn();
        };
        const delayMs = Math.max(1, dueMs - now);
        this.timer = { dueMs, handle: this.clock.setTimeout(fire, delayMs) };
    }

    private takeCare(): void {
        const now = this.clock.now();
        const heard = this.connection.stats().lastHeardMs;
        const result = this.silence.check(now, heard);
        if (heard !== undefined) {
            this.watchPath(now);
        }
        if (result instanceof ConnectError) {
            this.fail(result);
        } else if (result === 'ask') {
            this.connection.ping();
            this.wake();
        }
    }

    private watchPath(now: number): void {
        if (this.mtu.checkBlackHole(now, this.connection.stats())) {
            this.connection.setMaxPlaintextBytes(this.mtu.currentBytes);
        }
        this.probePath();
        this.wake();
    }
}
