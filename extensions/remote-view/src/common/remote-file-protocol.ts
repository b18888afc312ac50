import type { FileCapabilities, RemoteEntryType } from '@connect/api';

/** Path of the remote file service on the RPC connection between window and backend. */
export const REMOTE_FILE_SERVICE_PATH = '/services/connect/remote-files';

export const RemoteFileService = Symbol('RemoteFileService');

/** One entry of an account's file system, as windows see it. */
export interface RemoteFile {
    /** `connect:` URI, in the form of `remoteUri`: names that are not valid text survive in it. */
    readonly uri: string;
    readonly type: RemoteEntryType;
    readonly sizeBytes: number;
    /** Epoch ms; whole seconds where the protocol has no more. */
    readonly modifiedMs: number;
}

export interface RemoteFolder {
    readonly files: readonly RemoteFile[];
    /** The folder holds more than was asked for. */
    readonly truncated: boolean;
    /** Of the account, as of this listing. */
    readonly capabilities: FileCapabilities;
}

/** The version of a file that somebody has seen: a file that differs in either was changed by somebody else. */
export interface SeenVersion {
    readonly sizeBytes: number;
    readonly modifiedMs: number;
}

/**
 * The files of all accounts, by `connect:` URI. Calls reject with a ConnectError (see `rpc-errors`): those of
 * `RemoteFileSystem`; `security.credentials-required` and what else connecting to the account may meet; `not-supported`
 * for an account without files; `usage` for a malformed URI.
 *
 * Small things only: payload goes through transfers.
 */
export interface RemoteFileService {
    /** What the signed-in user may do on the account of `uri`; connects when it is not connected. */
    capabilities(uri: string): Promise<FileCapabilities>;
    stat(uri: string): Promise<RemoteFile>;
    /** At most `limit` entries. */
    list(uri: string, limit: number): Promise<RemoteFolder>;
    read(uri: string, maxBytes: number): Promise<Uint8Array>;
    /**
     * Replaces the content and returns what is there then. With `seen`, rejects with `files.changed` when the file is
     * another one by now; with `'nothing'`, with `files.exists` when there is one.
     */
    write(uri: string, content: Uint8Array, seen: SeenVersion | 'nothing' | undefined): Promise<RemoteFile>;
    makeFolder(uri: string): Promise<void>;
    /** Within one account. */
    rename(from: string, to: string): Promise<void>;
    delete(uri: string, recursive: boolean): Promise<void>;
    /** Ends the connection of the account; the next call makes a new one. */
    disconnect(accountId: string): Promise<void>;
}
