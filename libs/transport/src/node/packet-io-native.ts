import { isIP } from 'node:net';
import { headerBytes, namesSession, PACKET_NUMBER_LIMIT, TAG_BYTES } from '../proto/packet-header';
import { PacketTable, TABLE_COLUMNS } from '../proto/packet-table';
import { OutgoingRun } from '../proto/types';
import {
    MAX_NATIVE_BATCH,
    NativeAddon,
    NativeSocket,
    NativeTexts,
    nativeTexts,
    RING_SLOTS,
    SLOT_BYTES
} from './native-addon';
import { HeldPort, PacketIo, PacketIoCounters, PacketIoProvider, PacketKeys } from './packet-io';
import { deriveKeys, directionHeader, PacketSealer } from './packet-sealer';
import { sendOneByOne } from './send-one-by-one';
import { noFreePort, unusable } from './udp-errors';

/** A few trains of datagrams; small enough to stay in the cache between being written, sealed and sent. */
const BATCH_PACKETS = 128;
const SLAB_BYTES = 256 * 1024;
const TABLE_ROWS = 1024;

/** Where the socket of a session comes from. */
type NativeSource =
    | { readonly kind: 'client' }
    | { readonly kind: 'shared'; readonly host: string; readonly port: number }
    | { readonly kind: 'own'; readonly socket: NativeSocket };

const noop = (): void => undefined;

/** The table of an addon that copies many texts at once. */
class NativePacketTable extends PacketTable {
    constructor(
        private readonly texts: NativeTexts,
        ...memory: ConstructorParameters<typeof PacketTable>
    ) {
        super(...memory);
    }

    override gather(from: number, to: number, skip: number, target: Uint8Array, at: number): void {
        this.texts.gather(this.bytes, this.cells, from, to, skip, target, at);
    }
}

/** Packet I/O in native code: packets are sealed, sent, received and opened in batches. */
class NativePacketIo implements PacketIo {
    readonly kind = 'native';
    readonly batchPackets = BATCH_PACKETS;
    onPacket: PacketIo['onPacket'] = noop;
    onPackets: PacketIo['onPackets'];
    onForeignPacket: PacketIo['onForeignPacket'] = noop;
    onWritable: () => void = noop;
    private socket: NativeSocket | undefined;
    private peer: { readonly address: string; readonly port: number } | undefined;
    private isClosed = false;
    private isBlocked = false;
    /** Packets that wait for {@link flush}, one behind the other, each with room for header and tag. */
    private readonly slab = new Uint8Array(SLAB_BYTES);
    private readonly lengths = new Int32Array(MAX_NATIVE_BATCH);
    private readonly numbers = new Float64Array(MAX_NATIVE_BATCH);
    /** 1 for a packet that names its session. */
    private readonly longs = new Uint8Array(MAX_NATIVE_BATCH);
    private slabUsed = 0;
    private waiting = 0;
    /** What has arrived. Pages of it that are never written take no memory. */
    private readonly packets: PacketTable;
    private readonly injected: PacketSealer;
    /** Highest number that opened, with whichever socket; -1 before the first. */
    private highestNumber = -1;
    /** Of sockets that are closed, and of what was injected. */
    private readonly past = { sent: 0, opened: 0, rejected: 0, errors: 0 };

    constructor(
        private readonly addon: NativeAddon,
        private readonly keys: PacketKeys,
        private readonly source: NativeSource
    ) {
        this.injected = new PacketSealer(keys.session, keys.cipher, keys.isServer);
        const ring = new Uint8Array(RING_SLOTS * SLOT_BYTES);
        const table = new Float64Array(TABLE_ROWS * TABLE_COLUMNS);
        const texts = nativeTexts(addon);
        this.packets = texts ? new NativePacketTable(texts, ring, table) : new PacketTable(ring, table);
        if (source.kind === 'own') {
            this.start(source.socket);
        }
    }

    get localPort(): number {
        return this.socket?.localPort() ?? 0;
    }

    get isWritable(): boolean {
        return this.peer !== undefined && !this.isBlocked;
    }

