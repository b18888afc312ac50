import { constants, promises as fs } from 'fs';
import { FileHandle } from 'fs/promises';
import { ConnectError, decodePathBytes, fsPath } from '@connect/base';
import { DiskFile } from './disk-file';
import { fileError, FileOperation, pathError, systemCode } from './file-errors';
import { kindOf, toFileStat, utimesArgument } from './file-stat';
import { FileAccess, FileEntry, FileStat, FileStore, OpenFile } from './file-store';
import { FolderBatch, openFolderBatch } from './folder-batch';
import { chownLink } from './link-owner';
import { PathWalker, Place } from './path-walker';

// Windows has neither; there the check before the open has to do.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const NON_BLOCK = constants.O_NONBLOCK ?? 0;
// Linux only. Elsewhere the time could be put back, but not without cutting that of the last change.
const NO_ACCESS_TIME = constants.O_NOATIME ?? 0;

const ACCESS_FLAGS: Readonly<Record<FileAccess, number>> = {
    read: constants.O_RDONLY,
    write: constants.O_RDWR,
    create: constants.O_RDWR | constants.O_CREAT,
    'create-new': constants.O_RDWR | constants.O_CREAT | constants.O_EXCL
};

/** How often an operation starts over because a link was put in place of what it had just looked at. */
const MAX_SWAPS = 16;

/** Entries read from the system at once; bounds what a listing holds in memory. */
const LIST_BATCH = 256;

/**
 * The operations of a store on the local disk. What a path means, and that it stays inside a root, is decided by the
 * walker; this class never gives `node:fs` a path whose last component it would follow unless the walker allows it.
 */
export class DiskFileStore implements FileStore {
    /** @param isQuiet reading leaves times of last access alone, where it can */
    constructor(
        private readonly walker: PathWalker,
        private readonly isQuiet = false
    ) {}

    quietly(): FileStore {
        return new DiskFileStore(this.walker, true);
    }

    stat(path: string): Promise<FileStat> {
        return this.following(path, 'read', async place => {
            const stats = await (place.mayFollow ? fs.stat : fs.lstat)(place.path, { bigint: true });
            return stats.isSymbolicLink() ? undefined : toFileStat(stats);
        });
    }

    lstat(path: string): Promise<FileStat> {
        return this.at(path, 'read', async place => toFileStat(await fs.lstat(place.path, { bigint: true })));
    }

    async *list(path: string): AsyncIterable<FileEntry> {
        const pin = await this.following(path, 'read', place => this.walker.pin(place, true));
        try {
            // Dir takes 'buffer' as its encoding and then yields names as bytes; its types do not say so.
            const options = { encoding: 'buffer', bufferSize: LIST_BATCH } as unknown as {
                bufferSize: number;
            };
            for await (const entry of await fs.opendir(pin.path, options)) {
                yield { name: decodePathBytes(entry.name as unknown as Buffer), kind: kindOf(entry) };
            }
        } catch (error) {
            throw fileError(error, path, 'read');
        } finally {
            pin.release();
        }
    }

    open(path: string, access: FileAccess, mode = 0o666): Promise<OpenFile> {
        if (access === 'read') {
            return this.following(path, 'read', async place => {
                try {
                    return await this.openAt(place, path, access, mode);
                } catch (error) {
                    if (!place.mayFollow && isLinkRefusal(error)) {
                        return undefined;
                    }
                    throw error;
                }
            });
        }
        return this.at(path, 'write', async place => {
            try {
                return await this.openAt(place, path, access, mode);
            } catch (error) {
                if (isLinkRefusal(error) && (await fs.lstat(place.path)).isSymbolicLink()) {
                    throw pathError('files.exists', path);
                }
                throw error;
            }
        });
    }

    makeDirectory(path: string, mode = 0o777): Promise<void> {
        return this.at(path, 'write', async place => {
            if (place.isRoot) {
                throw pathError('files.exists', path);
            }
            await fs.mkdir(place.path, { mode });
        });
    }

