import { constants, promises as fs } from 'fs';
import { FileHandle } from 'fs/promises';
import { release } from 'os';
import { getSystemErrorName } from 'util';
import { ConnectError, decodePathBytes, encodePathBytes } from '@connect/base';
import { EmptyFileFacts } from '../proto/empty-files-record';
import { LostFact, NOTHING_LOST, Ownership } from '../proto/kept-facts';
import { EmptyFiles } from './empty-files';
import { fileError, FileOperation, systemCode } from './file-errors';
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

/** Some entries of a folder. */
export interface FolderListing {
    readonly count: number;
    entry(i: number): ListedEntry;
    isEmptyFile(i: number): boolean;
    /** Those that are empty files, of the folder that is called so at the receiver; undefined when there are none. */
    emptyFiles(folder: string): EmptyFiles | undefined;
}

/** A file to be made. */
export interface BatchedFile {
    readonly name: string;
    readonly bytes: Uint8Array;
    /** Permission bits, less the umask. */
    readonly mode: number;
    readonly mtimeNs: bigint;
    /** Time of last access; now, when it is left out. */
    readonly atimeNs?: bigint;
}

export interface BatchedRename {
    readonly from: string;
    readonly to: string;
    /** What is at `from`, as it was written. */
    readonly own: Pick<FileStat, 'inode' | 'device'>;
}

/** A file to be made under one name, which gets another when its content is safe; others may own it by then. */
export interface PlacedFile extends BatchedFile, Ownership {
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
    /** Gives these files to those that are to own them; what could not be done of it, in the order of `which`. */
    own(which: readonly number[]): Promise<ReadonlyArray<readonly LostFact[]>>;
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
    next(): Promise<FolderListing>;
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
    /** Makes empty files under names that are free; `files.exists` for one that is not. Answers in their order. */
    makeEmpty(files: EmptyFileFacts): Promise<ReadonlyArray<ConnectError | undefined>>;
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

/** What the addon takes for the time at which it is called. */
const NOW = -(2n ** 63n);

/** By what the addon tells. */
const OWNERS_LOST: ReadonlyArray<readonly LostFact[]> = [
    NOTHING_LOST,
    ['owner'],
    ['group'],
    ['owner', 'group']
];

/** Before Linux 5.8 syncfs tells nothing of data that could not be written. */
const SYNC_TELLS = (([major, minor]) => major! > 5 || (major === 5 && minor! >= 8))(
    release().split('.').map(Number)
);

/**
 * Opens the folder at `entry` for batches; undefined where they are not to be had.
 * @param path for messages
 * @param isQuiet reading leaves times of last access as they are; files of others cannot be read so
 */
export async function openFolderBatch(
    entry: string | Buffer,
    path: string,
    isQuiet = false
): Promise<FolderBatch | undefined> {
    const native = nativeFiles();
    if (!native) {
        return undefined;
    }
    const handle = await openFolder(entry, isQuiet);
    try {
        const { dev } = await handle.stat({ bigint: true });
        return new NativeFolderBatch(native, handle, path, dev, isQuiet);
    } catch (error) {
        await handle.close();
        throw error;
    }
}

async function openFolder(entry: string | Buffer, isQuiet: boolean): Promise<FileHandle> {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY;
    try {
        return await fs.open(entry, isQuiet ? flags | constants.O_NOATIME : flags);
    } catch (error) {
        if (!isQuiet || systemCode(error) !== 'EPERM') {
            throw error;
        }
        return fs.open(entry, flags);
    }
}

class NativeFolderBatch implements FolderBatch {
    readonly canSync = SYNC_TELLS;

    constructor(
        private readonly native: NativeFiles,
        private readonly handle: FileHandle,
        private readonly path: string,
        readonly device: bigint,
        private readonly isQuiet: boolean
    ) {}

