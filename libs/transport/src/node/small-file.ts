import { createHash, hash, randomBytes } from 'crypto';
import { ConnectError, fsPath } from '@connect/base';
import {
    FIRST_VARIANT,
    firstSmallName,
    NAME_TAG_DIGITS,
    PartialSuffixes,
    SmallNames,
    smallNames,
    SOURCE_TAG_DIGITS,
    VARIANT_DIGITS
} from '../proto/partial-names';
import { joinPath } from '../proto/placement';
import { FileAttributes, FsyncPolicy } from './file-sink';
import { FileStat, FileStore, OpenFile } from './file-store';
import {
    expectRenamed,
    fileMode,
    isSameFile,
    removeIfThere,
    renameError,
    renamePartial
} from './partial-files';
import { SmallFileBatches } from './small-file-batches';
import { SyncRounds } from './sync-rounds';

/** What of a source its partial file's name tells. */
export interface SmallSource extends FileAttributes {
    readonly sizeBytes: number;
}

/** A whole partial file that an earlier run left. */
export interface LeftPartial {
    readonly name: string;
    readonly stat: FileStat;
}

/** {@link smallNames} with the tags that belong to a name and to a version of its source. */
export function smallNamesFor(name: string, source: SmallSource, suffixes: PartialSuffixes): SmallNames {
    return smallNames(name, nameTagOf(name), sourceTagOf(source), suffixes);
}

/** {@link firstSmallName} with the same tags. */
export function firstSmallNameFor(name: string, source: SmallSource, suffixes: PartialSuffixes): string {
    return firstSmallName(name, nameTagOf(name), sourceTagOf(source), suffixes);
}

function nameTagOf(name: string): string {
    return hexDigits(fsPath(name), NAME_TAG_DIGITS);
}

function sourceTagOf({ sizeBytes, mtimeNs, mode }: SmallSource): string {
    return hexDigits(`${sizeBytes} ${mtimeNs} ${fileMode(mode)}`, SOURCE_TAG_DIGITS);
}

/** What all small files of a run share. */
export interface SmallFileTools {
    readonly store: FileStore;
    readonly fsync: FsyncPolicy;
    readonly batches: SmallFileBatches;
    readonly rounds: SyncRounds;
}

/**
 * The unfinished form of a file of one chunk. Its bytes are written in one go as soon as they are proved, so that a
 * partial file of full size is a whole one; the flush to the disk and the final name may come later.
 */
export class SmallFile {
    private partial: LeftPartial | undefined;
    private written: bigint | undefined;

    /** @param left what an earlier run wrote, proved to be right by the time {@link finish} is called without `write` */
    constructor(
        private readonly tools: SmallFileTools,
        private readonly folder: string,
        private readonly names: SmallNames,
        private readonly source: SmallSource,
        private readonly left: LeftPartial | undefined
    ) {}

    /** The partial file has been written in another way, whole. */
    adopt(partial: LeftPartial): void {
        this.partial = partial;
        this.written = partial.stat.device;
    }

    /** The file system it was written to. */
    get device(): bigint | undefined {
        return this.written;
    }

    /** Writes the content, whose hash is right, and its time. Nothing is left behind when it fails. */
    async write(bytes: Uint8Array): Promise<void> {
        const name = this.names.variant(FIRST_VARIANT);
        const { mtimeNs } = this.source;
        const mode = fileMode(this.source.mode);
        const stat = await this.tools.batches.make(this.folder, { name, bytes, mode, mtimeNs });
        if (stat) {
            this.partial = { name, stat };
            this.written = stat.device;
        } else {
            await this.tools.batches.alone.run(() => this.writeAlone(bytes));
        }
    }

    private async writeAlone(bytes: Uint8Array): Promise<void> {
        const { file, name } = await this.create();
        try {
            try {
                if (bytes.length > 0) {
                    await file.write(bytes, 0);
                }
                await file.setTimes(Date.now(), this.source.mtimeNs);
                this.partial = { name, stat: await file.stat() };
            } finally {
                await file.close();
            }
        } catch (error) {
            this.partial = undefined;
            await removeIfThere(this.tools.store, joinPath(this.folder, name));
            throw error;
        }
    }

