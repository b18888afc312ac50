import { decodePathBytes, encodePathBytes, WireError } from '@connect/base';
import {
    decodeError,
    encodeError,
    ENTRY_KINDS as KINDS,
    EntryKind,
    MAX_DATA_OFFSET,
    MAX_PATH_BYTES,
    oneOf
} from './record-fields';
import { ByteReader, ByteWriter, malformed } from './wire-bytes';

/**
 * Marks an entry as a step of a file that several sessions send. Its size is 0 but for a piece, whose chunks are counted
 * from 0. `open`: decide, and make the unfinished form. `piece`: chunks of the file from `firstChunk` on. `join`: all
 * pieces are there; prove it and name the file.
 */
export type EntryPart =
    | { readonly step: 'open'; readonly wholeBytes: number }
    | {
          readonly step: 'piece';
          readonly wholeBytes: number;
          readonly firstChunk: number;
          /** Of the piece. */
          readonly sizeBytes: number;
          /** Whose checkpoint tells of it; an integer below 2³². */
          readonly writer: number;
      }
    | { readonly step: 'join'; readonly wholeBytes: number; readonly writers: readonly number[] };

/** Receiver: what `begin` is to say. Comes before any other of these. */
export interface RequestBeginRecord {
    readonly type: 'request-begin';
    readonly sourceCount: number;
}

/** Receiver: list the sources of the session. */
export interface RequestListRecord {
    readonly type: 'request-list';
}

/** Receiver: send this. */
export interface RequestRecord {
    readonly type: 'request';
    readonly work: number;
    readonly kind: EntryKind;
    /** In the sender's store, as `listed` said. */
    readonly sourcePath: string;
    readonly path: string;
    readonly version?: { readonly sizeBytes: number; readonly mtimeNs: bigint };
    readonly part?: EntryPart;
    /** As `listed` said. */
    readonly atimeNs?: bigint;
}

/** Receiver: nothing more is wanted. */
export interface RequestEndRecord {
    readonly type: 'request-end';
}

/** Sender: one entry below the sources. */
export interface ListedRecord {
    readonly type: 'listed';
    readonly sourcePath: string;
    readonly path: string;
    readonly kind: EntryKind;
    readonly sizeBytes: number;
    readonly mtimeNs: bigint;
    /** Where it is to be kept. */
    readonly atimeNs?: bigint;
}

/** Sender: everything below the sources has been listed. */
export interface ListEndRecord {
    readonly type: 'list-end';
}

/** Sender: an order has no entry, because its source could not be looked at or is another one now. */
export interface OrderFailedRecord {
    readonly type: 'order-failed';
    readonly work: number;
    readonly path: string;
    readonly error: WireError;
}

export type WorkRecord =
    | RequestBeginRecord
    | RequestListRecord
    | RequestRecord
    | RequestEndRecord
    | ListedRecord
    | ListEndRecord
    | OrderFailedRecord;

/** Type codes of these records: 0x20 and up are the sender's, 0x60 and up the receiver's. */
export const WORK_TYPE_CODES: Record<WorkRecord['type'], number> = {
    listed: 0x20,
    'list-end': 0x21,
    'order-failed': 0x22,
    'request-begin': 0x60,
    'request-list': 0x61,
    request: 0x62,
    'request-end': 0x63
};

/** How many sessions one join may name. */
export const MAX_WRITERS = 1024;
/** Exclusive upper bound of the number of an order. */
export const MAX_WORK = 2 ** 40;
const MAX_WRITER = 2 ** 32 - 1;
const MAX_CHUNK = 2 ** 32 - 1;
const STEPS: ReadonlyArray<EntryPart['step']> = ['open', 'piece', 'join'];
const HAS_VERSION = 1;
const HAS_PART = 2;
const HAS_ACCESS_TIME = 4;
/** Beside the kind of what is listed. */
const LISTED_ACCESS_TIME = 128;

export function isWorkRecord(record: { readonly type: string }): record is WorkRecord {
    return record.type in WORK_TYPE_CODES;
}

/** The fields after the type. */
export function encodeWorkFields(writer: ByteWriter, record: WorkRecord): void {
    switch (record.type) {
        case 'request-begin':
            writer.varint(record.sourceCount);
            return;
        case 'request': {
            const flags =
                (record.version ? HAS_VERSION : 0) |
                (record.part ? HAS_PART : 0) |
                (record.atimeNs === undefined ? 0 : HAS_ACCESS_TIME);
            writer.varint(record.work).u8(KINDS.indexOf(record.kind)).u8(flags);
            writer.blob(encodePathBytes(record.sourcePath)).blob(encodePathBytes(record.path));
            if (record.version) {
                writer.varint(record.version.sizeBytes).i64(record.version.mtimeNs);
            }
            if (record.part) {
                encodePart(writer, record.part);
            }
            if (record.atimeNs !== undefined) {
                writer.i64(record.atimeNs);
            }
            return;
        }
        case 'listed':
            writer.u8(KINDS.indexOf(record.kind) | (record.atimeNs === undefined ? 0 : LISTED_ACCESS_TIME));
            writer.blob(encodePathBytes(record.sourcePath)).blob(encodePathBytes(record.path));
            writer.varint(record.sizeBytes).i64(record.mtimeNs);
            if (record.atimeNs !== undefined) {
                writer.i64(record.atimeNs);
            }
            return;
        case 'order-failed':
            writer.varint(record.work);
            // shown only, so it may be cut
            writer.blob(encodePathBytes(record.path).subarray(0, MAX_PATH_BYTES));
            encodeError(writer, record.error);
            return;
        case 'request-list':
        case 'request-end':
        case 'list-end':
    }
}

