import { ChildProcess, spawn } from 'child_process';
import { HttpsOffer } from '@connect/transport/lib/control/control-protocol';
import { ServerConfig } from '../config/server-config';
import { Log } from '../log';
import { createToken } from '../session/access-token';
import { Authenticator } from '../session/authenticator';
import { rulesFor } from '../session/rules-for';
import { keptEnvironment } from '../session/session-children';
import { User } from '../storage/user-store';
import { FromHttps, LoginAnswer, LoginQuestion, SessionGrant, TlsIdentity, ToHttps } from './https-messages';
import { identityFingerprint } from './tls-identity';

/** The command of this program that is the HTTPS process. */
export const HTTPS_COMMAND = 'https-process';
const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;
/** A process that lived for so long did not fail because of how it was started. */
const STABLE_MS = 60_000;
const IDENTITY_CHECK_MS = 6 * 60 * 60 * 1000;
/** More than what it takes by itself. */
const END_WITHIN_MS = 9500;
const OFFER_VALID_MS = 24 * 60 * 60 * 1000;

/** What the HTTPS process is made of. */
export interface HttpsServices {
    readonly config: ServerConfig;
    readonly authenticator: Authenticator;
    readonly tokenKey: Buffer;
    readonly identity: TlsIdentity;
    /** Key and certificate of a later moment. */
    readonly loadIdentity: () => Promise<TlsIdentity>;
    /** Running transfers by user name, shared with SSH. */
    readonly sessions: Map<string, number>;
    readonly log: Log;
}

/**
 * Keeps the process that serves HTTPS: starts it, starts it again when it ends, answers its questions about users, and
 * knows what to tell clients about it. Whatever happens to it, SSH goes on.
 */
export class HttpsProcess {
    private child: ChildProcess | undefined;
    private identity: TlsIdentity;
    private port: number | undefined;
    /** What a free port turned out to be: it stays the same after a restart. */
    private wantedPort: number;
    private restartMs = FIRST_RESTART_MS;
    private timer: NodeJS.Timeout | undefined;
    private check: NodeJS.Timeout | undefined;
    private isClosing = false;
    private firstWord: () => void = () => undefined;
    /** Sessions of the running process by user. */
    private readonly held = new Map<string, number>();

    private constructor(private readonly services: HttpsServices) {
        this.wantedPort = services.config.httpsPort;
        this.identity = services.identity;
    }

    /** Resolves when the process listens or has said why it does not; then it is tried again now and then. */
    static async start(services: HttpsServices): Promise<HttpsProcess> {
        const https = new HttpsProcess(services);
        await new Promise<void>(resolve => {
            https.firstWord = resolve;
            https.spawn();
        });
        https.check = setInterval(() => void https.renew(), IDENTITY_CHECK_MS);
        https.check.unref();
        return https;
    }

    /** Undefined while nobody listens. */
    get listeningPort(): number | undefined {
        return this.port;
    }

    get fingerprint(): string {
        return identityFingerprint(this.identity);
    }

    /** What a client of this user is told. */
    offerTo(user: User): HttpsOffer | undefined {
        if (this.port === undefined) {
            return undefined;
        }
        const token = createToken(
            this.services.tokenKey,
            user.tokenSalt,
            user.name,
            Date.now() + OFFER_VALID_MS
        );
        return { port: this.port, fingerprint: this.fingerprint, token };
    }

    /** Ends its sessions; resolves when it is gone. */
    async close(): Promise<void> {
        this.isClosing = true;
        clearTimeout(this.timer);
        clearInterval(this.check);
        const { child } = this;
        if (child) {
            const gone = new Promise(resolve => child.once('close', resolve));
            child.kill('SIGTERM');
            const kill = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
            await gone;
            clearTimeout(kill);
        }
    }

    private spawn(): void {
        const { config } = this.services;
        const child = spawn(process.execPath, [process.argv[1], HTTPS_COMMAND], {
            cwd: '/',
            env: keptEnvironment(),
            stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
            windowsHide: true
        });
        const startedMs = performance.now();
        this.child = child;
        child.on('message', message => void this.onMessage(child, message as FromHttps));
        child.once('error', error => this.services.log('https-failed', { reason: error.message }));
        child.once('close', (code, signal) => {
            this.onGone(child, { code: code ?? undefined, signal: signal ?? undefined }, startedMs);
        });
        const { maxConnections, maxUnauthenticatedConnections, maxUnauthenticatedPerAddress, loginGraceSec } =
            config;
        this.send(child, {
            type: 'launch',
            host: config.host,
            port: this.wantedPort,
            identity: this.identity,
            limits: {
                maxConnections,
                maxUnauthenticatedConnections,
                maxUnauthenticatedPerAddress,
                loginGraceSec
            }
        });
    }

