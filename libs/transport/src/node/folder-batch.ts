import { constants, promises as fs } from 'fs';
import { FileHandle } from 'fs/promises';
import { release } from 'os';
import { getSystemErrorName } from 'util';
import { ConnectError, decodePathBytes, encodePathBytes } from '@connect/base';
import { fileError, FileOperation } from './file-errors';
import { FileEntry, FileStat } from './file-store';
import { StatRows } from './listed-stat';
import { nativeFiles, NativeFiles } from './native-addon';

/** An entry of a folder and its facts; or why they cannot be had. */
export type ListedEntry =
    (FileEntry & { readonly stat: FileStat; readonly error?: undefined }) | ListedFailure;
export interface ListedFailure {
    readonly name: string;
    readonly stat?: undefined;
    readonly error: ConnectError;
}

/** A file to be made. */
export interface BatchedFile {
    readonly name: string;
    readonly bytes: Uint8Array;
    /** Permission bits, less the umask. */
    readonly mode: number;
    readonly mtimeNs: bigint;
}

export interface BatchedRename {
    readonly from: string;
    readonly to: string;
    /** What is at `from`, as it was written. */
    readonly own: Pick<FileStat, 'inode' | 'device'>;
}

/** A file to be made under one name, which gets another when its content is safe. */
export interface PlacedFile extends BatchedFile {
    readonly finalName: string;
}

/** What came of making files together. Files are meant by their place in the list that was given. */
export interface PlacedFiles {
    /** The file system they are on; undefined when none was made. */
    readonly device: bigint | undefined;
    /** Why a file was not made. */
    readonly errors: ReadonlyArray<ConnectError | undefined>;
    /** Facts of a file that was made. */
    stat(i: number): FileStat;
    /**
     * Makes the content of these files durable, one by one; `files.not-found` for one that is not the file that was
     * written any more. Answers in the order of `which`.
     */
    sync(which: readonly number[]): Promise<ReadonlyArray<ConnectError | undefined>>;
    /** Gives these files their final names, as {@link FolderBatch.rename} does; answers in the order of `which`. */
    name(which: readonly number[]): Promise<ReadonlyArray<ConnectError | undefined>>;
}

/**
 * Work on many entries of one open folder with one hop to another thread, where the system and the store offer it.
 * Names are single components; links are not followed. An error of one file is its own: the call goes on.
 * The folder stays the one that was opened, whatever becomes of its name.
 */
export interface FolderBatch {
    /** The file system it is on. */
    readonly device: bigint;
    /** Whether {@link syncFileSystem} can be relied on. */
    readonly canSync: boolean;
    /** The next entries, in no order; none at the end. */
    next(): Promise<ListedEntry[]>;
    /**
     * Reads regular files whole, as large as `sizes` says, to `target`, one behind the other; the facts are of the
     * moment after that. `target` is not to be touched meanwhile.
     */
    read(
        names: readonly string[],
        sizes: readonly number[],
        target: Uint8Array
    ): Promise<ReadonlyArray<FileStat | ConnectError>>;
    /** Makes files, whole or not at all, whose bytes nobody changes meanwhile; `files.exists` when there is something of that name. */
    write(files: readonly BatchedFile[]): Promise<ReadonlyArray<FileStat | ConnectError>>;
    /** As {@link write}, with facts of each only for whoever asks. */
    place(files: readonly PlacedFile[]): Promise<PlacedFiles>;
    /** Replaces what is called so; `files.not-found` when `from` is not the file that is meant any more. */
    rename(files: readonly BatchedRename[]): Promise<ReadonlyArray<ConnectError | undefined>>;
    /** The names in this folder have reached the disk. */
    syncFolder(): Promise<void>;
    /**
     * All that has been written to this file system, names included, has reached the disk; rejects when anything of it
     * could not be written since this folder was opened, whoever wrote it.
     */
    syncFileSystem(): Promise<void>;
    /** Not while a call is under way. */
    close(): Promise<void>;
}

/** Before Linux 5.8 syncfs tells nothing of data that could not be written. */
const SYNC_TELLS = (([major, minor]) => major! > 5 || (major === 5 && minor! >= 8))(
    release().split('.').map(Number)
);

/** Opens the folder at `entry` for batches; undefined where they are not to be had. `path` is for messages. */
export async function openFolderBatch(
    entry: string | Buffer,
    path: string
): Promise<FolderBatch | undefined> {
    const native = nativeFiles();
    if (!native) {
        return undefined;
    }
    const handle = await fs.open(entry, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
        const { dev } = await handle.stat({ bigint: true });
        return new NativeFolderBatch(native, handle, path, dev);
    } catch (error) {
        await handle.close();
        throw error;
    }
}

class NativeFolderBatch implements FolderBatch {
    readonly canSync = SYNC_TELLS;

    constructor(
        private readonly native: NativeFiles,
        private readonly handle: FileHandle,
        private readonly path: string,
        readonly device: bigint
    ) {}

