import { ConnectError } from '@connect/base';
import { WebSocket } from 'ws';
import { HttpStreamPort } from './http-stream-port';
import { HttpsEndpoint } from './https-endpoint';
import { LINK_OPTIONS, linkLost, linkSocket } from './session-link';

const RETRY_MS = [0, 250, 1000, 2000, 4000];
/** A session without its WebSocket for so long is given up; the server keeps it for as long. */
export const LINK_PATIENCE_MS = 60_000;
const HANDSHAKE_MS = 20_000;

/** The client's WebSocket of a session: made anew whenever it breaks, until that does not succeed for a while. */
export class ClientLink {
    private socket: WebSocket | undefined;
    private timer: NodeJS.Timeout | undefined;
    private lostSinceMs: number | undefined;
    private tries = 0;
    private isClosed = false;

    constructor(
        private readonly port: HttpStreamPort,
        private readonly endpoint: HttpsEndpoint,
        private readonly path: string,
        private readonly authorization: string,
        private readonly onFailed: (error: ConnectError) => void
    ) {
        this.connect();
    }

    close(): void {
        this.isClosed = true;
        clearTimeout(this.timer);
        this.socket?.terminate();
    }

    private connect(): void {
        const socket = new WebSocket(this.endpoint.url(this.path, 'wss'), {
            ...LINK_OPTIONS,
            agent: this.endpoint.agent,
            headers: { authorization: this.authorization },
            handshakeTimeout: HANDSHAKE_MS
        });
        this.socket = socket;
        const failed = (error: Error): void => this.again(error.message);
        socket.once('error', failed);
        socket.once('unexpected-response', (_request, answer) => {
            answer.destroy();
            if (answer.statusCode === 401) {
                this.fail('the server does not know it any more');
            }
            socket.terminate();
        });
        socket.once('open', () => {
            socket.removeListener('error', failed);
            this.lostSinceMs = undefined;
            this.tries = 0;
            linkSocket(socket, this.port, reason => {
                this.port.log.detach();
                this.again(reason);
            });
        });
    }

    private again(reason: string): void {
        if (this.isClosed) {
            return;
        }
        const now = performance.now();
        this.lostSinceMs ??= now;
        if (now - this.lostSinceMs > LINK_PATIENCE_MS) {
            this.fail(reason);
            return;
        }
        const delayMs = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)];
        this.tries += 1;
        this.timer = setTimeout(() => this.connect(), delayMs);
    }

    private fail(reason: string): void {
        if (!this.isClosed) {
            this.close();
            this.onFailed(linkLost(reason));
        }
    }
}
