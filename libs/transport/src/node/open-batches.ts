import { Clock, ConnectError, systemClock } from '@connect/base';
import { FileStore } from './file-store';
import { FolderBatch } from './folder-batch';

/** How long a folder's name is taken to mean what it meant, as with the folders that walkers remember. */
const MAX_AGE_MS = 200;

interface OpenBatch {
    readonly folder: string;
    readonly batch: Promise<FolderBatch | undefined>;
    readonly sinceMs: number;
    users: number;
    /** To be closed by whoever uses it last. */
    isRetired: boolean;
}

/**
 * Folders for batches, the latest of which stays open for the next batch: walking to a folder and opening it takes as
 * many calls of the system as writing some files into it, each with a hop to another thread.
 */
export class OpenBatches {
    private latest: OpenBatch | undefined;
    /** Somebody else closes them. */
    private readonly kept = new WeakSet<FolderBatch>();
    private isDisposed = false;

    /** @param keep whether somebody else closes a batch that was just opened */
    constructor(
        private readonly store: FileStore,
        private readonly keep: (batch: FolderBatch) => boolean = () => false,
        private readonly clock: Clock = systemClock
    ) {}

    /** Undefined, without any work, when the folder is not to be had for batches. */
    async use<R>(folder: string, work: (batch: FolderBatch) => Promise<R>): Promise<R | undefined> {
        if (!this.store.batch) {
            return undefined;
        }
        const open = this.take(folder);
        open.users += 1;
        try {
            const batch = await open.batch;
            return batch && (await work(batch));
        } finally {
            open.users -= 1;
            await this.closeUnused(open);
        }
    }

    /** Closes what is open, as soon as nobody uses it. What is begun later is closed at once. */
    async dispose(): Promise<void> {
        this.isDisposed = true;
        const { latest } = this;
        this.latest = undefined;
        if (latest) {
            latest.isRetired = true;
            await this.closeUnused(latest);
        }
    }

    private take(folder: string): OpenBatch {
        const now = this.clock.now();
        const { latest } = this;
        if (latest?.folder === folder && now - latest.sinceMs <= MAX_AGE_MS) {
            return latest;
        }
        const open: OpenBatch = {
            folder,
            batch: this.open(folder),
            sinceMs: now,
            users: 0,
            isRetired: this.isDisposed
        };
        this.latest = this.isDisposed ? undefined : open;
        if (latest) {
            latest.isRetired = true;
            // Only closing can fail here, of a folder that was only read or written through.
            this.closeUnused(latest).catch(() => undefined);
        }
        return open;
    }

    private async closeUnused(open: OpenBatch): Promise<void> {
        if (open.isRetired && open.users === 0) {
            // Two may come here at the same time.
            open.users = -1;
            const batch = await open.batch;
            if (batch && !this.kept.has(batch)) {
                await batch.close();
            }
        }
    }

    /** A folder that cannot be opened for reading can still be used file by file; so can one that is gone tell. */
    private async open(folder: string): Promise<FolderBatch | undefined> {
        try {
            const batch = await this.store.batch!(folder);
            if (batch && this.keep(batch)) {
                this.kept.add(batch);
            }
            return batch;
        } catch (error) {
            if (error instanceof ConnectError) {
                return undefined;
            }
            throw error;
        }
    }
}
