import { IncomingMessage, ServerResponse } from 'http';
import { createServer, Server } from 'https';
import { Socket } from 'net';
import { TLSSocket } from 'tls';
import { ConnectError, ErrorCode } from '@connect/base';
import { checkRate, checkTransferParams } from '@connect/transport/lib/control/start-params';
import { SESSIONS_PATH } from '@connect/transport/lib/http/http-api';
import { LINK_OPTIONS } from '@connect/transport/lib/http/session-link';
import { WebSocketServer } from 'ws';
import { Log } from '../log';
import { HttpSession } from './http-session';
import { HttpsLimits, LoginRefusal, SessionGrant, TlsIdentity } from './https-messages';
import { LoginClaim, readLogin } from './login-header';
import { StrangerCount } from './stranger-count';

/** Lists of sources are the longest thing that is asked; everything else is short. */
const MAX_START_BYTES = 16 * 1024 * 1024;
const MAX_BODY_BYTES = 64 * 1024;
const BODY_MS = 60_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** A connection of a client that is logged in may be silent for so long. */
const IDLE_MS = 90_000;
const KEEP_ALIVE_MS = 75_000;

const STATUS: Partial<Record<ErrorCode, number>> = {
    'transfer.protocol': 400,
    'transfer.direction-forbidden': 403,
    'transfer.too-many-sessions': 503
};

/** What the listener needs of those who know users. */
export interface HttpsHost {
    login(claim: LoginClaim, address: string): Promise<SessionGrant | LoginRefusal>;
    /** A grant is not used any more. */
    onSessionOver(grant: SessionGrant): void;
    readonly software: string;
    readonly log: Log;
}

/** The HTTPS side of the server: who shows no login gets nothing but 401. */
export class HttpsListener {
    private readonly server: Server;
    private readonly links = new WebSocketServer({ noServer: true, ...LINK_OPTIONS });
    private readonly sessions = new Map<string, HttpSession>();
    private readonly strangers: StrangerCount;

    constructor(
        identity: TlsIdentity,
        limits: HttpsLimits,
        private readonly host: HttpsHost
    ) {
        const graceMs = limits.loginGraceSec * 1000;
        this.strangers = new StrangerCount(limits);
        this.server = createServer(
            {
                key: identity.key,
                cert: identity.certificate,
                minVersion: 'TLSv1.2',
                handshakeTimeout: graceMs,
                headersTimeout: graceMs,
                // data flows for as long as the rate makes it; silence ends it
                requestTimeout: 0,
                keepAliveTimeout: KEEP_ALIVE_MS,
                maxHeaderSize: MAX_HEADER_BYTES,
                noDelay: true
            },
            (request, response) => void this.onRequest(request, response)
        );
        this.server.maxConnections = limits.maxConnections;
        this.server.setTimeout(IDLE_MS);
        this.server.on('connection', socket => this.strangers.onConnection(socket as Socket));
        this.server.on('secureConnection', socket => this.strangers.onSecure(socket));
        this.server.on('tlsClientError', error => this.host.log('https-refused', { reason: error.message }));
        this.server.on('upgrade', (request, socket, head) =>
            this.onUpgrade(request, socket as TLSSocket, head)
        );
    }

    /** Resolves to the port; rejects with the error of the system when it cannot be had. */
    listen(host: string, port: number): Promise<number> {
        return new Promise((resolve, reject) => {
            this.server.once('error', reject);
            this.server.listen({ host, port, exclusive: true }, () => {
                const address = this.server.address();
                resolve(typeof address === 'object' && address ? address.port : port);
            });
        });
    }

    /** For connections made from now on. */
    setIdentity({ key, certificate }: TlsIdentity): void {
        this.server.setSecureContext({ key, cert: certificate, minVersion: 'TLSv1.2' });
    }

    /** Ends all sessions; resolves when their files are in order. */
    async close(): Promise<void> {
        const reason = new ConnectError('transfer.peer-aborted', 'The server ends this session');
        this.server.close();
        await Promise.all([...this.sessions.values()].map(session => session.stop(reason)));
        this.server.closeAllConnections();
    }

