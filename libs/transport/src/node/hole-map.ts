import { Range } from '@connect/base';
import { Chunked } from './chunk-runs';
import { OpenFile } from './file-store';

const NOWHERE: Range = { start: 0, end: 0 };

/** Where an open file has holes. The file system is asked once per hole, as long as questions go up. */
export class HoleMap {
    private hole = NOWHERE;
    private data = NOWHERE;
    private readonly isSparse: boolean;

    /** A file that takes up as much as it is long is not looked at; nor is one where the system does not tell. */
    constructor(
        private readonly file: OpenFile,
        private readonly facts: Chunked
    ) {
        const { sizeBytes, chunkBytes, allocatedBytes } = facts;
        this.isSparse =
            file.findData !== undefined && (allocatedBytes ?? sizeBytes) + chunkBytes <= sizeBytes;
    }

    /** Whether these bytes of the file lie in a hole: then they are zeros and need not be read. */
    async isHole({ start, end }: Range): Promise<boolean> {
        if (!this.isSparse) {
            return false;
        }
        const isKnown = [this.hole, this.data].some(known => known.start <= start && start < known.end);
        if (!isKnown) {
            const { sizeBytes } = this.facts;
            const found = await this.file.findData!(start, sizeBytes);
            const isEmpty = found.start >= found.end;
            this.hole = { start, end: isEmpty ? sizeBytes : found.start };
            this.data = isEmpty ? NOWHERE : found;
        }
        return this.hole.start <= start && end <= this.hole.end;
    }
}
