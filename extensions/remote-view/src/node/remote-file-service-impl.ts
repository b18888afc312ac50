import { FileCapabilities, RemoteFileSystem } from '@connect/api';
import { ConnectError } from '@connect/base';
import { parseRemoteUri, remoteUri } from '@connect/security/lib/common/remote-uri';
import { AccountSessions } from '@connect/security/lib/node/account-sessions';
import { inject, injectable } from '@theia/core/shared/inversify';
import type { RemoteEntry } from '@connect/api';
import type {
    RemoteFile,
    RemoteFileService,
    RemoteFolder,
    SeenVersion
} from '../common/remote-file-protocol';

/** A listing is one message: beyond this it would hold up everything else on the connection. */
const MAX_ENTRIES = 100_000;

interface Place {
    readonly accountId: string;
    readonly path: string;
}

/** Brings the file systems of all accounts to the windows. */
@injectable()
export class RemoteFileServiceImpl implements RemoteFileService {
    @inject(AccountSessions) protected readonly sessions: AccountSessions;

    capabilities(uri: string): Promise<FileCapabilities> {
        return this.withFiles(uri, async files => files.capabilities);
    }

    stat(uri: string): Promise<RemoteFile> {
        return this.withFiles(uri, async (files, place) => toRemoteFile(place, await files.stat(place.path)));
    }

    list(uri: string, limit: number): Promise<RemoteFolder> {
        const most = Math.min(MAX_ENTRIES, Math.max(1, Math.floor(limit)));
        return this.withFiles(uri, async (files, place) => {
            const { entries, truncated } = await files.list(place.path, most);
            return {
                files: entries.map(entry =>
                    toRemoteFile({ ...place, path: joined(place.path, entry.name) }, entry)
                ),
                truncated,
                capabilities: files.capabilities
            };
        });
    }

    read(uri: string, maxBytes: number): Promise<Uint8Array> {
        return this.withFiles(uri, (files, place) => files.read(place.path, maxBytes));
    }

    write(uri: string, content: Uint8Array, seen: SeenVersion | 'nothing' | undefined): Promise<RemoteFile> {
        return this.withFiles(uri, async (files, place) => {
            if (seen !== undefined) {
                await expectUnchanged(files, place.path, seen);
            }
            await files.write(place.path, content);
            return toRemoteFile(place, await files.stat(place.path));
        });
    }

    makeFolder(uri: string): Promise<void> {
        return this.withFiles(uri, (files, place) => files.makeFolder(place.path));
    }

    rename(from: string, to: string): Promise<void> {
        return this.withFiles(from, async (files, source) => {
            const target = toPlace(to);
            if (source.accountId !== target.accountId) {
                throw new ConnectError('usage', 'A rename stays within one account.');
            }
            await files.rename(source.path, target.path);
        });
    }

    delete(uri: string, recursive: boolean): Promise<void> {
        return this.withFiles(uri, (files, place) => files.delete(place.path, { recursive }));
    }

    disconnect(accountId: string): Promise<void> {
        return this.sessions.reset(accountId);
    }

    private async withFiles<T>(
        uri: string,
        work: (files: RemoteFileSystem, place: Place) => Promise<T>
    ): Promise<T> {
        const place = toPlace(uri);
        const { files } = await this.sessions.session(place.accountId);
        if (!files) {
            throw new ConnectError('not-supported', 'This account has no files to browse.');
        }
        try {
            return await work(files, place);
        } catch (error) {
            if (ConnectError.is(error) && error.kind === 'needs-user') {
                // Reconnecting met a question, e.g. a changed host key: the next sign-in asks it with the account's name.
                await this.sessions.reset(place.accountId);
                await this.sessions.session(place.accountId);
            }
            throw error;
        }
    }
}

/** Between this look and the write another one may still slip in: file protocols have no compare-and-swap. */
async function expectUnchanged(
    files: RemoteFileSystem,
    path: string,
    seen: SeenVersion | 'nothing'
): Promise<void> {
    const there = await statOrNothing(files, path);
    if (seen === 'nothing') {
        if (there) {
            throw new ConnectError('files.exists', 'There is a file of that name already.', { path });
        }
        return;
    }
    if (there && (there.sizeBytes !== seen.sizeBytes || there.modifiedMs !== seen.modifiedMs)) {
        throw new ConnectError('files.changed', 'Somebody else has changed this file.', {
            path,
            sizeBytes: there.sizeBytes,
            modifiedMs: there.modifiedMs
        });
    }
}

async function statOrNothing(files: RemoteFileSystem, path: string): Promise<RemoteEntry | undefined> {
    try {
        return await files.stat(path);
    } catch (error) {
        if (ConnectError.is(error, 'files.not-found')) {
            return undefined;
        }
        throw error;
    }
}

function toPlace(uri: string): Place {
    const place = parseRemoteUri(uri);
    if (!place) {
        throw new ConnectError('usage', `Not a place on an account: ${uri}`);
    }
    return place;
}

function joined(folder: string, name: string): string {
    return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

function toRemoteFile(place: Place, entry: RemoteEntry): RemoteFile {
    return {
        uri: remoteUri(place.accountId, place.path),
        type: entry.type,
        sizeBytes: entry.sizeBytes,
        modifiedMs: entry.modifiedMs
    };
}