    /** Makes the content durable, as the policy says, and gives it its name. An empty file needs no {@link write}. */
    async finish(name: string): Promise<void> {
        if (!this.partial && !this.left) {
            await this.write(new Uint8Array(0));
        }
        const isLeft = this.partial === undefined;
        const partial = (this.partial ?? this.left)!;
        const from = joinPath(this.folder, partial.name);
        const to = joinPath(this.folder, name);
        try {
            if (isLeft) {
                const { mtimeNs } = this.source;
                await this.tools.batches.alone.run(() => this.complete(from, partial.stat, mtimeNs));
            } else if (this.tools.fsync === 'auto') {
                await this.tools.rounds.reach(this.written, () => this.complete(from, partial.stat));
            }
            await this.rename(partial, from, to, name);
        } catch (error) {
            if (!isMissing(error)) {
                throw error;
            }
            await expectRenamed(this.tools.store, from, to, partial.stat);
        }
        this.partial = undefined;
    }

    /** Leaves a written partial file for the next run, or removes it. */
    async abandon(keep: boolean): Promise<void> {
        const { partial } = this;
        this.partial = undefined;
        if (partial && !keep) {
            await removeIfThere(this.tools.store, joinPath(this.folder, partial.name));
        }
    }

    private async rename(partial: LeftPartial, from: string, to: string, name: string): Promise<void> {
        const file = { from: partial.name, to: name, own: partial.stat };
        const isDone = await this.tools.batches
            .name(this.folder, file)
            .catch(error => Promise.reject(renameError(error)));
        if (!isDone) {
            await this.tools.batches.alone.run(() => renamePartial(this.tools.store, from, to));
        }
    }

    private complete(path: string, own: FileStat, mtimeNs?: bigint): Promise<void> {
        return completePartial(this.tools.store, path, own, this.tools.fsync, mtimeNs);
    }

    /**
     * A new file. When something is there it may be the left-over of a run that was killed, or belong to a run that is
     * alive: then another variant of the name is taken, so that nobody ever writes to what another writes.
     */
    private async create(): Promise<{ readonly file: OpenFile; readonly name: string }> {
        const mode = fileMode(this.source.mode);
        const first = this.names.variant(FIRST_VARIANT);
        try {
            return {
                file: await this.tools.store.open(joinPath(this.folder, first), 'create-new', mode),
                name: first
            };
        } catch (error) {
            if (!ConnectError.is(error, 'files.exists')) {
                throw error;
            }
        }
        const other = this.names.variant(randomBytes(VARIANT_DIGITS / 2).toString('hex'));
        return {
            file: await this.tools.store.open(joinPath(this.folder, other), 'create-new', mode),
            name: other
        };
    }
}

/**
 * Makes a partial file that is called so durable by itself, as the policy says; `mtimeNs` for one that has not got its
 * time yet. @throws ConnectError `transfer.rename-failed` when it is not the file that was written.
 */
export async function completePartial(
    store: FileStore,
    path: string,
    own: FileStat,
    fsync: FsyncPolicy,
    mtimeNs?: bigint
): Promise<void> {
    const file = await store.open(path, 'write');
    try {
        if (!isSameFile(await file.stat(), own)) {
            const message = `${path} was replaced by somebody else while it was written`;
            throw new ConnectError('transfer.rename-failed', message);
        }
        if (mtimeNs !== undefined) {
            await file.setTimes(Date.now(), mtimeNs);
        }
        if (fsync === 'auto') {
            await file.sync(true);
        }
    } finally {
        await file.close();
    }
}

/** Of the SHA-256. A string is hashed without a buffer of its own: this is done for every file. */
function hexDigits(content: string | Uint8Array, digits: number): string {
    // hash() is there since Node 20.12.
    const digest = hash ? hash('sha256', content, 'hex') : createHash('sha256').update(content).digest('hex');
    return digest.slice(0, digits);
}

function isMissing(error: unknown): boolean {
    const known = ConnectError.from(error);
    return known.code === 'files.not-found' || ConnectError.is(known.cause, 'files.not-found');
}
