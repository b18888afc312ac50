import { FileCapabilities, RemoteEntry, RemoteFileSystem, RemoteListing, RemoteReader } from '@connect/api';
import { ConnectError, ErrorCode } from '@connect/base';
import type { SftpAttributes, SftpClient, SftpEntry } from '@connect/transport/lib/node/sftp-client';
import { parsePermissions, type SftpPermissions } from '@connect/transport/lib/node/sftp-permissions';
import { inParallel, readAll, readRange, writeAll } from './sftp-content';

/** How many links may follow one another before a path is given up, as on Linux. */
const MAX_LINKS = 40;

export interface SftpFileSystemOptions {
    /** Makes a fresh connection; called when there is none, never twice at once. */
    readonly connect: () => Promise<SftpClient>;
    /** Text that no other name in a folder contains: for files that are being written. */
    readonly uniqueText: () => string;
}

/**
 * {@link RemoteFileSystem} over SFTP version 3. One connection, made when it is first needed and again after it broke;
 * operations that only read are tried once more on the new one, the others are not.
 *
 * SFTP has few error codes, so a plain failure is looked into afterwards: what is there now names the reason.
 */
export class SftpFileSystem implements RemoteFileSystem {
    private connection: Promise<SftpClient> | undefined;
    private granted = toCapabilities(parsePermissions(undefined));
    private disposed = false;

    constructor(private readonly options: SftpFileSystemOptions) {}

    /** As the server told at the last login; everything before the first one. */
    get capabilities(): FileCapabilities {
        return this.granted;
    }

    /** Connects now, so that a wrong password or an unknown host shows at once. */
    async open(): Promise<void> {
        await this.client();
    }

    stat(path: string): Promise<RemoteEntry> {
        return this.reading(async client => toRemoteEntry(baseName(path), await client.stat(path)));
    }

    list(path: string, limit: number): Promise<RemoteListing> {
        return this.reading(async client => {
            try {
                const { entries, truncated } = await client.list(path, limit);
                return { entries: await this.resolveLinks(client, path, entries), truncated };
            } catch (error) {
                throw await this.explain(error, client, path, { file: 'files.not-a-directory' });
            }
        });
    }

    read(path: string, maxBytes: number): Promise<Uint8Array> {
        return this.reading(async client => {
            const attributes = await client.stat(path);
            if (attributes.kind === 'directory') {
                throw failure('files.is-a-directory', path, 'This is a folder.');
            }
            if (attributes.sizeBytes > maxBytes) {
                throw tooLarge(path, attributes.sizeBytes, maxBytes);
            }
            const file = await client.openFile(path, 'read');
            try {
                return await readAll(file, attributes.sizeBytes);
            } finally {
                await file.close();
            }
        });
    }

    openRead(path: string): Promise<RemoteReader> {
        return this.reading(async client => {
            const { kind, sizeBytes } = await client.stat(path);
            if (kind === 'directory') {
                throw failure('files.is-a-directory', path, 'This is a folder.');
            }
            const file = await client.openFile(path, 'read');
            return {
                sizeBytes,
                read: (position, length) => readRange(file, position, length),
                close: () => file.close()
            };
        });
    }

    async write(path: string, content: Uint8Array): Promise<void> {
        const client = await this.client();
        const target = await this.writeTarget(client, path);
        this.requireRightsToReplace(path, target.mode !== undefined);
        const temporary = joined(parentPath(target.path), `.connect-${this.options.uniqueText()}.tmp`);
        try {
            await writeAll(client, temporary, content, target.mode);
            await this.putInPlace(client, temporary, target.path, target.mode !== undefined);
        } catch (error) {
            await this.removeQuietly(client, temporary);
            throw relocated(error, path);
        }
    }

    async makeFolder(path: string): Promise<void> {
        const client = await this.client();
        try {
            await client.makeFolder(path);
        } catch (error) {
            throw await this.explain(error, client, path, {
                file: 'files.exists',
                directory: 'files.exists'
            });
        }
    }

