/**
 * Remembers which packet numbers were seen, so that a packet is taken once even when the network or an attacker
 * sends it again. Memory is fixed: numbers further than `size` below the highest are refused, seen or not.
 * Source: RFC 4303 §3.4.3, RFC 6479.
 */
export class ReplayWindow {
    private readonly words: Uint32Array;
    private end = 0;

    /** @param size how many numbers are remembered: a power of two, at least 32. */
    constructor(private readonly size: number) {
        this.words = new Uint32Array(size / 32);
    }

    /** One more than the highest number accepted. */
    get highestPlusOne(): number {
        return this.end;
    }

    /** True when `packetNumber` was not seen yet and is not too old; it counts as seen from now on. */
    accept(packetNumber: number): boolean {
        if (packetNumber >= this.end) {
            this.advance(packetNumber + 1);
        } else if (packetNumber < this.end - this.size) {
            return false;
        }
        const bit = packetNumber % this.size;
        const mask = 1 << (bit & 31);
        const word = this.words[bit >>> 5]!;
        if (word & mask) {
            return false;
        }
        this.words[bit >>> 5] = word | mask;
        return true;
    }

    /** Makes room for [this.end, end): their places still hold the numbers one window below. */
    private advance(end: number): void {
        if (end - this.end >= this.size) {
            this.words.fill(0);
        } else {
            let at = this.end;
            while (at < end) {
                const bit = at % this.size;
                if ((bit & 31) === 0 && end - at >= 32) {
                    this.words[bit >>> 5] = 0;
                    at += 32;
                } else {
                    this.words[bit >>> 5] = this.words[bit >>> 5]! & ~(1 << (bit & 31));
                    at += 1;
                }
            }
        }
        this.end = end;
    }
}
