import { ConnectError, decodePathBytes, encodePathBytes } from '@connect/base';

/** What a reader throws at the first byte that cannot be right. */
export function malformed(what: string): ConnectError {
    return new ConnectError('transfer.protocol', `Malformed record: ${what}`);
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Builds a byte string. Integers are unsigned LEB128 varints (7 bits per byte, lowest first) unless a width is
 * named; fixed widths are big endian.
 */
export class ByteWriter {
    private buffer: Uint8Array;
    private data: DataView;
    private length = 0;

    constructor(capacityBytes = 64) {
        this.buffer = new Uint8Array(capacityBytes);
        this.data = new DataView(this.buffer.buffer);
    }

    u8(value: number): this {
        this.reserve(1);
        this.buffer[this.length++] = value;
        return this;
    }

    u32(value: number): this {
        const at = this.reserve(4);
        this.data.setUint32(at, value);
        this.length += 4;
        return this;
    }

    /** A signed 64-bit integer. */
    i64(value: bigint): this {
        const at = this.reserve(8);
        this.data.setBigInt64(at, value);
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

    /** A blob: the bytes of a path, as {@link encodePathBytes}. */
    path(value: string): this {
        return this.blob(encodePathBytes(value));
    }

    /** Signed 64-bit integers, one behind the other. */
    i64s(values: BigInt64Array): this {
        return this.wide(values, bytes => bytes.swap64());
    }

    /** Unsigned 16-bit integers, one behind the other. */
    u16s(values: Uint16Array): this {
        return this.wide(values, bytes => bytes.swap16());
    }

    private wide(values: BigInt64Array | Uint16Array, swap: (bytes: Buffer) => void): this {
        const from = this.length;
        this.bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        if (IS_LITTLE_ENDIAN) {
            swap(Buffer.from(this.buffer.buffer, from, values.byteLength));
        }
        return this;
    }

    /** The bytes so far; a view into the writer, good until it is used again. */
    finish(): Uint8Array {
        return this.buffer.subarray(0, this.length);
    }

    /** Begins anew, in the same memory. */
    clear(): this {
        this.length = 0;
        return this;
    }

    private reserve(bytes: number): number {
        if (this.length + bytes > this.buffer.length) {
            const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.length + bytes));
            larger.set(this.buffer.subarray(0, this.length));
            this.buffer = larger;
            this.data = new DataView(larger.buffer);
        }
        return this.length;
    }
}

const scratch = new DataView(new ArrayBuffer(8));

/** Reads what {@link ByteWriter} wrote; throws `transfer.protocol` at the first thing that is out of bounds. */
export class ByteReader {
    /** Reads the bytes [at, limit) of `source`. */
    constructor(
        private readonly source: Uint8Array,
        private at = 0,
        private readonly limit = source.length
    ) {}

    get remaining(): number {
        return this.limit - this.at;
    }

    u8(): number {
        this.need(1);
        return this.source[this.at++]!;
    }

    u32(): number {
        this.need(4);
        const { source, at } = this;
        this.at += 4;
        return (
            ((source[at]! << 24) | (source[at + 1]! << 16) | (source[at + 2]! << 8) | source[at + 3]!) >>> 0
        );
    }

    i64(): bigint {
        this.need(8);
        // A view of the source would be an object for one number.
        scratch.setUint32(0, this.u32());
        scratch.setUint32(4, this.u32());
        return scratch.getBigInt64(0);
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
    bytes(length: number): Uint8Array<ArrayBuffer> {
        this.need(length);
        // Not slice(): that of a Buffer does not copy.
        const copy = new Uint8Array(this.source.subarray(this.at, this.at + length));
        this.at += length;
        return copy;
    }

    blob(what: string, maxLength: number): Uint8Array {
        return this.bytes(this.varint(what, maxLength));
    }

    /** As many signed 64-bit integers. */
    i64s(count: number): BigInt64Array {
        const bytes = this.bytes(count * BigInt64Array.BYTES_PER_ELEMENT);
        if (IS_LITTLE_ENDIAN) {
            Buffer.from(bytes.buffer).swap64();
        }
        return new BigInt64Array(bytes.buffer);
    }

    /** As many unsigned 16-bit integers. */
    u16s(count: number): Uint16Array {
        const bytes = this.bytes(count * Uint16Array.BYTES_PER_ELEMENT);
        if (IS_LITTLE_ENDIAN) {
            Buffer.from(bytes.buffer).swap16();
        }
        return new Uint16Array(bytes.buffer);
    }

    /** A blob that is a path, as {@link decodePathBytes}. */
    path(what: string, maxLength: number): string {
        const length = this.varint(what, maxLength);
        this.need(length);
        const bytes = this.source.subarray(this.at, this.at + length);
        this.at += length;
        return decodePathBytes(bytes);
    }

    /** To be called when all fields have been read. */
    end(): void {
        if (this.remaining > 0) {
            throw malformed('bytes left over');
        }
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
