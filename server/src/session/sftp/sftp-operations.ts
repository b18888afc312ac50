import { posix } from 'path';
import { ConnectError } from '@connect/base';
import { FileAccess, FileStat, FileStore } from '@connect/transport/lib/node/file-store';
import { UserPermissions } from '../../storage/user-store';
import { longName, toAttributes } from './long-name';
import { Attributes, NameEntry } from './sftp-codec';
import { MAX_DATA_BYTES, OpenFlag } from './sftp-protocol';
import { SftpHandles } from './sftp-handles';

/** Entries of one page of a listing; with names of 255 bytes they still fit a packet. */
const PAGE_ENTRIES = 128;

/** Clients may not set the set-id and sticky bits. */
const SETTABLE_MODE = 0o777;

/** What SFTP can ask for, on a store and within a user's permissions. Failures are ConnectErrors. */
export class SftpOperations {
    private readonly handles = new SftpHandles();

    constructor(
        private readonly store: FileStore,
        private readonly permissions: UserPermissions,
        private readonly now: () => number
    ) {}

    async open(path: string, flags: number, attributes: Attributes): Promise<Buffer> {
        const mayRead = (flags & OpenFlag.Read) !== 0;
        const mayWrite = (flags & (OpenFlag.Write | OpenFlag.Append)) !== 0;
        this.require('download', mayRead || !mayWrite, path);
        this.require('upload', mayWrite, path);
        this.handles.requireRoom();
        const file = await this.store.open(path, accessOf(flags, mayWrite), modeOf(attributes) ?? 0o666);
        try {
            if (mayWrite && flags & OpenFlag.Truncate) {
                await file.truncate(0);
            }
        } catch (error) {
            await file.close();
            throw error;
        }
        const isAppending = (flags & OpenFlag.Append) !== 0;
        return this.handles.add({
            kind: 'file',
            path,
            file,
            mayRead: mayRead || !mayWrite,
            mayWrite,
            isAppending
        });
    }

    /** Whether writes to this handle go to its end; false for what is not open, whose writes fail anyway. */
    isAppending(handle: Buffer): boolean {
        return this.handles.find(handle)?.isAppending ?? false;
    }

    close(handle: Buffer): Promise<void> {
        return this.handles.close(handle);
    }

    /** Undefined at the end of the file. */
    async read(handle: Buffer, offset: number, length: number): Promise<Buffer | undefined> {
        const { file, mayRead, path } = this.handles.file(handle);
        if (!mayRead) {
            throw denied(path);
        }
        const target = Buffer.allocUnsafe(Math.min(length, MAX_DATA_BYTES));
        const read = await file.read(target, offset);
        return read === 0 && target.length > 0 ? undefined : target.subarray(0, read);
    }

    async write(handle: Buffer, offset: number, bytes: Buffer): Promise<void> {
        const { file, mayWrite, isAppending, path } = this.handles.file(handle);
        if (!mayWrite) {
            throw denied(path);
        }
        await file.write(bytes, isAppending ? (await file.stat()).sizeBytes : offset);
    }

    async sync(handle: Buffer): Promise<void> {
        await this.handles.file(handle).file.sync(false);
    }

    /** What the user may still write where `path` is; 0 where the system does not tell. */
    async freeBytes(path: string): Promise<number> {
        this.requireLook(path);
        return (await this.store.freeBytes(path)) ?? 0;
    }

    async stat(path: string): Promise<Attributes> {
        this.requireLook(path);
        return toAttributes(await this.store.stat(path));
    }

    async lstat(path: string): Promise<Attributes> {
        this.requireLook(path);
        return toAttributes(await this.store.lstat(path));
    }

    async fstat(handle: Buffer): Promise<Attributes> {
        return toAttributes(await this.handles.file(handle).file.stat());
    }

    async setStat(path: string, attributes: Attributes): Promise<void> {
        this.require('upload', true, path);
        refuseOwner(attributes, path);
        if (attributes.sizeBytes !== undefined) {
            const file = await this.store.open(path, 'write');
            try {
                await file.truncate(attributes.sizeBytes);
            } finally {
                await file.close();
            }
        }
        const mode = modeOf(attributes);
        if (mode !== undefined) {
            await this.store.setMode(path, mode);
        }
        if (attributes.atimeSec !== undefined && attributes.mtimeSec !== undefined) {
            await this.store.setTimes(path, toNs(attributes.atimeSec), toNs(attributes.mtimeSec));
        }
    }

