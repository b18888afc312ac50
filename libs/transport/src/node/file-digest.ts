import { RangeSet } from '@connect/base';
import { chunkCount, chunkRange } from '../proto/chunk-plan';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { HASH_BYTES } from '../proto/meta-records';
import { hashOf } from './content-hash';
import { zeroHash } from './zero-hash';

/**
 * One hash of a whole file, of the hashes that prove its chunks: nothing is read for it. The hash of the file where it
 * has one chunk, or none; else the hash of the hashes of its chunks, one behind the other.
 */
export class FileDigest {
    private readonly hashes: Buffer;
    private readonly known = new RangeSet();

    constructor(
        private readonly sizeBytes: number,
        private readonly chunkBytes: number,
        readonly algorithm: HashAlgorithm
    ) {
        this.hashes = Buffer.alloc(chunkCount(sizeBytes, chunkBytes) * HASH_BYTES);
    }

    add(chunk: number, hash: Uint8Array): void {
        this.hashes.set(hash, chunk * HASH_BYTES);
        this.known.add(chunk, chunk + 1);
    }

    /** Hashes of chunks that follow each other, one behind the other as in {@link chunkHashes}. */
    addRun(first: number, hashes: Uint8Array): void {
        this.hashes.set(hashes, first * HASH_BYTES);
        this.known.add(first, first + hashes.length / HASH_BYTES);
    }

    /** Chunks [from, to) are zeros. */
    addZeros(from: number, to: number): void {
        for (let chunk = from; chunk < to; chunk++) {
            const { start, end } = chunkRange(this.sizeBytes, this.chunkBytes, chunk);
            this.add(chunk, zeroHash(this.algorithm, end - start));
        }
    }

    /** `ALGORITHM:` and hexadecimal digits; undefined while the hash of a chunk is missing. */
    get text(): string | undefined {
        const hashes = this.chunkHashes;
        if (!hashes) {
            return undefined;
        }
        const hash = hashes.length === HASH_BYTES ? hashes : hashOf(this.algorithm, hashes);
        return `${this.algorithm}:${hash.toString('hex')}`;
    }

    /** Hashes of all chunks, one behind the other; undefined while one is missing. */
    get chunkHashes(): Buffer | undefined {
        return this.known.covers(0, this.hashes.length / HASH_BYTES) ? this.hashes : undefined;
    }
}
