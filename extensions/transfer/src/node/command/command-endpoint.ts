import { AccountService } from '@connect/security/lib/common/account-protocol';
import { writePrivateFile } from '@connect/security/lib/node/connect-home';
import { ConnectError } from '@connect/base';
import { Emitter, type Event } from '@theia/core/lib/common/event';
import { ILogger } from '@theia/core/lib/common/logger';
import { BackendApplicationContribution } from '@theia/core/lib/node/backend-application';
import { inject, injectable } from '@theia/core/shared/inversify';
import * as fs from 'node:fs';
import { createServer, type Server } from 'node:net';
import { TransferServiceImpl } from '../transfer-service';
import { reachableSocket } from './command-paths';
import { CommandSession } from './command-session';
import { ensureKey } from './peer-proof';
import { StoreOwner } from './store-owner';

/** Name and version that backends and commands tell each other. */
export const SOFTWARE = 'connect 0.1.0';
/** A person has some terminals; more than this is a program gone wrong. */
const MAX_CONNECTIONS = 200;
const LEAVE_MS = 20;

/**
 * The socket at which the command `connect` reaches this backend. It is there while the transfers are this backend's:
 * in a folder of the user's own, with the rights of the user alone, and for peers that can read the user's key.
 */
@injectable()
export class CommandEndpoint implements BackendApplicationContribution {
    @inject(StoreOwner) protected readonly owner: StoreOwner;
    @inject(TransferServiceImpl) protected readonly transfers: TransferServiceImpl;
    @inject(AccountService) protected readonly accounts: AccountService;
    @inject(ILogger) protected readonly logger: ILogger;

    private readonly changeEmitter = new Emitter<void>();
    private readonly leaveEmitter = new Emitter<void>();
    private readonly sessions = new Set<CommandSession>();
    private server: Server | undefined;
    private releaseName = (): void => undefined;

    /** Connections came or went. */
    readonly onDidChangeConnections: Event<void> = this.changeEmitter.event;
    /** Somebody asked a backend without windows to end. */
    readonly onDidAskToLeave: Event<void> = this.leaveEmitter.event;

    /** Comes before the transfers are taken. */
    initialize(): void {
        this.owner.onDidAcquire(() => this.listen());
        this.owner.onWillRelease(() => this.close());
    }

    /** How many peers are connected. */
    get connections(): number {
        return this.sessions.size;
    }

    private listen(): void {
        try {
            this.open();
        } catch (error) {
            // windows do without
            void this.logger.error('The command connect cannot reach this backend', error);
        }
    }

    private open(): void {
        const { socket, key: keyFile } = this.owner.paths;
        const key = ensureKey(keyFile, writePrivateFile);
        const parts = {
            kind: this.owner.kind,
            software: SOFTWARE,
            key,
            transfers: this.transfers,
            accounts: this.accounts,
            leave: () => this.leave()
        };
        const { name, release } = reachableSocket(socket);
        this.releaseName = release;
        if (process.platform !== 'win32') {
            // of a backend that was killed: the lock says that it is gone
            fs.rmSync(socket, { force: true });
        }
        const server = createServer(peer => {
            const session = new CommandSession(peer, parts);
            this.sessions.add(session);
            this.changeEmitter.fire();
            peer.once('close', () => {
                this.sessions.delete(session);
                this.changeEmitter.fire();
            });
        });
        server.maxConnections = MAX_CONNECTIONS;
        server.on('error', error => void this.logger.error('The socket for commands failed', error));
        server.listen(name, () => process.platform !== 'win32' && fs.chmodSync(name, 0o600));
        this.server = server;
    }

    /** At once, so that the next backend finds its own socket and never this one's end. */
    private close(): void {
        this.server?.close();
        this.server = undefined;
        this.sessions.forEach(session => session.end());
        this.releaseName();
        this.releaseName = () => undefined;
    }

    private leave(): void {
        if (this.owner.kind !== 'headless') {
            throw new ConnectError(
                'not-supported',
                'A window has the transfers: close it to end its backend'
            );
        }
        // the answer goes first; where it does not, the peer sees the end of the connection
        setTimeout(() => this.leaveEmitter.fire(), LEAVE_MS);
    }
}