/** @throws ConnectError `transfer.protocol`. */
export function decodeWorkFields(reader: ByteReader, type: WorkRecord['type']): WorkRecord {
    switch (type) {
        case 'request-begin':
            return { type, sourceCount: reader.varint('source count') };
        case 'request': {
            const work = reader.varint('order', MAX_WORK - 1);
            const kind = oneOf(reader, KINDS, 'kind');
            const flags = reader.u8();
            if (flags > (HAS_VERSION | HAS_PART | HAS_ACCESS_TIME)) {
                throw malformed('request flags');
            }
            const sourcePath = pathOf(reader);
            const path = pathOf(reader);
            const version = flags & HAS_VERSION ? { version: versionOf(reader) } : {};
            const part = flags & HAS_PART ? { part: decodePart(reader) } : {};
            const accessTime = flags & HAS_ACCESS_TIME ? { atimeNs: reader.i64() } : {};
            return { type, work, kind, sourcePath, path, ...version, ...part, ...accessTime };
        }
        case 'listed': {
            const marked = reader.u8();
            const kind = KINDS[marked & ~LISTED_ACCESS_TIME];
            if (kind === undefined) {
                throw malformed('kind');
            }
            const entry = {
                type,
                kind,
                sourcePath: pathOf(reader),
                path: pathOf(reader),
                ...versionOf(reader)
            };
            return marked & LISTED_ACCESS_TIME ? { ...entry, atimeNs: reader.i64() } : entry;
        }
        case 'order-failed': {
            const work = reader.varint('order', MAX_WORK - 1);
            return { type, work, path: pathOf(reader), error: decodeError(reader) };
        }
        case 'request-list':
        case 'request-end':
        case 'list-end':
            return { type };
    }
}

/** The marker as it stands in an entry and in a request. */
export function encodePart(writer: ByteWriter, part: EntryPart): void {
    writer.u8(STEPS.indexOf(part.step)).varint(part.wholeBytes);
    if (part.step === 'piece') {
        writer.varint(part.firstChunk).varint(part.sizeBytes).varint(part.writer);
    } else if (part.step === 'join') {
        writer.varint(part.writers.length);
        part.writers.forEach(item => writer.varint(item));
    }
}

/** @throws ConnectError `transfer.protocol`. */
export function decodePart(reader: ByteReader): EntryPart {
    const step = oneOf(reader, STEPS, 'step of a file');
    const wholeBytes = reader.varint('size of the file', MAX_DATA_OFFSET);
    if (step === 'open') {
        return { step, wholeBytes };
    }
    if (step === 'piece') {
        const firstChunk = reader.varint('first chunk', MAX_CHUNK);
        const sizeBytes = reader.varint('size of the piece', MAX_DATA_OFFSET);
        return { step, wholeBytes, firstChunk, sizeBytes, writer: reader.varint('writer', MAX_WRITER) };
    }
    const count = reader.varint('writer count', MAX_WRITERS);
    return {
        step,
        wholeBytes,
        writers: Array.from({ length: count }, () => reader.varint('writer', MAX_WRITER))
    };
}

/**
 * Why a marker does not fit its entry, or undefined when it does: a piece is whole chunks of the file, its last one
 * perhaps the shorter one at the end.
 */
export function partProblem(
    part: EntryPart,
    entry: { readonly kind: EntryKind; readonly sizeBytes: number; readonly chunkBytes: number }
): string | undefined {
    if (entry.kind !== 'file') {
        return 'a step of something that is no file';
    }
    if (part.step !== 'piece') {
        return entry.sizeBytes === 0 ? undefined : 'a step that carries no data has a size';
    }
    const end = part.firstChunk * entry.chunkBytes + part.sizeBytes;
    const isWhole =
        part.sizeBytes > 0 &&
        part.sizeBytes === entry.sizeBytes &&
        (end === part.wholeBytes || end % entry.chunkBytes === 0);
    return isWhole && end <= part.wholeBytes ? undefined : 'a piece is not a range of chunks of its file';
}

function versionOf(reader: ByteReader): { readonly sizeBytes: number; readonly mtimeNs: bigint } {
    return { sizeBytes: reader.varint('size', MAX_DATA_OFFSET), mtimeNs: reader.i64() };
}

function pathOf(reader: ByteReader): string {
    return decodePathBytes(reader.blob('path', MAX_PATH_BYTES));
}
