import { dataHeadBytes } from './frames';

/**
 * How large blocks may be. Once bytes beyond 4 GiB have been offered, all blocks are made two bytes smaller, so that
 * each goes whole into a packet wherever it begins.
 */
export class BlockSize {
    private headBytes = dataHeadBytes(0);

    /**
     * @param plaintextBytes room for plaintext in a packet
     * @param overheadBytes of a packet on the wire beside its plaintext
     */
    constructor(
        private plaintextBytes: number,
        readonly overheadBytes: number
    ) {}

    get maxBytes(): number {
        return this.plaintextBytes - this.headBytes;
    }

    /** Blocks up to this offset will be sent. */
    onOffer(end: number): void {
        this.headBytes = Math.max(this.headBytes, dataHeadBytes(end));
    }

    /** Returns whether packets have become smaller. */
    setPlaintextBytes(bytes: number): boolean {
        const shrinks = bytes < this.plaintextBytes;
        this.plaintextBytes = bytes;
        return shrinks;
    }

    /** Of a packet with a block. */
    wireBytes(offset: number, length: number): number {
        return dataHeadBytes(offset) + length + this.overheadBytes;
    }
}
