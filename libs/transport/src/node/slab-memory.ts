/** As long as any part of a slab is used, all of it is. */
const SLAB_BYTES = 256 * 1024;

/**
 * Small buffers as parts of larger ones, which are used again: memory of its own for each would cost more than what is
 * put into it, and new memory is cleared by the system page by page.
 */
export class SlabMemory {
    private slab: Buffer = Buffer.alloc(0);
    private used = 0;
    /** Parts in use, by the memory they lie in. */
    private readonly parts = new Map<ArrayBufferLike, number>();
    private readonly spare: Buffer[] = [];

    /** @param maxSpare slabs that are kept for later */
    constructor(private readonly maxSpare: number) {}

    /** Arbitrary content. `bytes`: above 0, much less than a slab. */
    take(bytes: number): Buffer {
        if (this.used + bytes > this.slab.length) {
            this.slab = this.spare.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
            this.used = 0;
        }
        const { buffer } = this.slab;
        this.parts.set(buffer, (this.parts.get(buffer) ?? 0) + 1);
        this.used += bytes;
        return this.slab.subarray(this.used - bytes, this.used);
    }

    /** Nobody uses `part` any more, which came from {@link take}. */
    give(part: Buffer): void {
        const left = this.parts.get(part.buffer)! - 1;
        if (left > 0) {
            this.parts.set(part.buffer, left);
            return;
        }
        this.parts.delete(part.buffer);
        if (part.buffer === this.slab.buffer) {
            this.used = 0;
        } else if (this.spare.length < this.maxSpare) {
            this.spare.push(Buffer.from(part.buffer));
        }
    }
}
