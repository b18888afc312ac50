import { ChunkMemory } from './chunk-memory';

/**
 * Buffers that were used and are kept for the next of their size. New memory costs more than what is read into it: the
 * system clears it page by page, and the garbage collector runs for what it takes, though it lies outside the heap.
 */
export class SpareBuffers {
    /** The one used last is taken first: it may still be in the cache. */
    private readonly spare: Buffer[] = [];
    private held = 0;

    /** @param limitBytes what is kept at most; the rest is left to the garbage collector */
    constructor(
        private readonly memory: ChunkMemory,
        private readonly limitBytes: number
    ) {}

    /** Its content is arbitrary. */
    take(bytes: number): Buffer {
        const at = this.spare.findLastIndex(buffer => buffer.length === bytes);
        if (at < 0) {
            return this.memory.allocate(bytes);
        }
        this.held -= bytes;
        return this.spare.splice(at, 1)[0]!;
    }

    /** Nobody uses `buffer` any more; it came from {@link take}. */
    give(buffer: Buffer): void {
        if (this.held + buffer.length <= this.limitBytes) {
            this.spare.push(buffer);
            this.held += buffer.length;
        }
    }
}
