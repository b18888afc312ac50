import { createHash, randomBytes } from 'crypto';
import { ConnectError, encodePathBytes, RangeSet } from '@connect/base';
import { ChunkHash } from '../proto/meta-records';
import { PartialNames, PartialSuffixes, taggedNames } from '../proto/partial-names';
import { joinPath } from '../proto/placement';
import { BootId, ResumeMap, SourceIdentity } from '../proto/resume-map';
import { CheckpointFile } from './checkpoint-store';
import { FileStat, FileStore, OpenFile } from './file-store';

/**
 * `auto`: the bytes of a file have reached the disk before it gets its name. `never`: the system writes them when it
 * likes; a power cut may lose or empty files that were reported as finished.
 */
export type FsyncPolicy = 'auto' | 'never';

/** What finished files get. */
export interface FileAttributes {
    readonly mtimeNs: bigint;
    /** Permission bits of the source; the umask applies, and the owner may always read and write. */
    readonly mode: number;
}

/** While a large file is written, this much goes to the disk at a time, so that the end does not wait for all of it. */
const SYNC_EVERY_BYTES = 64 * 1024 * 1024;

/** How many digits of a unique name are replaced when it is in use; see {@link writeSmallFile}. */
export const RANDOM_DIGITS = 8;

/** Where a file of one chunk goes. */
export interface SmallTarget {
    readonly folder: string;
    readonly name: string;
    /** Unique name beside it, which ends with `suffix`. */
    readonly partial: string;
    readonly suffix: string;
}

/** {@link taggedNames} with the tag that belongs to `name`: 64 bits of its SHA-256. */
export function uniqueNames(name: string, suffixes: PartialSuffixes): PartialNames {
    const tag = createHash('sha256').update(encodePathBytes(name)).digest('hex').slice(0, 16);
    return taggedNames(name, tag, suffixes);
}

/** Removes a file that may be missing. */
export async function removeIfThere(store: FileStore, path: string): Promise<void> {
    try {
        await store.removeFile(path);
    } catch (error) {
        if (!ConnectError.is(error, 'files.not-found')) {
            throw error;
        }
    }
}

/** Undefined when there is nothing at `path`. */
export async function lstatIfThere(store: FileStore, path: string): Promise<FileStat | undefined> {
    try {
        return await store.lstat(path);
    } catch (error) {
        if (ConnectError.is(error, 'files.not-found')) {
            return undefined;
        }
        throw error;
    }
}

/**
 * Writes a file that is whole in memory: under another name, durably as the policy says, then renamed.
 * nothing is left behind when it fails.
 */
export async function writeSmallFile(
    store: FileStore,
    target: SmallTarget,
    bytes: Uint8Array,
    attributes: FileAttributes,
    fsync: FsyncPolicy
): Promise<void> {
    const path = joinPath(target.folder, target.name);
    const { file, partialPath } = await createUnshared(store, target, attributes.mode);
    try {
        try {
            if (bytes.length > 0) {
                await file.write(bytes, 0);
            }
            await file.setTimes(Date.now(), attributes.mtimeNs);
            if (fsync === 'auto') {
                await file.sync(true);
            }
        } finally {
            await file.close();
        }
        await renamePartial(store, partialPath, path);
    } catch (error) {
        await removeIfThere(store, partialPath);
        throw error;
    }
}

/**
 * A new file at `path`. When something is there it may be the left-over of a run that was killed, or belong to a run
 * that is alive: then another name is taken, so that nobody ever writes to or renames what another writes.
 */
async function createUnshared(
    store: FileStore,
    target: SmallTarget,
    mode: number
): Promise<{ readonly file: OpenFile; readonly partialPath: string }> {
    const path = joinPath(target.folder, target.partial);
    try {
        return { file: await store.open(path, 'create-new', fileMode(mode)), partialPath: path };
    } catch (error) {
        if (!ConnectError.is(error, 'files.exists')) {
            throw error;
        }
    }
    // As long as a unique name, so it fits where that fits; and found again by how it begins.
    const stem = target.partial.slice(0, -(target.suffix.length + RANDOM_DIGITS));
    const random = randomBytes(RANDOM_DIGITS / 2).toString('hex');
    const other = joinPath(target.folder, stem + random + target.suffix);
    const file = await store.open(other, 'create-new', fileMode(mode));
    await removeIfThere(store, path);
    return { file, partialPath: other };
}

async function renamePartial(store: FileStore, from: string, to: string): Promise<void> {
    try {
        await store.rename(from, to);
    } catch (error) {
        const known = ConnectError.from(error);
        if (known.code.startsWith('transfer.') || known.code === 'files.is-a-directory') {
            throw known;
        }
        throw new ConnectError('transfer.rename-failed', known.message, known.data, known);
    }
}

function fileMode(mode: number): number {
    return (mode & 0o777) | 0o600;
}

/**
 * The unfinished form of one large file: `.partial` with the bytes, checkpoint with the list of what is right in it.
 * Opened with the first chunk. Chunks may be written at the same time; a chunk is recorded after it was written.
 */
export class FileSink {
    private opening: Promise<{ readonly file: OpenFile; readonly checkpoint: CheckpointFile }> | undefined;
    private unsyncedBytes = 0;
    private syncing: Promise<void> | undefined;
    private readonly writes = new Set<Promise<void>>();

