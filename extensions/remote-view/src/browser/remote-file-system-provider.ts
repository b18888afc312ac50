import type { FileCapabilities } from '@connect/api';
import { ConnectError, formatSize } from '@connect/base';
import { parseRemoteUri, REMOTE_SCHEME } from '@connect/security/lib/common/remote-uri';
import { Disposable, Emitter, Event, URI } from '@theia/core/lib/common';
import { inject, injectable } from '@theia/core/shared/inversify';
import { FileService, FileServiceContribution } from '@theia/filesystem/lib/browser/file-service';
import {
    FileChange,
    FileChangeType,
    FileDeleteOptions,
    FileOverwriteOptions,
    FilePermission,
    FileSystemProvider,
    FileSystemProviderCapabilities,
    FileSystemProviderWithFileReadWriteCapability,
    FileType,
    FileWriteOptions,
    Stat
} from '@theia/filesystem/lib/common/files';
import { shownName } from '../common/names';
import { RemoteFile, RemoteFileService, RemoteFolder } from '../common/remote-file-protocol';
import { RemoteViewPreferences } from '../common/remote-view-preferences';
import { toFileServiceError } from './remote-file-errors';
import { SeenVersions } from './seen-versions';

/** Beyond this the editor is no place for a remote file: its whole content crosses the window's connection. */
export const MAX_EDIT_BYTES = 10_000_000;

const TYPES: Readonly<Record<RemoteFile['type'], FileType>> = {
    file: FileType.File,
    directory: FileType.Directory,
    symlink: FileType.SymbolicLink,
    other: FileType.Unknown
};

