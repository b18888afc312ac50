import { Agent, IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request } from 'node:https';
import { isIPv6 } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { ConnectError, ErrorCode } from '@connect/base';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { distrust, objectionTo, TlsPeer, tlsOptions } from '../node/trusted-tls';

/** Where a server answers by HTTPS, and how it is known to be the right one. */
export interface HttpsPlace extends TlsPeer {
    /** `http://[user:password@]host:port` of a proxy that is asked to CONNECT. */
    readonly proxy?: URL;
}

/** An answer whose body was read. */
export interface HttpsAnswer {
    readonly status: number;
    readonly body: string;
}

const CONNECT_MS = 20_000;
/** A connection on which nothing moves for so long is given up; what it carried goes over another one. */
const IDLE_MS = 30_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

const SOCKET_ERRORS: ReadonlyMap<string, ErrorCode> = new Map([
    ['ENOTFOUND', 'transfer.host-unknown'],
    ['EAI_AGAIN', 'transfer.host-unknown'],
    ['ECONNREFUSED', 'transfer.connect-refused'],
    ['ETIMEDOUT', 'transfer.connect-timeout'],
    ['EHOSTUNREACH', 'transfer.connect-timeout'],
    ['ENETUNREACH', 'transfer.connect-timeout']
]);

/** Makes connections of HTTPS to one server, direct or through a proxy, and trusts exactly that server. */
export class HttpsEndpoint {
    readonly agent: Agent;
    private readonly authority: string;

    constructor(readonly place: HttpsPlace) {
        this.authority = `${isIPv6(place.host) ? `[${place.host}]` : place.host}:${place.port}`;
        this.agent = place.proxy ? new ProxyAgent(place, place.proxy) : new DirectAgent(place);
    }

    /** `scheme` is that of the protocol spoken inside TLS. */
    url(path: string, scheme: 'https' | 'wss' = 'https'): string {
        return `${scheme}://${this.authority}${path}`;
    }

    /** A request with a small answer. @throws ConnectError of {@link httpsFailure} */
    async ask(
        method: string,
        path: string,
        headers: Readonly<Record<string, string>>,
        body?: string
    ): Promise<HttpsAnswer> {
        const answer = await this.open(method, path, headers, body);
        try {
            const pieces: Buffer[] = [];
            let length = 0;
            for await (const piece of answer) {
                pieces.push(piece as Buffer);
                length += (piece as Buffer).length;
                if (length > MAX_ANSWER_BYTES) {
                    answer.destroy();
                    throw new ConnectError('transfer.protocol', 'The answer is too long');
                }
            }
            return { status: answer.statusCode ?? 0, body: Buffer.concat(pieces).toString('utf8') };
        } catch (error) {
            throw this.failure(error);
        }
    }

    /** A request whose answer the caller reads, or destroys. */
    open(
        method: string,
        path: string,
        headers: Readonly<Record<string, string>>,
        body?: string
    ): Promise<IncomingMessage> {
        return new Promise((resolve, reject) => {
            const options: RequestOptions = { method, headers, agent: this.agent };
            const outgoing = request(this.url(path), options, resolve);
            outgoing.on('error', error => reject(this.failure(error)));
            outgoing.end(body);
        });
    }

    failure(error: unknown): ConnectError {
        return httpsFailure(error, this.place);
    }

    /** Closes the connections. */
    close(): void {
        this.agent.destroy();
    }
}

/** What a failed connection or request means. */
export function httpsFailure(error: unknown, place: HttpsPlace): ConnectError {
    if (error instanceof ConnectError) {
        return error;
    }
    const untrusted = distrust(error, place);
    if (untrusted) {
        return untrusted;
    }
    const { host, port, proxy } = place;
    const { code, message } = error as NodeJS.ErrnoException;
    const through = proxy ? ` through the proxy ${proxy.host}` : '';
    const known = code === undefined ? undefined : SOCKET_ERRORS.get(code);
    const text = `HTTPS to ${host} port ${port}${through}: ${message}`;
    return new ConnectError(known ?? 'transfer.connection-lost', text, { host, port }, error);
}

class DirectAgent extends HttpsAgent {
    constructor(private readonly place: HttpsPlace) {
        super({ keepAlive: true });
    }

    // nothing of a request leaves before the server has been recognised
    override createConnection(
        _options: unknown,
        callback?: (error: Error | null, socket: TLSSocket) => void
    ): undefined {
        const { host, port } = this.place;
        const socket = connectTls({ host, port, ...tlsOptions(this.place) });
        recognise(socket, this.place).then(
            () => callback?.(null, socket),
            (error: Error) => callback?.(error, socket)
        );
        return undefined;
    }
}

class ProxyAgent extends HttpsProxyAgent<string> {
    constructor(
        private readonly place: HttpsPlace,
        proxy: URL
    ) {
        super(proxy.href, { keepAlive: true, timeout: CONNECT_MS });
    }

    override async connect(...[req, options]: Parameters<HttpsProxyAgent<string>['connect']>) {
        let status = 0;
        req.once('proxyConnect', (answer: { readonly statusCode: number }) => (status = answer.statusCode));
        const socket = await super.connect(req, { ...options, ...tlsOptions(this.place) } as typeof options);
        if (!(socket instanceof TLSSocket)) {
            // the request would be answered by what the proxy said
            socket.destroy();
            throw proxyRefusal(status, this.place);
        }
        await recognise(socket, this.place);
        return socket;
    }
}

function proxyRefusal(status: number, { host, port, proxy }: HttpsPlace): ConnectError {
    const why = status === 407 ? 'it wants other credentials' : `status ${status}`;
    const code = status === 407 ? 'transfer.proxy-refused' : 'transfer.connect-refused';
    const message = `The proxy ${proxy?.host} does not connect to ${host} port ${port}: ${why}`;
    return new ConnectError(code, message, { host, port, status });
}

/** Resolves when the handshake is done and the certificate is the expected one; else the socket is destroyed. */
function recognise(socket: TLSSocket, place: HttpsPlace): Promise<void> {
    return new Promise((resolve, reject) => {
        const give = (error: Error): void => {
            clearTimeout(timer);
            socket.destroy();
            reject(httpsFailure(error, place));
        };
        const timer = setTimeout(
            () => give(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
            CONNECT_MS
        );
        socket.once('error', give);
        socket.once('secureConnect', () => {
            clearTimeout(timer);
            socket.removeListener('error', give);
            const objection = objectionTo(socket, place);
            if (objection) {
                give(objection);
                return;
            }
            socket.setNoDelay(true);
            socket.setTimeout(IDLE_MS, () => socket.destroy(new Error(`nothing for ${IDLE_MS / 1000} s`)));
            resolve();
        });
    });
}
