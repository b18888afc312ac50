// One table of record types with its codec: longer than other files because it is the whole vocabulary of a session.
import { ConnectError, decodePathBytes, encodePathBytes, Range, WireError } from '@connect/base';
import { decodeEmptyFiles, EmptyFilesRecord, encodeEmptyFiles } from './empty-files-record';
import { decodeEntry, encodeEntry, EntryRecord } from './entry-record';
import {
    decodeError,
    decodeRange,
    encodeError,
    flag,
    MAX_INDEX,
    MAX_PATH_BYTES,
    oneOf
} from './record-fields';
import { decodeLostFacts, encodeLostFacts, LostFact } from './kept-facts';
import { ByteReader, ByteWriter, malformed } from './wire-bytes';
import {
    decodeWorkFields,
    encodeWorkFields,
    isWorkRecord,
    WORK_TYPE_CODES,
    WorkRecord
} from './work-records';

/** Version of the record vocabulary, in {@link BeginRecord}. */
export const RECORD_VERSION = 2;
/** Every record is preceded by its length, two bytes, big endian. */
export const RECORD_PREFIX_BYTES = 2;
/** Largest encoded record, without its length. */
export const MAX_RECORD_BYTES = 0xffff;
/** How many ranges one {@link DecisionHaveRecord}, and how many hashes one {@link DecisionHashesRecord} may hold. */
export const MAX_RANGES_PER_RECORD = 4096;
export const MAX_HASHES_PER_RECORD = 1024;
export const HASH_BYTES = 32;
const MAX_CHUNK = 2 ** 32 - 1;

export { EmptyFilesRecord } from './empty-files-record';
export { EntryRecord } from './entry-record';
export { EntryKind, MAX_DATA_OFFSET, MAX_PATH_BYTES } from './record-fields';
/** Why an existing file was left alone. */
export type SkipReason = 'exists' | 'same' | 'not-older' | 'policy';

/** First record of the sender. */
export interface BeginRecord {
    readonly type: 'begin';
    readonly version: number;
    /** How many sources the user named, missing ones included: decides whether a target may be a file name. */
    readonly sourceCount: number;
}

export interface ChunkHashRecord {
    readonly type: 'chunk-hash';
    readonly index: number;
    readonly chunk: number;
    /** SHA-256, 32 bytes. */
    readonly hash: Uint8Array;
}

/**
 * No more data of this file. `ok`: all was given to the data stream. `same`: a comparison found it equal, no data.
 * `changed`: forget it; an entry that replaces it follows. `failed`: forget it, for the reason in `error`.
 */
export interface FileEndRecord {
    readonly type: 'file-end';
    readonly index: number;
    readonly status: 'ok' | 'same' | 'changed' | 'failed';
    readonly error?: WireError;
}

/** Chunks [from, to) of this file are zeros throughout and will not come: a hole where the sender has it. */
export interface HoleRecord {
    readonly type: 'hole';
    readonly index: number;
    readonly from: number;
    readonly to: number;
}

/** Something below the sources that has no entry, because it could not even be looked at. */
export interface SourceFailedRecord {
    readonly type: 'source-failed';
    readonly path: string;
    readonly error: WireError;
}

export interface ScanTotalsRecord {
    readonly type: 'scan-totals';
    readonly files: number;
    readonly bytes: number;
    readonly complete: boolean;
}

/** Every file has had its file-end; only replacements may follow. */
export interface EndRecord {
    readonly type: 'end';
    readonly entries: number;
}

/** Send these files whole: indices [from, to), all of them files. */
export interface DecisionSendRecord {
    readonly type: 'decision-send';
    readonly from: number;
    readonly to: number;
}

export interface DecisionSkipRecord {
    readonly type: 'decision-skip';
    readonly index: number;
    readonly reason: SkipReason;
}

/** Chunks the receiver has, or has as zeros: to be checked like a hash. Several add up until the {@link DecisionRecord}. */
export interface DecisionHaveRecord {
    readonly type: 'decision-have' | 'decision-zeros';
    readonly index: number;
    readonly chunks: readonly Range[];
}

export interface ChunkHash {
    readonly chunk: number;
    readonly hash: Uint8Array;
}

/** Hashes of chunks at the receiver for the sender to check; several add up until the {@link DecisionRecord}. */
export interface DecisionHashesRecord {
    readonly type: 'decision-hashes';
    readonly index: number;
    readonly hashes: readonly ChunkHash[];
}

/**
 * `resume`: send the chunks that were not named by decision-have; when a hash differs, also all that were named but
 * not proved equal by a hash.
 * `compare`: answer file-end `same` when every hash is right, else send the whole file.
 */
export interface DecisionRecord {
    readonly type: 'decision-resume' | 'decision-compare';
    readonly index: number;
}

/** Content arrived that does not fit its hash: the sender answers with an entry that replaces this one. */
export interface RefetchRecord {
    readonly type: 'refetch';
    readonly index: number;
}