    async rename(from: string, to: string): Promise<void> {
        const client = await this.client();
        await client.lstat(from);
        if (to.startsWith(`${from}/`)) {
            throw failure('files.failed', to, 'A folder cannot be moved into itself.');
        }
        if (await this.peek(client, to)) {
            throw failure('files.exists', to, 'There is something of that name already.');
        }
        try {
            await client.rename(from, to);
        } catch (error) {
            throw await this.explain(error, client, to, { file: 'files.exists', directory: 'files.exists' });
        }
    }

    async delete(path: string, options: { readonly recursive: boolean }): Promise<void> {
        if (parentPath(path) === path) {
            throw failure('files.permission-denied', path, 'The root itself cannot be deleted.');
        }
        const client = await this.client();
        const { kind } = await client.lstat(path);
        if (kind !== 'directory') {
            await client.removeFile(path);
        } else if (options.recursive) {
            await this.deleteTree(client, path);
        } else {
            await this.deleteEmptyFolder(client, path);
        }
    }

    dispose(): void {
        this.disposed = true;
        const closing = this.connection;
        this.connection = undefined;
        closing?.then(
            client => client.close(),
            () => undefined // there never was a connection to close
        );
    }

    private async client(): Promise<SftpClient> {
        if (this.disposed) {
            throw new ConnectError('transfer.connection-lost', 'The account was disconnected.');
        }
        const known = this.connection;
        if (known) {
            const client = await known;
            if (!client.isClosed) {
                return client;
            }
            if (this.connection === known) {
                this.connection = undefined;
            }
        }
        return this.connect();
    }

    private connect(): Promise<SftpClient> {
        if (!this.connection) {
            const connection = this.options.connect();
            this.connection = connection;
            connection.then(
                client => (this.granted = toCapabilities(client.permissions)),
                () => {
                    if (this.connection === connection) {
                        this.connection = undefined;
                    }
                }
            );
        }
        return this.connection;
    }

    /** Runs work without an effect; when the connection turns out to be dead, once more on a fresh one. */
    private async reading<T>(work: (client: SftpClient) => Promise<T>): Promise<T> {
        const client = await this.client();
        try {
            return await work(client);
        } catch (error) {
            if (this.disposed || !client.isClosed || !ConnectError.is(error, 'transfer.connection-lost')) {
                throw error;
            }
            return work(await this.client());
        }
    }

    /** Links appear as what they point to; those that point nowhere as themselves. */
    private async resolveLinks(
        client: SftpClient,
        folder: string,
        entries: readonly SftpEntry[]
    ): Promise<RemoteEntry[]> {
        return inParallel(entries, async ({ name, attributes }) => {
            const followed =
                attributes.kind === 'symlink'
                    ? await this.peek(client, joined(folder, name), 'follow')
                    : undefined;
            return toRemoteEntry(name, followed ?? attributes);
        });
    }

    /** The new content takes the place of the old by a rename: without the rights for it, its file would be left behind. */
    private requireRightsToReplace(path: string, exists: boolean): void {
        const { rename, delete: remove } = this.granted;
        if (!rename || (exists && !remove)) {
            const message =
                'Saving here takes the permissions “rename” and “delete”: upload under a new name instead.';
            throw failure('files.permission-denied', path, message);
        }
    }

    /** Where the bytes go: through links to the file itself. `mode` only when the file exists. */
    private async writeTarget(
        client: SftpClient,
        path: string,
        links = 0
    ): Promise<{ path: string; mode?: number }> {
        const there = await this.peek(client, path);
        if (!there) {
            return { path };
        }
        if (there.kind === 'symlink') {
            return this.linkTarget(client, path, links);
        }
        if (there.kind === 'directory') {
            throw failure('files.is-a-directory', path, 'This is a folder.');
        }
        return { path, mode: there.mode & 0o777 };
    }

    /** Step by step: servers differ in whether REALPATH follows links. */
    private async linkTarget(
        client: SftpClient,
        path: string,
        links: number
    ): Promise<{ path: string; mode?: number }> {
        if (links >= MAX_LINKS) {
            throw failure('files.failed', path, 'Symbolic links form a loop.');
        }
        const target = await client.readLink(path);
        const next = target.startsWith('/') ? target : joined(parentPath(path), target);
        return this.writeTarget(client, next, links + 1);
    }

