import { isIPv6 } from 'net';
import { Clock, systemClock } from '@connect/base';
import { UdpListener } from '@connect/transport/lib/node/packet-io-dgram';
import { awaitEndings } from './ending';
import { DataDirectory } from './config/data-directory';
import { ServerConfig } from './config/server-config';
import { Log } from './log';
import { TlsIdentity } from './http/https-messages';
import { HttpsProcess } from './http/https-process';
import { tlsIdentity } from './http/tls-identity';
import { Authenticator } from './session/authenticator';
import { LiveTransfers } from './session/live-transfers';
import { LoginThrottle } from './session/login-throttle';
import { fingerprint } from './session/ssh-keys';
import { SessionChildren, SpareChildren } from './session/session-children';
import { SshServer } from './session/ssh-server';
import { findTransferProgram } from './session/transfer-process';
import { User, UserStore } from './storage/user-store';

/** Where a running server can be reached. */
export interface ServerAddress {
    readonly host: string;
    readonly sshPort: number;
    readonly udpPort: number;
    /** Set while HTTPS is served: port, and `SHA256:…` of the certificate. */
    readonly https?: { readonly port: number; readonly fingerprint: string };
    /** `SHA256:…` of the host key. */
    readonly fingerprint: string;
}

/** The transfer server in this process: SSH and SFTP on one TCP port, all transfers on one UDP port. */
export class ConnectServer {
    private constructor(
        readonly address: ServerAddress,
        private readonly ssh: SshServer,
        private readonly listener: UdpListener,
        private readonly children: SessionChildren,
        private readonly transfers: LiveTransfers,
        private readonly users: UserStore,
        private readonly https: HttpsProcess | undefined,
        private readonly log: Log
    ) {}

    /**
     * Binds both ports and serves.
     * @throws ConnectError `usage` (no data directory, port taken), `transfer.udp-blocked`, `transfer.engine-missing`
     */
    static async start(
        data: DataDirectory,
        config: ServerConfig,
        log: Log,
        clock: Clock = systemClock
    ): Promise<ConnectServer> {
        data.requireInitialized();
        const transferProgram = findTransferProgram(process.env);
        const hostKey = data.hostKey();
        const tokenKey = data.tokenKey();
        const loadIdentity = (): Promise<TlsIdentity> => tlsIdentity(data, config, clock.wallNow());
        const identity = config.httpsPort < 0 ? undefined : await loadIdentity();
        const listener = await UdpListener.bind(config.host, config.udpPort);
        const users = new UserStore(data.databaseFile);
        const throttle = new LoginThrottle({
            maxFailures: config.maxLoginFailures,
            windowMs: config.loginFailureWindowSec * 1000
        });
        const authenticator = new Authenticator(users, tokenKey, throttle, clock, log);
        const sessions = new Map<string, number>();
        const https =
            identity &&
            (await HttpsProcess.start({
                config,
                authenticator,
                tokenKey,
                identity,
                loadIdentity,
                sessions,
                log
            }));
        const children = new SpareChildren(transferProgram, config.spareSessions);
        const transfers = new LiveTransfers(name => users.find(name));
        const services = {
            config,
            listener,
            children,
            transfers,
            version: versionLine(),
            sessions,
            offerHttps: (user: User) => https?.offerTo(user),
            log
        };
        const ssh = new SshServer(hostKey, config, authenticator, services, log);
        try {
            const sshPort = await ssh.listen(config.host, config.sshPort);
            const address = {
                host: config.host,
                sshPort,
                udpPort: listener.port,
                ...(https?.listeningPort === undefined
                    ? {}
                    : { https: { port: https.listeningPort, fingerprint: https.fingerprint } }),
                fingerprint: fingerprint(hostKey)
            };
            return new ConnectServer(address, ssh, listener, children, transfers, users, https, log);
        } catch (error) {
            await https?.close();
            transfers.stop();
            await children.close();
            users.close();
            await listener.close();
            throw error;
        }
    }

    /**
     * Ends all sessions and frees both ports.
     * @returns what could not be ended in time and may run on
     */
    async close(): Promise<readonly string[]> {
        const endings = [
            ...this.transfers.close(),
            { what: 'SSH connections', ended: this.ssh.close() },
            ...(this.https ? [{ what: 'HTTPS process', ended: this.https.close() }] : [])
        ];
        const left = await awaitEndings(endings, this.log);
        await this.children.close();
        await this.listener.close();
        this.users.close();
        return left;
    }
}

/** The one line that `connect-server start` prints for programs. */
export function addressLine(address: ServerAddress): string {
    const host = isIPv6(address.host) ? `[${address.host}]` : address.host;
    const { sshPort, udpPort, https } = address;
    const fallback = https ? ` https=${host}:${https.port} https-fingerprint=${https.fingerprint}` : '';
    return `connect-server listening ssh=${host}:${sshPort} udp=${host}:${udpPort} fingerprint=${address.fingerprint}${fallback}`;
}

/** Both ends come from one release, so the version of this package is the transfer program's too. */
export function versionLine(): string {
    return `connect-cp ${packageVersion()}`;
}

/** Version of this package. Required, not read: programs bundled into one file carry it with them. */
export function packageVersion(): string {
    return (require('../package.json') as { version: string }).version;
}