    rename(from: string, to: string): Promise<void> {
        return this.changing(from, source =>
            this.changing(to, async target => {
                await Promise.all([source.verify(), target.verify()]);
                await fs.rename(source.path, target.path);
            })
        );
    }

    removeFile(path: string): Promise<void> {
        return this.changing(path, async place => {
            try {
                await fs.unlink(place.path);
            } catch (error) {
                // POSIX lets unlink answer EPERM for a folder, and macOS does.
                if (systemCode(error) === 'EPERM' && (await fs.lstat(place.path)).isDirectory()) {
                    throw pathError('files.is-a-directory', path);
                }
                throw error;
            }
        });
    }

    removeDirectory(path: string): Promise<void> {
        return this.changing(path, place => fs.rmdir(place.path));
    }

    readLink(path: string): Promise<string> {
        return this.at(path, 'read', async place => {
            try {
                return decodePathBytes(await fs.readlink(place.path, { encoding: 'buffer' }));
            } catch (error) {
                if (systemCode(error) === 'EINVAL') {
                    throw new ConnectError('files.failed', `${path}: not a symbolic link`, { path }, error);
                }
                throw error;
            }
        });
    }

    makeLink(target: string, path: string): Promise<void> {
        return this.changing(path, async place => {
            this.walker.checkLinkTarget(target, place, path);
            await fs.symlink(fsPath(target), place.path);
        });
    }

    setTimes(path: string, atimeNs: bigint, mtimeNs: bigint): Promise<void> {
        return this.pinned(path, entry => fs.utimes(entry, utimesArgument(atimeNs), utimesArgument(mtimeNs)));
    }

    setFolderOwner(path: string, uid: number, gid: number): Promise<void> {
        return this.at(path, 'write', async place => {
            const flags = constants.O_RDONLY | NO_FOLLOW | (constants.O_DIRECTORY ?? 0);
            const handle = await fs.open(place.path, flags);
            try {
                await place.verify();
                await handle.chown(uid, gid);
            } finally {
                await handle.close();
            }
        });
    }

    setLinkOwner(path: string, uid: number, gid: number): Promise<void> {
        return this.changing(path, place => chownLink(place.path, uid, gid));
    }

    setLinkTimes(path: string, atimeNs: bigint, mtimeNs: bigint): Promise<void> {
        return this.changing(path, place =>
            fs.lutimes(place.path, utimesArgument(atimeNs), utimesArgument(mtimeNs))
        );
    }

    setMode(path: string, mode: number): Promise<void> {
        return this.pinned(path, entry => fs.chmod(entry, mode & 0o7777));
    }

    syncDirectory(path: string): Promise<void> {
        return this.pinned(path, async entry => {
            try {
                const handle = await fs.open(entry, constants.O_RDONLY);
                try {
                    await handle.sync();
                } finally {
                    await handle.close();
                }
            } catch (error) {
                // Windows opens no folders, and some file systems sync none: there is nothing more to be had there.
                const code = systemCode(error);
                if (
                    code !== 'EINVAL' &&
                    code !== 'ENOTSUP' &&
                    !(process.platform === 'win32' && code === 'EPERM')
                ) {
                    throw error;
                }
            }
        });
    }

    async freeBytes(path: string): Promise<number | undefined> {
        return this.pinned(path, async entry => {
            const system = await fs.statfs(entry);
            return system.bavail * system.bsize;
        });
    }

    async batch(path: string): Promise<FolderBatch | undefined> {
        const pin = await this.following(path, 'read', place => this.walker.pin(place, true));
        try {
            return await openFolderBatch(pin.path, path, this.isQuiet);
        } catch (error) {
            throw fileError(error, path, 'read');
        } finally {
            pin.release();
        }
    }

    async dispose(): Promise<void> {
        this.walker.dispose();
    }

