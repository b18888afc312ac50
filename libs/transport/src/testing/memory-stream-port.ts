import { ConnectError, Random, seededRandom } from '@connect/base';
import { StreamPort, StreamPortListener } from '../node/stream-port';
import { encodeRecord, MetaRecord } from '../proto/meta-records';
import { RecordReader } from '../proto/record-stream';
import { ConnectionStats } from '../proto/types';

/** How the network between two ports in memory behaves. */
export interface MemoryLinkOptions {
    readonly seed?: number;
    /** Data is delivered in pieces of this size. Default 64 KiB. */
    readonly pieceBytes?: number;
    /** A piece is picked from so many that wait. 1 keeps the order. Default 8. */
    readonly reorder?: number;
    /** When so many data bytes have been delivered, the link is cut: both ports fail. */
    readonly cutAfterBytes?: number;
    /** Called once when the link is cut, before the ports tell their users. */
    readonly onCut?: () => void;
    /** So many of the data bytes delivered up to now may wait for the disk; more are held back, in order. Default: all. */
    readonly aheadBytes?: number;
    /** With `aheadBytes`: how many of them are on the disk. */
    readonly writtenBytes?: () => number;
    /** May change the bytes of a piece on its way. */
    readonly mangle?: (offset: number, bytes: Uint8Array) => Uint8Array;
}

interface Piece {
    readonly offset: number;
    readonly bytes: Uint8Array;
    readonly onDelivered: () => void;
}

/** Pieces and records that are delivered in one turn of the event loop. */
const PER_TURN = 8;
const RECORD_ROOM = 4096;

/** One end of a link in memory: the {@link StreamPort} contract without a network. */
export class MemoryStreamPort implements StreamPort {
    listener: StreamPortListener = { onRecord: () => undefined, onData: () => undefined };
    /** Data bytes that arrived here. */
    receivedBytes = 0;
    recordsReceived = 0;
    private peer!: MemoryStreamPort;
    private readonly records: Uint8Array[] = [];
    private readonly pieces: Piece[] = [];
    private readonly waiters: Array<{ resolve: () => void; reject: (error: ConnectError) => void }> = [];
    private readonly room: Array<{ resolve: () => void; reject: (error: ConnectError) => void }> = [];
    private peerWindow = Number.POSITIVE_INFINITY;
    private readPosition = 0;
    private isTurnDue = false;
    private failure: ConnectError | undefined;
    private readonly reader = new RecordReader(record => {
        this.recordsReceived += 1;
        this.listener.onRecord(record);
    });

    private constructor(
        private readonly random: Random,
        private readonly options: MemoryLinkOptions
    ) {}

    /** Two ends that are connected. */
    static pair(options: MemoryLinkOptions = {}): [MemoryStreamPort, MemoryStreamPort] {
        const random = seededRandom(options.seed ?? 1);
        const [a, b] = [new MemoryStreamPort(random, options), new MemoryStreamPort(random, options)];
        a.peer = b;
        b.peer = a;
        return [a, b];
    }

    sendRecord(record: MetaRecord): Promise<void> {
        if (this.failure) {
            return Promise.reject(this.failure);
        }
        this.records.push(encodeRecord(record));
        this.schedule();
        if (this.records.length < RECORD_ROOM) {
            return Promise.resolve();
        }
        return new Promise((resolve, reject) => this.room.push({ resolve, reject }));
    }

    async sendRecords(records: readonly MetaRecord[]): Promise<void> {
        await Promise.all(records.map(record => this.sendRecord(record)));
    }

    sendData(offset: number, bytes: Uint8Array): Promise<void> {
        if (this.failure) {
            return Promise.reject(this.failure);
        }
        const size = this.options.pieceBytes ?? 64 * 1024;
        return new Promise((resolve, reject) => {
            const waiter = { resolve, reject };
            this.waiters.push(waiter);
            let missing = Math.ceil(bytes.length / size);
            const onDelivered = (): void => {
                if (--missing === 0) {
                    this.waiters.splice(this.waiters.indexOf(waiter), 1);
                    resolve();
                }
            };
            for (let at = 0; at < bytes.length; at += size) {
                this.pieces.push({ offset: offset + at, bytes: bytes.subarray(at, at + size), onDelivered });
            }
            this.schedule();
        });
    }

    expectNothing(): void {
        // Nothing is counted here.
    }

    setReceiveWindow(bytes: number): void {
        this.peer.peerWindow = bytes;
        this.peer.schedule();
    }

    stats(): ConnectionStats {
        return {
            packetsSent: 0,
            packetsLost: 0,
            packetsReceived: 0,
            packetsDuplicate: 0,
            packetsMissing: 0,
            streamBytesSent: this.peer.receivedBytes,
            streamBytesRetransmitted: 0,
            streamBytesAcknowledged: this.peer.receivedBytes,
            streamBytesReceived: this.receivedBytes,
            bytesInFlight: 0,
            smoothedRttMs: 0,
            minRttMs: 0,
            sendRateBps: 0,
            lastHeardMs: undefined
        };
    }

    /** Ends the link for both sides. */
    cut(error = new ConnectError('transfer.connection-lost', 'The link was cut')): void {
        for (const port of [this, this.peer]) {
            if (!port.failure) {
                port.failure = error;
                port.pieces.length = 0;
                port.records.length = 0;
                [...port.waiters.splice(0), ...port.room.splice(0)].forEach(waiter => waiter.reject(error));
            }
        }
    }

    private schedule(): void {
        if (!this.isTurnDue && !this.failure) {
            this.isTurnDue = true;
            setImmediate(() => this.turn());
        }
    }

    private turn(): void {
        this.isTurnDue = false;
        for (const record of this.records.splice(0, PER_TURN * 32)) {
            this.peer.takeRecord(record);
        }
        if (this.records.length < RECORD_ROOM) {
            this.room.splice(0).forEach(waiter => waiter.resolve());
        }
        let budget = Math.min(
            this.peerWindow,
            this.roomAheadOfDisk(),
            PER_TURN * (this.options.pieceBytes ?? 64 * 1024)
        );
        while (this.pieces.length > 0 && budget > 0 && !this.failure) {
            const among = Math.min(this.pieces.length, this.options.reorder ?? 8);
            const [piece] = this.pieces.splice(this.random.nextUint32() % among, 1);
            budget -= piece!.bytes.length;
            this.deliver(piece!);
        }
        if (this.records.length > 0 || (this.pieces.length > 0 && this.peerWindow > 0)) {
            this.schedule();
        }
    }

    private roomAheadOfDisk(): number {
        const { aheadBytes = Number.POSITIVE_INFINITY, writtenBytes } = this.options;
        return aheadBytes - (this.peer.receivedBytes - (writtenBytes?.() ?? 0));
    }

    private takeRecord(framed: Uint8Array): void {
        if (!this.failure) {
            const at = this.readPosition;
            this.readPosition += framed.length;
            this.reader.onBytes(at, framed);
        }
    }

    private deliver(piece: Piece): void {
        const bytes = this.options.mangle?.(piece.offset, piece.bytes) ?? piece.bytes;
        this.peer.receivedBytes += bytes.length;
        this.peer.listener.onData(piece.offset, bytes);
        piece.onDelivered();
        const limit = this.options.cutAfterBytes;
        if (limit !== undefined && this.peer.receivedBytes >= limit && !this.failure) {
            this.options.onCut?.();
            this.cut();
        }
    }
}
