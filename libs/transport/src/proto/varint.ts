import { ConnectError } from '@connect/base';

/** Largest value a varint may carry here: what a JavaScript number holds exactly. */
export const MAX_VARINT = Number.MAX_SAFE_INTEGER;

const TWO_32 = 2 ** 32;

/** Encoded size in bytes (1, 2, 4 or 8) of an integer in [0, 2⁵³). */
export function varintSize(value: number): number {
    return value < 0x40 ? 1 : value < 0x4000 ? 2 : value < 0x4000_0000 ? 4 : 8;
}

/**
 * Writes an unsigned integer in [0, 2⁵³) and returns the position after it. The two highest bits of the first byte
 * tell the size (1, 2, 4, 8 bytes), the rest is the value, big endian. Source: RFC 9000 §16.
 */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
    const size = varintSize(value);
    if (size === 8) {
        writeUint32(target, at, Math.floor(value / TWO_32));
        writeUint32(target, at + 4, value % TWO_32);
        target[at] = target[at]! | 0xc0;
        return at + 8;
    }
    let rest = value;
    for (let i = size - 1; i >= 0; i--) {
        target[at + i] = rest & 0xff;
        rest >>>= 8;
    }
    target[at] = target[at]! | (size === 1 ? 0 : size === 2 ? 0x40 : 0x80);
    return at + size;
}

/** Writes the low 32 bits of `value` big endian. */
export function writeUint32(target: Uint8Array, at: number, value: number): void {
    target[at] = value >>> 24;
    target[at + 1] = value >>> 16;
    target[at + 2] = value >>> 8;
    target[at + 3] = value;
}

/** Writes an integer in [0, 2⁴⁸) big endian in six bytes. */
export function writeUint48(target: Uint8Array, at: number, value: number): void {
    const high = Math.floor(value / TWO_32);
    target[at] = high >>> 8;
    target[at + 1] = high;
    writeUint32(target, at + 2, value % TWO_32);
}

/** Writes 64 bits big endian. */
export function writeUint64(target: Uint8Array, at: number, value: bigint): void {
    writeUint32(target, at, Number(value >> 32n));
    writeUint32(target, at + 4, Number(value & 0xffff_ffffn));
}

/** Reads what `writeUint64` wrote; the caller has checked that eight bytes are there. */
export function readUint64(bytes: Uint8Array, at: number): bigint {
    return (BigInt(readUint32(bytes, at)) << 32n) | BigInt(readUint32(bytes, at + 4));
}

/** Writes an integer in [0, 2²⁴) big endian in three bytes. */
export function writeUint24(target: Uint8Array, at: number, value: number): void {
    target[at] = value >>> 16;
    target[at + 1] = value >>> 8;
    target[at + 2] = value;
}

/** Reads what `writeUint24` wrote; the caller has checked that three bytes are there. */
export function readUint24(bytes: Uint8Array, at: number): number {
    return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

/** Reads what `writeUint32` wrote; the caller has checked that four bytes are there. */
export function readUint32(bytes: Uint8Array, at: number): number {
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** Reads what `writeUint48` wrote; the caller has checked that six bytes are there. */
export function readUint48(bytes: Uint8Array, at: number): number {
    return (bytes[at]! * 256 + bytes[at + 1]!) * TWO_32 + readUint32(bytes, at + 2);
}

/**
 * Reads fields one after the other from bytes that came from the wire; never beyond their end.
 * Every method throws ConnectError `transfer.protocol` when too few bytes are left or a number is too large.
 */
export class ByteReader {
    position = 0;

    constructor(readonly bytes: Uint8Array) {}

    get remaining(): number {
        return this.bytes.length - this.position;
    }

    readUint8(): number {
        return this.bytes[this.take(1)]!;
    }

    readUint24(): number {
        return readUint24(this.bytes, this.take(3));
    }

    readUint32(): number {
        return readUint32(this.bytes, this.take(4));
    }

    readUint48(): number {
        return readUint48(this.bytes, this.take(6));
    }

    readVarint(): number {
        const start = this.take(1);
        const first = this.bytes[start]!;
        const size = 1 << (first >> 6);
        this.take(size - 1);
        if (size === 8) {
            const high = (readUint32(this.bytes, start) & 0x3fff_ffff) >>> 0;
            const value = high * TWO_32 + readUint32(this.bytes, start + 4);
            if (value > MAX_VARINT) {
                throw new ConnectError('transfer.protocol', 'a number is too large');
            }
            return value;
        }
        let value = first & 0x3f;
        for (let i = 1; i < size; i++) {
            value = value * 256 + this.bytes[start + i]!;
        }
        return value;
    }

    /** A view of the next `length` bytes. */
    readBytes(length: number): Uint8Array {
        const start = this.take(length);
        return this.bytes.subarray(start, start + length);
    }

    /** A view of all that is left. */
    readRest(): Uint8Array {
        return this.readBytes(this.remaining);
    }

    private take(count: number): number {
        const start = this.position;
        if (count > this.bytes.length - start) {
            throw new ConnectError('transfer.protocol', 'a packet ends in the middle of a field');
        }
        this.position = start + count;
        return start;
    }
}
