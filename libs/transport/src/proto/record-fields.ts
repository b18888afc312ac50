import { ConnectError, Range, WireError } from '@connect/base';
import { ByteReader, ByteWriter, malformed } from './wire-bytes';

export type EntryKind = 'file' | 'directory' | 'symlink';
export const ENTRY_KINDS: readonly EntryKind[] = ['file', 'directory', 'symlink'];
/** Longest path or link target, in bytes. */
export const MAX_PATH_BYTES = 4096;
/** Exclusive upper bound of the data stream's byte space. */
export const MAX_DATA_OFFSET = 2 ** 48;
/** Largest index of an entry. */
export const MAX_INDEX = 2 ** 40;
const MAX_MESSAGE_BYTES = 1024;

/** Code and message. */
export function encodeError(writer: ByteWriter, error: WireError): void {
    writer.blob(new TextEncoder().encode(error.code));
    writer.blob(new TextEncoder().encode(error.message.slice(0, MAX_MESSAGE_BYTES / 4)));
}

/** @throws ConnectError `transfer.protocol`. */
export function decodeError(reader: ByteReader): WireError {
    const decoder = new TextDecoder();
    const code = decoder.decode(reader.blob('error code', 64)) as WireError['code'];
    const message = decoder.decode(reader.blob('message', MAX_MESSAGE_BYTES));
    // A code this version does not know becomes `internal` here, once.
    const known = ConnectError.fromWire({ code, message });
    return { code: known.code, message: known.message };
}

/** A range that is not empty, its end at most `max`. */
export function decodeRange(reader: ByteReader, max: number): Range {
    const start = reader.varint('start of range', max);
    const end = reader.varint('end of range', max);
    if (end <= start) {
        throw malformed('empty range');
    }
    return { start, end };
}

/** The value that a byte stands for. */
export function oneOf<T>(reader: ByteReader, values: readonly T[], what: string): T {
    const value = values[reader.u8()];
    if (value === undefined) {
        throw malformed(what);
    }
    return value;
}

export function flag(reader: ByteReader): boolean {
    return oneOf(reader, [false, true], 'flag');
}