/** Entries [from, to) are at their place. */
export interface ResultOkRecord {
    readonly type: 'result-ok';
    readonly from: number;
    readonly to: number;
}

export interface ResultFailedRecord {
    readonly type: 'result-failed';
    readonly index: number;
    readonly error: WireError;
}

/** Of either end, before the result of this entry: what was to be kept of it and could not be. */
export interface NotKeptRecord {
    readonly type: 'not-kept';
    readonly index: number;
    /** At least one. */
    readonly facts: readonly LostFact[];
}

/**
 * Last record of the receiver: everything that can be at its place is, durably. Before the sender's end record it
 * carries an error: nothing can be received, for this reason.
 */
export interface FinishedRecord {
    readonly type: 'finished';
    readonly filesDone: number;
    readonly filesSkipped: number;
    readonly filesFailed: number;
    readonly error?: WireError;
}

export type MetaRecord =
    | BeginRecord
    | EntryRecord
    | EmptyFilesRecord
    | ChunkHashRecord
    | FileEndRecord
    | SourceFailedRecord
    | HoleRecord
    | ScanTotalsRecord
    | EndRecord
    | DecisionSendRecord
    | DecisionSkipRecord
    | DecisionHaveRecord
    | DecisionHashesRecord
    | DecisionRecord
    | RefetchRecord
    | ResultOkRecord
    | ResultFailedRecord
    | NotKeptRecord
    | FinishedRecord
    | WorkRecord;

const TYPE_CODES: Record<MetaRecord['type'], number> = {
    begin: 0x01,
    entry: 0x02,
    'chunk-hash': 0x03,
    'file-end': 0x04,
    'source-failed': 0x05,
    'scan-totals': 0x06,
    end: 0x07,
    hole: 0x08,
    'empty-files': 0x09,
    'decision-send': 0x41,
    'decision-skip': 0x42,
    'decision-have': 0x43,
    'decision-hashes': 0x44,
    'decision-resume': 0x45,
    'decision-compare': 0x46,
    refetch: 0x47,
    'result-ok': 0x48,
    'result-failed': 0x49,
    finished: 0x4a,
    'decision-zeros': 0x4b,
    'not-kept': 0x70,
    ...WORK_TYPE_CODES
};
const TYPES = new Map(Object.entries(TYPE_CODES).map(([type, code]) => [code, type as MetaRecord['type']]));
const STATUSES: ReadonlyArray<FileEndRecord['status']> = ['ok', 'same', 'changed', 'failed'];
const REASONS: readonly SkipReason[] = ['exists', 'same', 'not-older', 'policy'];

/** Memory for {@link encodeRecordInPlace}: most records are short. */
const shared = new ByteWriter(1024);

/** The record as it stands in the meta stream, its length before it. Format: docs/formats/transfer-records.md. */
export function encodeRecord(record: MetaRecord): Uint8Array {
    return encodeWith(new ByteWriter(), record);
}

/** As {@link encodeRecord}, in memory that the next call uses again. */
export function encodeRecordInPlace(record: MetaRecord): Uint8Array {
    return encodeWith(shared.clear(), record);
}

function encodeWith(writer: ByteWriter, record: MetaRecord): Uint8Array {
    writer.u8(0).u8(0).u8(TYPE_CODES[record.type]);
    encodeFields(writer, record);
    const bytes = writer.finish();
    const length = bytes.length - RECORD_PREFIX_BYTES;
    if (length > MAX_RECORD_BYTES) {
        throw new ConnectError('internal', `A ${record.type} record of ${length} bytes is too long`);
    }
    bytes[0] = length >>> 8;
    bytes[1] = length & 0xff;
    return bytes;
}

/**
 * Reads the record that the bytes [from, to) are, without the length before them.
 * @throws ConnectError `transfer.protocol` for anything but one whole, well-formed record.
 */
export function decodeRecord(bytes: Uint8Array, from = 0, to = bytes.length): MetaRecord {
    const reader = new ByteReader(bytes, from, to);
    const code = reader.u8();
    const type = TYPES.get(code);
    if (type === undefined) {
        throw malformed(`unknown type ${code}`);
    }
    const record = type === 'empty-files' ? decodeEmptyFiles(reader) : decodeFields(reader, type);
    reader.end();
    return record;
}