    private async putInPlace(client: SftpClient, from: string, to: string, exists: boolean): Promise<void> {
        if (await client.replace(from, to)) {
            return;
        }
        if (!exists) {
            await client.rename(from, to);
            return;
        }
        // Without posix-rename the old file steps aside, so that a failure can put it back.
        const aside = `${from}.old`;
        await client.rename(to, aside);
        try {
            await client.rename(from, to);
        } catch (error) {
            await client.rename(aside, to);
            throw error;
        }
        await client.removeFile(aside);
    }

    private async deleteTree(client: SftpClient, path: string): Promise<void> {
        const { entries } = await client.list(path, Number.MAX_SAFE_INTEGER);
        // Kinds are those of the entries themselves: a link to a folder is removed, what it points to is not entered.
        await inParallel(entries, async ({ name, attributes }) => {
            if (attributes.kind !== 'directory') {
                await client.removeFile(joined(path, name));
            }
        });
        for (const { name, attributes } of entries) {
            if (attributes.kind === 'directory') {
                await this.deleteTree(client, joined(path, name));
            }
        }
        await client.removeFolder(path);
    }

    private async deleteEmptyFolder(client: SftpClient, path: string): Promise<void> {
        try {
            await client.removeFolder(path);
        } catch (error) {
            if (!ConnectError.is(error, 'files.failed')) {
                throw error;
            }
            const { entries } = await client.list(path, 1);
            throw entries.length > 0
                ? failure('files.not-empty', path, 'The folder is not empty.', error)
                : error;
        }
    }

    /** Names the reason of a plain failure by what is at `path` now. */
    private async explain(
        error: unknown,
        client: SftpClient,
        path: string,
        reasons: { readonly file: ErrorCode; readonly directory?: ErrorCode }
    ): Promise<unknown> {
        if (!ConnectError.is(error, 'files.failed')) {
            return error;
        }
        const there = await this.peek(client, path);
        if (there) {
            const code = there.kind === 'directory' ? reasons.directory : reasons.file;
            return code ? failure(code, path, error.message, error) : error;
        }
        const parent = await this.peek(client, parentPath(path));
        return parent ? error : failure('files.not-found', path, 'The folder does not exist.', error);
    }

    /** What is at `path`, or undefined when nothing is. */
    private async peek(
        client: SftpClient,
        path: string,
        links: 'keep' | 'follow' = 'keep'
    ): Promise<SftpAttributes | undefined> {
        try {
            return await (links === 'follow' ? client.stat(path) : client.lstat(path));
        } catch (error) {
            if (ConnectError.is(error) && error.code.startsWith('files.')) {
                return undefined;
            }
            throw error;
        }
    }

    /** For the remains of a failed write: its own error is the one to tell. */
    private async removeQuietly(client: SftpClient, path: string): Promise<void> {
        try {
            await client.removeFile(path);
        } catch (error) {
            if (!ConnectError.is(error)) {
                throw error;
            }
        }
    }
}

function toCapabilities(permissions: SftpPermissions): FileCapabilities {
    return {
        browse: permissions.browse,
        read: permissions.download,
        write: permissions.upload,
        makeFolder: permissions.mkdir,
        rename: permissions.rename,
        delete: permissions.delete
    };
}

function toRemoteEntry(name: string, attributes: SftpAttributes): RemoteEntry {
    return {
        name,
        type: attributes.kind,
        sizeBytes: attributes.sizeBytes,
        modifiedMs: attributes.modifiedMs,
        mode: attributes.mode
    };
}

function parentPath(path: string): string {
    return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function baseName(path: string): string {
    return path.slice(path.lastIndexOf('/') + 1);
}

function joined(folder: string, name: string): string {
    return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

function tooLarge(path: string, sizeBytes: number, maxBytes: number): ConnectError {
    return new ConnectError('files.too-large', `${baseName(path)} is too large to open.`, {
        path,
        sizeBytes,
        maxBytes
    });
}

function failure(code: ErrorCode, path: string, message: string, cause?: unknown): ConnectError {
    return new ConnectError(code, message, { path }, cause);
}

/** The same error, told of the file that was meant instead of the temporary one. */
function relocated(error: unknown, path: string): unknown {
    return ConnectError.is(error)
        ? new ConnectError(error.code, error.message, { ...error.data, path }, error)
        : error;
}
