import { ConnectError, RangeSet } from '@connect/base';
import { chunkRange } from '../proto/chunk-plan';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { ChunkHash, EntryRecord } from '../proto/meta-records';
import type { ComparisonWatch } from './comparison-watch';
import type { EarlyChecks } from './early-checks';
import { hashOf } from './content-hash';
import { FileSink } from './file-sink';
import { FileStat, FileStore, OpenFile } from './file-store';
import { isSameFile } from './partial-files';

/** What can be said of a file before any byte of it has come: chunks that are there, and their hashes to check. */
export interface KnownChunks {
    readonly have: RangeSet;
    readonly checks: readonly ChunkHash[];
}

/** What is wanted of a file that is there in full size. */
export type Comparison =
    | { readonly action: 'compare'; readonly hashes: readonly ChunkHash[] }
    | { readonly action: 'skip'; readonly reason: 'same' };

/**
 * A file at the target that may be the beginning of the one that is received, and is gone on with if it is. It is
 * only read: the whole file is made beside it and takes its place when all of it, its last byte included, has been
 * compared with the source. Anything else fails with `transfer.target-differs`.
 */
export class ExistingBeginning {
    private constructor(
        private readonly store: FileStore,
        private readonly path: string,
        /** When it was decided about. */
        private readonly stat: FileStat,
        private readonly source: { readonly sizeBytes: number; readonly chunkBytes: number },
        private readonly watch: ComparisonWatch
    ) {}

    /** @throws ConnectError `transfer.target-differs` for a step of a file that several sessions send */
    static of(
        entry: EntryRecord,
        store: FileStore,
        path: string,
        stat: FileStat,
        watch: ComparisonWatch
    ): ExistingBeginning {
        const beginning = new ExistingBeginning(store, path, stat, entry, watch);
        if (entry.part) {
            // each session would have to compare with it
            throw beginning.differs();
        }
        return beginning;
    }

    get sizeBytes(): number {
        return this.stat.sizeBytes;
    }

    /** Nothing is missing: if it agrees, it is the file. */
    get isWhole(): boolean {
        return this.sizeBytes === this.source.sizeBytes;
    }

    /** The sender was asked to check this chunk of it, so that a hash of it means that they differ. */
    isAskedFor(chunk: number): boolean {
        return this.isWhole || chunk < this.wholeChunks;
    }

    /** What is wanted of a file that {@link isWhole}: nothing, when all its hashes are right. */
    async compare(algorithm: HashAlgorithm, early?: EarlyChecks): Promise<Comparison> {
        if (this.sizeBytes === 0) {
            return { action: 'skip', reason: 'same' };
        }
        const hashes: ChunkHash[] = [];
        await this.read(Math.ceil(this.sizeBytes / this.source.chunkBytes), (chunk, bytes) => {
            const item = { chunk, hash: hashOf(algorithm, bytes) };
            hashes.push(item);
            early?.onHash(item);
        });
        return { action: 'compare', hashes };
    }

    /**
     * Copies the whole chunks into the unfinished form, unrecorded: until the sender has checked them they are
     * nothing that a later run could rely on.
     * @param known what the unfinished form holds already
     */
    async copyInto(
        sink: FileSink,
        algorithm: HashAlgorithm,
        known: KnownChunks,
        early?: EarlyChecks
    ): Promise<KnownChunks> {
        const have = new RangeSet();
        known.have.ranges().forEach(({ start, end }) => have.add(start, end));
        const whole = this.wholeChunks;
        const touched = Math.ceil(this.sizeBytes / this.source.chunkBytes);
        if (touched > whole) {
            // its bytes have to come, to be compared with the rest of what is there
            have.delete(whole, touched);
        }
        const told = new Map(known.checks.map(({ chunk, hash }) => [chunk, hash]));
        const checks: ChunkHash[] = [];
        early?.onPresent({ start: 0, end: whole });
        await this.read(whole, async (chunk, bytes) => {
            const hash = hashOf(algorithm, bytes);
            if (!hash.equals(told.get(chunk) ?? hash)) {
                throw this.differs();
            }
            const item = { chunk, hash };
            checks.push(item);
            early?.onHash(item);
            if (!have.has(chunk)) {
                await sink.copyIn(chunk, bytes);
                have.add(chunk, chunk + 1);
            }
        });
        return { have, checks: [...checks, ...known.checks.filter(({ chunk }) => chunk >= touched)] };
    }

    /**
     * Compares what has come with what is there.
     * @param start of `bytes` in the file
     * @throws ConnectError `transfer.target-differs`
     */
    async expectBytes(start: number, bytes: Uint8Array): Promise<void> {
        const length = Math.min(bytes.length, this.sizeBytes - start);
        if (length <= 0) {
            return;
        }
        const there = Buffer.allocUnsafe(length);
        const file = await this.store.open(this.path, 'read');
        try {
            const isRead = (await file.read(there, start)) === length;
            if (!isRead || !there.equals(bytes.subarray(0, length))) {
                throw this.differs();
            }
        } finally {
            await file.close();
        }
    }

    /** The same for zeros that did not have to come. */
    async expectZeros(start: number, length: number): Promise<void> {
        const end = Math.min(start + length, this.sizeBytes);
        for (let at = start; at < end; at += this.source.chunkBytes) {
            await this.expectBytes(at, Buffer.alloc(Math.min(this.source.chunkBytes, end - at)));
        }
    }

    /** Nobody has written to it since it was decided about. @throws ConnectError `transfer.target-differs` */
    async expectUnchanged(): Promise<void> {
        const now = await this.store.lstat(this.path);
        const { sizeBytes, mtimeNs } = this.stat;
        if (!isSameFile(now, this.stat) || now.sizeBytes !== sizeBytes || now.mtimeNs !== mtimeNs) {
            throw new ConnectError('transfer.target-differs', `${this.path} was changed meanwhile`);
        }
    }

    /** The error for a file that is no beginning of its source. */
    differs(): ConnectError {
        const message = `${this.path}: ${this.sizeBytes} bytes there are not the beginning of the source`;
        return new ConnectError('transfer.target-differs', message);
    }

    private get wholeChunks(): number {
        return Math.floor(this.sizeBytes / this.source.chunkBytes);
    }

    private async read(
        count: number,
        use: (chunk: number, bytes: Buffer) => Promise<void> | void
    ): Promise<void> {
        const { chunkBytes } = this.source;
        const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, this.sizeBytes));
        const file: OpenFile = await this.store.open(this.path, 'read');
        try {
            this.watch.onToCompare(Math.min(this.sizeBytes, count * chunkBytes));
            for (let chunk = 0; chunk < count; chunk++) {
                const { start, end } = chunkRange(this.sizeBytes, chunkBytes, chunk);
                const bytes = buffer.subarray(0, end - start);
                if ((await file.read(bytes, start)) !== bytes.length) {
                    throw this.differs();
                }
                await use(chunk, bytes);
                this.watch.onCompared(bytes.length);
            }
        } finally {
            await file.close();
        }
    }
}