    /** @param resume what the checkpoint at this place says, when it and the partial file are to be gone on with */
    constructor(
        private readonly store: FileStore,
        private readonly folder: string,
        private readonly names: PartialNames,
        private readonly identity: SourceIdentity,
        private readonly attributes: FileAttributes,
        private readonly fsync: FsyncPolicy,
        private readonly boot: BootId,
        private readonly resume: ResumeMap | undefined
    ) {}

    get partialPath(): string {
        return joinPath(this.folder, this.names.partial);
    }

    get checkpointPath(): string {
        return joinPath(this.folder, this.names.checkpoint);
    }

    /** Writes and records a chunk whose hash is right. */
    writeChunk(item: ChunkHash, bytes: Uint8Array): Promise<void> {
        const write: Promise<void> = this.write(item, bytes).finally(() => this.writes.delete(write));
        this.writes.add(write);
        return write;
    }

    private async write(item: ChunkHash, bytes: Uint8Array): Promise<void> {
        const { file, checkpoint } = await this.open();
        await file.write(bytes, item.chunk * this.identity.chunkBytes);
        await checkpoint.addChunk(item);
        this.unsyncedBytes += bytes.length;
        if (this.fsync === 'auto' && this.unsyncedBytes >= SYNC_EVERY_BYTES && !this.syncing) {
            this.unsyncedBytes = 0;
            this.syncing = this.makeDurable(file, checkpoint).finally(() => (this.syncing = undefined));
            await this.syncing;
        }
    }

    /** All chunks are written: gives the file its name and removes what stood beside it. */
    async finish(name: string): Promise<void> {
        const { file, checkpoint } = await this.open();
        await this.syncing;
        const before = await file.stat();
        if (before.sizeBytes !== this.identity.sizeBytes) {
            await file.truncate(this.identity.sizeBytes);
        }
        await file.setTimes(Date.now(), this.attributes.mtimeNs);
        if (this.fsync === 'auto') {
            await file.sync(true);
        }
        await checkpoint.close();
        const path = joinPath(this.folder, name);
        try {
            const named = await lstatIfThere(this.store, this.partialPath);
            if (named?.inode === before.inode && named.device === before.device) {
                await renamePartial(this.store, this.partialPath, path);
            } else {
                await this.expectRenamed(path, before);
            }
        } finally {
            await file.close();
        }
        await removeIfThere(this.store, this.checkpointPath);
    }

    /** Closes the files; leaves them for the next run, or removes them. */
    async abandon(keep: boolean): Promise<void> {
        // What is being written is right and worth its record.
        await Promise.allSettled(this.writes);
        const opened = await this.opening?.catch(() => undefined);
        if (opened) {
            await Promise.allSettled([this.syncing, opened.checkpoint.close(), opened.file.close()]);
        }
        if (!keep && (opened || this.resume)) {
            await removeIfThere(this.store, this.partialPath);
            await removeIfThere(this.store, this.checkpointPath);
        }
    }

    /** Another run of the same transfer may have been quicker: then its rename named this very file. */
    private async expectRenamed(path: string, own: FileStat): Promise<void> {
        const target = await lstatIfThere(this.store, path);
        if (target?.inode !== own.inode || target.device !== own.device) {
            const message = `${this.partialPath} was replaced by somebody else while it was written`;
            throw new ConnectError('transfer.rename-failed', message);
        }
    }

    private async makeDurable(file: OpenFile, checkpoint: CheckpointFile): Promise<void> {
        const { recordCount } = checkpoint;
        await file.sync(true);
        await checkpoint.markDurable(recordCount);
    }

    private open(): Promise<{ readonly file: OpenFile; readonly checkpoint: CheckpointFile }> {
        this.opening ??= this.resume ? this.reopen(this.resume) : this.create();
        return this.opening;
    }

    /** Checkpoint first: a partial file without one is then never ours. */
    private async create(): Promise<{ readonly file: OpenFile; readonly checkpoint: CheckpointFile }> {
        const checkpoint = await CheckpointFile.create(
            this.store,
            this.checkpointPath,
            this.identity,
            this.boot
        );
        try {
            const file = await this.store.open(
                this.partialPath,
                'create-new',
                fileMode(this.attributes.mode)
            );
            return { file, checkpoint };
        } catch (error) {
            await checkpoint.close();
            await removeIfThere(this.store, this.checkpointPath);
            throw error;
        }
    }

    private async reopen(
        map: ResumeMap
    ): Promise<{ readonly file: OpenFile; readonly checkpoint: CheckpointFile }> {
        const checkpoint = await CheckpointFile.reopen(this.store, this.checkpointPath, map, this.boot);
        try {
            return { file: await this.store.open(this.partialPath, 'write'), checkpoint };
        } catch (error) {
            await checkpoint.close();
            throw error;
        }
    }
}

/** Chunks of `map` that lie within a partial file of this size. */
export function chunksWithin(map: ResumeMap, partialBytes: number): RangeSet {
    const found = new RangeSet();
    for (const chunk of map.hashes.keys()) {
        const end = Math.min(map.identity.sizeBytes, (chunk + 1) * map.identity.chunkBytes);
        if (end <= partialBytes) {
            found.add(chunk, chunk + 1);
        }
    }
    return found;
}
