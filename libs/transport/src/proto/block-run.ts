import { dataHeadBytesOf, FrameType, MAX_STREAM_OFFSET } from './frames';
import { PacketTable } from './packet-table';
import { readUint24, readUint32, readUint48 } from './varint';

/** A run is no longer than this. */
export const MAX_RUN_PACKETS = 1024;

/**
 * Packets that follow each other in number, each with nothing but a block of the data stream that goes on where the one
 * before ended: what nearly all packets of a transfer are. One object is used again and again.
 */
export class BlockRun {
    /** Packets in it. */
    count = 0;
    firstNumber = 0;
    /** Send time of the last one, as `sendTicksUint24`. */
    sendTicks = 0;
    /** Bytes of plaintext in all of them. */
    plaintextBytes = 0;
    private packets: PacketTable | undefined;
    private firstRow = 0;
    private headBytes = 0;
    /** Where each block begins in the stream, and where the last one ends. */
    private readonly offsets = new Float64Array(MAX_RUN_PACKETS + 1);

    /**
     * Reads the longest run from row `from` on, before row `to`; returns its length: 0 where the first packet is of
     * another kind, or malformed, which whoever takes frames apart has to tell.
     */
    read(packets: PacketTable, from: number, to: number): number {
        const { bytes } = packets;
        const type = bytes[packets.startOf(from)]!;
        const isWide = type === FrameType.WIDE_BLOCK;
        const headBytes = dataHeadBytesOf(isWide);
        this.count = 0;
        this.plaintextBytes = 0;
        if (!isWide && type !== FrameType.BLOCK) {
            return 0;
        }
        this.packets = packets;
        this.firstRow = from;
        this.headBytes = headBytes;
        this.firstNumber = packets.numberOf(from);
        const end = Math.min(to, from + MAX_RUN_PACKETS);
        for (let row = from; row < end; row++) {
            const start = packets.startOf(row);
            const length = packets.lengthOf(row);
            if (
                length <= headBytes ||
                bytes[start] !== type ||
                packets.numberOf(row) !== this.firstNumber + this.count
            ) {
                break;
            }
            const offset = isWide ? readUint48(bytes, start + 4) : readUint32(bytes, start + 4);
            const blockEnd = offset + length - headBytes;
            if ((this.count > 0 && offset !== this.offsets[this.count]) || blockEnd > MAX_STREAM_OFFSET) {
                break;
            }
            this.offsets[this.count] = offset;
            this.count += 1;
            this.offsets[this.count] = blockEnd;
            this.plaintextBytes += length;
            this.sendTicks = readUint24(bytes, start + 1);
        }
        return this.count;
    }

    /** Where its first block begins in the data stream. */
    get offset(): number {
        return this.offsets[0]!;
    }

    /** Where its last block ends. */
    get end(): number {
        return this.offsets[this.count]!;
    }

    /** Where block `index` begins; for `count` where the last one ends. */
    offsetOf(index: number): number {
        return this.offsets[index]!;
    }

    /** A view of block `index`. */
    blockOf(index: number): Uint8Array {
        return this.packets!.textOf(this.firstRow + index).subarray(this.headBytes);
    }

    /** The first block from `index` on that ends behind `limit`; `count` when none does. */
    firstBeyond(index: number, limit: number): number {
        let beyond = this.end <= limit ? this.count : index;
        while (beyond < this.count && this.offsets[beyond + 1]! <= limit) {
            beyond += 1;
        }
        return beyond;
    }

    /** Copies blocks [from, to), one behind the other, to `at`. */
    copyTo(target: Uint8Array, at: number, from: number, to: number): void {
        this.packets!.gather(this.firstRow + from, this.firstRow + to, this.headBytes, target, at);
    }
}

/** Each block of a run by itself, for those who have no use for many at a time. */
export function forEachBlock(run: BlockRun, onBlock: (offset: number, bytes: Uint8Array) => void): void {
    for (let index = 0; index < run.count; index++) {
        onBlock(run.offsetOf(index), run.blockOf(index));
    }
}
