import { ConnectError } from '@connect/base';
import { EntryKind, MAX_PATH_BYTES } from '../proto/meta-records';
import { joinPath, MAX_NAME_BYTES, PlacedSource, relativePathProblem } from '../proto/placement';
import { SourceSelection } from '../proto/source-selection';
import { EntryPart } from '../proto/work-records';
import { EmptyFiles } from './empty-files';
import { FileStat, FileStore } from './file-store';
import { FolderBatch, ListedEntry } from './folder-batch';
import { sourceError } from './transfer-errors';
import { SymlinkPolicy } from './transfer-types';

/** Something to send. */
export interface ScannedEntry {
    /** In the sender's store. */
    readonly sourcePath: string;
    /** Below the destination. */
    readonly path: string;
    readonly kind: EntryKind;
    readonly stat: FileStat;
    readonly linkTarget?: string;
    /** It was reached by following a link, so it may lie anywhere. */
    readonly isBehindLink?: boolean;
    /** The order that asked for it. */
    readonly work?: number;
    /** It is a step of a file that several sessions send. */
    readonly part?: EntryPart;
    /** Of it as it was before it was read, where {@link stat} is younger. */
    readonly atimeNs?: bigint;
}

export type ScanItem =
    | { readonly type: 'entry'; readonly entry: ScannedEntry }
    | { readonly type: 'failed'; readonly path: string; readonly error: ConnectError }
    /** By policy. */
    | { readonly type: 'skipped'; readonly path: string };

/** Of a folder, files without content that are all to be sent. */
export interface EmptyFilesItem {
    readonly type: 'empty-files';
    readonly files: EmptyFiles;
}

export type FoundItem = ScanItem | EmptyFilesItem;

/** Bytes that one unit of a JavaScript string becomes at most. */
const MAX_BYTES_PER_UNIT = 3;
/** How many entries of one folder are looked at together. */
const STAT_BATCH = 64;

/**
 * Walks the sources depth first: a folder before its content, its files before its subfolders. Holds the names of the
 * subfolders on the way down and no more, so memory does not grow with the tree. An error of one entry is an item.
 */
export class FileScanner {
    constructor(
        private readonly store: FileStore,
        private readonly symlinks: SymlinkPolicy,
        private readonly selection?: SourceSelection
    ) {}

    /** Items as they are found, some at a time. */
    scan(sources: readonly PlacedSource[]): AsyncGenerator<readonly ScanItem[]> {
        return this.walk(sources, false) as AsyncGenerator<readonly ScanItem[]>;
    }

    /** As {@link scan}, with empty files together where the store lists many at a time. Not with a selection. */
    scanGrouped(sources: readonly PlacedSource[]): AsyncGenerator<readonly FoundItem[]> {
        return this.walk(sources, this.selection === undefined);
    }

    private async *walk(
        sources: readonly PlacedSource[],
        isGrouped: boolean
    ): AsyncGenerator<readonly FoundItem[]> {
        for (const source of sources) {
            const item = this.select(await this.inspect(source.path, source.target));
            if (item) {
                yield* this.expand(item, [], isGrouped);
            }
        }
    }

    /** Undefined when the item is not to be sent. A folder that is not is never opened. */
    private select(item: ScanItem): ScanItem | undefined {
        const { selection } = this;
        if (!selection) {
            return item;
        }
        if (item.type !== 'entry') {
            const isSpecial = item.type === 'failed' && item.error.code === 'transfer.not-regular';
            const isLeftOut =
                (isSpecial && selection.rules.skipSpecial) || !selection.admitsName(item.path, false);
            return isLeftOut ? undefined : item;
        }
        const { path, kind, stat } = item.entry;
        const isFolder = kind === 'directory';
        // The root itself has no name: only its content is sent.
        const isAdmitted = (isFolder && path === '') || selection.admitsName(path, isFolder);
        return isAdmitted && (isFolder || selection.admitsTime(stat.mtimeNs)) ? item : undefined;
    }

    /** Looks at one entry again, or for the first time, whatever the selection says. */
    async inspect(sourcePath: string, path: string): Promise<ScanItem> {
        try {
            return await this.placed(sourcePath, path, await this.store.lstat(sourcePath));
        } catch (error) {
            return { type: 'failed', path: path || sourcePath, error: sourceError(error) };
        }
    }

    private async placed(sourcePath: string, path: string, found: FileStat): Promise<ScanItem> {
        let stat = found;
        const isBehindLink = found.kind === 'symlink' ? { isBehindLink: true } : {};
        try {
            if (stat.kind === 'symlink') {
                if (this.symlinks === 'skip') {
                    return { type: 'skipped', path };
                }
                if (this.symlinks === 'copy') {
                    const linkTarget = await this.store.readLink(sourcePath);
                    return this.entry({ sourcePath, path, kind: 'symlink', stat, linkTarget });
                }
                stat = await this.store.stat(sourcePath);
            }
            if (stat.kind !== 'file' && stat.kind !== 'directory') {
                const error = new ConnectError('transfer.not-regular', `${sourcePath} is no regular file`);
                return { type: 'failed', path, error };
            }
            return this.entry({ sourcePath, path, kind: stat.kind, stat, ...isBehindLink });
        } catch (error) {
            return { type: 'failed', path: path || sourcePath, error: sourceError(error) };
        }
    }

