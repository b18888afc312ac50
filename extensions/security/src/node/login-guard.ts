import { LogBook } from '@connect/api';
import { Clock, systemClock, type LogLevel } from '@connect/base';
import { ILogger } from '@theia/core/lib/common/logger';
import {
    BackendApplicationContribution,
    EarlyExpressMiddleware
} from '@theia/core/lib/node/backend-application';
import { WsRequestValidatorContribution } from '@theia/core/lib/node/ws-request-validators';
import { inject, injectable, named, optional } from '@theia/core/shared/inversify';
import * as http from 'node:http';
import * as https from 'node:https';
import { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { Duplex } from 'node:stream';
import { AttemptLimit } from '../common/attempt-limit';
import {
    cookieValue,
    decideRequest,
    LOGIN_PATH,
    LoginDecision,
    parseHosts,
    pathOfTarget,
    sessionCookie,
    sessionCookieName
} from '../common/login-policy';
import { ConnectHome, writePrivateFile } from './connect-home';
import { loginPage, loginPageHeaders } from './login-page';
import { equalSecrets, LoginSessions, newToken, SESSION_LIFETIME_MS } from './login-sessions';

const FAILURE_LIMIT = 10;
const FAILURE_WINDOW_MS = 60_000;
const BODY_LIMIT_BYTES = 2_048;

type Refusal = Exclude<LoginDecision, 'pass' | 'login' | 'logout'>;

/** Message of the line, or of the message to the parent process, that tells a new login address. */
export const LOGIN_ANNOUNCEMENT = 'connect-login';

/**
 * Lets nobody in who did not log in: every HTTP request and every WebSocket needs the session cookie, and Host and
 * Origin of this server. The login is a one-time token in the address that is printed; once it is used, the next
 * address is printed and written to `var/run/login-url`.
 *
 * Stands in three places, so that no route is forgotten: before Express's first handler, before whatever else listens
 * to the HTTP server (the WebSocket library answers some requests by itself), and among Theia's WebSocket validators.
 */
@injectable()
export class LoginGuard implements BackendApplicationContribution, WsRequestValidatorContribution {
    @inject(EarlyExpressMiddleware) protected readonly early: EarlyExpressMiddleware;
    @inject(ConnectHome) protected readonly home: ConnectHome;
    @inject(ILogger) @named('connect:login') protected readonly logger: ILogger;

    @inject(LogBook) @optional() protected readonly logs: LogBook | undefined;

    protected readonly clock: Clock = systemClock;
    private readonly extraHosts = parseHosts(process.env.THEIA_HOSTS);
    private readonly attempts = new AttemptLimit(FAILURE_LIMIT, FAILURE_WINDOW_MS);
    private readonly sessionsByPort = new Map<number, LoginSessions>();
    /** Open WebSockets by the hash of their session, so that logging out ends them. */
    private readonly sockets = new Map<string, Set<Duplex>>();
    private token = newToken();
    private address?: { readonly port: number; readonly secure: boolean; readonly host: string };

    /** Inside Electron, Theia's own token guards the backend; without such a token this guard stays. */
    protected get active(): boolean {
        return process.versions.electron === undefined || !process.env.THEIA_ELECTRON_TOKEN;
    }

    initialize(): void {
        if (this.active) {
            this.early.handlers.unshift((request, response, next) => this.handle(request, response, next));
        }
    }

    onStart(server: http.Server | https.Server): void {
        if (!this.active) {
            return;
        }
        const requestListeners = server.listeners('request');
        server.removeAllListeners('request');
        server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) =>
            this.handle(request, response, () =>
                requestListeners.forEach(listen => listen.call(server, request, response))
            )
        );
        const upgradeListeners = server.listeners('upgrade');
        server.removeAllListeners('upgrade');
        server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
            if (this.admitsSocket(request, socket)) {
                upgradeListeners.forEach(listen => listen.call(server, request, socket, head));
            }
        });
        const announce = (): void => {
            const { port, address } = server.address() as AddressInfo;
            this.address = { port, secure: server instanceof https.Server, host: shownHost(address) };
            this.announce();
        };
        if (server.listening) {
            announce();
        } else {
            server.once('listening', announce);
        }
    }

    /** Never throws: Theia would leave the handshake pending for ever. */
    allowWsUpgrade(request: http.IncomingMessage): boolean {
        try {
            return !this.active || this.decide(request) === 'pass';
        } catch (error) {
            void this.logger.error('Could not judge a WebSocket request', error);
            return false;
        }
    }

    private decide(request: http.IncomingMessage): LoginDecision {
        const port = request.socket.localPort ?? 0;
        return decideRequest(
            {
                method: request.method ?? 'GET',
                path: pathOfTarget(request.url),
                host: request.headers.host,
                origin: request.headers.origin,
                port,
                hasSession: this.sessionOf(request) !== undefined
            },
            this.extraHosts
        );
    }

    private handle(request: http.IncomingMessage, response: http.ServerResponse, pass: () => void): void {
        const decision = this.decide(request);
        switch (decision) {
            case 'pass':
                return pass();
            case 'login':
                this.logIn(request, response).catch(error => {
                    void this.logger.error('Could not answer a login', error);
                    response.destroy();
                });
                return;
            case 'logout':
                return this.logOut(request, response);
            default:
                return this.refuse(decision, request, response);
        }
    }

    private admitsSocket(request: http.IncomingMessage, socket: Duplex): boolean {
        if (!this.allowWsUpgrade(request)) {
            socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
            return false;
        }
        const hash = this.sessionOf(request)!;
        const open = this.sockets.get(hash) ?? new Set<Duplex>();
        this.sockets.set(hash, open.add(socket));
        socket.once('close', () => open.delete(socket));
        return true;
    }

    private log(level: LogLevel, text: string): void {
        this.logs?.component('browser', 'login').write(level, text);
    }

    private async logIn(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
        const nowMs = this.clock.wallNow();
        const waitMs = this.attempts.waitMs(nowMs);
        if (waitMs > 0) {
            response.setHeader('Retry-After', String(Math.ceil(waitMs / 1000)));
            return answer(response, 429, 'Too many attempts. Wait a minute, then try again.');
        }
        const given = await readToken(request);
        if (given === undefined || !equalSecrets(given, this.token)) {
            this.attempts.failed(nowMs);
            void this.logger.warn('A login was refused.');
            this.log('warn', `a login was refused to ${request.socket.remoteAddress ?? 'somebody'}`);
            return answer(
                response,
                401,
                'This address was used before or is not complete. Connect printed a newer one in its terminal.'
            );
        }
        // before anything can fail: the same token never opens a second session
        this.token = newToken();
        const port = request.socket.localPort ?? 0;
        const id = this.sessions(port).create(nowMs);
        const secure = 'encrypted' in request.socket;
        response.setHeader('Set-Cookie', sessionCookie(port, id, SESSION_LIFETIME_MS / 1000, secure));
        answer(response, 200, 'Logged in.');
        this.log('info', `logged in from ${request.socket.remoteAddress ?? 'somewhere'}`);
        this.announce();
    }

    private logOut(request: http.IncomingMessage, response: http.ServerResponse): void {
        const port = request.socket.localPort ?? 0;
        const hash = this.sessionOf(request)!;
        this.sessions(port).end(hash);
        response.setHeader('Set-Cookie', sessionCookie(port, '', 0, 'encrypted' in request.socket));
        answer(response, 200, 'Logged out.');
        this.sockets.get(hash)?.forEach(socket => socket.destroy());
        this.sockets.delete(hash);
    }

    private refuse(refusal: Refusal, request: http.IncomingMessage, response: http.ServerResponse): void {
        if (refusal !== 'login-page') {
            answer(response, 403, 'Connect answers only under its own address.');
        } else if (
            request.headers.accept?.includes('text/html') ||
            pathOfTarget(request.url) === LOGIN_PATH
        ) {
            const nonce = newToken();
            const loggedIn = this.sessionOf(request) !== undefined;
            response.writeHead(loggedIn ? 200 : 401, loginPageHeaders(nonce));
            response.end(request.method === 'HEAD' ? undefined : loginPage(nonce, loggedIn));
        } else {
            answer(response, 401, 'Log in first: open the address that Connect printed in its terminal.');
        }
    }

    private sessionOf(request: http.IncomingMessage): string | undefined {
        const port = request.socket.localPort ?? 0;
        const id = cookieValue(request.headers.cookie, sessionCookieName(port));
        return id === undefined ? undefined : this.sessions(port).find(id, this.clock.wallNow());
    }

    private sessions(port: number): LoginSessions {
        let sessions = this.sessionsByPort.get(port);
        if (!sessions) {
            const file = path.join(this.home.ensure(this.home.runFolder), `sessions-${port}.json`);
            sessions = new LoginSessions(file, this.clock.wallNow());
            this.sessionsByPort.set(port, sessions);
        }
        return sessions;
    }

    /** To the parent process when there is one that listens, else to the terminal; never to a log. */
    private announce(): void {
        if (!this.address) {
            return;
        }
        const { host, port, secure } = this.address;
        const url = `${secure ? 'https' : 'http'}://${host}:${port}${LOGIN_PATH}#${this.token}`;
        writePrivateFile(path.join(this.home.ensure(this.home.runFolder), 'login-url'), `${url}\n`);
        if (process.send) {
            process.send({ type: LOGIN_ANNOUNCEMENT, url });
        } else {
            process.stdout.write(`Open this address to log in (it works once): ${url}\n`);
        }
    }
}

/** The address under which this machine reaches a server bound to `address`. */
function shownHost(address: string): string {
    if (address === '0.0.0.0' || address === '::') {
        return '127.0.0.1';
    }
    return address.includes(':') ? `[${address}]` : address;
}

function answer(response: http.ServerResponse, status: number, message: string): void {
    response.writeHead(status, {
        'Content-Type': 'application/json; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff'
    });
    response.end(JSON.stringify({ message }));
}

/** `token` of a JSON body; undefined when the body is too long, is not complete or is something else. */
async function readToken(request: http.IncomingMessage): Promise<string | undefined> {
    const parts: Buffer[] = [];
    let sizeBytes = 0;
    for await (const part of request as AsyncIterable<Buffer>) {
        sizeBytes += part.length;
        if (sizeBytes > BODY_LIMIT_BYTES) {
            return undefined;
        }
        parts.push(part);
    }
    try {
        const { token } = JSON.parse(Buffer.concat(parts).toString('utf8')) as { token?: unknown };
        return typeof token === 'string' ? token : undefined;
    } catch (error) {
        if (error instanceof SyntaxError || error instanceof TypeError) {
            return undefined;
        }
        throw error;
    }
}
