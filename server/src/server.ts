import { isIPv6 } from 'net';
import { Clock, systemClock } from '@connect/base';
import { UdpListener } from '@connect/transport/lib/node/packet-io-dgram';
import { DataDirectory } from './config/data-directory';
import { ServerConfig } from './config/server-config';
import { Log } from './log';
import { Authenticator } from './session/authenticator';
import { LoginThrottle } from './session/login-throttle';
import { fingerprint } from './session/ssh-keys';
import { SessionChildren, SpareChildren } from './session/session-children';
import { SshServer } from './session/ssh-server';
import { findTransferProgram } from './session/transfer-process';
import { UserStore } from './storage/user-store';

/** Where a running server can be reached. */
export interface ServerAddress {
    readonly host: string;
    readonly sshPort: number;
    readonly udpPort: number;
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
        private readonly users: UserStore
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
        const listener = await UdpListener.bind(config.host, config.udpPort);
        const users = new UserStore(data.databaseFile);
        const throttle = new LoginThrottle({
            maxFailures: config.maxLoginFailures,
            windowMs: config.loginFailureWindowSec * 1000
        });
        const authenticator = new Authenticator(users, tokenKey, throttle, clock, log);
        const children = new SpareChildren(transferProgram, config.spareSessions);
        const services = {
            config,
            listener,
            children,
            version: versionLine(),
            sessions: new Map(),
            log
        };
        const ssh = new SshServer(hostKey, config, authenticator, services, log);
        try {
            const sshPort = await ssh.listen(config.host, config.sshPort);
            const address = {
                host: config.host,
                sshPort,
                udpPort: listener.port,
                fingerprint: fingerprint(hostKey)
            };
            return new ConnectServer(address, ssh, listener, children, users);
        } catch (error) {
            await children.close();
            users.close();
            await listener.close();
            throw error;
        }
    }

    /** Ends all sessions and frees both ports. */
    async close(): Promise<void> {
        await this.ssh.close();
        await this.children.close();
        await this.listener.close();
        this.users.close();
    }
}

/** The one line that `connect-server start` prints for programs. */
export function addressLine(address: ServerAddress): string {
    const host = isIPv6(address.host) ? `[${address.host}]` : address.host;
    const { sshPort, udpPort } = address;
    return `connect-server listening ssh=${host}:${sshPort} udp=${host}:${udpPort} fingerprint=${address.fingerprint}`;
}

/** Both ends come from one release, so the version of this package is the transfer program's too. */
function versionLine(): string {
    return `connect-cp ${packageVersion()}`;
}

/** Version of this package. Required, not read: programs bundled into one file carry it with them. */
export function packageVersion(): string {
    return (require('../package.json') as { version: string }).version;
}
