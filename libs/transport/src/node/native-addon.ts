import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { LONG_HEADER_BYTES } from '../proto/packet-header';

const FILE = 'connect_packet_io.node';

/** A ring holds whole slots of this size, at most {@link RING_SLOTS} of them. */
export const SLOT_BYTES = 65536;
export const RING_SLOTS = 64;
/** What one call of {@link NativeSocket.send} takes. */
export const MAX_NATIVE_BATCH = 4096;

/** A UDP socket in native code, with both ciphers. All methods check their arguments and throw; none of them blocks. */
export interface NativeSocket {
    connect(address: string, port: number): void;
    /** Where to send to while the socket is not connected; packets from elsewhere are told apart. */
    setPeer(address: string, port: number): void;
    /** `header`: a long header, of which the number does not count. `expected`: not used. Once. */
    setSealKey(key: Uint8Array, iv: Uint8Array, header: Uint8Array, expected: number): void;
    /** `expected`: the numbers of packets that arrive are near it; below 2⁴⁸. Once. */
    setOpenKey(key: Uint8Array, iv: Uint8Array, header: Uint8Array, expected: number): void;
    /**
     * Begins to receive, once. Opened packets lie in `ring`, and for each a row of `TABLE_COLUMNS` in `table`: offset and length of its
     * plaintext, its number, and -1 or, when it is not from the peer, what {@link senderOf} wants. They are valid
     * during `onPackets`, which hears how many there are.
     */
    start(
        ring: Uint8Array,
        table: Float64Array,
        onPackets: (count: number) => void,
        onWritable: () => void
    ): void;
    /**
     * Seals and sends `count` packets that lie in `slab` one behind the other, of `lengths` bytes, each with room for
     * header (a long one where `longs` is not 0) and tag. Returns false when some wait inside: `onWritable` follows.
     */
    send(
        slab: Uint8Array,
        lengths: Int32Array,
        numbers: Float64Array,
        longs: Uint8Array,
        count: number
    ): boolean;
    /**
     * Seals and sends one packet with a short header for each `blockBytes` of `payload`, before which stand `headBytes`
     * of `heads`, which has so many for each; the first has the number `first`. Returns as {@link send}. Absent from
     * addons of older sources.
     */
    sendRun?(
        heads: Uint8Array,
        headBytes: number,
        payload: Uint8Array,
        blockBytes: number,
        first: number
    ): boolean;
    senderOf(slot: number): [address: string, port: number];
    localPort(): number;
    /** Datagrams sent, opened and rejected, and errors of the socket. */
    counters(): [sent: number, opened: number, rejected: number, errors: number];
    /** Idempotent. */
    close(): void;
}

/** Moving packets' content in memory. */
export interface NativeTexts {
    /**
     * Copies the texts of rows [from, to) of a table as that of {@link NativeSocket.start}, each without its first
     * `skip` bytes, one behind the other to `at` of `target`.
     */
    gather(
        ring: Uint8Array,
        table: Float64Array,
        from: number,
        to: number,
        skip: number,
        target: Uint8Array,
        at: number
    ): void;
}

/** Memory that other threads may work on. */
export interface NativeMemory {
    /** Whole pages of arbitrary content, 1 byte to 64 MiB, that {@link sha256} takes. */
    allocate(bytes: number): Uint8Array<ArrayBuffer>;
    /** Hashes in another thread, in place: nobody changes `bytes`, a view of what {@link allocate} gave, meanwhile. */
    sha256(bytes: Uint8Array): Promise<Uint8Array>;
}

/**
 * Work on many files of the folder with the handle `folder`, on another thread; see `FolderBatch`. Names have a byte 0
 * behind each. `rows` have 11 cells per file: an errno (0: none), mode, size, mtime, atime and birth in ns, inode,
 * device, uid, gid, and bytes that take up space.
 */
