import { Clock, ConnectError, systemClock } from '@connect/base';
import { ConfinedWalker } from './confined-walker';
import { DiskFileStore } from './disk-file-store';
import { Confinement, HeldDirectory, holdRoot, systemConfinement } from './held-directory';

/** What a confined store may be told; the defaults are what a server uses. */
export interface ConfinedFileStoreOptions {
    readonly clock?: Clock;
    /** `names` on Linux is for tests of the code that other systems use. */
    readonly confinement?: Confinement;
}

/** Opens the root when it is first needed and keeps it, so that a path means the same as long as the store lives. */
class RootHolder {
    private held: Promise<HeldDirectory> | undefined;
    private disposed = false;

    constructor(
        private readonly rootDir: string,
        private readonly confinement: Confinement
    ) {}

    async get(): Promise<HeldDirectory> {
        if (this.disposed) {
            throw new ConnectError('internal', 'the file store is closed');
        }
        this.held ??= holdRoot(this.rootDir, this.confinement);
        try {
            return await this.held;
        } catch (error) {
            // A root that was missing may be there the next time.
            this.held = undefined;
            throw error;
        }
    }

    async release(): Promise<void> {
        this.disposed = true;
        const held = this.held;
        this.held = undefined;
        (await held?.catch(() => undefined))?.release();
    }
}

/**
 * The files below one folder: `/` is that folder, and no path leads out of it. `..` above the root, absolute link
 * targets and link targets that climb above the root are refused with `transfer.outside-root`; links that stay inside
 * are followed. On Linux this also holds while other processes swap folders and links under the store's hands: every
 * step is made from a folder that is held open (see held-directory.ts for the other systems).
 */
export class ConfinedFileStore extends DiskFileStore {
    private readonly holder: RootHolder;

    /** @param rootDir absolute path on this machine */
    constructor(rootDir: string, options: ConfinedFileStoreOptions = {}) {
        const holder = new RootHolder(rootDir, options.confinement ?? systemConfinement);
        super(new ConfinedWalker(() => holder.get(), options.clock ?? systemClock));
        this.holder = holder;
    }

    override async dispose(): Promise<void> {
        await super.dispose();
        await this.holder.release();
    }
}