    async next(): Promise<ListedEntry[]> {
        const [names, cells] = await this.mapped('read', () => this.native.readFolder(this.handle.fd));
        const rows = new StatRows(cells);
        return splitNames(names).map((name, i) => {
            const stat = this.statOf(rows, i, name, 'read');
            return stat instanceof ConnectError ? { name, error: stat } : { name, kind: stat.kind, stat };
        });
    }

    async read(
        names: readonly string[],
        sizes: readonly number[],
        target: Uint8Array
    ): Promise<ReadonlyArray<FileStat | ConnectError>> {
        const wanted = new BigInt64Array(sizes.length);
        sizes.forEach((size, i) => (wanted[i] = BigInt(size)));
        const cells = await this.mapped('read', () =>
            this.native.readFiles(this.handle.fd, joinNames(names), wanted, target)
        );
        const rows = new StatRows(cells);
        return names.map((name, i) => this.statOf(rows, i, name, 'read'));
    }

    async write(files: readonly BatchedFile[]): Promise<ReadonlyArray<FileStat | ConnectError>> {
        const rows = await this.make(files);
        return files.map(({ name }, i) => this.statOf(rows, i, name, 'write'));
    }

    async place(files: readonly PlacedFile[]): Promise<PlacedFiles> {
        const rows = await this.make(files);
        const errors = files.map(({ name }, i) => this.errorOf(rows.errno(i), name, 'write'));
        const first = errors.indexOf(undefined);
        return {
            device: first < 0 ? undefined : rows.stat(first).device,
            errors,
            stat: i => rows.stat(i),
            sync: async which => {
                const names = joinNames(which.map(i => files[i]!.name));
                const ids = identities(which.map(i => rows.stat(i)));
                const errnos = await this.mapped('write', () =>
                    this.native.syncFiles(this.handle.fd, names, ids)
                );
                return which.map((i, at) => this.errorOf(Number(errnos[at]), files[i]!.name, 'write'));
            },
            name: which => {
                const names = which.flatMap(i => [files[i]!.name, files[i]!.finalName]);
                return this.renameAll(names, identities(which.map(i => rows.stat(i))));
            }
        };
    }

    rename(files: readonly BatchedRename[]): Promise<ReadonlyArray<ConnectError | undefined>> {
        const names = files.flatMap(file => [file.from, file.to]);
        return this.renameAll(names, identities(files.map(({ own }) => own)));
    }

    async syncFolder(): Promise<void> {
        await this.mapped('write', () => this.handle.sync());
    }

    syncFileSystem(): Promise<void> {
        return this.mapped('write', () => this.native.syncFileSystem(this.handle.fd));
    }

    close(): Promise<void> {
        return this.handle.close();
    }

    /** Makes the files; a row of facts for each. */
    private async make(files: readonly BatchedFile[]): Promise<StatRows> {
        const names = joinNames(files.map(file => file.name));
        const facts = new BigInt64Array(files.length * 2);
        files.forEach((file, i) => {
            facts[i * 2] = BigInt(file.mode);
            facts[i * 2 + 1] = file.mtimeNs;
        });
        const contents = files.map(file => file.bytes);
        const cells = await this.mapped('write', () =>
            this.native.writeFiles(this.handle.fd, names, facts, contents)
        );
        return new StatRows(cells);
    }

    /** `names`: old and new one of each file. */
    private async renameAll(
        names: readonly string[],
        identities: BigInt64Array
    ): Promise<ReadonlyArray<ConnectError | undefined>> {
        const errors = await this.mapped('write', () =>
            this.native.renameFiles(this.handle.fd, joinNames(names), identities)
        );
        return Array.from(errors, (errno, i) => this.errorOf(Number(errno), names[i * 2 + 1]!, 'write'));
    }

    private statOf(
        rows: StatRows,
        i: number,
        name: string,
        operation: FileOperation
    ): FileStat | ConnectError {
        return this.errorOf(rows.errno(i), name, operation) ?? rows.stat(i);
    }

    private errorOf(errno: number, name: string, operation: FileOperation): ConnectError | undefined {
        if (errno === 0) {
            return undefined;
        }
        const code = getSystemErrorName(-errno);
        return fileError(Object.assign(new Error(code), { code }), `${this.path}/${name}`, operation);
    }

    private async mapped<T>(operation: FileOperation, work: () => Promise<T>): Promise<T> {
        try {
            return await work();
        } catch (error) {
            throw fileError(error, this.path, operation);
        }
    }
}

/** Inode and device of each. */
function identities(files: ReadonlyArray<Pick<FileStat, 'inode' | 'device'>>): BigInt64Array {
    const cells = new BigInt64Array(files.length * 2);
    files.forEach(({ inode, device }, i) => {
        cells[i * 2] = inode;
        cells[i * 2 + 1] = device;
    });
    return cells;
}

function joinNames(names: readonly string[]): Uint8Array {
    return encodePathBytes(names.length === 0 ? '' : `${names.join('\0')}\0`);
}

function splitNames(bytes: Buffer): string[] {
    const names = decodePathBytes(bytes).split('\0');
    names.pop();
    return names;
}
