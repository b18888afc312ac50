import { createHash, hash, randomBytes } from 'crypto';
import { ConnectError, fsPath } from '@connect/base';
import { LostFact, NOTHING_LOST } from '../proto/kept-facts';
import {
    FIRST_VARIANT,
    firstSmallName,
    NAME_TAG_DIGITS,
    PartialSuffixes,
    SmallNames,
    smallNames,
    SOURCE_TAG_DIGITS,
    VARIANT_DIGITS
} from '../proto/partial-names';
import { joinPath } from '../proto/placement';
import { accessTimeOf, FileAttributes, FsyncPolicy } from './file-sink';
import { FileStat, FileStore, OpenFile } from './file-store';
import { giveTo, hasOwnership, keepsMore } from './kept-ownership';
import {
    expectRenamed,
    fileMode,
    isSameFile,
    lstatIfThere,
    removeIfThere,
    renameError,
    renamePartial
} from './partial-files';
import { SmallFileBatches } from './small-file-batches';
import { SyncRounds } from './sync-rounds';

/** What of a source its partial file's name tells. */
export interface SmallSource extends FileAttributes {
    readonly sizeBytes: number;
}

/** A whole partial file that an earlier run left. */
export interface LeftPartial {
    readonly name: string;
    readonly stat: FileStat;
}

/** {@link smallNames} with the tags that belong to a name and to a version of its source. */
export function smallNamesFor(name: string, source: SmallSource, suffixes: PartialSuffixes): SmallNames {
    return smallNames(name, nameTagOf(name), sourceTagOf(source), suffixes);
}

/** {@link firstSmallName} with the same tags. */
export function firstSmallNameFor(name: string, source: SmallSource, suffixes: PartialSuffixes): string {
    return firstSmallName(name, nameTagOf(name), sourceTagOf(source), suffixes);
}

function nameTagOf(name: string): string {
    return hexDigits(fsPath(name), NAME_TAG_DIGITS);
}

function sourceTagOf({ sizeBytes, mtimeNs, mode }: SmallSource): string {
    return hexDigits(`${sizeBytes} ${mtimeNs} ${fileMode(mode)}`, SOURCE_TAG_DIGITS);
}

/** What all small files of a run share. */
export interface SmallFileTools {
    readonly store: FileStore;
    readonly fsync: FsyncPolicy;
    readonly batches: SmallFileBatches;
    readonly rounds: SyncRounds;
    /** Files without content may be made under the names they keep. */
    readonly mayMakeEmpty: boolean;
}

/**
 * The unfinished form of a file of one chunk. Its bytes are written in one go as soon as they are proved, so that a
 * partial file of full size is a whole one; the flush to the disk and the final name may come later.
 */
export class SmallFile {
    private partial: LeftPartial | undefined;
    private written: bigint | undefined;

    /** @param left what an earlier run wrote, proved to be right by the time {@link finish} is called without `write` */
    constructor(
        private readonly tools: SmallFileTools,
        private readonly folder: string,
        private readonly names: SmallNames,
        private readonly source: SmallSource,
        private readonly left: LeftPartial | undefined
    ) {}

    /** The partial file has been written in another way, whole. */
    adopt(partial: LeftPartial): void {
        this.partial = partial;
        this.written = partial.stat.device;
    }

    /** The file system it was written to. */
    get device(): bigint | undefined {
        return this.written;
    }

    /** Writes the content, whose hash is right, and its time. Nothing is left behind when it fails. */
    async write(bytes: Uint8Array): Promise<void> {
        const name = this.names.variant(FIRST_VARIANT);
        const { mtimeNs, atimeNs } = this.source;
        const mode = fileMode(this.source.mode);
        const stat = await this.tools.batches.make(this.folder, { name, bytes, mode, mtimeNs, atimeNs });
        if (stat) {
            this.partial = { name, stat };
            this.written = stat.device;
        } else {
            await this.tools.batches.alone.run(() => this.writeAlone(bytes));
        }
    }

    /** A file without content is made under its name, unless it is to get more than the time of its source. */
    private get isDirect(): boolean {
        return this.tools.mayMakeEmpty && !keepsMore(this.source);
    }

    /** Makes an empty file under its name; false when that is taken. */
    private async makeEmpty(name: string): Promise<boolean> {
        const { mtimeNs } = this.source;
        const mode = fileMode(this.source.mode);
        const device = await this.tools.batches.makeEmpty(this.folder, { name, mode, mtimeNs });
        this.written = device;
        return device !== undefined || this.tools.batches.alone.run(() => this.makeEmptyAlone(name));
    }

    private async makeEmptyAlone(name: string): Promise<boolean> {
        const path = joinPath(this.folder, name);
        let file: OpenFile;
        try {
            file = await this.tools.store.open(path, 'create-new', fileMode(this.source.mode));
        } catch (error) {
            if (ConnectError.is(error, 'files.exists')) {
                return false;
            }
            throw error;
        }
        try {
            const own = await file.stat();
            this.written = own.device;
            await file.setTimes(accessTimeOf(this.source), this.source.mtimeNs).catch(async error => {
                await this.removeOwn(path, own);
                throw error;
            });
        } finally {
            await file.close();
        }
        return true;
    }

    /** Unless the name means another one, or somebody has written to it. */
    private async removeOwn(path: string, own: FileStat): Promise<void> {
        const found = await lstatIfThere(this.tools.store, path);
        if (found && isSameFile(found, own) && found.sizeBytes === 0) {
            await removeIfThere(this.tools.store, path);
        }
    }

