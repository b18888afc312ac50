import { EntryRecord } from './entry-record';
import { MIN_CHUNK_BYTES } from './chunk-plan';
import { MAX_INDEX, MAX_PATH_BYTES } from './record-fields';
import { ByteReader, ByteWriter, malformed } from './wire-bytes';

/** The most files that one {@link EmptyFilesRecord} tells. */
export const MAX_EMPTY_FILES = 4096;
/** Longest name of a file, in bytes. */
const MAX_NAME_BYTES = 255;
/** Of the names and facts together, so that the record holds its folder as well. */
export const MAX_EMPTY_FILES_BYTES = 0xffff - MAX_PATH_BYTES - 64;
/** What one file takes beside its name and the byte 0 behind it. */
export const EMPTY_FILE_FACT_BYTES = 10;

const SLASH = 0x2f;
const DOT = 0x2e;

/** Names and facts of files that have no content, in an order that all three share. */
export interface EmptyFileFacts {
    /** Single names, as bytes, with a byte 0 behind each. */
    readonly names: Uint8Array;
    /** In ns since 1970. */
    readonly mtimes: BigInt64Array;
    /** Permission bits, 0 to 0o7777. */
    readonly modes: Uint16Array;
}

/** Some empty files of one folder: as many {@link EntryRecord}s, whose indices follow each other. */
export interface EmptyFilesRecord extends EmptyFileFacts {
    readonly type: 'empty-files';
    /** Of the first. */
    readonly index: number;
    /** Path of the folder below the destination, '' for the destination itself. */
    readonly folder: string;
}

/** The fields after the type. */
export function encodeEmptyFiles(writer: ByteWriter, record: EmptyFilesRecord): void {
    writer.varint(record.index).varint(record.modes.length).path(record.folder).blob(record.names);
    writer.i64s(record.mtimes).u16s(record.modes);
}

/** @throws ConnectError `transfer.protocol`. */
export function decodeEmptyFiles(reader: ByteReader): EmptyFilesRecord {
    const index = reader.varint('index', MAX_INDEX);
    const count = reader.varint('count', MAX_EMPTY_FILES);
    const folder = reader.path('folder', MAX_PATH_BYTES);
    const names = reader.blob('names', MAX_EMPTY_FILES_BYTES);
    if (count === 0 || countNames(names) !== count) {
        throw malformed('names of empty files');
    }
    const mtimes = reader.i64s(count);
    const modes = reader.u16s(count);
    if (modes.some(mode => mode > 0o7777)) {
        throw malformed('mode out of range');
    }
    return { type: 'empty-files', index, folder, names, mtimes, modes };
}

/** How many plain names there are, each with a byte 0 behind it; -1 when one of them is none. */
function countNames(bytes: Uint8Array): number {
    let count = 0;
    let start = 0;
    for (let at = 0; at < bytes.length; at++) {
        const byte = bytes[at]!;
        if (byte === SLASH) {
            return -1;
        }
        if (byte === 0) {
            const length = at - start;
            const isDots =
                bytes[start] === DOT && (length === 1 || (length === 2 && bytes[start + 1] === DOT));
            if (length === 0 || length > MAX_NAME_BYTES || isDots) {
                return -1;
            }
            count += 1;
            start = at + 1;
        }
    }
    return start === bytes.length ? count : -1;
}

/** The entry that such a record tells of one file. It has no place in the data stream: `dataOffset` is any. */
export function emptyFileEntry(
    index: number,
    path: string,
    mtimeNs: bigint,
    mode: number,
    dataOffset: number
): EntryRecord {
    return {
        type: 'entry',
        index,
        kind: 'file',
        path,
        sizeBytes: 0,
        mtimeNs,
        mode,
        dataOffset,
        chunkBytes: MIN_CHUNK_BYTES
    };
}

/** A file that is there as soon as it is announced: nothing of it has to be asked for or sent. */
export function isEmptyFile(entry: Pick<EntryRecord, 'kind' | 'sizeBytes' | 'part'>): boolean {
    return entry.kind === 'file' && entry.sizeBytes === 0 && entry.part === undefined;
}
