import { RangeSet } from '@connect/base';
import { COMMON_HASH, HASH_ALGORITHMS, HashAlgorithm } from './hash-algorithm';
import { ChunkHash, HASH_BYTES } from './meta-records';
import { ByteReader, ByteWriter, crc32 } from './wire-bytes';

/** What makes two versions of a source the same one. */
export interface SourceIdentity {
    readonly sizeBytes: number;
    readonly mtimeNs: bigint;
    readonly chunkBytes: number;
}

/** Opaque name of the time since the machine was started, 16 bytes; all zero when the system does not tell. */
export type BootId = Uint8Array;
export const BOOT_ID_BYTES = 16;

/** Which file a checkpoint is about. */
export interface PartialPlace {
    /** First 16 bytes of the SHA-256 of the finished file's name. */
    readonly nameTag: Uint8Array;
    /** Of the partial file; 64 bits. */
    readonly inode: bigint;
    /** When the partial file was made, ns since 1970; 0 when the file system does not tell. */
    readonly bornNs: bigint;
}
export const NAME_TAG_BYTES = 16;

/** What a checkpoint file says. */
export interface ResumeMap {
    readonly identity: SourceIdentity;
    /** What its hashes are. */
    readonly hash: HashAlgorithm;
    /** Undefined when the partial file had not been made yet. */
    readonly place: PartialPlace | undefined;
    /** Hash of every recorded chunk; the newest record of a chunk counts. */
    readonly hashes: ReadonlyMap<number, Uint8Array>;
    /** Chunks that are in the file for certain. The others must be read and hashed before they count. */
    readonly proven: RangeSet;
    /** Length of the part that is whole; what follows it is cut off before anything is appended. */
    readonly validBytes: number;
    readonly recordCount: number;
    /** CRC of the last whole record: the next one goes on from it. */
    readonly chain: number;
}

const MAGIC = Uint8Array.of(0x43, 0x4e, 0x43, 0x4b, 0x50, 0x54, 0x0d, 0x0a); // "CNCKPT\r\n"
const VERSION = 1;
/** The hash stands in the upper half of the cell whose lower half is the version. */
const HASH_UNIT = 0x10000;
export const CHECKPOINT_HEADER_BYTES = MAGIC.length + 4 + 8 + 8 + 4 + BOOT_ID_BYTES + 4;
/** Type and chunk number, hash or other content, CRC. */
export const CHECKPOINT_RECORD_BYTES = 4 + 4 + HASH_BYTES + 4;
const CRC_BYTES = 4;
const TYPE_CHUNK = 1;
const TYPE_DURABLE = 2;
const TYPE_BOOT = 3;
const TYPE_PLACE = 4;

/** Appends to the bytes of a checkpoint file: every record's CRC goes on from the one before. */
export class CheckpointEncoder {
    private constructor(
        private chain: number,
        private count: number
    ) {}

    /** Number of records so far, in the file and given out. */
    get recordCount(): number {
        return this.count;
    }

    static create(
        identity: SourceIdentity,
        boot: BootId,
        hash: HashAlgorithm = COMMON_HASH
    ): { readonly encoder: CheckpointEncoder; readonly header: Uint8Array } {
        const writer = new ByteWriter().bytes(MAGIC).u32(HASH_ALGORITHMS.indexOf(hash) * HASH_UNIT + VERSION);
        writer.i64(BigInt(identity.sizeBytes)).i64(identity.mtimeNs).u32(identity.chunkBytes).bytes(boot);
        const chain = crc32(writer.finish());
        return { encoder: new CheckpointEncoder(chain, 0), header: writer.u32(chain).finish() };
    }

    static continue(map: ResumeMap): CheckpointEncoder {
        return new CheckpointEncoder(map.chain, map.recordCount);
    }

    /** The chunk is written and its hash is right. */
    chunk(item: ChunkHash): Uint8Array {
        return this.record(TYPE_CHUNK, item.chunk, item.hash);
    }

    /** The content of the first `recordCount` records' chunks has reached the disk. */
    durable(recordCount: number): Uint8Array {
        return this.record(TYPE_DURABLE, recordCount, new Uint8Array(HASH_BYTES));
    }

    /** What follows was written after another start of the machine. */
    boot(id: BootId): Uint8Array {
        const content = new Uint8Array(HASH_BYTES);
        content.set(id);
        return this.record(TYPE_BOOT, 0, content);
    }

    /** The partial file is there, still empty. */
    place(place: PartialPlace): Uint8Array {
        const content = new ByteWriter().bytes(place.nameTag).i64(BigInt.asIntN(64, place.inode));
        return this.record(TYPE_PLACE, 0, content.i64(place.bornNs).finish());
    }