    private async writeAlone(bytes: Uint8Array): Promise<void> {
        const { file, name } = await this.create();
        try {
            try {
                if (bytes.length > 0) {
                    await file.write(bytes, 0);
                }
                await file.setTimes(accessTimeOf(this.source), this.source.mtimeNs);
                this.partial = { name, stat: await file.stat() };
            } finally {
                await file.close();
            }
        } catch (error) {
            this.partial = undefined;
            await removeIfThere(this.tools.store, joinPath(this.folder, name));
            throw error;
        }
    }

    /**
     * Makes the content durable, as the policy says, and gives it its name; answers what could not be kept of its
     * source. An empty file needs no {@link write}.
     * @param isFree whether nobody is expected to have the name: then an empty file does not replace what has it, and
     * `files.exists` is thrown
     */
    async finish(name: string, isFree = false): Promise<readonly LostFact[]> {
        if (!this.partial && !this.left) {
            if (this.isDirect && (await this.makeEmpty(name))) {
                return NOTHING_LOST;
            }
            if (isFree && this.isDirect) {
                throw new ConnectError('files.exists', `${joinPath(this.folder, name)} is there already`);
            }
            await this.write(new Uint8Array(0));
        }
        const isLeft = this.partial === undefined;
        const partial = (this.partial ?? this.left)!;
        const from = joinPath(this.folder, partial.name);
        const to = joinPath(this.folder, name);
        let lost = NOTHING_LOST;
        try {
            if (isLeft) {
                await this.tools.batches.alone.run(() => this.complete(from, partial.stat, this.source));
            } else if (this.tools.fsync === 'auto') {
                await this.tools.rounds.reach(this.written, () => this.complete(from, partial.stat));
            }
            if (hasOwnership(this.source)) {
                lost = await this.tools.batches.alone.run(() => this.give(from, partial.stat));
            }
            await this.rename(partial, from, to, name);
        } catch (error) {
            if (!isMissing(error)) {
                throw error;
            }
            await expectRenamed(this.tools.store, from, to, partial.stat);
        }
        this.partial = undefined;
        return lost;
    }

    private give(path: string, own: FileStat): Promise<readonly LostFact[]> {
        return withPartial(this.tools.store, path, own, file =>
            giveTo(this.source, (uid, gid) => file.setOwner(uid, gid))
        );
    }

    /** Leaves a written partial file for the next run, or removes it. */
    async abandon(keep: boolean): Promise<void> {
        const { partial } = this;
        this.partial = undefined;
        if (partial && !keep) {
            await removeIfThere(this.tools.store, joinPath(this.folder, partial.name));
        }
    }

    private async rename(partial: LeftPartial, from: string, to: string, name: string): Promise<void> {
        const file = { from: partial.name, to: name, own: partial.stat };
        const isDone = await this.tools.batches
            .name(this.folder, file)
            .catch(error => Promise.reject(renameError(error)));
        if (!isDone) {
            await this.tools.batches.alone.run(() => renamePartial(this.tools.store, from, to));
        }
    }

    private complete(path: string, own: FileStat, source?: FileAttributes): Promise<void> {
        return completePartial(this.tools.store, path, own, this.tools.fsync, source);
    }

    /**
     * A new file. When something is there it may be the left-over of a run that was killed, or belong to a run that is
     * alive: then another variant of the name is taken, so that nobody ever writes to what another writes.
     */
    private async create(): Promise<{ readonly file: OpenFile; readonly name: string }> {
        const mode = fileMode(this.source.mode);
        const first = this.names.variant(FIRST_VARIANT);
        try {
            return {
                file: await this.tools.store.open(joinPath(this.folder, first), 'create-new', mode),
                name: first
            };
        } catch (error) {
            if (!ConnectError.is(error, 'files.exists')) {
                throw error;
            }
        }
        const other = this.names.variant(randomBytes(VARIANT_DIGITS / 2).toString('hex'));
        return {
            file: await this.tools.store.open(joinPath(this.folder, other), 'create-new', mode),
            name: other
        };
    }
}

/**
 * Makes a partial file that is called so durable by itself, as the policy says; `source` for one that has not got its
 * times yet. @throws ConnectError `transfer.rename-failed` when it is not the file that was written.
 */
export async function completePartial(
    store: FileStore,
    path: string,
    own: FileStat,
    fsync: FsyncPolicy,
    source?: FileAttributes
): Promise<void> {
    await withPartial(store, path, own, async file => {
        if (source) {
            await file.setTimes(accessTimeOf(source), source.mtimeNs);
        }
        if (fsync === 'auto') {
            await file.sync(true);
        }
    });
}

async function withPartial<T>(
    store: FileStore,
    path: string,
    own: FileStat,
    work: (file: OpenFile) => Promise<T>
): Promise<T> {
    const file = await store.open(path, 'write');
    try {
        if (!isSameFile(await file.stat(), own)) {
            const message = `${path} was replaced by somebody else while it was written`;
            throw new ConnectError('transfer.rename-failed', message);
        }
        return await work(file);
    } finally {
        await file.close();
    }
}

/** Of the SHA-256. A string is hashed without a buffer of its own: this is done for every file. */
function hexDigits(content: string | Uint8Array, digits: number): string {
    // hash() is there since Node 20.12.
    const digest = hash ? hash('sha256', content, 'hex') : createHash('sha256').update(content).digest('hex');
    return digest.slice(0, digits);
}

function isMissing(error: unknown): boolean {
    const known = ConnectError.from(error);
    return known.code === 'files.not-found' || ConnectError.is(known.cause, 'files.not-found');
}
