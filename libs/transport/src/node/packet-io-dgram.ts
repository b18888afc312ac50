import { createSocket, RemoteInfo, Socket, SocketOptions } from 'node:dgram';
import { isIP } from 'node:net';
import { Disposable } from '@connect/base';
import { decodeHeader, namesSession } from '../proto/packet-header';
import { socksHeader, socksPayloadStart } from '../proto/socks-datagram';
import { OutgoingRun } from '../proto/types';
import { HeldPort, PacketIo, PacketIoCounters, PacketIoProvider, PacketKeys } from './packet-io';
import { PacketSealer } from './packet-sealer';
import { sendOneByOne } from './send-one-by-one';
import { noFreePort, unusable } from './udp-errors';

/** Asked for in this order until the system agrees: its defaults lose packets at some hundred Mbit/s. */
const BUFFER_SIZES = [8 << 20, 4 << 20, 2 << 20, 1 << 20];
/** More than this inside the process would only be latency that no controller sees. */
const MAX_QUEUED_BYTES = 512 * 1024;
const QUEUE_CHECK_MS = 2;
/** No more than libuv reads from a socket in one turn, so that received packets are never left behind by sent ones. */
const BATCH_PACKETS = 32;
const CLAIM_ATTEMPTS = 20;
const CLAIM_INTERVAL_MS = 150;

/** Where the socket of a session comes from. */
export type DgramSource =
    /** A port of its own, chosen by the system, connected to the one peer. */
    | { readonly kind: 'client' }
    /** The same, through the relay of a SOCKS5 proxy; peers may be names. */
    | { readonly kind: 'relayed'; readonly host: string; readonly port: number }
    /** A port that a {@link UdpListener} of another process holds: bound beside it and connected to the one peer. */
    | { readonly kind: 'shared'; readonly host: string; readonly port: number }
    /** A socket that nobody else shares, bound already. */
    | { readonly kind: 'own'; readonly socket: Socket };

const noop = (): void => undefined;

/** Packet I/O with `node:dgram` and `node:crypto`: one system call and one cipher object per datagram. */
export class DgramPacketIo implements PacketIo {
    readonly kind = 'dgram';
    readonly batchPackets = BATCH_PACKETS;
    onPacket: PacketIo['onPacket'] = noop;
    /** Each datagram comes by itself here. */
    onPackets: PacketIo['onPackets'];
    onForeignPacket: PacketIo['onForeignPacket'] = noop;
    onWritable: () => void = noop;
    private socket: Socket | undefined;
    private peer: { readonly address: string; readonly port: number } | undefined;
    private queueCheck: NodeJS.Timeout | undefined;
    private isClosed = false;
    private readonly sealer: PacketSealer;
    /** Stands before every datagram to the peer. */
    private head: Uint8Array | undefined;
    private readonly count = { sent: 0, opened: 0, rejected: 0, errors: 0 };

    constructor(
        private readonly keys: PacketKeys,
        private readonly source: DgramSource
    ) {
        this.sealer = new PacketSealer(keys.session, keys.cipher, keys.isServer);
        if (source.kind === 'own') {
            this.socket = source.socket;
            source.socket.on('message', (bytes, from) => this.onDatagram(bytes, from));
            this.watch(source.socket);
        }
    }

    get localPort(): number {
        return this.socket?.address().port ?? 0;
    }

    get counters(): PacketIoCounters {
        return {
            datagramsSent: this.count.sent,
            datagramsOpened: this.count.opened,
            datagramsRejected: this.count.rejected,
            socketErrors: this.count.errors
        };
    }

    get isWritable(): boolean {
        if (!this.socket || !this.peer) {
            return false;
        }
        if (this.socket.getSendQueueSize() <= MAX_QUEUED_BYTES) {
            return true;
        }
        this.queueCheck ??= setInterval(() => this.checkQueue(), QUEUE_CHECK_MS);
        return false;
    }

    send(packetNumber: number, head: Uint8Array, payload: Uint8Array | undefined): void {
        if (!this.socket || !this.peer) {
            return;
        }
        const isAnswered = this.count.opened > 0;
        const isLong = namesSession(this.keys.isServer, isAnswered, head.length, payload !== undefined);
        const sealed = this.sealer.seal(packetNumber, head, payload, isLong);
        const datagram = this.head ? Buffer.concat([this.head, sealed]) : sealed;
        this.count.sent += 1;
        if (this.source.kind === 'own') {
            this.socket.send(datagram, this.peer.port, this.peer.address);
        } else {
            this.socket.send(datagram);
        }
    }

