import { connect, Socket } from 'node:net';

/**
 * A TCP connection that is begun before the program has loaded what will use it: the first round trip and the loading
 * then take place at the same time.
 */
export class EarlyConnection {
    private socket: Socket | undefined;

    constructor(host: string, port: number) {
        const socket = connect({ host, port });
        this.socket = socket;
        // whoever takes it hears of its end; before that, it only means that there is nothing to take
        socket.on('error', () => this.dispose());
    }

    /** The socket, connected or connecting; it is the caller's from then on. Undefined when it failed or is taken. */
    take(): Socket | undefined {
        const { socket } = this;
        this.socket = undefined;
        return socket;
    }

    /** Ends it unless somebody has taken it. */
    dispose(): void {
        this.socket?.destroy();
        this.socket = undefined;
    }
}
