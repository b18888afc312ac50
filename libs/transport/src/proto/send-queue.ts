import { RangeSet } from '@connect/base';
import { META_STREAM, StreamId, StreamSlice } from './types';

/** First in, first out, of (offset, length) pairs; grows by doubling, allocates nothing per entry. */
class BlockFifo {
    private offsets = new Float64Array(64);
    private lengths = new Float64Array(64);
    private head = 0;
    private count = 0;

    get isEmpty(): boolean {
        return this.count === 0;
    }

    get firstOffset(): number {
        return this.offsets[this.head]!;
    }

    get firstLength(): number {
        return this.lengths[this.head]!;
    }

    push(offset: number, length: number): void {
        if (this.count === this.offsets.length) {
            this.offsets = doubled(this.offsets, this.head);
            this.lengths = doubled(this.lengths, this.head);
            this.head = 0;
        }
        const at = (this.head + this.count) % this.offsets.length;
        this.offsets[at] = offset;
        this.lengths[at] = length;
        this.count += 1;
    }

    /** Makes the last block longer when it ends at `offset`; false when it does not. */
    extendLast(offset: number, length: number): boolean {
        const at = (this.head + this.count - 1) % this.offsets.length;
        if (this.count === 0 || this.offsets[at]! + this.lengths[at]! !== offset) {
            return false;
        }
        this.lengths[at] = this.lengths[at]! + length;
        return true;
    }

    /** Removes the first `length` bytes of the first block, and the block when nothing is left of it. */
    consume(length: number): void {
        if (length < this.firstLength) {
            this.offsets[this.head] = this.firstOffset + length;
            this.lengths[this.head] = this.firstLength - length;
        } else {
            this.head = (this.head + 1) % this.offsets.length;
            this.count -= 1;
        }
    }
}

/**
 * What one stream still has to send, in the order it is to be sent: lost blocks before new bytes.
 * A block that was sent once keeps its place and length when it is sent again, unless packets have become smaller.
 */
export class SendQueue {
    /** Offered and not acknowledged: sent or not. */
    private readonly outstanding = new RangeSet();
    private readonly fresh = new BlockFifo();
    private readonly lost = new BlockFifo();

    constructor(private readonly stream: StreamId) {}

    /** Nothing offered is unsent or unacknowledged. */
    get isIdle(): boolean {
        return this.outstanding.isEmpty;
    }

    /** Lost blocks may turn out to be acknowledged when they are taken; then there was nothing to send after all. */
    get maySend(): boolean {
        return !this.lost.isEmpty || !this.fresh.isEmpty;
    }

    get hasFresh(): boolean {
        return !this.fresh.isEmpty;
    }

    /** Something was lost; whether it is still to be sent shows when it is taken. */
    get hasLost(): boolean {
        return !this.lost.isEmpty;
    }

    /** New bytes that were offered together and come next; 0 without any. */
    get freshLength(): number {
        return this.fresh.isEmpty ? 0 : this.fresh.firstLength;
    }

    /** Where these begin. */
    get freshOffset(): number {
        return this.fresh.firstOffset;
    }

    /** Offers that touch are joined on the meta stream, a log of small records; on the data stream packets end with the offer. */
    offer(start: number, end: number): void {
        if (start >= end) {
            return;
        }
        this.outstanding.add(start, end);
        if (this.stream !== META_STREAM || !this.fresh.extendLast(start, end - start)) {
            this.fresh.push(start, end - start);
        }
    }

    /** A block, or several that follow each other, of at most `maxBytes` that were never sent. */
    takeFresh(maxBytes: number): StreamSlice | undefined {
        if (this.fresh.isEmpty) {
            return undefined;
        }
        const offset = this.fresh.firstOffset;
        const length = Math.min(maxBytes, this.fresh.firstLength);
        this.fresh.consume(length);
        return { stream: this.stream, offset, length };
    }

    addLost(offset: number, length: number): void {
        this.lost.push(offset, length);
    }

    /** A lost block of at most `maxBytes` that has not been acknowledged meanwhile. */
    takeLost(maxBytes: number): StreamSlice | undefined {
        while (!this.lost.isEmpty) {
            const start = this.lost.firstOffset;
            const missing = this.outstanding.ranges(start, start + this.lost.firstLength)[0];
            if (missing) {
                const length = Math.min(maxBytes, missing.end - missing.start);
                this.lost.consume(missing.start - start + length);
                return { stream: this.stream, offset: missing.start, length };
            }
            this.lost.consume(this.lost.firstLength);
        }
        return undefined;
    }

    isOutstanding(offset: number, length: number): boolean {
        return this.outstanding.ranges(offset, offset + length).length > 0;
    }

    /** Tells `onFresh` the parts of [start, end) that were not acknowledged before. */
    acknowledge(start: number, end: number, onFresh: (slice: StreamSlice) => void): void {
        const parts = this.outstanding.ranges(start, end);
        this.outstanding.delete(start, end);
        for (const part of parts) {
            onFresh({ stream: this.stream, offset: part.start, length: part.end - part.start });
        }
    }
}

/** A copy of twice the size that begins with the oldest entry. */
function doubled(ring: Float64Array, head: number): Float64Array<ArrayBuffer> {
    const larger = new Float64Array(ring.length * 2);
    larger.set(ring.subarray(head));
    larger.set(ring.subarray(0, head), ring.length - head);
    return larger;
}
