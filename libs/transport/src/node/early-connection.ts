import { connect, Socket } from 'node:net';

/**
 * A TCP connection that is begun before the program has loaded what will use it: the first round trip and the loading
 * then take place at the same time.
 */
export class EarlyConnection {
    private socket: Socket | undefined;

    /** @param socket connected or connecting to the host; it belongs to this from now on */
    constructor(socket: Socket) {
        this.socket = socket;
        // whoever takes it hears of its end; before that, it only means that there is nothing to take
        socket.on('error', () => this.dispose());
    }

    /** Begins it now. */
    static begin(host: string, port: number): EarlyConnection {
        return new EarlyConnection(connect({ host, port }));
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