    private record(type: number, value: number, content: Uint8Array): Uint8Array {
        const writer = new ByteWriter().u32(type).u32(value).bytes(content);
        this.chain = crc32(writer.finish(), this.chain);
        this.count += 1;
        return writer.u32(this.chain).finish();
    }
}

/**
 * Reads a checkpoint; undefined when its header is not whole. Reading stops at the first record that is cut off or
 * damaged, so the result never names a chunk that was not recorded. `boot` is the present one.
 * Format: docs/formats/checkpoint.md.
 */
export function decodeCheckpoint(bytes: Uint8Array, boot: BootId): ResumeMap | undefined {
    const header = decodeHeader(bytes);
    if (!header) {
        return undefined;
    }
    const hashes = new Map<number, Uint8Array>();
    const proven = new RangeSet();
    const chunksByRecord: Array<number | undefined> = [];
    const present = isKnownBoot(boot);
    let sameBoot = present && sameBytes(header.boot, boot);
    let { chain } = header;
    let place: PartialPlace | undefined;
    let at = CHECKPOINT_HEADER_BYTES;
    const chunkLimit = Math.ceil(header.identity.sizeBytes / header.identity.chunkBytes);
    for (; at + CHECKPOINT_RECORD_BYTES <= bytes.length; at += CHECKPOINT_RECORD_BYTES) {
        const record = bytes.subarray(at, at + CHECKPOINT_RECORD_BYTES - CRC_BYTES);
        const reader = new ByteReader(bytes.subarray(at, at + CHECKPOINT_RECORD_BYTES));
        const [type, value, content, crc] = [
            reader.u32(),
            reader.u32(),
            reader.bytes(HASH_BYTES),
            reader.u32()
        ];
        const next = crc32(record, chain);
        if (
            next !== crc ||
            type < TYPE_CHUNK ||
            type > TYPE_PLACE ||
            (type === TYPE_CHUNK && value >= chunkLimit)
        ) {
            break;
        }
        if (type === TYPE_CHUNK) {
            hashes.set(value, content);
            proven.delete(value, value + 1);
            if (sameBoot) {
                proven.add(value, value + 1);
            }
        } else if (type === TYPE_DURABLE) {
            chunksByRecord
                .slice(0, value)
                .forEach(chunk => chunk !== undefined && proven.add(chunk, chunk + 1));
        } else if (type === TYPE_PLACE) {
            place = decodePlace(content);
        } else {
            sameBoot = present && sameBytes(content.subarray(0, BOOT_ID_BYTES), boot);
        }
        chunksByRecord.push(type === TYPE_CHUNK ? value : undefined);
        chain = next;
    }
    return {
        identity: header.identity,
        hash: header.hash,
        place,
        hashes,
        proven,
        validBytes: at,
        recordCount: chunksByRecord.length,
        chain
    };
}

/** Whether a checkpoint of `a` may be used for a source that is now `b`. */
export function sameIdentity(a: SourceIdentity, b: SourceIdentity): boolean {
    return a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs && a.chunkBytes === b.chunkBytes;
}

function decodeHeader(
    bytes: Uint8Array
): (Pick<ResumeMap, 'identity' | 'hash' | 'chain'> & { readonly boot: BootId }) | undefined {
    if (bytes.length < CHECKPOINT_HEADER_BYTES) {
        return undefined;
    }
    const reader = new ByteReader(bytes.subarray(0, CHECKPOINT_HEADER_BYTES));
    const magic = reader.bytes(MAGIC.length);
    const kind = reader.u32();
    const hash = HASH_ALGORITHMS[Math.floor(kind / HASH_UNIT)];
    const identity = { sizeBytes: Number(reader.i64()), mtimeNs: reader.i64(), chunkBytes: reader.u32() };
    const boot = reader.bytes(BOOT_ID_BYTES);
    const chain = crc32(bytes.subarray(0, CHECKPOINT_HEADER_BYTES - CRC_BYTES));
    const valid = sameBytes(magic, MAGIC) && kind % HASH_UNIT === VERSION && reader.u32() === chain;
    const plausible =
        Number.isSafeInteger(identity.sizeBytes) && identity.sizeBytes >= 0 && identity.chunkBytes > 0;
    return valid && plausible && hash ? { identity, hash, boot, chain } : undefined;
}

function decodePlace(content: Uint8Array): PartialPlace {
    const reader = new ByteReader(content);
    const nameTag = reader.bytes(NAME_TAG_BYTES);
    return { nameTag, inode: BigInt.asUintN(64, reader.i64()), bornNs: reader.i64() };
}

function isKnownBoot(boot: BootId): boolean {
    return boot.some(byte => byte !== 0);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
