import { createSocket, RemoteInfo, Socket } from 'node:dgram';
import { AddressInfo } from 'node:net';
import { Random } from '@connect/base';

/** What happens to datagrams on their way. Probabilities in [0, 1]. */
export interface RelayFaults {
    readonly loss: number;
    /** Share of datagrams that are held back and come out after some later ones. */
    readonly reorder: number;
    /** How many later datagrams overtake one that is held back. */
    readonly overtakers: number;
}

/** A datagram as the relay saw it. */
export interface RelayedDatagram {
    readonly bytes: Buffer;
    readonly toServer: boolean;
}

/**
 * A lossy path on loopback: clients send to {@link port}, each gets a socket of its own towards the server, so the
 * server sees one address per client. Faults hit both directions.
 */
export class UdpRelay {
    /** Called with every datagram before it meets its fate. */
    onDatagram: (datagram: RelayedDatagram) => void = () => undefined;
    /** Larger datagrams are dropped silently. */
    maxBytes = Infinity;
    dropped = 0;
    passed = 0;
    private legAddress = '127.0.0.1';
    private readonly legs = new Map<string, Promise<Socket>>();
    private readonly closed = new WeakSet<Socket>();
    private readonly held: Array<{ readonly release: () => void; left: number }> = [];

    private constructor(
        private readonly front: Socket,
        private readonly serverPort: number,
        private readonly faults: RelayFaults,
        private readonly random: Random
    ) {
        front.on('message', (bytes, from) => void this.fromClient(bytes, from));
    }

    static async start(serverPort: number, faults: RelayFaults, random: Random): Promise<UdpRelay> {
        return new UdpRelay(await boundSocket(), serverPort, faults, random);
    }

    get port(): number {
        return this.front.address().port;
    }

    /** From now on clients come from other ports, and from `address` of loopback: as behind a NAT that has forgotten them. */
    async forgetClients(address = this.legAddress): Promise<void> {
        this.legAddress = address;
        const legs = await Promise.all(this.legs.values());
        this.legs.clear();
        legs.forEach(leg => this.closeSocket(leg));
    }

    async close(): Promise<void> {
        await this.forgetClients();
        this.held.length = 0;
        this.closeSocket(this.front);
    }

    private closeSocket(socket: Socket): void {
        this.closed.add(socket);
        socket.close();
    }

    /** What is still on its way when its socket is gone is lost. */
    private send(socket: Socket, bytes: Buffer, port: number): void {
        if (!this.closed.has(socket)) {
            socket.send(bytes, port, '127.0.0.1');
        }
    }

    private async fromClient(bytes: Buffer, from: RemoteInfo): Promise<void> {
        const key = `${from.address}:${from.port}`;
        let leg = this.legs.get(key);
        if (!leg) {
            leg = this.openLeg(from);
            this.legs.set(key, leg);
        }
        const socket = await leg;
        this.pass({ bytes, toServer: true }, () => this.send(socket, bytes, this.serverPort));
    }

    private async openLeg(client: RemoteInfo): Promise<Socket> {
        const socket = await boundSocket(this.legAddress);
        socket.on('message', bytes =>
            this.pass({ bytes, toServer: false }, () => this.send(this.front, bytes, client.port))
        );
        return socket;
    }

    private pass(datagram: RelayedDatagram, deliver: () => void): void {
        this.onDatagram(datagram);
        if (this.random.nextFloat() < this.faults.loss || datagram.bytes.length > this.maxBytes) {
            this.dropped += 1;
            return;
        }
        this.passed += 1;
        if (this.random.nextFloat() < this.faults.reorder) {
            this.held.push({ release: deliver, left: this.faults.overtakers });
            return;
        }
        deliver();
        for (const item of this.held) {
            item.left -= 1;
        }
        while (this.held[0] && this.held[0].left <= 0) {
            this.held.shift()!.release();
        }
    }
}

async function boundSocket(address = '127.0.0.1'): Promise<Socket> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 });
    // a datagram that cannot be delivered is lost, as on a real path
    socket.on('error', () => undefined);
    await new Promise<AddressInfo>(resolve => socket.bind(0, address, () => resolve(socket.address())));
    return socket;
}