    /** An item, and when it is a folder all that is in it. `above` names the folders it lies in. */
    private async *expand(
        item: ScanItem,
        above: readonly string[],
        isGrouped: boolean
    ): AsyncGenerator<readonly FoundItem[]> {
        if (item.type !== 'entry' || item.entry.kind !== 'directory') {
            yield [item];
            return;
        }
        const { entry } = item;
        const identity = `${entry.stat.device}:${entry.stat.inode}`;
        if (above.includes(identity)) {
            const error = new ConnectError(
                'transfer.link-loop',
                `${entry.sourcePath} leads back to a folder above it`
            );
            yield [{ type: 'failed', path: entry.path, error }];
            return;
        }
        if (entry.path !== '') {
            yield [item];
        }
        const folders: ScanItem[] = [];
        try {
            for await (const batch of this.children(entry, isGrouped)) {
                const others: FoundItem[] = [];
                for (const found of batch) {
                    if (found.type === 'empty-files') {
                        others.push(found);
                        continue;
                    }
                    const child = this.select(inside(entry, found));
                    if (child) {
                        const isFolder = child.type === 'entry' && child.entry.kind === 'directory';
                        (isFolder ? folders : others).push(child);
                    }
                }
                if (others.length > 0) {
                    yield others;
                }
            }
        } catch (error) {
            yield [{ type: 'failed', path: entry.path || entry.sourcePath, error: sourceError(error) }];
        }
        const path = [...above, identity];
        for (const folder of folders) {
            yield* this.expand(folder, path, isGrouped);
        }
    }

    private async *children(folder: ScannedEntry, isGrouped: boolean): AsyncGenerator<readonly FoundItem[]> {
        const open = await this.store.batch?.(folder.sourcePath);
        if (open) {
            const hasRoom = (folder.path.length + 1) * MAX_BYTES_PER_UNIT + MAX_NAME_BYTES < MAX_PATH_BYTES;
            yield* this.batchedChildren(folder, open, isGrouped && hasRoom);
        } else {
            yield* this.singleChildren(folder);
        }
    }

    /** The next entries are read while the caller deals with these. */
    private async *batchedChildren(
        folder: ScannedEntry,
        open: FolderBatch,
        isGrouped: boolean
    ): AsyncGenerator<readonly FoundItem[]> {
        let next = open.next();
        try {
            for (let listing = await next; listing.count > 0; listing = await next) {
                next = open.next();
                // Whoever waits for it is told; the caller may stop before.
                next.catch(() => undefined);
                const files = isGrouped ? listing.emptyFiles(folder.path) : undefined;
                if (files) {
                    yield [{ type: 'empty-files', files }];
                }
                const items: Array<ScanItem | Promise<ScanItem>> = [];
                for (let i = 0; i < listing.count; i++) {
                    if (!files || !listing.isEmptyFile(i)) {
                        items.push(this.listed(folder, listing.entry(i)));
                    }
                }
                // A promise for each of them is worth avoiding where nobody has to be asked.
                const isDelayed = items.some(item => item instanceof Promise);
                yield isDelayed
                    ? await Promise.all(items.map(item => Promise.resolve(item)))
                    : (items as ScanItem[]);
            }
        } finally {
            await next.catch(() => undefined);
            await open.close();
        }
    }

    private listed(folder: ScannedEntry, { name, stat, error }: ListedEntry): ScanItem | Promise<ScanItem> {
        const path = joinPath(folder.path, name);
        if (error) {
            return { type: 'failed', path, error: sourceError(error) };
        }
        const sourcePath = joinPath(folder.sourcePath, name);
        if (stat.kind === 'file' || stat.kind === 'directory') {
            return this.entry({ sourcePath, path, kind: stat.kind, stat });
        }
        return this.placed(sourcePath, path, stat);
    }

    private async *singleChildren(folder: ScannedEntry): AsyncGenerator<ScanItem[]> {
        let batch: Array<Promise<ScanItem>> = [];
        for await (const { name } of this.store.list(folder.sourcePath)) {
            batch.push(this.inspect(joinPath(folder.sourcePath, name), joinPath(folder.path, name)));
            if (batch.length === STAT_BATCH) {
                yield await Promise.all(batch);
                batch = [];
            }
        }
        yield await Promise.all(batch);
    }

    private entry(entry: ScannedEntry): ScanItem {
        const isRoot = entry.path === '' && entry.kind === 'directory';
        const problem = isRoot ? undefined : relativePathProblem(entry.path);
        return problem ? { type: 'failed', path: entry.path, error: problem } : { type: 'entry', entry };
    }
}

/** What lies in a folder that a link led to lies behind that link, too. */
function inside(folder: ScannedEntry, item: ScanItem): ScanItem {
    return folder.isBehindLink && item.type === 'entry'
        ? { type: 'entry', entry: { ...item.entry, isBehindLink: true } }
        : item;
}
