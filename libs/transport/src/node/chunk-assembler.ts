import { BlockRun } from '../proto/block-run';
import { chunkRange } from '../proto/chunk-plan';
import { malformed } from '../proto/wire-bytes';
import { ChunkMemory } from './chunk-memory';
import { SmallMap } from './small-map';
import { SlabMemory } from './slab-memory';
import { SpareBuffers } from './spare-buffers';

/** A file as the data stream sees it. */
export interface AssembledFile {
    readonly dataOffset: number;
    readonly sizeBytes: number;
    readonly chunkBytes: number;
    /** Whether bytes of this chunk are of use now; others are ignored. */
    wants(chunk: number): boolean;
}

interface Slot<F> {
    readonly file: F;
    readonly start: number;
    readonly end: number;
    readonly chunks: SmallMap<PartialChunk>;
    isRemoved: boolean;
}

interface PartialChunk {
    readonly bytes: Buffer;
    received: number;
}

/** The chunk that bytes were put into last, and its place in the stream. */
interface OpenChunk<F> {
    readonly slot: Slot<F>;
    readonly chunk: number;
    readonly start: number;
    readonly end: number;
    readonly partial: PartialChunk;
}

/** Kept for the next chunks. */
const SPARE_BYTES = 16 * 1024 * 1024;
/** Smaller ones cost little, and are of too many sizes. */
const MIN_SPARE_BYTES = 64 * 1024;
/** Smaller buffers are parts of a larger one. */
const SLICE_BYTES = 16 * 1024;
const SPARE_SLABS = 32;

/**
 * Puts the bytes of the data stream together to chunks, in whatever order they come. A chunk has one buffer from its
 * first byte until {@link release}; their sum is bounded, so a peer that scatters bytes cannot exhaust memory.
 */
export class ChunkAssembler<F extends AssembledFile> {
    /** In the order of the stream; removed ones are swept out now and then. */
    private slots: Array<Slot<F>> = [];
    private readonly byFile = new Map<F, Slot<F>>();
    private last: Slot<F> | undefined;
    private open: OpenChunk<F> | undefined;
    private removed = 0;
    private held = 0;
    private readonly spare = new SpareBuffers(ChunkMemory.ofProcess, SPARE_BYTES);
    private readonly slabs = new SlabMemory(SPARE_SLABS);

    /**
     * @param onChunk told synchronously; the buffer is the receiver's until it is released
     * @param limitBytes more in buffers means that the peer disregards the receive window: `transfer.protocol`
     */
    constructor(
        private readonly onChunk: (file: F, chunk: number, bytes: Buffer) => void,
        private readonly limitBytes: number
    ) {}

    get heldBytes(): number {
        return this.held;
    }

    /** Files are added in the order of the data stream and do not overlap. Empty ones need not be added. */
    add(file: F): void {
        const slot: Slot<F> = {
            file,
            start: file.dataOffset,
            end: file.dataOffset + file.sizeBytes,
            chunks: new SmallMap(),
            isRemoved: false
        };
        this.slots.push(slot);
        this.byFile.set(file, slot);
    }

    /** No more bytes of this file; what is incomplete is dropped. */
    remove(file: F): void {
        const slot = this.byFile.get(file);
        if (!slot) {
            return;
        }
        this.byFile.delete(file);
        slot.isRemoved = true;
        this.open = undefined;
        slot.chunks.entries().forEach(([, chunk]) => this.release(chunk.bytes));
        slot.chunks.clear();
        this.removed += 1;
        if (this.removed > 64 && this.removed * 2 > this.slots.length) {
            this.slots = this.slots.filter(other => !other.isRemoved);
            this.removed = 0;
        }
    }

    /** @throws ConnectError `transfer.protocol` beyond the limit. */
    onData(offset: number, bytes: Uint8Array): void {
        const end = offset + bytes.length;
        const { open } = this;
        if (open && offset >= open.start && end <= open.end && open.slot.file.wants(open.chunk)) {
            // Nearly every packet goes on where the one before ended: no search, and no view of a part.
            this.fill(open, offset, bytes);
            return;
        }
        for (let at = offset; at < end;) {
            const slot = this.find(at);
            if (!slot) {
                // Bytes of a file that has been given up, until the next one that has not.
                at = Math.min(end, this.startAfter(at));
                continue;
            }
            const pieceEnd = Math.min(end, slot.end);
            if (!slot.isRemoved) {
                this.take(slot, at, bytes.subarray(at - offset, pieceEnd - offset));
            }
            at = pieceEnd;
        }
    }

