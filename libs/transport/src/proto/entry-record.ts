import {
    ENTRY_KINDS as KINDS,
    EntryKind,
    MAX_DATA_OFFSET,
    MAX_INDEX,
    MAX_PATH_BYTES,
    oneOf
} from './record-fields';
import { decodeOwnership, encodeOwnership, Ownership } from './kept-facts';
import { ByteReader, ByteWriter, malformed } from './wire-bytes';
import { decodePart, encodePart, EntryPart, MAX_WORK } from './work-records';

/** One file, folder or link. Indices count up from 0 without gaps, folders come before their content, depth first. */
export interface EntryRecord extends Ownership {
    readonly type: 'entry';
    readonly index: number;
    readonly kind: EntryKind;
    /** Below the destination; '/'-separated, never absolute, without `..`. */
    readonly path: string;
    /** 0 for anything but files. */
    readonly sizeBytes: number;
    readonly mtimeNs: bigint;
    /** Permission bits, 0 to 0o7777. */
    readonly mode: number;
    /** Where the file's bytes start in the data stream's space; entries follow each other without gaps. */
    readonly dataOffset: number;
    readonly chunkBytes: number;
    readonly linkTarget?: string;
    /** This entry takes the place of an earlier one whose source changed or whose content has to come again. */
    readonly replaces?: number;
    /** The order that asked for it, in a transfer of several sessions. */
    readonly work?: number;
    /** A step of a file that several sessions send. */
    readonly part?: EntryPart;
    /** Time of last access, where it is to be kept; owner and group likewise. */
    readonly atimeNs?: bigint;
}

const HAS_LINK_TARGET = 1;
const HAS_REPLACES = 2;
const HAS_WORK = 16;
const HAS_PART = 32;
const HAS_ACCESS_TIME = 64;
const HAS_OWNERSHIP = 128;
const ALL_FLAGS = HAS_LINK_TARGET | HAS_REPLACES | HAS_WORK | HAS_PART | HAS_ACCESS_TIME | HAS_OWNERSHIP;

/** The fields after the type. */
export function encodeEntry(writer: ByteWriter, entry: EntryRecord): void {
    const flags =
        (entry.linkTarget === undefined ? 0 : HAS_LINK_TARGET) |
        (entry.replaces === undefined ? 0 : HAS_REPLACES) |
        (entry.work === undefined ? 0 : HAS_WORK) |
        (entry.part === undefined ? 0 : HAS_PART) |
        (entry.atimeNs === undefined ? 0 : HAS_ACCESS_TIME) |
        (entry.uid === undefined && entry.gid === undefined ? 0 : HAS_OWNERSHIP);
    writer.varint(entry.index).u8(KINDS.indexOf(entry.kind)).u8(flags).path(entry.path);
    writer.varint(entry.sizeBytes).i64(entry.mtimeNs).varint(entry.mode);
    writer.varint(entry.dataOffset).varint(entry.chunkBytes);
    if (entry.linkTarget !== undefined) {
        writer.path(entry.linkTarget);
    }
    if (entry.replaces !== undefined) {
        writer.varint(entry.replaces);
    }
    if (entry.work !== undefined) {
        writer.varint(entry.work);
    }
    if (entry.part !== undefined) {
        encodePart(writer, entry.part);
    }
    if (entry.atimeNs !== undefined) {
        writer.i64(entry.atimeNs);
    }
    if (flags & HAS_OWNERSHIP) {
        encodeOwnership(writer, entry);
    }
}

/** @throws ConnectError `transfer.protocol`. */
export function decodeEntry(reader: ByteReader): EntryRecord {
    const index = reader.varint('index', MAX_INDEX);
    const kind = oneOf(reader, KINDS, 'kind');
    const flags = reader.u8();
    if ((flags & ~ALL_FLAGS) !== 0 || Boolean(flags & HAS_LINK_TARGET) !== (kind === 'symlink')) {
        throw malformed('entry flags');
    }
    const entry = {
        type: 'entry' as const,
        index,
        kind,
        path: reader.path('path', MAX_PATH_BYTES),
        sizeBytes: reader.varint('size', kind === 'file' ? MAX_DATA_OFFSET : 0),
        mtimeNs: reader.i64(),
        mode: reader.varint('mode', 0o7777),
        dataOffset: reader.varint('data offset', MAX_DATA_OFFSET),
        chunkBytes: reader.varint('chunk size', MAX_DATA_OFFSET)
    };
    // of nearly all entries that is all
    if (flags === 0) {
        return entry;
    }
    const target = flags & HAS_LINK_TARGET ? { linkTarget: reader.path('link target', MAX_PATH_BYTES) } : {};
    const replaces = flags & HAS_REPLACES ? { replaces: reader.varint('replaced index', MAX_INDEX) } : {};
    const work = flags & HAS_WORK ? { work: reader.varint('order', MAX_WORK - 1) } : {};
    const part = flags & HAS_PART ? { part: decodePart(reader) } : {};
    const accessTime = flags & HAS_ACCESS_TIME ? { atimeNs: reader.i64() } : {};
    const ownership = flags & HAS_OWNERSHIP ? decodeOwnership(reader) : {};
    return { ...entry, ...target, ...replaces, ...work, ...part, ...accessTime, ...ownership };
}
