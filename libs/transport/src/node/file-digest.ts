import { RangeSet } from '@connect/base';
import { chunkCount, chunkRange } from '../proto/chunk-plan';
import { HASH_BYTES } from '../proto/meta-records';
import { sha256 } from './chunk-memory';

/** Hashes of chunks of zeros, by size: there are one or two of them per file. */
const zeroHashes = new Map<number, Buffer>();
const MAX_ZERO_HASHES = 64;

/**
 * One hash of a whole file, of the hashes that prove its chunks: nothing is read for it. The SHA-256 of the file where
 * it has one chunk, or none; else the SHA-256 of the SHA-256s of its chunks, one behind the other.
 */
export class FileDigest {
    private readonly hashes: Buffer;
    private readonly known = new RangeSet();

    constructor(
        private readonly sizeBytes: number,
        private readonly chunkBytes: number
    ) {
        this.hashes = Buffer.alloc(chunkCount(sizeBytes, chunkBytes) * HASH_BYTES);
    }

    add(chunk: number, hash: Uint8Array): void {
        this.hashes.set(hash, chunk * HASH_BYTES);
        this.known.add(chunk, chunk + 1);
    }

    /** Chunks [from, to) are zeros. */
    addZeros(from: number, to: number): void {
        for (let chunk = from; chunk < to; chunk++) {
            const { start, end } = chunkRange(this.sizeBytes, this.chunkBytes, chunk);
            this.add(chunk, zeroHash(end - start));
        }
    }

    /** In hexadecimal; undefined while the hash of a chunk is missing. */
    get text(): string | undefined {
        const count = this.hashes.length / HASH_BYTES;
        if (!this.known.covers(0, count)) {
            return undefined;
        }
        return (count === 1 ? this.hashes : sha256(this.hashes)).toString('hex');
    }
}

function zeroHash(bytes: number): Buffer {
    let hash = zeroHashes.get(bytes);
    if (!hash) {
        hash = sha256(Buffer.alloc(bytes));
        if (zeroHashes.size < MAX_ZERO_HASHES) {
            zeroHashes.set(bytes, hash);
        }
    }
    return hash;
}
