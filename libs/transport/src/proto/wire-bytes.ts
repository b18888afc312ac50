import { ConnectError } from '@connect/base';

/** What a reader throws at the first byte that cannot be right. */
export function malformed(what: string): ConnectError {
    return new ConnectError('transfer.protocol', `Malformed record: ${what}`);
}

/**
 * Builds a byte string. Integers are unsigned LEB128 varints (7 bits per byte, lowest first) unless a width is
 * named; fixed widths are big endian.
 */
export class ByteWriter {
    private buffer = new Uint8Array(64);
    private length = 0;

    u8(value: number): this {
        this.reserve(1);
        this.buffer[this.length++] = value;
        return this;
    }

    u32(value: number): this {
        const at = this.reserve(4);
        this.view().setUint32(at, value);
        this.length += 4;
        return this;
    }

    /** A signed 64-bit integer. */
    i64(value: bigint): this {
        const at = this.reserve(8);
        this.view().setBigInt64(at, value);
        this.length += 8;
        return this;
    }

    /** An integer in [0, 2⁵³). */
    varint(value: number): this {
        if (!Number.isSafeInteger(value) || value < 0) {
            throw new ConnectError('internal', `Not an unsigned integer: ${value}`);
        }
        this.reserve(8);
        let rest = value;
        while (rest >= 0x80) {
            this.buffer[this.length++] = (rest % 0x80) | 0x80;
            rest = Math.floor(rest / 0x80);
        }
        this.buffer[this.length++] = rest;
        return this;
    }

    bytes(value: Uint8Array): this {
        const at = this.reserve(value.length);
        this.buffer.set(value, at);
        this.length += value.length;
        return this;
    }

    /** A varint length and that many bytes. */
    blob(value: Uint8Array): this {
        return this.varint(value.length).bytes(value);
    }

    /** The bytes so far; a view into the writer, which is not used any more afterwards. */
    finish(): Uint8Array {
        return this.buffer.subarray(0, this.length);
    }

    private view(): DataView {
        return new DataView(this.buffer.buffer, this.buffer.byteOffset, this.buffer.byteLength);
    }

    private reserve(bytes: number): number {
        if (this.length + bytes > this.buffer.length) {
            const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.length + bytes));
            larger.set(this.buffer.subarray(0, this.length));
            this.buffer = larger;
        }
        return this.length;
    }
}

/** Reads what {@link ByteWriter} wrote; throws `transfer.protocol` at the first thing that is out of bounds. */
export class ByteReader {
    private at = 0;

    constructor(private readonly source: Uint8Array) {}

    get remaining(): number {
        return this.source.length - this.at;
    }

    u8(): number {
        this.need(1);
        return this.source[this.at++]!;
    }

    u32(): number {
        return this.fixed(4).getUint32(0);
    }

    i64(): bigint {
        return this.fixed(8).getBigInt64(0);
    }

    /** An integer in [0, max]; at most 8 bytes long, without superfluous zero bytes at its end. */
    varint(what: string, max: number = Number.MAX_SAFE_INTEGER): number {
        let value = 0;
        let scale = 1;
        for (let count = 1; ; count++) {
            const byte = this.u8();
            value += (byte & 0x7f) * scale;
            if (byte < 0x80) {
                if ((byte === 0 && count > 1) || value > max) {
                    throw malformed(`${what} out of range`);
                }
                return value;
            }
            if (count === 8) {
                throw malformed(`${what} too long`);
            }
            scale *= 0x80;
        }
    }

    /** A copy of the next `length` bytes. */
    bytes(length: number): Uint8Array {
        this.need(length);
        // Not slice(): that of a Buffer does not copy.
        const copy = new Uint8Array(this.source.subarray(this.at, this.at + length));
        this.at += length;
        return copy;
    }

    blob(what: string, maxLength: number): Uint8Array {
        return this.bytes(this.varint(`length of ${what}`, maxLength));
    }

    /** To be called when all fields have been read. */
    end(): void {
        if (this.remaining > 0) {
            throw malformed('bytes left over');
        }
    }

    private fixed(length: number): DataView {
        this.need(length);
        const view = new DataView(this.source.buffer, this.source.byteOffset + this.at, length);
        this.at += length;
        return view;
    }

    private need(length: number): void {
        if (this.remaining < length) {
            throw malformed('too short');
        }
    }
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) {
        crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    return crc;
});

/** CRC-32 (ISO 3309, as in zip and PNG) of `bytes`, going on from `previous`. Detects accidents, not attacks. */
export function crc32(bytes: Uint8Array, previous = 0): number {
    let crc = ~previous;
    for (let i = 0; i < bytes.length; i++) {
        crc = CRC_TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
    }
    return ~crc >>> 0;
}