    private async onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
        // a client that goes away is no matter of the server's; what it was sending is continued by another request
        request.on('error', () => undefined);
        response.on('error', () => undefined);
        try {
            if (request.url === SESSIONS_PATH && request.method === 'POST') {
                await this.openSession(request, response);
                return;
            }
            const found = this.find(request);
            if (!found) {
                refuse(response, 401);
                return;
            }
            this.strangers.known(request.socket);
            await this.serve(found.session, found.what, request, response);
        } catch (error) {
            this.answerError(response, ConnectError.from(error, 'transfer.connection-lost'));
        }
    }

    private async openSession(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const claim = readLogin(request.headers.authorization);
        const address = request.socket.remoteAddress ?? '';
        const grant = claim ? await this.host.login(claim, address) : 'wrong';
        if (typeof grant === 'string') {
            if (grant === 'busy') {
                throw new ConnectError('transfer.too-many-sessions', 'Too many sessions of this user');
            }
            refuse(response, grant === 'throttled' ? 429 : 401);
            return;
        }
        this.strangers.known(request.socket);
        try {
            const params = checkTransferParams(await readJson(request, MAX_START_BYTES));
            const session = new HttpSession(grant, params, this.host.software, this.host.log);
            this.sessions.set(session.opened.sessionId, session);
            void session.over.then(() => {
                this.sessions.delete(session.opened.sessionId);
                this.host.onSessionOver(grant);
            });
            answerJson(response, 201, session.opened);
        } catch (error) {
            this.host.onSessionOver(grant);
            throw error;
        }
    }

    private async serve(
        session: HttpSession,
        what: string,
        request: IncomingMessage,
        response: ServerResponse
    ): Promise<void> {
        if (what === 'data') {
            await session.onData(request, response);
        } else if (what === 'rate' && request.method === 'PUT') {
            const rate = checkRate(await readJson(request, MAX_BODY_BYTES));
            answerJson(response, 200, session.setRate(rate));
        } else if (what === '' && request.method === 'DELETE') {
            const reason = await readJson(request, MAX_BODY_BYTES);
            await session.stop(stopReason(reason));
            response.writeHead(204).end();
        } else {
            refuse(response, 404);
        }
    }

    private onUpgrade(request: IncomingMessage, socket: TLSSocket, head: Buffer): void {
        const found = this.find(request);
        if (!found || found.what !== 'link') {
            socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
            return;
        }
        this.strangers.known(request.socket);
        // the link looks for signs of life by itself
        socket.setTimeout(0);
        this.links.handleUpgrade(request, socket, head, link => found.session.attach(link));
    }

    /** The session that a request names, when it also shows its key, and the part of the path after it. */
    private find(
        request: IncomingMessage
    ): { readonly session: HttpSession; readonly what: string } | undefined {
        const path = /^\/v1\/sessions\/([0-9a-f]{16})(?:\/(link|rate|data)(?:\/run-\d{1,12})?)?$/.exec(
            request.url ?? ''
        );
        const key = /^bearer ([\w-]{43})$/i.exec(request.headers.authorization ?? '');
        const session = path ? this.sessions.get(path[1]) : undefined;
        return session && key && session.isKey(key[1]) ? { session, what: path?.[2] ?? '' } : undefined;
    }

    private answerError(response: ServerResponse, error: ConnectError): void {
        if (response.headersSent) {
            response.destroy();
            return;
        }
        answerJson(response, STATUS[error.code] ?? 500, error.toWire());
    }
}

function stopReason(value: unknown): ConnectError {
    const message = (value as { readonly message?: unknown } | null)?.message;
    return new ConnectError(
        'transfer.peer-aborted',
        typeof message === 'string' ? message.slice(0, 1000) : 'The client ended the session'
    );
}

/** Also ends the connection of a request whose body nobody wants. */
function refuse(response: ServerResponse, status: number): void {
    const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="connect", charset="UTF-8"' } : {};
    response.writeHead(status, { ...challenge, 'content-length': '0', connection: 'close' }).end();
}

function answerJson(response: ServerResponse, status: number, value: object): void {
    const body = JSON.stringify(value);
    const close = status >= 400 ? { connection: 'close' } : {};
    response
        .writeHead(status, {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(body)),
            'cache-control': 'no-store',
            ...close
        })
        .end(body);
}

async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
    const late = setTimeout(() => request.destroy(), BODY_MS);
    try {
        const pieces: Buffer[] = [];
        let length = 0;
        for await (const piece of request) {
            pieces.push(piece as Buffer);
            length += (piece as Buffer).length;
            if (length > maxBytes) {
                throw new ConnectError('transfer.protocol', `A request is longer than ${maxBytes} bytes`);
            }
        }
        return JSON.parse(Buffer.concat(pieces).toString('utf8'));
    } catch (error) {
        throw error instanceof SyntaxError
            ? new ConnectError('transfer.protocol', 'The request is not JSON', {}, error)
            : error;
    } finally {
        clearTimeout(late);
    }
}
