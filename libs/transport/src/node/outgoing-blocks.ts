import { ConnectError } from '@connect/base';

interface Block {
    readonly offset: number;
    readonly bytes: Uint8Array;
    unacknowledged: number;
    readonly resolve: () => void;
    readonly reject: (error: ConnectError) => void;
}

/** Bytes given to the data stream, held at their offsets until the peer has them. Blocks never overlap. */
export class OutgoingBlocks {
    /** By offset. Blocks leave roughly in the order they came, so both ends of the array are where work happens. */
    private readonly blocks: Block[] = [];
    private held = 0;

    /** Bytes whose block is not wholly acknowledged. */
    get heldBytes(): number {
        return this.held;
    }

    /** Resolves when all of the block is acknowledged. */
    add(offset: number, bytes: Uint8Array): Promise<void> {
        if (bytes.length === 0) {
            return Promise.resolve();
        }
        const at = this.lastAtOrBefore(offset) + 1;
        const previous = this.blocks[at - 1];
        const next = this.blocks[at];
        const overlaps =
            (previous && previous.offset + previous.bytes.length > offset) ||
            (next && next.offset < offset + bytes.length);
        if (overlaps) {
            return Promise.reject(new ConnectError('internal', `Data at ${offset} is given twice at a time`));
        }
        this.held += bytes.length;
        return new Promise((resolve, reject) => {
            this.blocks.splice(at, 0, { offset, bytes, unacknowledged: bytes.length, resolve, reject });
        });
    }

    /** The bytes [offset, offset + length), all of one block. @throws ConnectError `internal` when they are not held. */
    view(offset: number, length: number): Uint8Array {
        const block = this.blocks[this.lastAtOrBefore(offset)];
        const from = block === undefined ? 0 : offset - block.offset;
        if (block === undefined || from + length > block.bytes.length) {
            throw new ConnectError('internal', `Bytes ${offset}+${length} of the data stream are not held`);
        }
        return block.bytes.subarray(from, from + length);
    }

    /** The bytes at `offset`, at most `maxLength` of them, as far as their block goes. @throws as {@link view} */
    viewSome(offset: number, maxLength: number): Uint8Array {
        const block = this.blocks[this.lastAtOrBefore(offset)];
        const left = block === undefined ? 0 : block.offset + block.bytes.length - offset;
        return this.view(offset, Math.max(1, Math.min(maxLength, left)));
    }

    /** The peer has [offset, offset + length); each byte is told once. */
    acknowledge(offset: number, length: number): void {
        const end = offset + length;
        let index = Math.max(0, this.lastAtOrBefore(offset));
        for (let block = this.blocks[index]; block && block.offset < end; block = this.blocks[index]) {
            const from = Math.max(offset, block.offset);
            const to = Math.min(end, block.offset + block.bytes.length);
            block.unacknowledged -= Math.max(0, to - from);
            if (block.unacknowledged <= 0) {
                this.blocks.splice(index, 1);
                this.held -= block.bytes.length;
                block.resolve();
            } else {
                index += 1;
            }
        }
    }

    /** Gives every waiting owner `error`. */
    abandon(error: ConnectError): void {
        for (const block of this.blocks.splice(0)) {
            block.reject(error);
        }
        this.held = 0;
    }

    private lastAtOrBefore(offset: number): number {
        let low = 0;
        let high = this.blocks.length;
        while (low < high) {
            const middle = (low + high) >>> 1;
            if (this.blocks[middle]!.offset <= offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }
}
