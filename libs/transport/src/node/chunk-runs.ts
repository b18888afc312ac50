import { Range } from '@connect/base';
import { OpenFile } from './file-store';

/** Chunks [start, end) of a file, that are to be read, or that lie in a hole. */
export interface ChunkRun extends Range {
    readonly isHole: boolean;
}

/** What of a file tells where its chunks are. */
export interface Chunked {
    readonly sizeBytes: number;
    readonly chunkBytes: number;
    /** What it takes up on the disk, when that is known. */
    readonly allocatedBytes?: number;
}

/** How many bytes chunks [start, end) of a file hold. */
export function runBytes(sizeBytes: number, chunkBytes: number, run: Range): number {
    return Math.min(sizeBytes, run.end * chunkBytes) - run.start * chunkBytes;
}

/**
 * The chunks of `range`, in order, as the file system sees them. A file that takes up as much as it is long is not
 * looked at; nor is one where the system does not tell about holes.
 */
export async function* chunkRuns(source: OpenFile, file: Chunked, range: Range): AsyncGenerator<ChunkRun> {
    const { sizeBytes, chunkBytes } = file;
    if (!source.findData || (file.allocatedBytes ?? sizeBytes) + chunkBytes > sizeBytes) {
        yield { ...range, isHole: false };
        return;
    }
    for (let at = range.start; at < range.end;) {
        const found = await source.findData(at * chunkBytes, Math.min(sizeBytes, range.end * chunkBytes));
        const isEmpty = found.start >= found.end;
        const start = isEmpty ? range.end : Math.max(at, Math.floor(found.start / chunkBytes));
        if (start > at) {
            yield { start: at, end: start, isHole: true };
        }
        // The first chunk counts whatever was found: this has to end.
        const end = isEmpty
            ? range.end
            : Math.min(range.end, Math.max(start + 1, Math.ceil(found.end / chunkBytes)));
        if (end > start) {
            yield { start, end, isHole: false };
        }
        at = end;
    }
}
