import { RemoteEntry } from '@connect/api';

/**
 * One end of a run: this computer's disk or a sample server, so that sending and receiving are the same code.
 * Paths are absolute, with `/` between names. Methods reject with a ConnectError.
 */
export interface TransferStore {
    /** Undefined when nothing is there. Times in whole milliseconds. */
    find(path: string): Promise<RemoteEntry | undefined>;
    names(folder: string): Promise<string[]>;
    /** Makes the folder, and those above it, where they are missing. */
    ensureFolder(path: string): Promise<void>;
    /** At most `length` bytes; none at the end of the file. */
    readAt(path: string, offset: number, length: number): Promise<Uint8Array>;
    /** Makes the file when it is missing. */
    append(path: string, bytes: Uint8Array): Promise<void>;
    /** Gives the complete file its time and its name, over an older file if there is one. */
    publish(partial: string, path: string, modifiedMs: number): Promise<void>;
    delete(path: string, options: { readonly recursive: boolean }): Promise<void>;
}