    async next(): Promise<FolderListing> {
        const [names, cells] = await this.mapped('read', () => this.native.readFolder(this.handle.fd));
        return new NativeListing(names, new StatRows(cells), (rows, i, name) =>
            this.statOf(rows, i, name, 'read')
        );
    }

    async makeEmpty({ names, mtimes, modes }: EmptyFileFacts): Promise<Array<ConnectError | undefined>> {
        const errnos = await this.mapped('write', () =>
            this.native.makeEmptyFiles(this.handle.fd, names, mtimes, modes)
        );
        if (errnos.every(errno => errno === 0)) {
            return new Array<undefined>(errnos.length).fill(undefined);
        }
        const texts = splitNames(names);
        return Array.from(errnos, (errno, i) => this.errorOf(errno, texts[i]!, 'write'));
    }

    async read(
        names: readonly string[],
        sizes: readonly number[],
        target: Uint8Array
    ): Promise<ReadonlyArray<FileStat | ConnectError>> {
        const wanted = new BigInt64Array(sizes.length);
        sizes.forEach((size, i) => (wanted[i] = BigInt(size)));
        const cells = await this.mapped('read', () =>
            this.native.readFiles(this.handle.fd, joinNames(names), wanted, target, this.isQuiet)
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
            own: which => this.own(which.map(i => ({ ...files[i]!, stat: rows.stat(i) }))),
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
            this.native.writeFiles(this.handle.fd, names, facts, contents, accessTimes(files))
        );
        return new StatRows(cells);
    }

    private async own(
        files: ReadonlyArray<Ownership & { readonly name: string; readonly stat: FileStat }>
    ): Promise<ReadonlyArray<readonly LostFact[]>> {
        const names = joinNames(files.map(({ name }) => name));
        const ids = identities(files.map(({ stat }) => stat));
        const owners = BigInt64Array.from(
            files.flatMap(({ uid = -1, gid = -1 }) => [BigInt(uid), BigInt(gid)])
        );
        const lost = await this.mapped('write', () =>
            this.native.ownFiles(this.handle.fd, names, ids, owners)
        );
        return Array.from(lost, sum => OWNERS_LOST[Number(sum)]!);
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

class NativeListing implements FolderListing {
    private texts: readonly string[] | undefined;

    constructor(
        private readonly names: Buffer,
        private readonly rows: StatRows,
        private readonly statOf: (rows: StatRows, i: number, name: string) => FileStat | ConnectError
    ) {}

    get count(): number {
        return this.rows.count;
    }

    entry(i: number): ListedEntry {
        this.texts ??= splitNames(this.names);
        const name = this.texts[i]!;
        const stat = this.statOf(this.rows, i, name);
        return stat instanceof ConnectError ? { name, error: stat } : { name, kind: stat.kind, stat };
    }

    isEmptyFile(i: number): boolean {
        return this.rows.isEmptyFile(i);
    }

    emptyFiles(folder: string): EmptyFiles | undefined {
        const which: number[] = [];
        for (let i = 0; i < this.count; i++) {
            if (this.isEmptyFile(i)) {
                which.push(i);
            }
        }
        if (which.length === 0) {
            return undefined;
        }
        const { mtimes, modes } = this.rows.timesAndModes(which);
        const names = which.length === this.count ? this.names : this.namesOf(which);
        return new EmptyFiles(folder, names, mtimes, modes);
    }

    private namesOf(which: readonly number[]): Uint8Array {
        this.texts ??= splitNames(this.names);
        return joinNames(which.map(i => this.texts![i]!));
    }
}

/** Undefined when none has one. */
function accessTimes(files: readonly BatchedFile[]): BigInt64Array | undefined {
    return files.some(file => file.atimeNs !== undefined)
        ? BigInt64Array.from(files, file => file.atimeNs ?? NOW)
        : undefined;
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

function splitNames(bytes: Uint8Array): string[] {
    const names = decodePathBytes(bytes).split('\0');
    names.pop();
    return names;
}