    get counters(): PacketIoCounters {
        const [sent, opened, rejected, errors] = this.socket?.counters() ?? [0, 0, 0, 0];
        return {
            datagramsSent: this.past.sent + sent + this.waiting,
            datagramsOpened: this.past.opened + opened,
            datagramsRejected: this.past.rejected + rejected,
            socketErrors: this.past.errors + errors
        };
    }

    send(packetNumber: number, head: Uint8Array, payload: Uint8Array | undefined): void {
        if (!this.peer) {
            return;
        }
        const textBytes = head.length + (payload === undefined ? 0 : payload.length);
        const isAnswered = this.highestNumber >= 0;
        const isLong = namesSession(this.keys.isServer, isAnswered, head.length, payload !== undefined);
        const length = headerBytes(isLong) + textBytes + TAG_BYTES;
        if (this.slabUsed + length > SLAB_BYTES || this.waiting === MAX_NATIVE_BATCH) {
            this.flush();
        }
        const at = this.slabUsed + headerBytes(isLong);
        this.slab.set(head, at);
        if (payload !== undefined) {
            this.slab.set(payload, at + head.length);
        }
        this.lengths[this.waiting] = length;
        this.numbers[this.waiting] = packetNumber;
        this.longs[this.waiting] = isLong ? 1 : 0;
        this.waiting += 1;
        this.slabUsed += length;
    }

    sendRun(run: OutgoingRun, payload: Uint8Array): void {
        const isLong = namesSession(this.keys.isServer, this.highestNumber >= 0, run.headBytes, true);
        if (isLong || !this.socket?.sendRun) {
            sendOneByOne(this, run, payload);
            return;
        }
        this.flush();
        const { firstNumber, heads, headBytes, blockBytes } = run;
        if (!this.socket.sendRun(heads, headBytes, payload, blockBytes, firstNumber)) {
            this.isBlocked = true;
        }
    }

    flush(): void {
        const count = this.waiting;
        if (count === 0) {
            return;
        }
        this.waiting = 0;
        this.slabUsed = 0;
        if (this.socket && !this.socket.send(this.slab, this.lengths, this.numbers, this.longs, count)) {
            this.isBlocked = true;
        }
    }

