import { RangeSet } from '@connect/base';
import { ChunkHash } from '../proto/meta-records';
import { ScannedEntry } from './file-scanner';
import { OutgoingFile } from './source-reader';

/** An entry from its announcement to its result. */
export class OutgoingEntry implements OutgoingFile {
    want: OutgoingFile['want'] = 'all';
    readonly have = new RangeSet();
    readonly checks: ChunkHash[] = [];
    cancelled = false;
    isDecided = false;
    /** Its file-end has been sent, or it needs none. */
    isEnded = false;
    /** Bytes counted as present at the receiver. */
    countedBytes = 0;

    constructor(
        readonly index: number,
        readonly scanned: ScannedEntry,
        readonly dataOffset: number,
        readonly chunkBytes: number,
        readonly changes: number,
        readonly refetches: number
    ) {}

    get isFile(): boolean {
        return this.scanned.kind === 'file';
    }

    get sizeBytes(): number {
        return this.isFile ? this.scanned.stat.sizeBytes : 0;
    }

    get file(): { readonly path: string; readonly sizeBytes: number } {
        return { path: this.scanned.path, sizeBytes: this.sizeBytes };
    }
}
