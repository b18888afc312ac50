import { ConnectError, Range } from '@connect/base';
import type { OutgoingFile } from './outgoing-file';

/** State of reading one large file. */
export class LargeRead {
    readonly reads: Array<Promise<void>> = [];
    /** Chunks the receiver named, and should not have. */
    readonly disproved: Range[] = [];
    changed = false;
    /** Chunks since it was looked at for changes. */
    sinceLook = 0;
    error: ConnectError | undefined;

    constructor(readonly file: OutgoingFile) {}

    get isOver(): boolean {
        return this.changed || this.error !== undefined || this.file.cancelled;
    }
}
