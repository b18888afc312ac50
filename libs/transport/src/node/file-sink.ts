import { HashAlgorithm } from '../proto/hash-algorithm';
import { ChunkHash } from '../proto/meta-records';
import { LostFact, NOTHING_LOST, Ownership } from '../proto/kept-facts';
import { PartialNames } from '../proto/partial-names';
import { joinPath } from '../proto/placement';
import { BootId, ResumeMap, SourceIdentity } from '../proto/resume-map';
import { CheckpointFile } from './checkpoint-store';
import { FileStore, OpenFile } from './file-store';
import { giveTo } from './kept-ownership';
import {
    expectRenamed,
    fileMode,
    isSameFile,
    lstatIfThere,
    removeIfThere,
    renamePartial
} from './partial-files';
import { placeOf } from './partial-ownership';
import { WriteTurns } from './write-turns';

/**
 * `auto`: the bytes of a file have reached the disk before it gets its name. `never`: the system writes them when it
 * likes; a power cut may lose or empty files that were reported as finished.
 */
export type FsyncPolicy = 'auto' | 'never';

/** Where the chunks of one entry go. */
export interface ChunkSink {
    /** Writes and records a chunk whose hash is right. */
    writeChunk(item: ChunkHash, bytes: Uint8Array): Promise<void>;
    /** Makes [start, start + length) zeros: `hole`, whole chunks of them. */
    writeHole(start: number, length: number): Promise<void>;
    /** All chunks are written: what the entry stands for is brought about. Answers what could not be kept of the source. */
    finish(): Promise<readonly LostFact[]>;
    /** Closes the files; leaves them for the next run, or removes them. */
    abandon(keep: boolean): Promise<void>;
}

/** What was recorded of a partial file in other checkpoints than its own, and is to be moved there. */
export interface AdoptedRecords {
    readonly chunks: readonly ChunkHash[];
    /** The other checkpoints. */
    readonly paths: readonly string[];
}

/** What finished files get. */
export interface FileAttributes extends Ownership {
    readonly mtimeNs: bigint;
    /** Permission bits of the source; the umask applies, and the owner may always read and write. */
    readonly mode: number;
    /** Time of last access, where it is kept. */
    readonly atimeNs?: bigint;
}

/** What a file or folder gets for its time of last access: its source's, where that is kept, else now. */
export function accessTimeOf({ atimeNs }: Pick<FileAttributes, 'atimeNs'>): bigint {
    return atimeNs ?? BigInt(Date.now()) * 1_000_000n;
}

const ZEROS = Buffer.alloc(1024 * 1024);

/** While a large file is written, this much goes to the disk at a time, so that the end does not wait for all of it. */
const SYNC_EVERY_BYTES = 64 * 1024 * 1024;

/**
 * The unfinished form of one large file: `.partial` with the bytes, checkpoint with the list of what is right in it.
 * Opened with the first chunk. Chunks may be written at the same time; a chunk is recorded after it was written.
 */
export class FileSink implements ChunkSink {
    private opening: Promise<{ readonly file: OpenFile; readonly checkpoint: CheckpointFile }> | undefined;
    private unsyncedBytes = 0;
    private syncing: Promise<void> | undefined;
    private readonly writes = new Set<Promise<void>>();
    private readonly turns = new WriteTurns(async (parts, position) => {
        const { file } = await this.open();
        await file.writeParts(parts, position);
    });