export interface NativeFiles {
    readFolder(folder: number): Promise<[names: Buffer, rows: BigInt64Array]>;
    /**
     * The files fill `target` one behind the other; nobody else touches it meanwhile. `quietly`: their times of access
     * stay as they are; EPERM for those of others.
     */
    readFiles(
        folder: number,
        names: Uint8Array,
        sizes: BigInt64Array,
        target: Uint8Array,
        quietly?: boolean
    ): Promise<BigInt64Array>;
    /**
     * `facts`: mode and mtime in ns of each; `accessTimes`: atime of each, in ns, where the least number means now.
     * Nobody changes the contents meanwhile.
     */
    writeFiles(
        folder: number,
        names: Uint8Array,
        facts: BigInt64Array,
        contents: readonly Uint8Array[],
        accessTimes?: BigInt64Array
    ): Promise<BigInt64Array>;
    /** Files without content, under names that are free. One errno for each. */
    makeEmptyFiles(
        folder: number,
        names: Uint8Array,
        mtimes: BigInt64Array,
        modes: Uint16Array
    ): Promise<Int32Array>;
    /** Old and new name of each; `identities`: inode and device. One errno for each. */
    renameFiles(folder: number, names: Uint8Array, identities: BigInt64Array): Promise<BigInt64Array>;
    /** Makes the content of files durable, one after the other; `identities` as above. One errno for each. */
    syncFiles(folder: number, names: Uint8Array, identities: BigInt64Array): Promise<BigInt64Array>;
    /**
     * Gives files to others; `identities` as above, `owners`: uid and gid of each, -1 for none. What could not be done
     * of it: 1 for the owner, 2 for the group, or the sum.
     */
    ownFiles(
        folder: number,
        names: Uint8Array,
        identities: BigInt64Array,
        owners: BigInt64Array
    ): Promise<BigInt64Array>;
    /** All that was written to the file system of this handle is on the disk. */
    syncFileSystem(handle: number): Promise<void>;
    /** The first range of [from, end) that holds data; empty, at `end`, when there is none. */
    findData(file: number, from: number, end: number): Promise<[start: number, end: number]>;
}

/** What `libs/transport/native` exports. One that was built of older sources lacks some functions. */
export interface NativeAddon extends Partial<NativeFiles & NativeMemory & NativeTexts> {
    /** Bound to the address. @throws Error with a `code` of the system. */
    readonly PacketSocket: new (address: string, port: number, reuseAddress: boolean) => NativeSocket;
    /** Tells the packet format; absent in addons of before it was last changed. */
    readonly longHeaderBytes?: number;
    /** The kernel cuts trains of datagrams apart itself, and joins received ones. */
    readonly hasGso: boolean;
    readonly hasGro: boolean;
}

/** What `addon` can do with memory, if it can. */
export function nativeMemory(addon: NativeAddon | undefined): NativeMemory | undefined {
    return addon?.allocate && addon.sha256 ? (addon as NativeMemory) : undefined;
}

/** What `addon` can do with packets' content, if it can. */
export function nativeTexts(addon: NativeAddon): NativeTexts | undefined {
    return addon.gather ? (addon as NativeTexts) : undefined;
}

/** The addon, or why there is none. */
export type LoadedAddon =
    | { readonly addon: NativeAddon; readonly reason?: undefined }
    | { readonly addon?: undefined; readonly reason: string };

const loaded = new Map<string, LoadedAddon>();
let given: LoadedAddon | undefined;

/** From now on this process uses `addon`, whatever lies on the disk. */
export function useAddon(addon: NativeAddon): void {
    given = { addon };
}

/**
 * Loads the addon from where CONNECT_NATIVE says, else from the folder `native` beside this script, where bundled apps
 * have it, else from where it was built. A system for which none was built has none.
 */
export function loadNativeAddon(env: NodeJS.ProcessEnv): LoadedAddon {
    if (given) {
        return given;
    }
    const named = env['CONNECT_NATIVE'] || undefined;
    const candidates =
        named === undefined
            ? [join(__dirname, 'native', FILE), join(__dirname, '../../native/build/Release', FILE)]
            : [named];
    const path = candidates.find(candidate => existsSync(candidate));
    if (path === undefined) {
        return { reason: `it was not built (${candidates.join(', ')})` };
    }
    const known = loaded.get(path) ?? load(path);
    loaded.set(path, known);
    return known;
}

function load(path: string): LoadedAddon {
    try {
        // not require(): a bundler would want the file, which may not be there
        const addon = createRequire(__filename)(path) as NativeAddon;
        return addon.longHeaderBytes === LONG_HEADER_BYTES
            ? { addon }
            : { reason: `${path} was built of sources with another packet format` };
    } catch (error) {
        return { reason: `${path}: ${(error as Error).message}` };
    }
}

/** What the addon offers for files; undefined where it is missing: then everything is done file by file. */
export function nativeFiles(): NativeFiles | undefined {
    const { addon } = loadNativeAddon(process.env);
    // the function that came last: an addon of older sources would lack it
    return addon?.ownFiles && addon.makeEmptyFiles ? (addon as NativeFiles) : undefined;
}