    sendRun(run: OutgoingRun, payload: Uint8Array): void {
        sendOneByOne(this, run, payload);
    }

    /** Nothing is held back here. */
    flush(): void {}

    inject(datagram: Uint8Array, address: string, port: number): void {
        const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength);
        this.onDatagram(bytes, { address, port });
    }

    async connect(address: string, port: number): Promise<void> {
        if (this.source.kind !== 'own') {
            const bindTo = this.source.kind === 'shared' ? this.source : undefined;
            const relay = this.source.kind === 'relayed' ? this.source : undefined;
            const socket = await connectedSocket(relay?.host ?? address, relay?.port ?? port, bindTo);
            this.head = relay && socksHeader(address, port);
            if (this.isClosed) {
                socket.close();
                return;
            }
            socket.on('message', bytes => (relay ? this.onRelayed(bytes) : this.onDatagram(bytes)));
            this.watch(socket);
            this.socket?.close();
            this.socket = socket;
        }
        this.peer = { address, port };
    }

    close(): void {
        if (this.isClosed) {
            return;
        }
        this.isClosed = true;
        clearInterval(this.queueCheck);
        this.onPacket = noop;
        this.onForeignPacket = noop;
        this.onWritable = noop;
        this.socket?.close();
        this.socket = undefined;
    }

    /** Who sent it is no matter: it opens, or it does not. */
    private onRelayed(bytes: Buffer): void {
        const start = socksPayloadStart(bytes);
        if (start === undefined) {
            this.count.rejected += 1;
        } else {
            this.onDatagram(bytes.subarray(start));
        }
    }

    /** `from` is given only where datagrams of any sender arrive. */
    private onDatagram(bytes: Buffer, from?: Pick<RemoteInfo, 'address' | 'port'>): void {
        const opened = this.isClosed ? undefined : this.sealer.open(bytes);
        if (!opened) {
            this.count.rejected += 1;
            return;
        }
        this.count.opened += 1;
        if (from && (from.port !== this.peer?.port || from.address !== this.peer.address)) {
            this.onForeignPacket(opened.packetNumber, opened.plaintext, from.address, from.port);
        } else {
            this.onPacket(opened.packetNumber, opened.plaintext);
        }
    }

    private watch(socket: Socket): void {
        socket.on('error', () => (this.count.errors += 1));
    }

    private checkQueue(): void {
        if (this.isWritable) {
            clearInterval(this.queueCheck);
            this.queueCheck = undefined;
            this.onWritable();
        }
    }
}

/** A client's packet I/O whose datagrams go through the relay of a SOCKS5 proxy. */
export function relayedPacketIo(
    keys: PacketKeys,
    relay: { readonly host: string; readonly port: number }
): PacketIo {
    return new DgramPacketIo(keys, { kind: 'relayed', host: relay.host, port: relay.port });
}

/** Works on every system. */
export const dgramPacketIo: PacketIoProvider = {
    kind: 'dgram',
    description: 'dgram',
    client: keys => new DgramPacketIo(keys, { kind: 'client' }),
    shared: (keys, host, port) => new DgramPacketIo(keys, { kind: 'shared', host, port }),
    async holdPort(host, first, last): Promise<HeldPort> {
        const socket = await bindFromRange(host, first, last);
        return {
            port: socket.address().port,
            open: keys => new DgramPacketIo(keys, { kind: 'own', socket }),
            release: () => socket.close()
        };
    }
};

async function bindFromRange(host: string, first: number, last: number): Promise<Socket> {
    for (let port = first; port <= last; port++) {
        const socket = newSocket(host, {});
        try {
            await bind(socket, host, port);
            enlargeBuffers(socket);
            return socket;
        } catch (error) {
            socket.close();
            if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
                throw unusable(error, host, port);
            }
        }
    }
    throw noFreePort(first, last);
}

async function connectedSocket(
    address: string,
    port: number,
    bindTo: { readonly host: string; readonly port: number } | undefined
): Promise<Socket> {
    const socket = newSocket(bindTo?.host ?? address, { reuseAddr: bindTo !== undefined });
    try {
        await bind(socket, bindTo?.host, bindTo?.port ?? 0);
        await new Promise<void>((resolve, reject) => {
            socket.once('error', reject);
            socket.connect(port, address, () => {
                socket.off('error', reject);
                resolve();
            });
        });
        enlargeBuffers(socket);
        return socket;
    } catch (error) {
        socket.close();
        throw unusable(error, address, port);
    }
}