    async setHandleStat(handle: Buffer, attributes: Attributes): Promise<void> {
        const { file, mayWrite, path } = this.handles.file(handle);
        if (!mayWrite) {
            throw denied(path);
        }
        refuseOwner(attributes, path);
        if (attributes.sizeBytes !== undefined) {
            await file.truncate(attributes.sizeBytes);
        }
        const mode = modeOf(attributes);
        if (mode !== undefined) {
            await file.setMode(mode);
        }
        if (attributes.atimeSec !== undefined && attributes.mtimeSec !== undefined) {
            await file.setTimes(toNs(attributes.atimeSec), toNs(attributes.mtimeSec));
        }
    }

    async openFolder(path: string): Promise<Buffer> {
        this.require('browse', true, path);
        this.handles.requireRoom();
        const stat = await this.store.stat(path);
        if (stat.kind !== 'directory') {
            throw new ConnectError('files.not-a-directory', `${path}: not a folder`);
        }
        return this.handles.add({
            kind: 'folder',
            path,
            entries: this.store.list(path)[Symbol.asyncIterator]()
        });
    }

    /** The next page; undefined after the last one. */
    async readFolder(handle: Buffer): Promise<NameEntry[] | undefined> {
        const { path, entries } = this.handles.folder(handle);
        for (;;) {
            const names: string[] = [];
            while (names.length < PAGE_ENTRIES) {
                const next = await entries.next();
                if (next.done) {
                    break;
                }
                names.push(next.value.name);
            }
            if (names.length === 0) {
                return undefined;
            }
            const page = await Promise.all(names.map(name => this.entry(path, name)));
            const present = page.filter(entry => entry !== undefined);
            // All of a page may be gone by now: an empty page would end the listing for some clients.
            if (present.length > 0) {
                return present;
            }
        }
    }

    async makeFolder(path: string, attributes: Attributes): Promise<void> {
        this.require('mkdir', true, path);
        await this.store.makeDirectory(path, modeOf(attributes) ?? 0o777);
    }

    async removeFolder(path: string): Promise<void> {
        this.require('delete', true, path);
        await this.store.removeDirectory(path);
    }

    async removeFile(path: string): Promise<void> {
        this.require('delete', true, path);
        await this.store.removeFile(path);
    }

    /** Replaces what is at `to` only when told so, and only for a user who might delete it as well. */
    async rename(from: string, to: string, mayReplace: boolean): Promise<void> {
        this.require('rename', true, from);
        if (!mayReplace || !this.permissions.delete) {
            const existing = await this.store.lstat(to).catch(error => {
                if (!ConnectError.is(error, 'files.not-found')) {
                    throw error;
                }
                return undefined;
            });
            if (existing) {
                throw new ConnectError('files.exists', `${to}: already exists`);
            }
        }
        await this.store.rename(from, to);
    }

    async readLink(path: string): Promise<string> {
        this.requireLook(path);
        return this.store.readLink(path);
    }

    async makeLink(target: string, path: string): Promise<void> {
        this.require('upload', true, path);
        await this.store.makeLink(target, path);
    }

    /** The path without `.` and `..`. Above the root is the root, as in a root folder of a system. */
    realPath(path: string): string {
        return posix.resolve('/', path);
    }

    /** Closes all that is open; resolves to the failures. */
    dispose(): Promise<readonly ConnectError[]> {
        return this.handles.closeAll();
    }

    private async entry(folder: string, name: string): Promise<NameEntry | undefined> {
        let stat: FileStat;
        try {
            stat = await this.store.lstat(`${folder}/${name}`);
        } catch (error) {
            if (ConnectError.is(error, 'files.not-found')) {
                return undefined;
            }
            throw error;
        }
        return { name, longName: longName(name, stat, this.now()), attributes: toAttributes(stat) };
    }

    private require(permission: keyof UserPermissions, isNeeded: boolean, path: string): void {
        if (isNeeded && !this.permissions[permission]) {
            throw denied(path);
        }
    }

    /** Whoever may fetch files may also ask for the facts of one whose name is known. */
    private requireLook(path: string): void {
        this.require('browse', !this.permissions.download, path);
    }
}

function accessOf(flags: number, mayWrite: boolean): FileAccess {
    if (!mayWrite) {
        return 'read';
    }
    return flags & OpenFlag.Create ? (flags & OpenFlag.Exclusive ? 'create-new' : 'create') : 'write';
}

function modeOf(attributes: Attributes): number | undefined {
    return attributes.mode === undefined ? undefined : attributes.mode & SETTABLE_MODE;
}

function toNs(timeSec: number): bigint {
    return BigInt(timeSec) * 1_000_000_000n;
}

function refuseOwner(attributes: Attributes, path: string): void {
    if (attributes.uid !== undefined) {
        throw denied(path);
    }
}

function denied(path: string): ConnectError {
    return new ConnectError('files.permission-denied', `${path}: permission denied`);
}
