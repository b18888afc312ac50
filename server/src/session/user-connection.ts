import { Socket } from 'net';
import { Connection, ServerChannel, Session } from 'ssh2';
import { ATTACH_COMMAND, HttpsOffer, SERVER_COMMAND } from '@connect/transport/lib/control/control-protocol';
import { SessionLaunch } from '@connect/transport/lib/control/session-launch';
import { ConfinedFileStore } from '@connect/transport/lib/node/confined-file-store';
import { UdpListener } from '@connect/transport/lib/node/packet-io-dgram';
import { ServerConfig } from '../config/server-config';
import { Log } from '../log';
import { User } from '../storage/user-store';
import { SftpSubsystem } from './sftp/sftp-subsystem';
import { LiveTransfers } from './live-transfers';
import { rulesFor } from './rules-for';
import { SessionChildren } from './session-children';
import { TransferProcess } from './transfer-process';

const VERSION_COMMAND = 'connect-cp --version';

/** What all connections share. */
export interface UserConnectionServices {
    readonly config: ServerConfig;
    readonly listener: UdpListener;
    /** Processes of connect-cp. */
    readonly children: SessionChildren;
    /** First line of `connect-cp --version`, for clients that ask. */
    readonly version: string;
    /** What clients of this user are told about HTTPS. */
    readonly offerHttps: (user: User) => HttpsOffer | undefined;
    readonly transfers: LiveTransfers;
    /** Running transfers by user name. */
    readonly sessions: Map<string, number>;
    readonly log: Log;
}

/** One logged-in client. It may run exactly three things: the far end of a transfer, its version, and SFTP. */
export class UserConnection {
    /** With the channel of this connection that each is on. */
    private readonly processes = new Map<TransferProcess, ServerChannel>();
    private readonly subsystems = new Set<SftpSubsystem>();
    private channels = 0;

    constructor(
        private readonly client: Connection,
        private readonly socket: Socket,
        private readonly user: User,
        private readonly clientSoftware: string,
        private readonly services: UserConnectionServices
    ) {
        client.on('session', (accept, reject) => {
            if (this.channels >= services.config.maxChannelsPerConnection) {
                reject();
                return;
            }
            this.channels += 1;
            const session = accept();
            session.once('close', () => (this.channels -= 1));
            this.serve(session);
        });
    }

    /** Says goodbye and resolves when nothing of this connection runs any more. */
    async close(): Promise<void> {
        const processes = [...this.processes.keys()];
        processes.forEach(process => process.terminate());
        await Promise.all(processes.map(process => process.ended));
        this.client.end();
        this.dispose();
    }

    /** The connection is gone: ends what ran for it, but for transfers that may go on without. */
    dispose(): void {
        this.processes.forEach((channel, process) => process.lose(channel));
        this.subsystems.forEach(subsystem => subsystem.close());
    }

    private serve(session: Session): void {
        let isStarted = false;
        // RFC 4254 §6.5: one program per channel.
        const start = (): boolean => !isStarted && (isStarted = true);
        session.on('exec', (accept, reject, { command }) => {
            if (command === SERVER_COMMAND && start()) {
                this.startTransfer(accept());
            } else if (command.startsWith(ATTACH_COMMAND) && start()) {
                this.attach(accept(), command.slice(ATTACH_COMMAND.length));
            } else if (command === VERSION_COMMAND && start()) {
                const channel = accept();
                channel.write(`${this.services.version}\n`);
                channel.exit(0);
                channel.end();
            } else {
                this.services.log('command-refused', {
                    user: this.user.name,
                    command: command.slice(0, 200)
                });
                reject?.();
            }
        });
        session.on('subsystem', (accept, reject, { name }) => {
            if (name === 'sftp' && start()) {
                this.startSftp(accept());
            } else {
                reject?.();
            }
        });
    }

    private startTransfer(channel: ServerChannel): void {
        const { config, listener, log, sessions, children, transfers } = this.services;
        const { name, permissions, rootDir } = this.user;
        if (transfers.isClosed) {
            log('session-refused', { user: name, reason: 'the server ends' });
            channel.stderr.write('the server ends\n');
            channel.exit(1);
            channel.end();
            return;
        }
        const running = sessions.get(name) ?? 0;
        if (running >= config.maxSessionsPerUser) {
            log('too-many-sessions', { user: name, running });
            channel.stderr.write('too many sessions of this user\n');
            channel.exit(TOO_MANY_SESSIONS);
            channel.end();
            return;
        }
        sessions.set(name, running + 1);
        const launch: SessionLaunch = {
            type: 'launch',
            user: name,
            rootDir,
            permissions: {
                upload: permissions.upload,
                download: permissions.download,
                delete: permissions.delete,
                owner: permissions.owner
            },
            rateRules: rulesFor(this.user, config),
            udpPort: listener.port,
            udpHost: config.host,
            maxDetachedMs: config.maxDetachedSec * 1000,
            https: this.services.offerHttps(this.user)
        };
        const process = new TransferProcess(children.take(), channel, launch, listener, log);
        this.processes.set(process, channel);
        transfers.add(process, this.user);
        void process.ended.then(() => {
            this.processes.delete(process);
            sessions.set(name, (sessions.get(name) ?? 1) - 1);
        });
    }

    /** The session of another connection of this user, which is lost, goes on with this one. */
    private attach(channel: ServerChannel, token: string): void {
        if (!this.services.transfers.attach(this.user, token, channel)) {
            channel.stderr.write('no such session\n');
            channel.exit(1);
            channel.end();
        }
    }

    private startSftp(channel: ServerChannel): void {
        const store = new ConfinedFileStore(this.user.rootDir);
        const subsystem = new SftpSubsystem(channel, store, {
            permissions: this.user.permissions,
            clientSoftware: this.clientSoftware,
            socket: this.socket,
            log: (event, data) => this.services.log(event, { user: this.user.name, ...data })
        });
        this.subsystems.add(subsystem);
        void subsystem.ended.then(() => {
            this.subsystems.delete(subsystem);
            channel.exit(0);
            channel.end();
        });
    }
}

/** Number of `transfer.too-many-sessions` in the ascp family; the client reads it as the exit code of the far end. */
const TOO_MANY_SESSIONS = 23;