/** The addresses given here are never names, so looking them up would only cost a turn of the event loop per packet. */
function newSocket(address: string, options: Partial<SocketOptions>): Socket {
    return createSocket({
        type: isIP(address) === 6 ? 'udp6' : 'udp4',
        lookup: (host, _options, callback) => callback(null, host, isIP(host)),
        ...options
    });
}

function bind(socket: Socket, host: string | undefined, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
        socket.once('error', reject);
        socket.bind({ port, address: host, exclusive: true }, () => {
            socket.off('error', reject);
            resolve();
        });
    });
}

function enlargeBuffers(socket: Socket): void {
    for (const set of ['setRecvBufferSize', 'setSendBufferSize'] as const) {
        BUFFER_SIZES.some(size => {
            try {
                socket[set](size);
                return true;
            } catch {
                // this system allows less: the next size is tried, and its default is kept when none is allowed
                return false;
            }
        });
    }
}

/** A datagram as it reached the shared port. */
export interface ListenedDatagram {
    readonly bytes: Uint8Array;
    readonly address: string;
    readonly port: number;
}

/** Bounds of what is handed on: a stranger must not be able to keep sessions busy through this port. */
export interface ForwardLimits {
    readonly perSessionPerSec: number;
}

interface Route {
    readonly deliver: (datagram: ListenedDatagram) => void;
    windowStartMs: number;
    forwarded: number;
}

/**
 * The UDP port that all sessions of a server share. It sees only what the kernel cannot deliver to a connected socket
 * of a session: first datagrams, and those of a peer whose address has changed. Both are told by the session id and
 * handed to whoever registered it.
 */
export class UdpListener {
    private readonly routes = new Map<bigint, Route>();

    private constructor(
        private readonly socket: Socket,
        private readonly limits: ForwardLimits,
        private readonly nowMs: () => number
    ) {
        socket.on('message', (bytes, from) => this.onDatagram(bytes, from));
        socket.on('error', noop);
    }

    /** @throws ConnectError `transfer.udp-blocked` when the port cannot be had. */
    static async bind(
        host: string,
        port: number,
        limits: ForwardLimits = { perSessionPerSec: 200 },
        nowMs: () => number = () => performance.now()
    ): Promise<UdpListener> {
        await claim(host, port);
        const socket = newSocket(host, { reuseAddr: true });
        try {
            await bind(socket, host, port);
        } catch (error) {
            socket.close();
            throw unusable(error, host, port);
        }
        enlargeBuffers(socket);
        return new UdpListener(socket, limits, nowMs);
    }

    get port(): number {
        return this.socket.address().port;
    }

    /** Datagrams of `sessionId` go to `deliver` until the result is disposed. */
    register(sessionId: bigint, deliver: (datagram: ListenedDatagram) => void): Disposable {
        const route: Route = { deliver, windowStartMs: this.nowMs(), forwarded: 0 };
        this.routes.set(sessionId, route);
        return {
            dispose: () => {
                if (this.routes.get(sessionId) === route) {
                    this.routes.delete(sessionId);
                }
            }
        };
    }

    close(): Promise<void> {
        this.routes.clear();
        return new Promise(resolve => this.socket.close(() => resolve()));
    }

    private onDatagram(bytes: Buffer, from: RemoteInfo): void {
        const header = decodeHeader(bytes);
        const isNamed = header && !header.fromServer && header.sessionId !== undefined;
        const route = isNamed ? this.routes.get(header.sessionId) : undefined;
        if (!route) {
            return;
        }
        const now = this.nowMs();
        if (now - route.windowStartMs >= 1000) {
            route.windowStartMs = now;
            route.forwarded = 0;
        }
        if (route.forwarded < this.limits.perSessionPerSec) {
            route.forwarded += 1;
            route.deliver({ bytes, address: from.address, port: from.port });
        }
    }
}

/**
 * With SO_REUSEADDR a second server would get the port without an error, and half the datagrams of the first. Sessions
 * of a server that was killed hold the port until they have noticed, which takes a moment.
 */
async function claim(host: string, port: number): Promise<void> {
    if (port === 0) {
        return;
    }
    for (let attempt = 1; ; attempt++) {
        const probe = newSocket(host, {});
        try {
            await bind(probe, host, port);
            return;
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt >= CLAIM_ATTEMPTS) {
                throw unusable(error, host, port);
            }
        } finally {
            probe.close();
        }
        await new Promise(resume => setTimeout(resume, CLAIM_INTERVAL_MS));
    }
}
