import { ConnectError, decodePathBytes, encodePathBytes } from '@connect/base';
import { AttributeFlag, Response, Status } from './sftp-protocol';

/** Attributes as they travel; what is undefined is not there. */
export interface Attributes {
    readonly sizeBytes?: number;
    readonly uid?: number;
    readonly gid?: number;
    /** Permission bits and, in answers, the file type. */
    readonly mode?: number;
    /** Whole seconds since the epoch. */
    readonly atimeSec?: number;
    readonly mtimeSec?: number;
}

/** Reads the fields of one packet in order. Every method throws `transfer.protocol` at the end of the packet. */
export class PacketReader {
    private at = 0;

    /** @param bytes the packet without its length; what the methods return are views into it */
    constructor(private readonly bytes: Buffer) {}

    byte(): number {
        return this.bytes[this.advance(1)]!;
    }

    uint32(): number {
        return this.bytes.readUInt32BE(this.advance(4));
    }

    /** An offset or size. Those that no file has (2⁵³ and more) are refused. */
    uint64(): number {
        const value = this.bytes.readBigUInt64BE(this.advance(8));
        if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
            throw malformed('a number is too large');
        }
        return Number(value);
    }

    string(): Buffer {
        const length = this.uint32();
        const start = this.advance(length);
        return this.bytes.subarray(start, start + length);
    }

    /** A name or path: bytes, losslessly as a string. */
    path(): string {
        return decodePathBytes(this.string());
    }

    attributes(): Attributes {
        const flags = this.uint32();
        const has = (flag: AttributeFlag): boolean => (flags & flag) !== 0;
        const sizeBytes = has(AttributeFlag.Size) ? this.uint64() : undefined;
        const [uid, gid] = has(AttributeFlag.Owner) ? [this.uint32(), this.uint32()] : [];
        const mode = has(AttributeFlag.Permissions) ? this.uint32() : undefined;
        const [atimeSec, mtimeSec] = has(AttributeFlag.Times) ? [this.uint32(), this.uint32()] : [];
        if (has(AttributeFlag.Extended)) {
            for (let left = this.uint32(); left > 0; left--) {
                this.string();
                this.string();
            }
        }
        return { sizeBytes, uid, gid, mode, atimeSec, mtimeSec };
    }

    private advance(length: number): number {
        const start = this.at;
        if (start + length > this.bytes.length) {
            throw malformed('the packet ends early');
        }
        this.at += length;
        return start;
    }
}

/** One entry of a NAME answer. */
export interface NameEntry {
    readonly name: string;
    /** What `ls -l` would print; people see it. */
    readonly longName: string;
    readonly attributes: Attributes;
}

export function versionPacket(version: number, extensions: Readonly<Record<string, string>>): Buffer {
    const pairs = Object.entries(extensions).flatMap(([name, data]) => [text(name), text(data)]);
    return packet(Response.Version, [uint32(version), ...pairs]);
}

export function statusPacket(id: number, status: Status, message: string): Buffer {
    return packet(Response.Status, [uint32(id), uint32(status), text(message), text('')]);
}

export function handlePacket(id: number, handle: Buffer): Buffer {
    return packet(Response.Handle, [uint32(id), uint32(handle.length), handle]);
}

export function dataPacket(id: number, data: Buffer): Buffer {
    return packet(Response.Data, [uint32(id), uint32(data.length), data]);
}

export function attributesPacket(id: number, attributes: Attributes): Buffer {
    return packet(Response.Attrs, [uint32(id), encodeAttributes(attributes)]);
}

export function namePacket(id: number, entries: readonly NameEntry[]): Buffer {
    const parts = entries.flatMap(entry => [
        text(entry.name),
        text(entry.longName),
        encodeAttributes(entry.attributes)
    ]);
    return packet(Response.Name, [uint32(id), uint32(entries.length), ...parts]);
}

/** Answer to `limits@openssh.com`: the longest packet, read and write, and how many handles. */
export function limitsPacket(id: number, limits: readonly [number, number, number, number]): Buffer {
    return packet(Response.ExtendedReply, [uint32(id), ...limits.map(uint64)]);
}

/** Unit of the counts below. */
const DISK_BLOCK_BYTES = 4096;
const MAX_NAME_BYTES = 255;
/** ST_NOSUID. */
const DISK_FLAGS = 2;

/**
 * Answer to `statvfs@openssh.com`: what may still be written. How large the disk is, and its files, are the host's own
 * affair: it is told as one that is empty and exactly that large.
 */
export function diskPacket(id: number, freeBytes: number): Buffer {
    const blocks = Math.floor(freeBytes / DISK_BLOCK_BYTES);
    const sizes = [DISK_BLOCK_BYTES, DISK_BLOCK_BYTES, blocks, blocks, blocks];
    const files = [0, 0, 0];
    const numbers = [...sizes, ...files, 0, DISK_FLAGS, MAX_NAME_BYTES];
    return packet(Response.ExtendedReply, [uint32(id), ...numbers.map(uint64)]);
}

function encodeAttributes(attributes: Attributes): Buffer {
    const { sizeBytes, uid, gid, mode, atimeSec, mtimeSec } = attributes;
    let flags = 0;
    const parts: Buffer[] = [];
    if (sizeBytes !== undefined) {
        flags |= AttributeFlag.Size;
        parts.push(uint64(sizeBytes));
    }
    if (uid !== undefined && gid !== undefined) {
        flags |= AttributeFlag.Owner;
        parts.push(uint32(uid), uint32(gid));
    }
    if (mode !== undefined) {
        flags |= AttributeFlag.Permissions;
        parts.push(uint32(mode));
    }
    if (atimeSec !== undefined && mtimeSec !== undefined) {
        flags |= AttributeFlag.Times;
        parts.push(uint32(atimeSec), uint32(mtimeSec));
    }
    return Buffer.concat([uint32(flags), ...parts]);
}

function packet(type: Response, parts: readonly Buffer[]): Buffer {
    const length = parts.reduce((sum, part) => sum + part.length, 1);
    return Buffer.concat([uint32(length), Buffer.from([type]), ...parts], length + 4);
}

function text(value: string): Buffer {
    const bytes = encodePathBytes(value);
    return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeUInt32BE(value);
    return bytes;
}

function uint64(value: number): Buffer {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigUInt64BE(BigInt(value));
    return bytes;
}

function malformed(what: string): ConnectError {
    return new ConnectError('transfer.protocol', `malformed SFTP packet: ${what}`);
}
