import { ConnectError, Limiter, WireError } from '@connect/base';
import { joinPath, placeSources, TransferSource } from '../proto/placement';
import { SourceSelection } from '../proto/source-selection';
import { FileStat, FileStore } from './file-store';
import { ScannedEntry } from './file-scanner';
import { isUnchanged } from './listed-stat';

/** What is removed of the sources once it is at its target. JSON-safe. */
export interface RemovalRules {
    /** Files and links, each after the receiver has said that it is in place. */
    readonly files: boolean;
    /** Folders below the sources that are empty at the end. */
    readonly emptyFolders: boolean;
    /** With them the sources themselves, when they are folders and empty at the end. */
    readonly sourceFolders: boolean;
}

const REMOVED_AT_ONCE = 8;

/**
 * Removes sources that were moved. What changed since it was read stays, and so does what lies behind a link, which may
 * be outside of the sources; a folder goes only when the system finds it empty.
 */
export class SourceRemoval {
    private readonly limiter = new Limiter(REMOVED_AT_ONCE);
    private readonly running = new Set<Promise<void>>();
    private readonly failedFolders = new Set<string>();
    private kept = 0;
    private firstKept = '';

    constructor(
        private readonly store: FileStore,
        private readonly rules: RemovalRules,
        private readonly log: (line: string) => void
    ) {}

    /** The receiver has this entry in place. */
    moved(entry: ScannedEntry): void {
        // What several sessions send is not known to be whole by any of them.
        if (!this.rules.files || entry.kind === 'directory' || entry.work !== undefined || entry.part) {
            return;
        }
        const removing: Promise<void> = this.limiter
            .run(() => this.remove(entry))
            .finally(() => this.running.delete(removing));
        this.running.add(removing);
    }

    /** The receiver could not make this folder: it stays here. */
    folderFailed(sourcePath: string): void {
        this.failedFolders.add(sourcePath);
    }

    /** After the end of the transfer. Resolves to why not all could be removed. */
    async finish(
        sources: readonly TransferSource[],
        sourceBase: string | undefined,
        selection: SourceSelection | undefined
    ): Promise<WireError | undefined> {
        await Promise.all(this.running);
        if (this.rules.emptyFolders) {
            for (const { path, target } of placeSources(sources, sourceBase).placed) {
                await this.removeEmpty(path, target, selection, true);
            }
        }
        if (this.kept === 0) {
            return undefined;
        }
        const message = `Moved, but not removed at the source: ${this.kept}; the first: ${this.firstKept}`;
        return new ConnectError('transfer.some-files-failed', message, { failed: this.kept }).toWire();
    }

    private async remove({ sourcePath, kind, stat, isBehindLink }: ScannedEntry): Promise<void> {
        if (isBehindLink) {
            this.log(`${sourcePath} was not removed: a link led to it`);
            return;
        }
        try {
            const now = await this.store.lstat(sourcePath);
            if (now.kind !== kind || !isUnchanged(stat, now)) {
                throw new ConnectError('transfer.source-changed', 'it was changed after it had been read');
            }
            await this.store.removeFile(sourcePath);
        } catch (error) {
            this.keep(sourcePath, error);
        }
    }

    private keep(path: string, error: unknown): void {
        if (ConnectError.is(error, 'files.not-found')) {
            // Somebody else has removed it.
            return;
        }
        const line = `${path} was not removed: ${ConnectError.from(error).message}`;
        this.firstKept = this.kept === 0 ? line : this.firstKept;
        this.kept += 1;
        this.log(line);
    }

    /** Deepest folders first. Folders that were left out of the transfer are not touched. */
    private async removeEmpty(
        path: string,
        target: string,
        selection: SourceSelection | undefined,
        isSource: boolean
    ): Promise<void> {
        const isRoot = isSource && target === '';
        if (!isRoot && selection?.admitsName(target, true) === false) {
            return;
        }
        try {
            if (isSource && !isFolder(await this.store.lstat(path))) {
                return;
            }
            const folders: string[] = [];
            for await (const { name, kind } of this.store.list(path)) {
                if (kind === 'directory') {
                    folders.push(name);
                }
            }
            for (const name of folders) {
                await this.removeEmpty(joinPath(path, name), joinPath(target, name), selection, false);
            }
            if (!this.failedFolders.has(path) && (!isSource || this.rules.sourceFolders)) {
                await this.store.removeDirectory(path);
            }
        } catch (error) {
            if (!ConnectError.is(error, 'files.not-empty')) {
                this.keep(path, error);
            }
        }
    }
}

function isFolder(stat: FileStat): boolean {
    return stat.kind === 'directory';
}
