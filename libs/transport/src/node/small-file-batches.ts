import { ConnectError, encodePathBytes, Limiter } from '@connect/base';
import { BatchedFile, BatchedRename, FolderBatch } from './folder-batch';
import { FileStat, FileStore } from './file-store';
import { Gatherer } from './gatherer';
import { OpenBatches } from './open-batches';
import { SyncRounds } from './sync-rounds';

/** Larger files gain nothing, and would be copied for it. */
export const MAX_BATCHED_BYTES = 256 * 1024;

const ALONE_AT_ONCE = 16;
const LIMITS = { atOnce: 2, items: 256, weight: 4 * 1024 * 1024 };

/** An empty file to be made. */
export type NewEmptyFile = Omit<BatchedFile, 'bytes'>;

/** What became of one file; undefined: it has to be done alone. */
type Outcome<R> = R | ConnectError | undefined;

/** Writes and names small files of a folder many at a time, where the store can. */
export class SmallFileBatches {
    /** For what cannot be done together: handles are scarce. */
    readonly alone = new Limiter(ALONE_AT_ONCE);
    private readonly writes: Gatherer<BatchedFile, Outcome<FileStat>>;
    private readonly renames: Gatherer<BatchedRename, Outcome<'renamed'>>;
    private readonly empties: Gatherer<NewEmptyFile, Outcome<bigint>>;
    private readonly folders: OpenBatches;

    constructor(
        private readonly store: FileStore,
        rounds: SyncRounds
    ) {
        this.folders = new OpenBatches(store, batch => rounds.offer(batch));
        this.writes = new Gatherer(
            (folder, files) => this.write(folder, files),
            file => file.bytes.length,
            LIMITS
        );
        this.empties = new Gatherer(
            (folder, files) => this.writeEmpty(folder, files),
            () => 0,
            LIMITS
        );
        this.renames = new Gatherer(
            (folder, files) => this.rename(folder, files),
            () => 0,
            LIMITS
        );
    }

    /** Makes a file with content, mode and time; undefined when that has to be done in another way. */
    async make(folder: string, file: BatchedFile): Promise<FileStat | undefined> {
        if (!this.store.batch || file.bytes.length > MAX_BATCHED_BYTES) {
            return undefined;
        }
        const outcome = await this.writes.add(folder, file);
        if (outcome instanceof ConnectError && outcome.code !== 'files.exists') {
            throw outcome;
        }
        return outcome instanceof ConnectError ? undefined : outcome;
    }

    /** Makes an empty file and answers its file system; undefined when that has to be done in another way. */
    async makeEmpty(folder: string, file: NewEmptyFile): Promise<bigint | undefined> {
        const outcome = this.store.batch ? await this.empties.add(folder, file) : undefined;
        if (outcome instanceof ConnectError && outcome.code !== 'files.exists') {
            throw outcome;
        }
        return outcome instanceof ConnectError ? undefined : outcome;
    }

    /** Gives a file its name, replacing what has it; false when that has to be done in another way. */
    async name(folder: string, file: BatchedRename): Promise<boolean> {
        const outcome = this.store.batch ? await this.renames.add(folder, file) : undefined;
        if (outcome instanceof ConnectError) {
            throw outcome;
        }
        return outcome !== undefined;
    }

    /** Works on a folder that stays open meanwhile; not at all where it is not to be had for batches. */
    async inFolder(folder: string, work: (batch: FolderBatch) => Promise<void>): Promise<void> {
        await this.folders.use(folder, work);
    }

    /** When nothing is written any more. */
    dispose(): Promise<void> {
        return this.folders.dispose();
    }

    private write(folder: string, files: readonly BatchedFile[]): Promise<Array<Outcome<FileStat>>> {
        return this.outcomes(folder, files, batch => batch.write(files));
    }

    private writeEmpty(folder: string, files: readonly NewEmptyFile[]): Promise<Array<Outcome<bigint>>> {
        const names = encodePathBytes(files.map(({ name }) => `${name}\0`).join(''));
        const mtimes = BigInt64Array.from(files, ({ mtimeNs }) => mtimeNs);
        const modes = Uint16Array.from(files, ({ mode }) => mode);
        return this.outcomes(folder, files, async batch =>
            (await batch.makeEmpty({ names, mtimes, modes })).map(error => error ?? batch.device)
        );
    }

    private rename(folder: string, files: readonly BatchedRename[]): Promise<Array<Outcome<'renamed'>>> {
        return this.outcomes(folder, files, async batch =>
            (await batch.rename(files)).map(error => error ?? 'renamed')
        );
    }

    private async outcomes<R>(
        folder: string,
        files: readonly unknown[],
        work: (batch: FolderBatch) => Promise<ReadonlyArray<Outcome<R>>>
    ): Promise<Array<Outcome<R>>> {
        const outcomes = await this.folders.use(folder, work);
        return outcomes ? [...outcomes] : files.map(() => undefined);
    }
}
