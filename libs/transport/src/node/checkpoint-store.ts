import { readFileSync } from 'fs';
import { ConnectError, Range } from '@connect/base';
import { chunkRange } from '../proto/chunk-plan';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { ChunkHash } from '../proto/meta-records';
import {
    BOOT_ID_BYTES,
    BootId,
    CheckpointEncoder,
    decodeCheckpoint,
    PartialPlace,
    ResumeMap,
    SourceIdentity
} from '../proto/resume-map';
import { hashOf, knownHashes } from './content-hash';
import { FileStore, OpenFile } from './file-store';
import { removeIfThere } from './partial-files';
import { zeroHash } from './zero-hash';

/** Permission bits of a checkpoint. */
export const CHECKPOINT_MODE = 0o600;
/** Longest checkpoint that is read: enough for 24 TB in chunks of 1 MiB. A longer one is taken for damaged. */
const MAX_CHECKPOINT_BYTES = 1024 * 1024 * 1024;
/** Records of holes that are written together. */
const ZEROS_AT_ONCE = 4096;

/** The id Linux gives each start of the machine; zeros elsewhere: then only what is marked durable is believed. */
export function readBootId(): BootId {
    try {
        const text = readFileSync('/proc/sys/kernel/random/boot_id', 'ascii').replace(/[^0-9a-f]/g, '');
        const id = Uint8Array.from(Buffer.from(text, 'hex'));
        return id.length === BOOT_ID_BYTES ? id : new Uint8Array(BOOT_ID_BYTES);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === undefined) {
            throw error;
        }
        // Another system, or one that hides it: not knowing only costs reading unproven chunks once more.
        return new Uint8Array(BOOT_ID_BYTES);
    }
}

/** What lies at `path`: a checkpoint, something that is none (`damaged`), or nothing. */
export async function readCheckpoint(
    store: FileStore,
    path: string,
    boot: BootId
): Promise<ResumeMap | 'damaged' | undefined> {
    let file: OpenFile;
    try {
        file = await store.open(path, 'read');
    } catch (error) {
        if (ConnectError.is(error, 'files.not-found')) {
            return undefined;
        }
        if (
            ConnectError.is(error, 'files.is-a-directory') ||
            ConnectError.is(error, 'transfer.not-regular')
        ) {
            return 'damaged';
        }
        throw error;
    }
    try {
        const { sizeBytes } = await file.stat();
        if (sizeBytes > MAX_CHECKPOINT_BYTES) {
            return 'damaged';
        }
        const bytes = Buffer.alloc(sizeBytes);
        const count = await file.read(bytes, 0);
        const map = decodeCheckpoint(bytes.subarray(0, count), boot);
        // With hashes that cannot be made here nothing of it could be checked.
        return map && knownHashes().includes(map.hash) ? map : 'damaged';
    } finally {
        await file.close();
    }
}

/** A checkpoint that is being appended to. Appends that come while one is being written go out together with the next. */
export class CheckpointFile {
    private pending: Uint8Array[] = [];
    private writing: Promise<void> | undefined;

    private constructor(
        private readonly file: OpenFile,
        private readonly encoder: CheckpointEncoder,
        private readonly hash: HashAlgorithm,
        private position: number
    ) {}

    /** Starts anew; nothing may be at `path`. */
    static async create(
        store: FileStore,
        path: string,
        identity: SourceIdentity,
        boot: BootId,
        hash: HashAlgorithm
    ): Promise<CheckpointFile> {
        const file = await store.open(path, 'create-new', CHECKPOINT_MODE);
        const { encoder, header } = CheckpointEncoder.create(identity, boot, hash);
        try {
            await file.write(header, 0);
        } catch (error) {
            await file.close();
            await removeIfThere(store, path);
            throw error;
        }
        return new CheckpointFile(file, encoder, hash, header.length);
    }

    /** Goes on after the whole part of what `map` was read from. */
    static async reopen(
        store: FileStore,
        path: string,
        map: ResumeMap,
        boot: BootId
    ): Promise<CheckpointFile> {
        const file = await store.open(path, 'write');
        const encoder = CheckpointEncoder.continue(map);
        const checkpoint = new CheckpointFile(file, encoder, map.hash, map.validBytes);
        try {
            await file.truncate(map.validBytes);
            // From here on the records belong to the present start of the machine.
            await checkpoint.append(checkpoint.encoder.boot(boot));
        } catch (error) {
            await file.close();
            throw error;
        }
        return checkpoint;
    }

    get recordCount(): number {
        return this.encoder.recordCount;
    }

    /** To be called when the partial file has been made, before anything is written to it. */
    addPlace(place: PartialPlace): Promise<void> {
        return this.append(this.encoder.place(place));
    }

    /**
     * To be called when the chunk, whose hash by `algorithm` is right, has been written to the file. A checkpoint holds
     * hashes of one kind: one that was begun with another gets the hash of its own.
     */
    addWritten(item: ChunkHash, algorithm: HashAlgorithm, bytes: Uint8Array): Promise<void> {
        const { chunk } = item;
        return this.addChunk(algorithm === this.hash ? item : { chunk, hash: hashOf(this.hash, bytes) });
    }

    /** As {@link addWritten}, with a hash of the kind that the checkpoint holds. */
    addChunk(item: ChunkHash): Promise<void> {
        return this.append(this.encoder.chunk(item));
    }

    /** As {@link addWritten} for chunks that are zeros in the partial file. */
    async addZeros({ start, end }: Range, { sizeBytes, chunkBytes }: SourceIdentity): Promise<void> {
        for (let from = start; from < end; from += ZEROS_AT_ONCE) {
            const records: Uint8Array[] = [];
            for (let chunk = from; chunk < Math.min(end, from + ZEROS_AT_ONCE); chunk++) {
                const range = chunkRange(sizeBytes, chunkBytes, chunk);
                const hash = zeroHash(this.hash, range.end - range.start);
                records.push(this.encoder.chunk({ chunk, hash }));
            }
            await this.append(Buffer.concat(records));
        }
    }

    /** To be called when the chunks of the first `recordCount` records have reached the disk. */
    async markDurable(recordCount: number): Promise<void> {
        await this.append(this.encoder.durable(recordCount));
        await this.file.sync(true);
    }

    async close(): Promise<void> {
        try {
            await this.writing;
        } finally {
            await this.file.close();
        }
    }

    private append(bytes: Uint8Array): Promise<void> {
        this.pending.push(bytes);
        const before = this.writing ?? Promise.resolve();
        const flush = before.then(() => this.flush());
        this.writing = flush;
        return flush;
    }

    private async flush(): Promise<void> {
        if (this.pending.length > 0) {
            const bytes = Buffer.concat(this.pending);
            this.pending = [];
            const at = this.position;
            this.position += bytes.length;
            await this.file.write(bytes, at);
        }
    }
}
