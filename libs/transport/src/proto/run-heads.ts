import { dataHeadBytes, WIDE_DATA_HEAD_BYTES, WIDE_OFFSET, writeDataHead } from './frames';
import { StreamSlice } from './types';

/** Of a run. */
const MAX_PACKETS = 256;

/** Writes what stands before the blocks of a run, again and again into the same memory. */
export class RunHeads {
    readonly bytes = new Uint8Array(MAX_PACKETS * WIDE_DATA_HEAD_BYTES);

    /** How many blocks from `offset` on have heads of one size, as far as there is memory for these. */
    fitting(offset: number, blockBytes: number): number {
        const narrow = offset < WIDE_OFFSET ? Math.ceil((WIDE_OFFSET - offset) / blockBytes) : Infinity;
        return Math.min(MAX_PACKETS, narrow);
    }

    /** Returns the size of each. */
    write({ stream, offset, length }: StreamSlice, blockBytes: number, sendTicks: number): number {
        let at = 0;
        for (let start = offset; start < offset + length; start += blockBytes) {
            at = writeDataHead(this.bytes, at, stream, start, sendTicks);
        }
        return dataHeadBytes(offset);
    }
}
