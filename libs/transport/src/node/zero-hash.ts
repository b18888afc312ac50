import { Range, RangeSet } from '@connect/base';
import { chunkRange } from '../proto/chunk-plan';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { ChunkHash } from '../proto/meta-records';
import { hashOf } from './content-hash';

/** Hashes of chunks of zeros, by algorithm and size: there are one or two of them per file. */
const zeroHashes = new Map<string, Buffer>();
const MAX_ZERO_HASHES = 64;

/** Hash of so many zeros. Made once for each size. */
export function zeroHash(algorithm: HashAlgorithm, bytes: number): Buffer {
    const key = `${algorithm} ${bytes}`;
    let hash = zeroHashes.get(key);
    if (!hash) {
        hash = hashOf(algorithm, Buffer.alloc(bytes));
        if (zeroHashes.size < MAX_ZERO_HASHES) {
            zeroHashes.set(key, hash);
        }
    }
    return hash;
}

/** Tells the hashes of chunks that are nothing but zeros, as ranges of chunks, from others. */
export function splitZeros(
    algorithm: HashAlgorithm,
    { sizeBytes, chunkBytes }: { readonly sizeBytes: number; readonly chunkBytes: number },
    hashes: readonly ChunkHash[]
): { readonly zeros: readonly Range[]; readonly others: readonly ChunkHash[] } {
    const zeros = new RangeSet();
    const others: ChunkHash[] = [];
    for (const item of hashes) {
        const { start, end } = chunkRange(sizeBytes, chunkBytes, item.chunk);
        if (zeroHash(algorithm, end - start).equals(item.hash)) {
            zeros.add(item.chunk, item.chunk + 1);
        } else {
            others.push(item);
        }
    }
    return { zeros: zeros.ranges(), others };
}
