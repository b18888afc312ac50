import { ConnectError, Limiter } from '@connect/base';
import { FolderBatch } from './folder-batch';

interface Waiting {
    readonly device: bigint | undefined;
    readonly count: number;
    readonly alone: () => Promise<void>;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
}

/**
 * From so many files on the whole file system is synced once instead of each of them. Below, what other programs have
 * written to it meanwhile would cost more than it saves.
 */
const TOGETHER_FROM = 16;
const ALONE_AT_ONCE = 16;

/**
 * Makes files and folders durable. Who comes while a round is under way waits for the next one, which begins after all
 * that they wrote; so the more small files there are, the more of them share a round.
 */
export class SyncRounds {
    private waiting: Waiting[] = [];
    private round: Promise<void> | undefined;
    /** One open folder per file system, older than all that is synced by it: errors from then on are told. */
    private readonly folders = new Map<bigint, FolderBatch>();
    private readonly alone = new Limiter(ALONE_AT_ONCE);
    private isDisposed = false;

    /**
     * Resolves when what was written before is on the disk.
     * @param device the file system it is on, by an offered folder; undefined when that is not known
     * @param alone makes it durable by itself
     * @param count how many files it is about
     */
    reach(device: bigint | undefined, alone: () => Promise<void>, count = 1): Promise<void> {
        return new Promise((resolve, reject) => {
            this.waiting.push({ device, count, alone, resolve, reject });
            this.round ??= this.run();
        });
    }

    /**
     * To be offered folders before anything is written to them. True when this one is kept, to sync its file system by,
     * and closed at the end.
     */
    offer(batch: FolderBatch): boolean {
        const isNeeded = !this.isDisposed && batch.canSync && !this.folders.has(batch.device);
        if (isNeeded) {
            this.folders.set(batch.device, batch);
        }
        return isNeeded;
    }

    /** Not before everybody who waits has been told. */
    async dispose(): Promise<void> {
        this.isDisposed = true;
        await Promise.all([...this.folders.values()].map(folder => folder.close()));
        this.folders.clear();
    }

    private async run(): Promise<void> {
        // What comes in the same turn shares the first round.
        await new Promise<void>(resolve => setImmediate(resolve));
        while (this.waiting.length > 0) {
            await this.once(this.waiting.splice(0));
        }
        this.round = undefined;
    }

    private async once(all: readonly Waiting[]): Promise<void> {
        const byDevice = new Map<bigint, Waiting[]>();
        const single: Waiting[] = [];
        for (const one of all) {
            const known = one.device !== undefined && this.folders.has(one.device);
            const group = known ? byDevice.get(one.device!) : single;
            if (group) {
                group.push(one);
            } else {
                byDevice.set(one.device!, [one]);
            }
        }
        const groups = [...byDevice].map(([device, group]) => this.together(device, group));
        await Promise.all([...groups, ...single.map(one => this.oneAlone(one))]);
    }

    private async together(device: bigint, group: readonly Waiting[]): Promise<void> {
        const count = group.reduce((sum, one) => sum + one.count, 0);
        if (count >= TOGETHER_FROM && (await this.syncDevice(device))) {
            group.forEach(({ resolve }) => resolve());
        } else {
            await Promise.all(group.map(one => this.oneAlone(one)));
        }
    }

    /** False when something there could not be written; whose it is each file tells by itself. */
    private async syncDevice(device: bigint): Promise<boolean> {
        try {
            await this.folders.get(device)!.syncFileSystem();
            return true;
        } catch (error) {
            if (error instanceof ConnectError) {
                return false;
            }
            throw error;
        }
    }

    private oneAlone(one: Waiting): Promise<void> {
        return this.alone.run(() => one.alone().then(one.resolve, one.reject));
    }
}
