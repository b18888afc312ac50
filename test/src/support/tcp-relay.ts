import { connect, createServer, Server, Socket } from 'node:net';
import { AddressInfo } from 'node:net';

/** A path for TCP on loopback whose connections can be cut. */
export class TcpRelay {
    private readonly pairs = new Set<readonly [Socket, Socket]>();
    /** Connections that were opened through it. */
    opened = 0;
    /** Bytes that passed, both ways. */
    passedBytes = 0;

    private constructor(private readonly server: Server) {}

    static async start(targetPort: number): Promise<TcpRelay> {
        const server = createServer();
        const relay = new TcpRelay(server);
        server.on('connection', near => relay.join(near, connect(targetPort, '127.0.0.1')));
        await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
        return relay;
    }

    get port(): number {
        return (this.server.address() as AddressInfo).port;
    }

    /** Resets every connection there is; new ones are possible. */
    cutAll(): void {
        this.pairs.forEach(pair => pair.forEach(socket => socket.resetAndDestroy()));
    }

    async close(): Promise<void> {
        const closed = new Promise<void>(resolve => this.server.close(() => resolve()));
        this.cutAll();
        await closed;
    }

    private join(near: Socket, far: Socket): void {
        const pair = [near, far] as const;
        this.opened += 1;
        this.pairs.add(pair);
        const count = (bytes: Buffer): number => (this.passedBytes += bytes.length);
        pair.forEach(socket => {
            socket.on('data', count);
            // a broken connection is what this is for
            socket.on('error', () => undefined);
            socket.once('close', () => {
                this.pairs.delete(pair);
                pair.forEach(other => other.destroy());
            });
        });
        near.pipe(far).pipe(near);
    }
}