/** The files of all accounts as a file system of Theia: for editors, dialogs and everything else that takes URIs. */
@injectable()
export class RemoteFileSystemProvider
    implements FileSystemProvider, FileSystemProviderWithFileReadWriteCapability
{
    @inject(RemoteFileService) protected readonly service: RemoteFileService;
    @inject(RemoteViewPreferences) protected readonly preferences: RemoteViewPreferences;

    readonly capabilities =
        FileSystemProviderCapabilities.FileReadWrite | FileSystemProviderCapabilities.PathCaseSensitive;
    readonly onDidChangeCapabilities: Event<void> = Event.None;
    readonly onFileWatchError: Event<void> = Event.None;

    private readonly changeEmitter = new Emitter<readonly FileChange[]>();
    /** Changes made through this window; servers do not tell of those of others. */
    readonly onDidChangeFile: Event<readonly FileChange[]> = this.changeEmitter.event;

    private readonly rights = new Map<string, FileCapabilities>();
    private readonly seen = new SeenVersions();

    /** Rights on the account of `uri`, as far as the server has told them. */
    rightsAt(uri: URI): FileCapabilities | undefined {
        return this.rights.get(uri.authority);
    }

    /** As {@link rightsAt}, as of now; signs in for it. Rejects with a ConnectError. */
    async askRights(uri: URI): Promise<FileCapabilities> {
        const rights = await this.service.capabilities(uri.toString());
        this.rights.set(uri.authority, rights);
        return rights;
    }

    /** A folder's entries with all that is known of them. Rejects with a ConnectError. */
    async listFolder(uri: URI): Promise<RemoteFolder> {
        const limit = this.preferences['connect.general.remoteViewMaxItems'];
        const folder = await this.service.list(uri.toString(), limit);
        this.rights.set(uri.authority, folder.capabilities);
        return folder;
    }

    /** These files or folders have come, or have changed, by other means than this provider. */
    fireAdded(resources: readonly URI[]): void {
        this.changeEmitter.fire(resources.map(resource => ({ resource, type: FileChangeType.ADDED })));
    }

    /** As {@link fireAdded}, for what is gone. */
    fireDeleted(resource: URI): void {
        this.seen.forget(resource.toString());
        this.changeEmitter.fire([{ resource, type: FileChangeType.DELETED }]);
    }

    toStat(file: RemoteFile, rights?: FileCapabilities): Stat {
        return {
            type: TYPES[file.type],
            ctime: file.modifiedMs,
            mtime: file.modifiedMs,
            size: file.sizeBytes,
            permissions: rights?.write === false ? FilePermission.Readonly : undefined
        };
    }

    watch(): Disposable {
        return Disposable.NULL;
    }

    async stat(resource: URI): Promise<Stat> {
        const uri = resource.toString();
        const file = await this.call(() => this.service.stat(uri));
        this.seen.onStat(uri, file);
        return this.toStat(file, this.rightsAt(resource));
    }

    async readdir(resource: URI): Promise<[string, FileType][]> {
        const { files } = await this.call(() => this.listFolder(resource));
        return files.map(file => [new URI(file.uri).path.base, TYPES[file.type]]);
    }

    async readFile(resource: URI): Promise<Uint8Array> {
        const uri = resource.toString();
        // The version is taken before the content: a change in between is then noticed when saving, never missed.
        const version = await this.call(() => this.service.stat(uri));
        if (version.sizeBytes > MAX_EDIT_BYTES) {
            throw toFileServiceError(tooLarge(uri, version.sizeBytes));
        }
        const content = await this.call(() => this.service.read(uri, MAX_EDIT_BYTES));
        this.seen.onContent(uri, version);
        return content;
    }

    async writeFile(resource: URI, content: Uint8Array, options: FileWriteOptions): Promise<void> {
        const uri = resource.toString();
        const expected = options.overwrite ? this.seen.expected(uri) : 'nothing';
        if (!options.create) {
            await this.stat(resource);
        }
        try {
            this.seen.onContent(uri, await this.service.write(uri, content, expected));
        } catch (error) {
            throw this.onWriteFailed(uri, ConnectError.from(error));
        }
        this.changeEmitter.fire([{ resource, type: FileChangeType.UPDATED }]);
    }

    async mkdir(resource: URI): Promise<void> {
        await this.call(() => this.service.makeFolder(resource.toString()));
        this.changeEmitter.fire([{ resource, type: FileChangeType.ADDED }]);
    }

    async delete(resource: URI, options: FileDeleteOptions): Promise<void> {
        await this.call(() => this.service.delete(resource.toString(), options.recursive));
        this.seen.forget(resource.toString());
        this.changeEmitter.fire([{ resource, type: FileChangeType.DELETED }]);
    }

    /** Never replaces what is there, whatever the options say: the server refuses it. */
    async rename(from: URI, to: URI, _options: FileOverwriteOptions): Promise<void> {
        await this.call(() => this.service.rename(from.toString(), to.toString()));
        this.seen.forget(from.toString());
        this.changeEmitter.fire([
            { resource: from, type: FileChangeType.DELETED },
            { resource: to, type: FileChangeType.ADDED }
        ]);
    }

    private onWriteFailed(uri: string, error: ConnectError): Error {
        const { sizeBytes, modifiedMs } = error.data;
        if (
            error.code === 'files.changed' &&
            typeof sizeBytes === 'number' &&
            typeof modifiedMs === 'number'
        ) {
            this.seen.onConflict(uri, { sizeBytes, modifiedMs });
        }
        return toFileServiceError(error);
    }

    private async call<T>(work: () => Promise<T>): Promise<T> {
        try {
            return await work();
        } catch (error) {
            throw toFileServiceError(ConnectError.from(error));
        }
    }
}

/** Says what to do instead. */
export function tooLarge(uri: string, sizeBytes: number): ConnectError {
    const path = parseRemoteUri(uri)?.path ?? uri;
    const name = shownName(path.slice(path.lastIndexOf('/') + 1));
    const message = `“${name}” has ${formatSize(sizeBytes)}: more than ${formatSize(MAX_EDIT_BYTES)} is not opened here. Download it instead.`;
    return new ConnectError('files.too-large', message, { path, sizeBytes, maxBytes: MAX_EDIT_BYTES });
}

@injectable()
export class RemoteFileServiceContribution implements FileServiceContribution {
    @inject(RemoteFileSystemProvider) protected readonly provider: RemoteFileSystemProvider;

    registerFileSystemProviders(service: FileService): void {
        // At once, not when the scheme is first used: the tree asks the provider itself, and learns of changes from here.
        service.registerProvider(REMOTE_SCHEME, this.provider);
    }
}
