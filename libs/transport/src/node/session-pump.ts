import { Clock, ConnectError, Disposable, systemClock } from '@connect/base';
import { Connection } from '../proto/connection';
import { encodeRecordInPlace, MetaRecord } from '../proto/meta-records';
import { HEADER_BYTES, LONG_HEADER_BYTES } from '../proto/packet-header';
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
import { StreamPort, StreamPortListener } from './stream-port';

/** Unacknowledged records beyond which {@link SessionPump.sendRecord} makes its callers wait. */
const RECORD_ROOM_BYTES = 1024 * 1024;
const CARE_INTERVAL_MS = 250;
const PACKETS_PER_CLOCK = 8;
/** IP packet that every usual path carries (RFC 8899 §5.1.2, BASE_PLPMTU). */
const BASE_PACKET_BYTES = 1200;
/** With nothing heard for so long the peer is asked for a sign of life, which also keeps a NAT's mapping. */
const PING_AFTER_MS = 2000;

/** How long an end waits before it calls the path dead. */
export interface PumpTimeouts {
    /** For the first answer. */
    readonly probeMs: number;
    /** Between two datagrams later on. */
    readonly silenceMs: number;
}

export const DEFAULT_TIMEOUTS: PumpTimeouts = { probeMs: 10_000, silenceMs: 30_000 };

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
    private readonly timeouts: PumpTimeouts;
    private readonly connection: Connection;
    private readonly mtu: PathMtuSearch;
    private readonly records = new RecordReader(record => this.listener.onRecord(record));
    private readonly log = new OutgoingLog(RECORD_ROOM_BYTES);
    private readonly blocks = new OutgoingBlocks();
    private readonly scratch: Buffer;
    private readonly idleWaiters: Array<() => void> = [];
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
        this.timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
        this.scratch = Buffer.alloc(options.connection.maxPlaintextBytes);
        const { maxPlaintextBytes, overheadBytes } = options.connection;
        const baseBytes = BASE_PACKET_BYTES - overheadBytes - (LONG_HEADER_BYTES - HEADER_BYTES);
        this.mtu = new PathMtuSearch(baseBytes, maxPlaintextBytes);
        this.connection = new Connection(
            { ...options.connection, maxPlaintextBytes: this.mtu.currentBytes },
            {
                onData: (stream, offset, bytes) => this.onData(stream, offset, bytes),
                onAcknowledged: slice => this.onAcknowledged(slice),
                onProbe: (bytes, arrived) => this.onProbe(bytes, arrived)
            }
        );
        this.io.onPacket = (number, plaintext) => {
            this.highestFromPeer = Math.max(this.highestFromPeer, number);
            this.onPacket(number, plaintext);
        };
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
        return this.silentMs;
    }

    /** A datagram of this session that arrived elsewhere, at the port the server's sessions share. */
    inject(datagram: Uint8Array, address: string, port: number): void {
        this.io.inject(datagram, address, port);
    }

    /** Resolves when the peer has everything that was given, or after `withinMs`. */
    drained(withinMs: number): Promise<void> {
        if (this.connection.isIdle || this.ended) {
            return Promise.resolve();
        }
        return new Promise(resolve => {
            const timeout = this.clock.setTimeout(resolve, withinMs);
            this.idleWaiters.push(() => {
                timeout.dispose();
                resolve();
            });
        });
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
        this.settleIdleWaiters();
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
        if (this.highestNumber < 0) {
            this.probePath();
            this.options.onAnswered?.();
        }
        this.highestNumber = Math.max(this.highestNumber, packetNumber);
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
        let sent = 0;
        let sentMs = now;
        while (sent < this.io.batchPackets && this.io.isWritable) {
            // Asking for the time is not free, and a few packets take some microseconds together.
            sentMs = sent % PACKETS_PER_CLOCK === 0 ? this.clock.now() : sentMs;
            const packet = this.connection.pollTransmit(sentMs);
            if (!packet) {
                break;
            }
            this.transmit(packet);
            sent += 1;
        }
        this.io.flush();
        if (this.connection.isIdle) {
            this.settleIdleWaiters();
        }
        if (sent === this.io.batchPackets) {
            this.wake();
        } else {
            this.arm();
        }
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

    private silentMs = 0;
    private lastCareMs: number | undefined;
    private lastHeardMs: number | undefined;

    /**
     * Counts silence in steps of at most a second, so that a process that was stopped for a minute does not take its
     * own sleep for the peer's.
     */
    private takeCare(): void {
        const now = this.clock.now();
        const heard = this.connection.stats().lastHeardMs;
        const step = Math.min(1000, now - (this.lastCareMs ?? now));
        this.lastCareMs = now;
        this.silentMs = heard === this.lastHeardMs ? this.silentMs + step : 0;
        this.lastHeardMs = heard;
        if (heard !== undefined) {
            this.watchPath(now);
        }
        if (heard === undefined && this.silentMs >= this.timeouts.probeMs) {
            this.fail(noAnswer(this.timeouts.probeMs));
        } else if (heard !== undefined && this.silentMs >= this.timeouts.silenceMs) {
            this.fail(silence(this.timeouts.silenceMs));
        } else if (heard === undefined || this.silentMs >= PING_AFTER_MS) {
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

    private settleIdleWaiters(): void {
        this.idleWaiters.splice(0).forEach(settle => settle());
    }
}

function noAnswer(afterMs: number): ConnectError {
    return new ConnectError(
        'transfer.udp-blocked',
        `No answer over UDP within ${Math.round(afterMs / 1000)} s, while SSH works`
    );
}

function silence(afterMs: number): ConnectError {
    return new ConnectError(
        'transfer.udp-stalled',
        `Nothing arrived over UDP for ${Math.round(afterMs / 1000)} s`
    );
}
