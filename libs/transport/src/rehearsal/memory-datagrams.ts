import { createCipheriv } from 'node:crypto';
import { SessionDatagram } from '../control/session-launch';
import { NativeAddon, NativeSocket } from '../node/native-addon';
import { encodeHeader, headerBytes, LONG_HEADER_BYTES, TAG_BYTES } from '../proto/packet-header';
import { TABLE_COLUMNS } from '../proto/packet-table';
import { readUint64 } from '../proto/varint';

/** Ports that sockets get which ask for any. */
const FIRST_FREE_PORT = 1024;
const HOST = '127.0.0.1';

type StrayListener = (datagram: SessionDatagram) => void;

interface Waiting {
    readonly packetNumber: number;
    readonly text: Uint8Array;
}

/**
 * Datagrams that never leave the process: the addon as far as packets are concerned. Texts reach a socket that is
 * connected to their sender as they are; else they are sealed, for whoever looks after a server's port.
 */
export class MemoryDatagrams {
    private readonly sockets = new Map<number, MemoryPacketSocket>();
    private nextPort = FIRST_FREE_PORT;
    /** Datagrams that nobody has listened for. */
    readonly stray: SessionDatagram[] = [];
    /** Hears what a socket has sealed for a peer that is not connected to it. */
    onStray: StrayListener = datagram => this.stray.push(datagram);

    /** What sends and receives here instead of on a network. */
    readonly addon: NativeAddon = {
        PacketSocket: socketsOf(this),
        longHeaderBytes: LONG_HEADER_BYTES,
        hasGso: false,
        hasGro: false,
        gather: gatherTexts
    };

    /** Gives a socket its port: `wanted`, or any for 0. */
    bind(socket: MemoryPacketSocket, wanted: number): number {
        const port = wanted === 0 ? this.nextPort++ : wanted;
        this.sockets.set(port, socket);
        return port;
    }

    release(socket: MemoryPacketSocket): void {
        this.sockets.delete(socket.port);
    }

    deliver(from: MemoryPacketSocket, packetNumber: number, text: Uint8Array): void {
        const target = this.sockets.get(from.peerPort);
        if (target?.peerPort === from.port) {
            target.take({ packetNumber, text: Uint8Array.from(text) });
        } else {
            const bytes = from.sealed(packetNumber, text);
            setImmediate(() => this.onStray({ type: 'datagram', bytes, address: HOST, port: from.port }));
        }
    }
}

function socketsOf(network: MemoryDatagrams): NativeAddon['PacketSocket'] {
    return class extends MemoryPacketSocket {
        constructor(_address: string, port: number) {
            super(network, port);
        }
    };
}

const gatherTexts: NonNullable<NativeAddon['gather']> = (ring, table, from, to, skip, target, at) => {
    let end = at;
    for (let row = from; row < to; row++) {
        const start = table[row * TABLE_COLUMNS]!;
        const text = ring.subarray(start + skip, start + table[row * TABLE_COLUMNS + 1]!);
        target.set(text, end);
        end += text.length;
    }
};

class MemoryPacketSocket implements NativeSocket {
    peerPort = 0;
    private seal: { key: Uint8Array; iv: Uint8Array; header: Uint8Array } | undefined;
    private hand: ((waiting: readonly Waiting[]) => void) | undefined;
    private readonly waiting: Waiting[] = [];
    readonly port: number;

    constructor(
        private readonly network: MemoryDatagrams,
        wanted: number
    ) {
        this.port = network.bind(this, wanted);
    }

    connect(_address: string, port: number): void {
        this.peerPort = port;
    }

    setPeer(_address: string, port: number): void {
        this.peerPort = port;
    }

    setSealKey(key: Uint8Array, iv: Uint8Array, header: Uint8Array): void {
        this.seal = { key, iv, header };
    }

    setOpenKey(): void {
        // nothing of what arrives here is sealed
    }

    start(ring: Uint8Array, table: Float64Array, onPackets: (count: number) => void): void {
        this.hand = waiting => {
            let at = 0;
            waiting.forEach(({ packetNumber, text }, row) => {
                ring.set(text, at);
                table.set([at, text.length, packetNumber, -1], row * TABLE_COLUMNS);
                at += text.length;
            });
            onPackets(waiting.length);
        };
    }

    send(
        slab: Uint8Array,
        lengths: Int32Array,
        numbers: Float64Array,
        longs: Uint8Array,
        count: number
    ): boolean {
        let at = 0;
        for (let index = 0; index < count; index++) {
            const end = at + lengths[index]!;
            const text = slab.subarray(at + headerBytes(longs[index] === 1), end - TAG_BYTES);
            this.network.deliver(this, numbers[index]!, text);
            at = end;
        }
        return true;
    }

    sendRun(
        heads: Uint8Array,
        headBytes: number,
        payload: Uint8Array,
        blockBytes: number,
        first: number
    ): boolean {
        for (let index = 0; index * blockBytes < payload.length; index++) {
            const head = heads.subarray(index * headBytes, (index + 1) * headBytes);
            const block = payload.subarray(index * blockBytes, (index + 1) * blockBytes);
            this.network.deliver(this, first + index, Buffer.concat([head, block]));
        }
        return true;
    }

    senderOf(): [string, number] {
        return [HOST, this.peerPort];
    }

    localPort(): number {
        return this.port;
    }

    counters(): [number, number, number, number] {
        return [0, 0, 0, 0];
    }

    close(): void {
        this.hand = undefined;
        this.network.release(this);
    }

    take(packet: Waiting): void {
        if (this.waiting.push(packet) === 1) {
            setImmediate(() => this.hand?.(this.waiting.splice(0)));
        }
    }

    /** With a long header, as the first packets of a client have. */
    sealed(packetNumber: number, text: Uint8Array): Buffer {
        const { key, iv, header } = this.seal!;
        const nonce = Buffer.from(iv);
        nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ packetNumber) >>> 0, 8);
        const clear = Buffer.alloc(LONG_HEADER_BYTES);
        const sessionId = readUint64(header, LONG_HEADER_BYTES - 8);
        encodeHeader(clear, 0, { fromServer: false, packetNumber, sessionId });
        const cipher = createCipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, nonce);
        cipher.setAAD(clear);
        return Buffer.concat([clear, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
    }
}
