import { Range } from '@connect/base';
import type { FolderBatch } from './folder-batch';

/** What an entry is. `other` is a device, socket or pipe: never transferred. */
export type FileKind = 'file' | 'directory' | 'symlink' | 'other';

/** Facts about one entry. `mtimeNs` is exact where the file system is; `mtimeMs` is the same instant, fractional. */
export interface FileStat {
    readonly kind: FileKind;
    readonly sizeBytes: number;
    readonly mtimeMs: number;
    readonly mtimeNs: bigint;
    /** Permission bits and the set-id and sticky bits (mask 0o7777), without the file type. */
    readonly mode: number;
    readonly inode: bigint;
    readonly device: bigint;
    readonly uid: number;
    readonly gid: number;
    readonly atimeNs: bigint;
    /** When the entry was made, ns since 1970; 0 or left out where the file system does not know. */
    readonly bornNs?: bigint;
    /** What its content takes up on the disk, where that is known: less than its size when it has holes. */
    readonly allocatedBytes?: number;
}

/** One entry of a folder, as it was when the folder was read. */
export interface FileEntry {
    readonly name: string;
    readonly kind: FileKind;
}

/**
 * `read`: an existing file. `write`: an existing file, for reading and writing, its content kept.
 * `create`: as `write`, created when it is missing. `create-new`: as `create`, but `files.exists` when it is there.
 */
export type FileAccess = 'read' | 'write' | 'create' | 'create-new';

/**
 * An open file. All operations take positions, so any number of them may run at the same time.
 * Errors: `transfer.disk-read`, `transfer.disk-write`, `transfer.no-space`, `transfer.read-only`, else `files.*`.
 */
export interface OpenFile {
    /** Reads up to `target.length` bytes; resolves to the number read, smaller only at the end of the file. */
    read(target: Uint8Array, position: number): Promise<number>;
    /** Writes all of `bytes`. The caller keeps them unchanged until it resolves. */
    write(bytes: Uint8Array, position: number): Promise<void>;
    /** As {@link write}, of several parts that follow each other in the file. */
    writeParts(parts: readonly Uint8Array[], position: number): Promise<void>;
    truncate(sizeBytes: number): Promise<void>;
    /**
     * The first part of [from, end) that holds data, empty when all of it is a hole. Left out where the system does
     * not tell; where only the file system does not, everything is data.
     */
    findData?(from: number, end: number): Promise<Range>;
    stat(): Promise<FileStat>;
    /** Reading it changes its time of last access, though the store was not to do that. */
    readonly showsReading?: boolean;
    /** Gives it to others, -1: as it is; refused unless the process may do that. */
    setOwner(uid: number, gid: number): Promise<void>;
    /** Exact to the microsecond (cut, not rounded); to the millisecond before 1970. */
    setTimes(atimeNs: bigint, mtimeNs: bigint): Promise<void>;
    setMode(mode: number): Promise<void>;
    /** Makes what was written durable; `dataOnly` leaves out times and mode. */
    sync(dataOnly: boolean): Promise<void>;
    /** Closing twice is harmless. */
    close(): Promise<void>;
}

/**
 * All file access of scanner, sink and SFTP goes through this contract.
 *
 * Paths are absolute, separated by `/`, and lossless strings (`decodePathBytes` of base), so names that are not UTF-8
 * work. What `/` means is the store's affair: the machine's root, or a folder that nothing ever leaves.
 * Every failure is a `ConnectError`: `files.not-found`, `files.exists`, `files.not-empty`, `files.permission-denied`,
 * `files.not-a-directory`, `files.is-a-directory`, `transfer.no-space`, `transfer.read-only`,
 * `transfer.path-too-long`, `transfer.illegal-name`, `transfer.link-loop`, `transfer.not-regular`,
 * `transfer.outside-root`, `transfer.disk-read`, `transfer.disk-write`, else `files.failed`.
 */
export interface FileStore {
    /** Follows symbolic links. */
    stat(path: string): Promise<FileStat>;
    /** Looks at the entry itself, also when it is a symbolic link. */
    lstat(path: string): Promise<FileStat>;
    /** The entries of a folder without `.` and `..`, in no order. The folder is read while the caller iterates. */
    list(path: string): AsyncIterable<FileEntry>;
    /**
     * Opens a regular file; anything else is `transfer.not-regular` or `files.is-a-directory`, and a pipe never blocks.
     * For reading, a symbolic link is followed; for all other access a final link is refused with `files.exists`.
     * `mode` (default 0o666, less the umask) counts only when the file is created.
     */
    open(path: string, access: FileAccess, mode?: number): Promise<OpenFile>;
    /** One level; `files.exists` when anything is there. */
    makeDirectory(path: string, mode?: number): Promise<void>;
    /** Replaces a file atomically; never follows a final link on either side. */
    rename(from: string, to: string): Promise<void>;
    /** Removes a file or a symbolic link, not what it points to. */
    removeFile(path: string): Promise<void>;
    removeDirectory(path: string): Promise<void>;
    /** The target as it is written in the link. */
    readLink(path: string): Promise<string>;
    /** Makes a symbolic link at `path` with the text `target`; `files.exists` when anything is there. */
    makeLink(target: string, path: string): Promise<void>;
    /** Follows symbolic links, as {@link FileStore.stat} does. Precision as {@link OpenFile.setTimes}. */
    setTimes(path: string, atimeNs: bigint, mtimeNs: bigint): Promise<void>;
    /** As {@link OpenFile.setOwner}, of a folder, not through links. */
    setFolderOwner(path: string, uid: number, gid: number): Promise<void>;
    /** As {@link OpenFile.setOwner}, of a symbolic link itself. */
    setLinkOwner(path: string, uid: number, gid: number): Promise<void>;
    /** Of a symbolic link itself. Precision as {@link OpenFile.setTimes}. */
    setLinkTimes(path: string, atimeNs: bigint, mtimeNs: bigint): Promise<void>;
    /** Follows symbolic links, as {@link FileStore.stat} does. */
    setMode(path: string, mode: number): Promise<void>;
    /** Makes creations and renames in this folder durable, where the system can. */
    syncDirectory(path: string): Promise<void>;
    /** Bytes a user may still write there; undefined where the system does not say. */
    freeBytes(path: string): Promise<number | undefined>;
    /**
     * Opens a folder for work on many of its entries together. Left out, or resolves to undefined, where that is not to
     * be had; then everything is done with the other methods. A final link is followed.
     */
    batch?(path: string): Promise<FolderBatch | undefined>;
    /**
     * The same files, whose times of last access stay as they are when they are read, where the system permits that:
     * Linux, to their owner. It needs no end of its own.
     */
    quietly?(): FileStore;
    dispose(): Promise<void>;
}