    private async openAt(place: Place, path: string, access: FileAccess, mode: number): Promise<OpenFile> {
        const follow = access === 'read' && place.mayFollow;
        if (!NO_FOLLOW && !follow) {
            await this.refuseLink(place, path);
        }
        // Without O_NONBLOCK, opening a pipe would wait for its other end.
        const flags = ACCESS_FLAGS[access] | NON_BLOCK | (follow ? 0 : NO_FOLLOW);
        const { handle, showsReading } = await this.openHandle(place, access, flags, mode);
        try {
            await place.verify();
            const stats = await handle.stat();
            if (!stats.isFile()) {
                throw pathError(stats.isDirectory() ? 'files.is-a-directory' : 'transfer.not-regular', path);
            }
        } catch (error) {
            await handle.close();
            throw error;
        }
        return new DiskFile(handle, path, showsReading);
    }

    private async openHandle(
        place: Place,
        access: FileAccess,
        flags: number,
        mode: number
    ): Promise<{ readonly handle: FileHandle; readonly showsReading: boolean }> {
        const isQuiet = this.isQuiet && access === 'read';
        try {
            if (isQuiet && NO_ACCESS_TIME) {
                const handle = await fs.open(place.path, flags | NO_ACCESS_TIME, mode);
                return { handle, showsReading: false };
            }
        } catch (error) {
            // Only the owner, and who may do anything, may read without a trace.
            if (systemCode(error) !== 'EPERM') {
                throw error;
            }
        }
        return { handle: await fs.open(place.path, flags, mode), showsReading: isQuiet };
    }

    private async refuseLink(place: Place, path: string): Promise<void> {
        const stats = await fs.lstat(place.path).catch(error => {
            if (systemCode(error) !== 'ENOENT') {
                throw error;
            }
            return undefined;
        });
        if (stats?.isSymbolicLink()) {
            throw pathError('files.exists', path);
        }
    }

    private async at<T>(
        path: string,
        operation: FileOperation,
        work: (place: Place) => Promise<T>
    ): Promise<T> {
        try {
            const place = await this.walker.find(path, false);
            try {
                return await work(place);
            } finally {
                place.release();
            }
        } catch (error) {
            throw fileError(error, path, operation);
        }
    }

    /** As `at`, for work that may change what a path means: the root is refused, the walker told. */
    private changing<T>(path: string, work: (place: Place) => Promise<T>): Promise<T> {
        return this.at(path, 'write', async place => {
            if (place.isRoot) {
                throw pathError('files.permission-denied', path);
            }
            try {
                await place.verify();
                return await work(place);
            } finally {
                this.walker.forget(path, place);
            }
        });
    }

    /** Follows final links. `work` answers undefined when it met a link all the same: then the search starts over. */
    private async following<T>(
        path: string,
        operation: FileOperation,
        work: (place: Place) => Promise<T | undefined>
    ): Promise<T> {
        try {
            for (let swaps = 0; swaps < MAX_SWAPS; swaps++) {
                const place = await this.walker.find(path, true);
                try {
                    const result = await work(place);
                    if (result !== undefined) {
                        return result;
                    }
                } finally {
                    place.release();
                }
            }
        } catch (error) {
            throw fileError(error, path, operation);
        }
        throw pathError('transfer.link-loop', path);
    }

    private async pinned<T>(path: string, work: (entry: string | Buffer) => Promise<T>): Promise<T> {
        const pin = await this.following(path, 'write', place => this.walker.pin(place, false));
        try {
            return await work(pin.path);
        } catch (error) {
            throw fileError(error, path, 'write');
        } finally {
            pin.release();
        }
    }
}

/** ELOOP on Linux and macOS, EMLINK on FreeBSD: a final link met O_NOFOLLOW. The EEXIST is our own check. */
function isLinkRefusal(error: unknown): boolean {
    const code = systemCode(error);
    return code === 'ELOOP' || code === 'EMLINK';
}
