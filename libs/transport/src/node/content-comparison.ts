import { chunkRange, chunkSetBytes } from '../proto/chunk-plan';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { ChunkHash } from '../proto/meta-records';
import { OpenFile } from './file-store';
import { HoleMap } from './hole-map';
import type { OutgoingFile } from './outgoing-file';
import { zeroHash } from './zero-hash';

/**
 * Compares a source with what the receiver says of it. Only of files as a whole: places in the file are places in what
 * is sent of it.
 */
export class ContentComparison {
    private readonly holes: HoleMap;

    /** @param hashChunk hash of a chunk of the source; undefined when it cannot be read, of which it tells itself */
    constructor(
        private readonly algorithm: HashAlgorithm,
        source: OpenFile,
        private readonly file: OutgoingFile,
        private readonly hashChunk: (chunk: number) => Promise<Buffer | undefined>
    ) {
        this.holes = new HoleMap(source, {
            sizeBytes: file.scanned.stat.sizeBytes,
            allocatedBytes: file.scanned.stat.allocatedBytes,
            chunkBytes: file.chunkBytes
        });
    }

    /** All that is to be compared, zeros included. */
    *checks(): Generator<ChunkHash> {
        yield* this.file.checks;
        for (const { start, end } of this.file.zeros.ranges()) {
            for (let chunk = start; chunk < end; chunk++) {
                yield { chunk, hash: this.zeros(chunk) };
            }
        }
    }

    /** Bytes of {@link checks}. */
    get bytes(): number {
        const { contentBytes, chunkBytes, checks, zeros } = this.file;
        return (
            chunkSetBytes(contentBytes, chunkBytes, zeros) +
            checks.reduce((sum, check) => sum + this.bytesOf(check), 0)
        );
    }

    bytesOf({ chunk }: Pick<ChunkHash, 'chunk'>): number {
        const { start, end } = chunkRange(this.file.contentBytes, this.file.chunkBytes, chunk);
        return end - start;
    }

    /** Holes of the source are not read. */
    async isEqual({ chunk, hash }: ChunkHash): Promise<boolean> {
        const { contentBytes, chunkBytes } = this.file;
        const own = (await this.holes.isHole(chunkRange(contentBytes, chunkBytes, chunk)))
            ? this.zeros(chunk)
            : await this.hashChunk(chunk);
        return own !== undefined && own.equals(hash);
    }

    private zeros(chunk: number): Buffer {
        return zeroHash(this.algorithm, this.bytesOf({ chunk }));
    }
}