    inject(datagram: Uint8Array, address: string, port: number): void {
        const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength);
        this.injected.expect(this.highestNumber + 1);
        const opened = this.isClosed ? undefined : this.injected.open(bytes);
        if (!opened) {
            this.past.rejected += 1;
            return;
        }
        this.past.opened += 1;
        this.highestNumber = Math.max(this.highestNumber, opened.packetNumber);
        if (port === this.peer?.port && address === this.peer.address) {
            this.onPacket(opened.packetNumber, opened.plaintext);
        } else {
            this.onForeignPacket(opened.packetNumber, opened.plaintext, address, port);
        }
    }

    async connect(address: string, port: number): Promise<void> {
        if (this.isClosed) {
            return;
        }
        try {
            if (this.source.kind === 'own') {
                this.source.socket.setPeer(address, port);
            } else {
                this.replaceSocket(this.connectedSocket(this.source, address, port));
            }
        } catch (error) {
            throw unusable(error, address, port);
        }
        this.peer = { address, port };
    }

    close(): void {
        if (this.isClosed) {
            return;
        }
        this.isClosed = true;
        this.peer = undefined;
        this.onPacket = noop;
        this.onPackets = undefined;
        this.onForeignPacket = noop;
        this.onWritable = noop;
        this.waiting = 0;
        this.replaceSocket(undefined);
    }

    private connectedSocket(
        source: Exclude<NativeSource, { kind: 'own' }>,
        address: string,
        port: number
    ): NativeSocket {
        const anywhere = isIP(address) === 6 ? '::' : '0.0.0.0';
        const socket =
            source.kind === 'shared'
                ? new this.addon.PacketSocket(source.host, source.port, true)
                : new this.addon.PacketSocket(anywhere, 0, false);
        try {
            socket.connect(address, port);
        } catch (error) {
            socket.close();
            throw error;
        }
        return socket;
    }

    private replaceSocket(socket: NativeSocket | undefined): void {
        if (this.socket) {
            const [sent, opened, rejected, errors] = this.socket.counters();
            this.past.sent += sent;
            this.past.opened += opened;
            this.past.rejected += rejected;
            this.past.errors += errors;
            this.socket.close();
        }
        this.socket = undefined;
        this.isBlocked = false;
        if (socket) {
            this.start(socket);
        }
    }

    private start(socket: NativeSocket): void {
        const { session, cipher, isServer } = this.keys;
        const keys = deriveKeys(session, cipher);
        const [mine, theirs] = isServer ? [keys.server, keys.client] : [keys.client, keys.server];
        const expected = Math.min(this.highestNumber + 1, PACKET_NUMBER_LIMIT - 1);
        socket.setSealKey(bare(mine.key), bare(mine.iv), bare(directionHeader(session, isServer)), 0);
        socket.setOpenKey(
            bare(theirs.key),
            bare(theirs.iv),
            bare(directionHeader(session, !isServer)),
            expected
        );
        socket.start(
            this.packets.bytes,
            this.packets.cells,
            count => this.onRows(socket, count),
            () => this.onUnblocked(socket)
        );
        this.socket = socket;
    }

    private onRows(socket: NativeSocket, count: number): void {
        const { cells } = this.packets;
        for (let row = 0; row < count && this.socket === socket;) {
            const slot = cells[row * TABLE_COLUMNS + 3]!;
            const first = row;
            if (slot >= 0) {
                const packetNumber = this.packets.numberOf(row);
                this.highestNumber = Math.max(this.highestNumber, packetNumber);
                row += 1;
                this.onForeignPacket(packetNumber, this.packets.textOf(first), ...socket.senderOf(slot));
                continue;
            }
            let highest = -1;
            for (; row < count && cells[row * TABLE_COLUMNS + 3]! < 0; row++) {
                highest = Math.max(highest, this.packets.numberOf(row));
            }
            this.highestNumber = Math.max(this.highestNumber, highest);
            this.onPeerRows(socket, first, row, highest);
        }
    }

    private onPeerRows(socket: NativeSocket, from: number, to: number, highest: number): void {
        if (this.onPackets) {
            this.onPackets(this.packets, from, to, highest);
            return;
        }
        for (let row = from; row < to && this.socket === socket; row++) {
            this.onPacket(this.packets.numberOf(row), this.packets.textOf(row));
        }
    }

    private onUnblocked(socket: NativeSocket): void {
        if (this.socket === socket) {
            this.isBlocked = false;
            this.onWritable();
        }
    }
}

/** The addon takes plain arrays, which a Buffer is not to everybody. */
function bare(bytes: Buffer): Uint8Array {
    return Uint8Array.from(bytes);
}

/** The implementation that stands on `addon`. */
export function nativePacketIo(addon: NativeAddon): PacketIoProvider {
    const offloads = [...(addon.hasGso ? ['GSO'] : []), ...(addon.hasGro ? ['GRO'] : [])];
    return {
        kind: 'native',
        description: offloads.length === 0 ? 'native' : `native with ${offloads.join(' and ')}`,
        client: keys => new NativePacketIo(addon, keys, { kind: 'client' }),
        shared: (keys, host, port) => new NativePacketIo(addon, keys, { kind: 'shared', host, port }),
        holdPort: async (host, first, last) => holdPort(addon, host, first, last)
    };
}

function holdPort(addon: NativeAddon, host: string, first: number, last: number): HeldPort {
    for (let port = first; port <= last; port++) {
        try {
            const socket = new addon.PacketSocket(host, port, false);
            return {
                port: socket.localPort(),
                open: keys => new NativePacketIo(addon, keys, { kind: 'own', socket }),
                release: () => socket.close()
            };
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
                throw unusable(error, host, port);
            }
        }
    }
    throw noFreePort(first, last);
}
