import { createServer, Server as TcpServer, Socket } from 'net';
import { AuthContext, Connection, Server as Ssh } from 'ssh2';
import { ConnectError } from '@connect/base';
import { sayAlgorithmsEarly } from '@connect/transport/lib/node/ssh-early-algorithms';
import { EarlyRequests } from '@connect/transport/lib/node/ssh-early-requests';
import { coalesceWrites, SERVER_IDENT } from '@connect/transport/lib/node/ssh-shortcuts';
import { ServerConfig } from '../config/server-config';
import { Log } from '../log';
import { User } from '../storage/user-store';
import { Authenticator } from './authenticator';
import { addressGroup } from './login-throttle';
import { UserConnection, UserConnectionServices } from './user-connection';

const METHODS = ['publickey', 'password', 'keyboard-interactive'] as const;

/** Attempts on one connection, questions about keys included; agents with more keys are rare, guessers are not. */
const MAX_ATTEMPTS = 20;

/** From the goodbye to the end of a connection whose client does not hang up. */
const GOODBYE_MS = 1000;

/** Keep-alives reach through idle firewalls and find clients that are gone. */
const KEEPALIVE_MS = 20_000;

/** A connection from its first byte on. */
interface Guest {
    readonly socket: Socket;
    readonly address: string;
    /** Set after the login. */
    connection?: UserConnection;
    /** Ends the time for logging in. */
    grace?: NodeJS.Timeout;
    attempts: number;
}

/** The SSH side of the server: takes connections, lets users in, and hands each over to a {@link UserConnection}. */
export class SshServer {
    private readonly guests = new Set<Guest>();
    /** By `address:port`, the one thing that ssh2 tells about a connection. */
    private readonly byPeer = new Map<string, Guest>();
    private readonly tcp: TcpServer;
    private readonly ssh: Ssh;
    private isClosing = false;

    constructor(
        hostKey: string,
        private readonly config: ServerConfig,
        private readonly authenticator: Authenticator,
        private readonly services: UserConnectionServices,
        private readonly log: Log
    ) {
        sayAlgorithmsEarly();
        this.ssh = new Ssh({ hostKeys: [hostKey], ident: SERVER_IDENT, keepaliveInterval: KEEPALIVE_MS });
        this.ssh.on('connection', (client, info) => {
            const guest = this.byPeer.get(`${info.ip}:${info.port}`);
            if (guest) {
                this.welcome(client, guest, info.header.identRaw);
            } else {
                client.end();
            }
        });
        this.tcp = createServer(socket => this.onSocket(socket));
    }

    /** @throws ConnectError `usage` when the port cannot be had; resolves to the port */
    listen(host: string, port: number): Promise<number> {
        return new Promise((resolve, reject) => {
            this.tcp.once('error', error =>
                reject(
                    new ConnectError('usage', `no SSH on ${host} port ${port}: ${error.message}`, {}, error)
                )
            );
            this.tcp.listen({ host, port, exclusive: true }, () => {
                const address = this.tcp.address();
                resolve(typeof address === 'object' && address ? address.port : port);
            });
        });
    }

    /** Takes no more connections or logins, ends sessions and tells their clients; resolves when all are gone. */
    async close(): Promise<void> {
        this.isClosing = true;
        const closed = new Promise<void>(resolve => this.tcp.close(() => resolve()));
        const guests = [...this.guests];
        guests.filter(guest => !guest.connection).forEach(guest => guest.socket.destroy());
        await Promise.all(guests.map(async guest => guest.connection?.close()));
        const hangUp = setTimeout(() => guests.forEach(guest => guest.socket.destroy()), GOODBYE_MS);
        await closed;
        clearTimeout(hangUp);
    }

    private onSocket(socket: Socket): void {
        const address = socket.remoteAddress ?? '';
        const strangers = [...this.guests].filter(guest => !guest.connection);
        const group = addressGroup(address);
        const fromThere = strangers.filter(guest => addressGroup(guest.address) === group);
        const isFull =
            this.guests.size >= this.config.maxConnections ||
            strangers.length >= this.config.maxUnauthenticatedConnections ||
            fromThere.length >= this.config.maxUnauthenticatedPerAddress;
        if (isFull || this.authenticator.isRefused(address)) {
            this.log('connection-refused', {
                address,
                reason: isFull ? 'too many connections' : 'failed logins'
            });
            socket.destroy();
            return;
        }
        const guest: Guest = { socket, address, attempts: 0 };
        const peer = `${address}:${socket.remotePort}`;
        this.guests.add(guest);
        this.byPeer.set(peer, guest);
        guest.grace = setTimeout(() => {
            this.log('login-timeout', { address });
            socket.destroy();
        }, this.config.loginGraceSec * 1000);
        socket.once('close', () => {
            clearTimeout(guest.grace);
            this.guests.delete(guest);
            this.byPeer.delete(peer);
        });
        coalesceWrites(socket);
        this.ssh.injectSocket(socket);
    }

    private welcome(client: Connection, guest: Guest, clientSoftware: string): void {
        const { address, socket } = guest;
        client.on('error', error => this.log('connection-error', { address, reason: error.message }));
        client.once('close', () => guest.connection?.dispose());
        let user: User | undefined;
        const early = new EarlyRequests(client);
        client.on('authentication', context => {
            guest.attempts += context.method === 'none' ? 0 : 1;
            if (guest.attempts > MAX_ATTEMPTS) {
                client.end();
                return;
            }
            early.hold();
            this.authenticate(context, address).then(
                found => {
                    if (socket.destroyed) {
                        // the library would watch a connection that is gone until its silence is noticed
                        early.drop();
                        return;
                    }
                    user = found;
                    if (found) {
                        context.accept();
                        early.release();
                    } else {
                        early.drop();
                        context.reject([...METHODS]);
                    }
                },
                error => {
                    this.log('login-error', { address, reason: ConnectError.from(error).message });
                    early.drop();
                    context.reject([...METHODS]);
                }
            );
        });
        client.once('ready', () => {
            clearTimeout(guest.grace);
            if (!user || this.isClosing) {
                client.end();
                return;
            }
            guest.connection = new UserConnection(client, socket, user, clientSoftware, this.services);
        });
    }

    private async authenticate(context: AuthContext, address: string): Promise<User | undefined> {
        const name = context.username;
        switch (context.method) {
            case 'password':
                return this.authenticator.byPassword(name, context.password, address);
            case 'publickey':
                return this.authenticator.byKey(
                    name,
                    {
                        algorithm: context.key.algo,
                        blob: context.key.data,
                        // its types lag behind: the hash of rsa-sha2 signatures is there
                        hashAlgorithm: (context as { hashAlgo?: string }).hashAlgo,
                        signature: context.signature,
                        signed: context.blob
                    },
                    address
                );
            case 'keyboard-interactive': {
                const answers = await new Promise<readonly string[]>(resolve =>
                    context.prompt([{ prompt: 'Token: ', echo: false }], given =>
                        // an aborted dialogue gives an Error here
                        resolve(Array.isArray(given) ? given : [])
                    )
                );
                return answers.length === 1
                    ? this.authenticator.byToken(name, answers[0], address)
                    : undefined;
            }
            default:
                return undefined;
        }
    }
}
