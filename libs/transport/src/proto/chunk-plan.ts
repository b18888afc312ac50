import { Range, RangeSet } from '@connect/base';

/** Size of the pieces that are hashed, written and remembered one by one. */
export const CHUNK_BYTES = 1024 * 1024;
/** What a receiver accepts as chunk size: smaller would cost too much book-keeping, larger too much memory. */
export const MIN_CHUNK_BYTES = 64 * 1024;
export const MAX_CHUNK_BYTES = 16 * 1024 * 1024;
/** How many chunks a sparse comparison looks at. */
export const SPARSE_SAMPLES = 16;

/** Number of chunks; 0 for an empty file. */
export function chunkCount(sizeBytes: number, chunkBytes: number): number {
    return Math.ceil(sizeBytes / chunkBytes);
}

/** Where a chunk lies in its file; the last one may be shorter. */
export function chunkRange(sizeBytes: number, chunkBytes: number, chunk: number): Range {
    const start = chunk * chunkBytes;
    return { start, end: Math.min(sizeBytes, start + chunkBytes) };
}

/** Bytes in the chunks of `set`. */
export function chunkSetBytes(sizeBytes: number, chunkBytes: number, set: RangeSet): number {
    return set
        .ranges(0, chunkCount(sizeBytes, chunkBytes))
        .reduce(
            (sum, range) => sum + Math.min(sizeBytes, range.end * chunkBytes) - range.start * chunkBytes,
            0
        );
}

/** At most `max` (≥ 2) of the given chunks, ascending: the first, the last, and others evenly between. */
export function sampleChunks(chunks: readonly number[], max: number = SPARSE_SAMPLES): number[] {
    if (chunks.length <= max) {
        return [...chunks];
    }
    return Array.from({ length: max }, (_, i) => chunks[Math.round((i * (chunks.length - 1)) / (max - 1))]!);
}