    /** @param resume what the checkpoint at this place says, when it and the partial file are to be gone on with */
    constructor(
        private readonly store: FileStore,
        private readonly folder: string,
        private readonly name: string,
        private readonly names: PartialNames,
        private readonly identity: SourceIdentity,
        private readonly attributes: FileAttributes,
        private readonly fsync: FsyncPolicy,
        private readonly boot: BootId,
        private readonly hash: HashAlgorithm,
        private readonly resume: ResumeMap | undefined,
        private readonly adopted: AdoptedRecords = { chunks: [], paths: [] }
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

    /** Writes a chunk that is not proved yet, so that nothing records it. */
    async copyIn(chunk: number, bytes: Uint8Array): Promise<void> {
        await this.turns.write(bytes, chunk * this.identity.chunkBytes);
    }

    /**
     * Makes sure that a part of the file is zeros. A file that this run made has none but what it wrote; what an
     * earlier run left there, and had not recorded, is overwritten. Not recorded: the sender tells holes every time.
     */
    writeHole(start: number, length: number): Promise<void> {
        const write: Promise<void> = this.clear(start, start + length).finally(() =>
            this.writes.delete(write)
        );
        this.writes.add(write);
        return write;
    }

    /**
     * As {@link writeHole}, and recorded chunk by chunk: for sessions that each see a part of the file, and only what
     * was recorded of the others.
     */
    recordHole(start: number, length: number): Promise<void> {
        const record = async (): Promise<void> => {
            await this.clear(start, start + length);
            const { file, checkpoint } = await this.open();
            const { sizeBytes, chunkBytes } = this.identity;
            // Only what lies within the partial file counts. It has its whole size from now on, and never another.
            await file.truncate(sizeBytes);
            const end = Math.ceil((start + length) / chunkBytes);
            await checkpoint.addZeros({ start: start / chunkBytes, end }, this.identity);
        };
        const write: Promise<void> = record().finally(() => this.writes.delete(write));
        this.writes.add(write);
        return write;
    }

    private async clear(start: number, end: number): Promise<void> {
        const { file } = await this.open();
        if (!this.resume) {
            return;
        }
        const known = Math.min(end, (await file.stat()).sizeBytes);
        for (let at = start; at < known;) {
            const data = (await file.findData?.(at, known)) ?? { start: at, end: known };
            for (at = data.start; at < data.end;) {
                const length = Math.min(ZEROS.length, data.end - at);
                await file.write(ZEROS.subarray(0, length), at);
                at += length;
            }
        }
    }

    private async write(item: ChunkHash, bytes: Uint8Array): Promise<void> {
        const { file, checkpoint } = await this.open();
        await this.turns.write(bytes, item.chunk * this.identity.chunkBytes);
        await checkpoint.addWritten(item, this.hash, bytes);
        this.unsyncedBytes += bytes.length;
        if (this.fsync === 'auto' && this.unsyncedBytes >= SYNC_EVERY_BYTES && !this.syncing) {
            this.unsyncedBytes = 0;
            this.syncing = this.makeDurable(file, checkpoint).finally(() => (this.syncing = undefined));
            await this.syncing;
        }
    }

    /** Makes the unfinished form, or takes over what is there, for others to go on with. */
    async prepare(): Promise<void> {
        const { file, checkpoint } = await this.open();
        await checkpoint.close();
        await file.close();
    }

    /** All chunks are written: gives the file its name and removes what stood beside it. */
    async finish(): Promise<readonly LostFact[]> {
        const { file, checkpoint } = await this.open();
        await this.syncing;
        const before = await file.stat();
        if (before.sizeBytes !== this.identity.sizeBytes) {
            await file.truncate(this.identity.sizeBytes);
        }
        await file.setTimes(accessTimeOf(this.attributes), this.attributes.mtimeNs);
        if (this.fsync === 'auto') {
            await file.sync(true);
        }
        await checkpoint.close();
        const path = joinPath(this.folder, this.name);
        let lost = NOTHING_LOST;
        try {
            lost = await giveTo(this.attributes, (uid, gid) => file.setOwner(uid, gid));
            const named = await lstatIfThere(this.store, this.partialPath);
            if (named && isSameFile(named, before)) {
                await renamePartial(this.store, this.partialPath, path);
            } else {
                await expectRenamed(this.store, this.partialPath, path, before);
            }
        } finally {
            await file.close();
        }
        await removeIfThere(this.store, this.checkpointPath);
        return lost;
    }

    /** Closes the files; leaves them for the next run, or removes them. */
    async abandon(keep: boolean): Promise<void> {
        // What is being written is right and worth its record.
        await Promise.allSettled(this.writes);
        const opened = await this.opening?.catch(() => undefined);
        const own = keep ? undefined : await opened?.file.stat();
        if (opened) {
            await Promise.allSettled([this.syncing, opened.checkpoint.close(), opened.file.close()]);
        }
        if (!keep && (opened || this.resume)) {
            const named = await lstatIfThere(this.store, this.partialPath);
            // Somebody may have put a file of his own there meanwhile.
            if (named && (!own || isSameFile(named, own))) {
                await removeIfThere(this.store, this.partialPath);
            }
            await removeIfThere(this.store, this.checkpointPath);
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
            this.boot,
            this.hash
        );
        try {
            return { file: await this.createPartial(checkpoint), checkpoint };
        } catch (error) {
            await checkpoint.close();
            await removeIfThere(this.store, this.checkpointPath);
            throw error;
        }
    }

    /** The checkpoint knows its partial file before anything is in it. */
    private async createPartial(checkpoint: CheckpointFile): Promise<OpenFile> {
        const file = await this.store.open(this.partialPath, 'create-new', fileMode(this.attributes.mode));
        try {
            await checkpoint.addPlace(placeOf(this.name, await file.stat()));
            return file;
        } catch (error) {
            await file.close();
            await removeIfThere(this.store, this.partialPath);
            throw error;
        }
    }

    private async reopen(
        map: ResumeMap
    ): Promise<{ readonly file: OpenFile; readonly checkpoint: CheckpointFile }> {
        const checkpoint = await CheckpointFile.reopen(this.store, this.checkpointPath, map, this.boot);
        try {
            await Promise.all(this.adopted.chunks.map(item => checkpoint.addChunk(item)));
            for (const path of this.adopted.paths) {
                await removeIfThere(this.store, path);
            }
            return { file: await this.store.open(this.partialPath, 'write'), checkpoint };
        } catch (error) {
            await checkpoint.close();
            throw error;
        }
    }
}