    /** As {@link onData} for each block of a run; what goes on with an open chunk is put there at once. */
    onBlocks(run: BlockRun): void {
        for (let index = 0; index < run.count;) {
            const { open } = this;
            const offset = run.offsetOf(index);
            const isOpen = open && offset >= open.start && open.slot.file.wants(open.chunk);
            const next = isOpen ? run.firstBeyond(index, open.end) : index;
            if (!isOpen || next === index) {
                this.onData(offset, run.blockOf(index));
                index += 1;
                continue;
            }
            run.copyTo(open.partial.bytes, offset - open.start, index, next);
            this.onFilled(open, run.offsetOf(next) - offset);
            index = next;
        }
    }

    /** The chunk's bytes are needed no more. */
    release(bytes: Buffer): void {
        this.held -= bytes.length;
        if (bytes.length >= MIN_SPARE_BYTES) {
            this.spare.give(bytes);
        } else if (bytes.length > 0 && bytes.length <= SLICE_BYTES) {
            this.slabs.give(bytes);
        }
    }

    private take(slot: Slot<F>, offset: number, bytes: Uint8Array): void {
        const { file } = slot;
        for (let at = 0; at < bytes.length;) {
            const position = offset + at - slot.start;
            const chunk = Math.floor(position / file.chunkBytes);
            const range = chunkRange(file.sizeBytes, file.chunkBytes, chunk);
            const length = Math.min(bytes.length - at, range.end - position);
            if (file.wants(chunk) && !slot.isRemoved) {
                this.put(
                    slot,
                    chunk,
                    position - range.start,
                    range.end - range.start,
                    bytes.subarray(at, at + length)
                );
            }
            at += length;
        }
    }

    private put(slot: Slot<F>, chunk: number, at: number, chunkLength: number, bytes: Uint8Array): void {
        let partial = slot.chunks.get(chunk);
        if (!partial) {
            partial = { bytes: this.allocate(chunkLength), received: 0 };
            slot.chunks.set(chunk, partial);
        }
        const start = slot.start + chunk * slot.file.chunkBytes;
        this.open = { slot, chunk, start, end: start + chunkLength, partial };
        this.fill(this.open, start + at, bytes);
    }

    private fill(open: OpenChunk<F>, offset: number, bytes: Uint8Array): void {
        open.partial.bytes.set(bytes, offset - open.start);
        this.onFilled(open, bytes.length);
    }

    private onFilled({ slot, chunk, partial }: OpenChunk<F>, bytes: number): void {
        // Each byte of the stream comes once, so counting is enough; the hash would tell if it were not so.
        partial.received += bytes;
        if (partial.received >= partial.bytes.length) {
            this.open = undefined;
            slot.chunks.delete(chunk);
            this.onChunk(slot.file, chunk, partial.bytes);
        }
    }

    private allocate(length: number): Buffer {
        if (this.held + length > this.limitBytes) {
            throw malformed('more data outstanding than the receive window allows');
        }
        this.held += length;
        return length <= SLICE_BYTES ? this.slabs.take(length) : this.spare.take(length);
    }

    private find(offset: number): Slot<F> | undefined {
        if (this.last && this.last.start <= offset && offset < this.last.end) {
            return this.last;
        }
        const slot = this.slots[this.firstEndingAfter(offset)];
        this.last = slot && slot.start <= offset ? slot : undefined;
        return this.last;
    }

    private startAfter(offset: number): number {
        return this.slots[this.firstEndingAfter(offset)]?.start ?? Number.MAX_SAFE_INTEGER;
    }

    private firstEndingAfter(offset: number): number {
        let low = 0;
        let high = this.slots.length;
        while (low < high) {
            const middle = (low + high) >>> 1;
            if (this.slots[middle]!.end <= offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