function encodeFields(writer: ByteWriter, record: MetaRecord): void {
    if (isWorkRecord(record)) {
        encodeWorkFields(writer, record);
        return;
    }
    switch (record.type) {
        case 'begin':
            writer.varint(record.version).varint(record.sourceCount);
            return;
        case 'entry':
            encodeEntry(writer, record);
            return;
        case 'empty-files':
            encodeEmptyFiles(writer, record);
            return;
        case 'chunk-hash':
            writer.varint(record.index).varint(record.chunk).bytes(record.hash);
            return;
        case 'file-end':
            writer.varint(record.index).u8(STATUSES.indexOf(record.status));
            if (record.status === 'failed') {
                encodeError(writer, record.error!);
            }
            return;
        case 'source-failed':
            writer.blob(cutPath(record.path));
            encodeError(writer, record.error);
            return;
        case 'scan-totals':
            writer
                .varint(record.files)
                .varint(record.bytes)
                .u8(record.complete ? 1 : 0);
            return;
        case 'end':
            writer.varint(record.entries);
            return;
        case 'hole':
            writer.varint(record.index).varint(record.from).varint(record.to);
            return;
        case 'decision-send':
        case 'result-ok':
            writer.varint(record.from).varint(record.to);
            return;
        case 'decision-skip':
            writer.varint(record.index).u8(REASONS.indexOf(record.reason));
            return;
        case 'decision-have':
        case 'decision-zeros':
            writer.varint(record.index).varint(record.chunks.length);
            record.chunks.forEach(range => writer.varint(range.start).varint(range.end));
            return;
        case 'decision-hashes':
            writer.varint(record.index).varint(record.hashes.length);
            record.hashes.forEach(item => writer.varint(item.chunk).bytes(item.hash));
            return;
        case 'decision-resume':
        case 'decision-compare':
        case 'refetch':
            writer.varint(record.index);
            return;
        case 'result-failed':
            writer.varint(record.index);
            encodeError(writer, record.error);
            return;
        case 'not-kept':
            writer.varint(record.index);
            encodeLostFacts(writer, record.facts);
            return;
        case 'finished':
            writer.varint(record.filesDone).varint(record.filesSkipped).varint(record.filesFailed);
            writer.u8(record.error ? 1 : 0);
            if (record.error) {
                encodeError(writer, record.error);
            }
    }
}

function decodeFields(reader: ByteReader, type: Exclude<MetaRecord['type'], 'empty-files'>): MetaRecord {
    switch (type) {
        case 'begin':
            return { type, version: reader.varint('version'), sourceCount: reader.varint('source count') };
        case 'entry':
            return decodeEntry(reader);
        case 'chunk-hash':
            return { type, index: indexOf(reader), ...chunkHash(reader) };
        case 'file-end': {
            const at = indexOf(reader);
            const status = oneOf(reader, STATUSES, 'status');
            return status === 'failed'
                ? { type, index: at, status, error: decodeError(reader) }
                : { type, index: at, status };
        }
        case 'source-failed':
            return {
                type,
                path: decodePathBytes(reader.blob('path', MAX_PATH_BYTES)),
                error: decodeError(reader)
            };
        case 'scan-totals':
            return {
                type,
                files: reader.varint('files'),
                bytes: reader.varint('bytes'),
                complete: flag(reader)
            };
        case 'end':
            return { type, entries: reader.varint('entries', MAX_INDEX) };
        case 'hole': {
            const at = indexOf(reader);
            const range = decodeRange(reader, MAX_CHUNK + 1);
            return { type, index: at, from: range.start, to: range.end };
        }
        case 'decision-send':
        case 'result-ok': {
            const range = decodeRange(reader, MAX_INDEX);
            return { type, from: range.start, to: range.end };
        }
        case 'decision-skip':
            return { type, index: indexOf(reader), reason: oneOf(reader, REASONS, 'reason') };
        case 'decision-have':
        case 'decision-zeros': {
            const at = indexOf(reader);
            const length = reader.varint('range count', MAX_RANGES_PER_RECORD);
            return { type, index: at, chunks: list(length, () => decodeRange(reader, MAX_CHUNK + 1)) };
        }
        case 'decision-hashes': {
            const at = indexOf(reader);
            const length = reader.varint('hash count', MAX_HASHES_PER_RECORD);
            return { type, index: at, hashes: list(length, () => chunkHash(reader)) };
        }
        case 'decision-resume':
        case 'decision-compare':
        case 'refetch':
            return { type, index: indexOf(reader) };
        case 'result-failed':
            return { type, index: indexOf(reader), error: decodeError(reader) };
        case 'not-kept':
            return { type, index: indexOf(reader), facts: decodeLostFacts(reader) };
        case 'finished': {
            const totals = {
                filesDone: reader.varint('done'),
                filesSkipped: reader.varint('skipped'),
                filesFailed: reader.varint('failed')
            };
            return flag(reader) ? { type, ...totals, error: decodeError(reader) } : { type, ...totals };
        }
        default:
            return decodeWorkFields(reader, type);
    }
}

function chunkHash(reader: ByteReader): ChunkHash {
    return { chunk: reader.varint('chunk', MAX_CHUNK), hash: reader.bytes(HASH_BYTES) };
}

function indexOf(reader: ByteReader): number {
    return reader.varint('index', MAX_INDEX);
}

/** A path that is only shown may be cut; a path that names a target never is. */
function cutPath(path: string): Uint8Array {
    return encodePathBytes(path).subarray(0, MAX_PATH_BYTES);
}

function list<T>(length: number, item: () => T): T[] {
    return Array.from({ length }, item);
}
