import { FileUri } from '@theia/core/lib/common/file-uri';
import type {
    FileSystemWatcherService,
    FileSystemWatcherServiceClient,
    WatchOptions
} from '@theia/filesystem/lib/common/filesystem-watcher-protocol';
import * as path from 'node:path';

/**
 * What Connect itself writes into its folder while it works. Relative on purpose: the watcher takes a name without
 * wildcards as a place below the folder that it watches, with all that is in it.
 */
export const OWN_FILES: readonly string[] = [
    'connectdb.data',
    'connectdb.data-journal',
    'connectdb.data-shm',
    'connectdb.data-wal',
    'demo',
    'logs',
    'manifests',
    'staging',
    'var'
];

/**
 * Theia watches the folder of its settings with all that is below it, and a watched file by the folder that it is in.
 * That folder is Connect's own, where each transfer writes its state several times a second, which windows would all be
 * told: here that is left out.
 */
export class HomeWatch implements FileSystemWatcherService {
    /** @param home absolute path of Connect's folder */
    constructor(
        private readonly watcher: FileSystemWatcherService,
        private readonly home: string
    ) {}

    watchFileChanges(clientId: number, uri: string, options?: WatchOptions): Promise<number> {
        const place = FileUri.fsPath(uri);
        const isHome = [place, path.dirname(place)].includes(path.resolve(this.home));
        const ignored = [...(options?.ignored ?? []), ...OWN_FILES];
        return this.watcher.watchFileChanges(clientId, uri, isHome ? { ...options, ignored } : options);
    }

    unwatchFileChanges(watcherId: number): Promise<void> {
        return this.watcher.unwatchFileChanges(watcherId);
    }

    setClient(client: FileSystemWatcherServiceClient | undefined): void {
        this.watcher.setClient(client);
    }

    dispose(): void {
        this.watcher.dispose();
    }
}