    private async onMessage(child: ChildProcess, message: FromHttps): Promise<void> {
        switch (message.type) {
            case 'listening':
                this.port = this.wantedPort = message.port;
                this.services.log('https-listening', { port: message.port, pid: child.pid });
                this.firstWord();
                return;
            case 'not-listening':
                this.services.log('https-unavailable', { port: this.wantedPort, reason: message.reason });
                child.kill('SIGTERM');
                this.firstWord();
                return;
            case 'login':
                this.send(child, await this.answer(message));
                return;
            case 'session-over':
                this.giveBack(message.user, 1);
                return;
            case 'log':
                this.services.log(message.event, message.data);
                return;
        }
    }

    private async answer(question: LoginQuestion): Promise<LoginAnswer> {
        const { authenticator, config, sessions, log } = this.services;
        const { id, method, name, secret, address } = question;
        const say = (answer: Omit<LoginAnswer, 'type' | 'id'>): LoginAnswer => ({
            type: 'login-answer',
            id,
            ...answer
        });
        if (authenticator.isRefused(address)) {
            return say({ refused: 'throttled' });
        }
        const user =
            method === 'password'
                ? await authenticator.byPassword(name, secret, address)
                : await authenticator.byToken(name, secret, address);
        if (!user) {
            return say({ refused: 'wrong' });
        }
        const running = sessions.get(user.name) ?? 0;
        if (running >= config.maxSessionsPerUser) {
            log('too-many-sessions', { user: user.name, running });
            return say({ refused: 'busy' });
        }
        sessions.set(user.name, running + 1);
        this.held.set(user.name, (this.held.get(user.name) ?? 0) + 1);
        return say({ grant: grantOf(user, config) });
    }

    private giveBack(user: string, count: number): void {
        const { sessions } = this.services;
        const held = Math.min(count, this.held.get(user) ?? 0);
        this.held.set(user, (this.held.get(user) ?? 0) - held);
        sessions.set(user, (sessions.get(user) ?? held) - held);
    }

    private onGone(
        child: ChildProcess,
        how: { readonly code?: number; readonly signal?: string },
        startedMs: number
    ): void {
        if (this.child !== child) {
            return;
        }
        this.child = undefined;
        this.port = undefined;
        [...this.held].forEach(([user, count]) => this.giveBack(user, count));
        this.firstWord();
        if (this.isClosing) {
            return;
        }
        this.services.log('https-ended', how);
        if (performance.now() - startedMs > STABLE_MS) {
            this.restartMs = FIRST_RESTART_MS;
        }
        this.timer = setTimeout(() => this.spawn(), this.restartMs);
        this.restartMs = Math.min(this.restartMs * 2, LONGEST_RESTART_MS);
    }

    private async renew(): Promise<void> {
        try {
            const identity = await this.services.loadIdentity();
            if (identity.certificate !== this.identity.certificate) {
                this.identity = identity;
                this.services.log('https-certificate', { fingerprint: this.fingerprint });
                if (this.child) {
                    this.send(this.child, { type: 'identity', identity });
                }
            }
        } catch (error) {
            // the old one still holds; an administrator who replaces files reads the log
            this.services.log('https-certificate', { reason: (error as Error).message });
        }
    }

    private send(child: ChildProcess, message: ToHttps): void {
        if (child.connected) {
            child.send(
                message,
                error => error && this.services.log('https-failed', { reason: error.message })
            );
        }
    }
}

function grantOf(user: User, config: ServerConfig): SessionGrant {
    return {
        user: user.name,
        rootDir: user.rootDir,
        permissions: {
            upload: user.permissions.upload,
            download: user.permissions.download,
            delete: user.permissions.delete,
            owner: user.permissions.owner
        },
        rateRules: rulesFor(user, config)
    };
}
