import { Range } from '@connect/base';

/** A file's place in the data stream. */
interface Placed {
    readonly dataOffset: number;
    readonly scanned: { readonly stat: { readonly sizeBytes: number } };
}

/** The ranges of the data stream that files, which are in order, fill without a gap. */
export function streamRanges(files: readonly Placed[]): Range[] {
    const found: Array<{ start: number; end: number }> = [];
    for (const file of files) {
        const size = file.scanned.stat.sizeBytes;
        const last = found[found.length - 1];
        if (last && last.end === file.dataOffset) {
            last.end += size;
        } else if (size > 0) {
            found.push({ start: file.dataOffset, end: file.dataOffset + size });
        }
    }
    return found;
}
