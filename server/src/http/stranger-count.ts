import { Socket } from 'net';
import { TLSSocket } from 'tls';
import { addressGroup } from '../session/login-throttle';
import { HttpsLimits } from './https-messages';

/** Bounds the connections that have not shown a login, all together, per address and in time. */
export class StrangerCount {
    private readonly strangers = new Map<Socket, string>();
    /** Of a connection's two faces the requests only show the inner one. */
    private readonly outer = new WeakMap<object, Socket>();

    constructor(private readonly limits: HttpsLimits) {}

    onConnection(socket: Socket): void {
        const group = addressGroup(socket.remoteAddress ?? '');
        const fromThere = [...this.strangers.values()].filter(other => other === group).length;
        if (
            this.strangers.size >= this.limits.maxUnauthenticatedConnections ||
            fromThere >= this.limits.maxUnauthenticatedPerAddress
        ) {
            socket.destroy();
            return;
        }
        this.strangers.set(socket, group);
        const grace = setTimeout(
            () => this.strangers.has(socket) && socket.destroy(),
            this.limits.loginGraceSec * 1000
        );
        socket.once('close', () => {
            clearTimeout(grace);
            this.strangers.delete(socket);
        });
    }

    onSecure(socket: TLSSocket): void {
        const parent = [...this.strangers.keys()].find(
            raw => raw.remotePort === socket.remotePort && raw.remoteAddress === socket.remoteAddress
        );
        if (parent) {
            this.outer.set(socket, parent);
        }
    }

    /** This connection has shown a login. */
    known(socket: object): void {
        const parent = this.outer.get(socket);
        if (parent) {
            this.strangers.delete(parent);
        }
    }
}
