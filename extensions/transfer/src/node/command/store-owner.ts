import { ConnectError, systemClock, type Clock } from '@connect/base';
import { ConnectHome } from '@connect/security/lib/node/connect-home';
import { Emitter, type Event } from '@theia/core/lib/common/event';
import { ILogger } from '@theia/core/lib/common/logger';
import { inject, injectable, optional } from '@theia/core/shared/inversify';
import type { HelloResult, OwnerKind } from '../../common/command-protocol';
import { BackendClient } from './backend-client';
import { commandPaths, ensurePrivateFolder, type CommandPaths } from './command-paths';
import { OwnerLockStore } from './owner-lock-store';

/** What kind of backend this is; bound to `headless` by the one without windows. */
export const BackendKind = Symbol('BackendKind');

/** How often a backend looks whether it may have the transfers. */
const POLL_MS = 200;
/** An owner that does not answer may be about to come or go for so long. */
const SILENT_MS = 5_000;

/**
 * Sees to it that one backend at a time has the transfers of this user. The lock is the kernel's, so one that was
 * killed leaves nothing behind. A backend with windows asks one without to give way; everybody else waits for its end.
 */
@injectable()
export class StoreOwner {
    @inject(ConnectHome) protected readonly home: ConnectHome;
    @inject(ILogger) protected readonly logger: ILogger;
    @inject(BackendKind) @optional() readonly kind: OwnerKind = 'window';

    private readonly acquiredEmitter = new Emitter<void>();
    private readonly releaseEmitter = new Emitter<void>();
    private readonly clock: Clock = systemClock;
    private lock: OwnerLockStore | undefined;
    private isOwner = false;
    private isOver = false;

    /** From now on the transfers are this backend's. */
    readonly onDidAcquire: Event<void> = this.acquiredEmitter.event;
    /** In a moment they are no longer; listeners let go of everything at once. */
    readonly onWillRelease: Event<void> = this.releaseEmitter.event;

    /** Files of the command socket. */
    get paths(): CommandPaths {
        return commandPaths(this.home.root);
    }

    /** Whether the transfers are this backend's. */
    get owns(): boolean {
        return this.isOwner;
    }

    /**
     * Resolves when the transfers are this backend's; till then `onBlocked` is told, once, who has them and what to do.
     * Rejects with `cancelled` when {@link release} comes first.
     */
    async acquire(onBlocked: (error: ConnectError) => void): Promise<void> {
        ensurePrivateFolder(this.home.ensure(this.paths.folder));
        this.lock = new OwnerLockStore(this.paths.lock);
        const sinceMs = this.clock.now();
        let isBlocked = false;
        while (!this.isOver && !this.lock.take()) {
            const other = await this.askOther();
            const isSilent = other === undefined && this.clock.now() - sinceMs > SILENT_MS;
            const staysThere = other !== undefined && !(this.kind === 'window' && other.kind === 'headless');
            if (!isBlocked && (isSilent || staysThere)) {
                isBlocked = true;
                onBlocked(inUse(other));
            }
            await new Promise<void>(resolve => this.clock.setTimeout(resolve, POLL_MS));
        }
        if (this.isOver) {
            this.lock.release();
            throw new ConnectError('cancelled', 'The backend ends');
        }
        this.isOwner = true;
        this.acquiredEmitter.fire();
    }

    /** Gives the transfers up, for good. The caller has stopped them. */
    release(): void {
        this.isOver = true;
        if (this.isOwner) {
            this.isOwner = false;
            this.releaseEmitter.fire();
            this.lock?.release();
        }
    }

    /** Who has the transfers; undefined when nobody answers. One without windows is asked to give way. */
    private async askOther(): Promise<HelloResult | undefined> {
        let client: BackendClient | undefined;
        try {
            client = await BackendClient.open(this.paths);
            if (client && this.kind === 'window' && client.backend.kind === 'headless') {
                await client.leave();
            }
            return client?.backend;
        } catch (error) {
            // it ends, or does not answer as it should; the lock tells the truth
            void this.logger.debug(`The owner of the transfers: ${(error as Error).message}`);
            return client?.backend;
        } finally {
            client?.dispose();
        }
    }
}

function inUse(other: HelloResult | undefined): ConnectError {
    const who = other ? `process ${other.pid}` : 'a process that does not answer';
    return new ConnectError('transfer.store-in-use', `${who} has those of this user`, { pid: other?.pid });
}
