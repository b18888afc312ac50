import { AddressInfo, connect, createServer, Server, Socket } from 'node:net';

/** One way of the path: long enough that everything said in one turn of an end, and its neighbours', goes together. */
const ONE_WAY_MS = 60;

/**
 * A slow path to a TCP port of this machine that counts how often the client speaks because it has heard something: its
 * round trips. Time only separates them; how long they take does not count. The connection itself is quick here, so the
 * host's version comes before its keys, which a real path brings together: that is one more.
 */
export class RoundTripCounter {
    /** Round trips so far, that of the connection itself included. */
    count = 0;
    private readonly sockets = new Set<Socket>();

    private constructor(private readonly server: Server) {}

    static async start(port: number): Promise<RoundTripCounter> {
        const server = createServer();
        const counter = new RoundTripCounter(server);
        server.on('connection', client => counter.join(client, connect(port, '127.0.0.1')));
        await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
        return counter;
    }

    get port(): number {
        return (this.server.address() as AddressInfo).port;
    }

    stop(): Promise<void> {
        this.sockets.forEach(socket => socket.destroy());
        return new Promise(resolve => this.server.close(() => resolve()));
    }

    private join(client: Socket, host: Socket): void {
        this.count = 1;
        let hasHeard = false;
        carry(client, host, () => {
            this.count += hasHeard ? 1 : 0;
            hasHeard = false;
        });
        carry(host, client, undefined, () => (hasHeard = true));
        [client, host].forEach(socket => {
            this.sockets.add(socket);
            socket.setNoDelay(true);
            socket.on('error', () => socket.destroy());
            socket.on('close', () => [client, host].forEach(end => end.destroySoon()));
        });
    }
}

function carry(from: Socket, to: Socket, onTaken?: () => void, onGiven?: () => void): void {
    from.on('data', bytes => {
        onTaken?.();
        setTimeout(() => {
            onGiven?.();
            to.write(bytes);
        }, ONE_WAY_MS);
    });
}
