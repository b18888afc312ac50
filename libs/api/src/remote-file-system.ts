/** What a remote file system can do for the signed-in user. The UI asks here and never guesses. */
export interface FileCapabilities {
    readonly browse: boolean;
    readonly read: boolean;
    readonly write: boolean;
    readonly makeFolder: boolean;
    readonly rename: boolean;
    readonly delete: boolean;
}

export type RemoteEntryType = 'file' | 'directory' | 'symlink' | 'other';

/** One entry of a remote folder. */
export interface RemoteEntry {
    /** Base name, unnormalised, lossless (see `decodePathBytes`). */
    readonly name: string;
    /** Of the target when `symlink` is followed by the server; else of the entry itself. */
    readonly type: RemoteEntryType;
    readonly sizeBytes: number;
    /** Milliseconds since the epoch; whole seconds where the protocol has no more. */
    readonly modifiedMs: number;
    /** Permission bits, where the server tells them. */
    readonly mode?: number;
}

/** A page of a listing: `truncated` says that the folder holds more than was asked for. */
export interface RemoteListing {
    readonly entries: readonly RemoteEntry[];
    readonly truncated: boolean;
}

/** An open file on a server; numbers are bytes. */
export interface RemoteReader {
    readonly sizeBytes: number;
    /** Exactly `length` bytes from `position` on, fewer only at the end of the file. */
    read(position: number, length: number): Promise<Uint8Array>;
    close(): Promise<void>;
}

/**
 * A file system on a server, as browsing needs it. Not a way to move payload: transfers go through an engine.
 *
 * Paths are absolute, `/`-separated and relative to the root that the server grants; `/` is that root.
 * Every method rejects with a ConnectError: `files.not-found`, `files.exists`, `files.not-empty`,
 * `files.permission-denied`, `files.not-a-directory`, `files.is-a-directory`, `files.too-large`, `files.failed`,
 * or a `transfer.*` code when the connection itself failed. Implementations reconnect by themselves and do not retry
 * an operation that may have had an effect.
 */
export interface RemoteFileSystem {
    readonly capabilities: FileCapabilities;
    stat(path: string): Promise<RemoteEntry>;
    /** Entries of a folder in the server's order, at most `limit` (≥ 1) of them. */
    list(path: string, limit: number): Promise<RemoteListing>;
    /** The whole content; rejects with `files.too-large` beyond `maxBytes`. */
    read(path: string, maxBytes: number): Promise<Uint8Array>;
    /** For files of any size, to be read piece by piece; absent where the product cannot. Who opens it closes it. */
    openRead?(path: string): Promise<RemoteReader>;
    /** Replaces the content atomically: a failure leaves the old file as it was. */
    write(path: string, content: Uint8Array): Promise<void>;
    makeFolder(path: string): Promise<void>;
    /** Never overwrites: rejects with `files.exists`. */
    rename(from: string, to: string): Promise<void>;
    /** A folder that is not empty needs `recursive`; a symbolic link is removed, never followed. */
    delete(path: string, options: { readonly recursive: boolean }): Promise<void>;
    dispose(): void;
}
