import { ConnectError, Limiter } from '@connect/base';
import { EntryRecord } from '../proto/meta-records';
import { joinPath, lastName, parentOf } from '../proto/placement';
import { FileStore } from './file-store';
import { accessTimeOf, FsyncPolicy } from './file-sink';
import { giveTo } from './kept-ownership';
import { lstatIfThere } from './partial-files';
import { SyncRounds } from './sync-rounds';

/** Makes the names in a folder durable, as the policy says; by `alone` where that is done for it by itself. */
type SyncFolder = (
    path: string,
    device: bigint | undefined,
    count: number,
    alone: (() => Promise<void>) | undefined
) => Promise<void>;

/** A folder below the destination that files go into. */
export class TargetFolder {
    private changes = 0;
    private syncedChanges = 0;
    private syncing: Promise<void> | undefined;
    private names: Promise<ReadonlySet<string>> | undefined;
    /** The file system it is on, once something was made in it by a way that tells. */
    private device: bigint | undefined;

    /**
     * @param path in the receiver's store
     * @param isNew made in this run: nothing can be in it but what this run put there
     */
    constructor(
        private readonly store: FileStore,
        readonly path: string,
        readonly isNew: boolean,
        private readonly sync: SyncFolder,
        private readonly parent: TargetFolder | undefined
    ) {}

    /** Something was made or renamed in it. */
    touch(device?: bigint): void {
        this.changes += 1;
        this.device ??= device;
    }

    /**
     * Makes all names in it durable that are there by now, and those of its parents. Who comes while that is under way
     * shares the next round, so that many small files cost few rounds. `count`: how many names it is about. `alone`:
     * does it for this folder by itself, for whoever has it open.
     * @throws ConnectError when the disk refuses.
     */
    async settle(count = 1, alone?: () => Promise<void>): Promise<void> {
        const wanted = this.changes;
        await this.parent?.settle();
        while (this.syncedChanges < wanted) {
            this.syncing ??= this.syncOnce(count, alone).finally(() => (this.syncing = undefined));
            await this.syncing;
        }
    }

    private async syncOnce(count: number, alone: (() => Promise<void>) | undefined): Promise<void> {
        const { changes } = this;
        await this.sync(this.path, this.device, count, alone);
        this.syncedChanges = changes;
    }

    /** Names that end with one of the suffixes and were there when this was asked first: left-overs, as a rule. */
    leftovers(suffixes: readonly string[]): Promise<ReadonlySet<string>> {
        this.names ??= this.isNew ? Promise.resolve(new Set<string>()) : this.listEndingWith(suffixes);
        return this.names;
    }

    private async listEndingWith(suffixes: readonly string[]): Promise<ReadonlySet<string>> {
        const found = new Set<string>();
        for await (const { name } of this.store.list(this.path)) {
            if (suffixes.some(suffix => name.endsWith(suffix))) {
                found.add(name);
            }
        }
        return found;
    }
}

/** What is told of a folder; `work` when it is one of a transfer of several sessions. */
export type FolderFacts = Pick<EntryRecord, 'mtimeNs' | 'atimeNs' | 'mode' | 'work' | 'uid' | 'gid'>;

interface OpenFolder {
    readonly path: string;
    /** What the paths of all that is in it begin with. */
    readonly prefix: string;
    readonly facts: FolderFacts;
}

interface UndecidedFolder {
    readonly mode: number | undefined;
    /** Folders right in it that are not decided either. */
    readonly children: string[];
    readonly waiting: Array<() => void>;
}

const CLOSING_AT_ONCE = 4;

/**
 * Makes folders below the destination, each once, and finishes them when all their content is there: synced, then
 * with the time of their source. A link is never taken for a folder here: a peer could have had it made, to get out.
 */
export class TargetFolders {
    private readonly folders = new Map<string, Promise<TargetFolder>>();
    /** Folders whose entries may still be coming, outermost first. */
    private readonly open: OpenFolder[] = [];
    /** Folders without further entries, and the index from which on that is so. */
    private readonly closable: Array<OpenFolder & { readonly fromIndex: number }> = [];
    /** Folders that this run has made or is going to, as far as can be told, and modes of those announced. */
    private readonly madeHere = new Map<string, number | undefined>();
    /** Folders that are announced and of which it is not known yet whether this run makes them; who waits for that. */
    private readonly undecided = new Map<string, UndecidedFolder>();
    private readonly aboveRoot: string[] = [];
    private readonly closing = new Limiter(CLOSING_AT_ONCE);
    private readonly closings = new Set<Promise<void>>();
    private syncError: ConnectError | undefined;

    /** @param root path of the destination in the store; made with its parents when it is missing */
    constructor(
        private readonly store: FileStore,
        private readonly root: Promise<string>,
        private readonly fsync: FsyncPolicy,
        private readonly rounds: SyncRounds,
        private readonly log: (line: string) => void
    ) {}

    /** The folder at `path` below the destination, '' for itself; made when it is missing. `mode` as the source's. */
    ensure(path: string, mode = this.madeHere.get(path) ?? 0o777): Promise<TargetFolder> {
        let folder = this.folders.get(path);
        if (!folder) {
            folder = path === '' ? this.makeRoot() : this.make(path, (mode & 0o777) | 0o700);
            folder.then(
                ({ isNew }) => this.learn(path, isNew),
                // Whoever waits for it is told; nobody may be waiting yet.
                () => this.learn(path, false)
            );
            this.folders.set(path, folder);
        }
        return folder;
    }

    /**
     * Whether this run makes the folder, so that nothing can be in it but what this run puts there. Known as soon as
     * it is announced when the folder above is such a one and no other session is at work; whoever writes to it looks
     * again at what became of it.
     */
    isMadeHere(path: string): boolean {
        return this.madeHere.has(path);
    }

    /**
     * Whether that will be known soon, as its making is under way: then `then` is called, in the order of the calls.
     */
    whenKnown(path: string, then: () => void): boolean {
        const folder = this.undecided.get(path);
        folder?.waiting.push(then);
        return folder !== undefined;
    }

    private learn(path: string, isNew: boolean): void {
        // Not when it has been finished meanwhile.
        if (isNew && this.folders.has(path)) {
            this.madeHere.set(path, undefined);
        } else {
            this.madeHere.delete(path);
        }
        this.tellKnown(path);
    }

    /** What lies in a folder that this run makes is made by it as well. */
    private tellKnown(path: string): void {
        const folder = this.undecided.get(path);
        if (!folder) {
            return;
        }
        this.undecided.delete(path);
        if (this.madeHere.has(path)) {
            for (const child of folder.children) {
                const inner = this.undecided.get(child);
                // one that is known already has found out by itself
                if (inner) {
                    this.madeHere.set(child, inner.mode);
                    this.tellKnown(child);
                }
            }
        }
        folder.waiting.forEach(then => then());
    }

    /** To be called for every entry in the order of the indices; with its facts when it is a folder. */
    announce(index: number, path: string, folder?: FolderFacts): void {
        for (let top = this.open.at(-1); top && !path.startsWith(top.prefix); top = this.open.at(-1)) {
            this.open.pop();
            // One that is announced once more is finished once, with what was told last.
            if (!folder || top.path !== path) {
                this.closable.push({ ...top, fromIndex: index });
            }
        }
        if (folder) {
            const { mode } = folder;
            const parent = parentOf(path);
            // Another session may be quicker to make what lies in a folder that this one makes.
            const isOurs = folder.work === undefined;
            if (!this.folders.has(path) && isOurs && this.madeHere.has(parent)) {
                this.madeHere.set(path, mode);
            } else if (!this.folders.has(path)) {
                this.undecided.set(path, { mode, children: [], waiting: [] });
                if (isOurs) {
                    this.undecided.get(parent)?.children.push(path);
                }
            }
            this.open.push({ path, prefix: `${path}/`, facts: folder });
        }
    }

    /** All entries below `index` have their result: folders that end before it are finished in the background. */
    settled(index: number): void {
        while (this.closable[0] && this.closable[0].fromIndex <= index) {
            const folder = this.closable.shift()!;
            const closing: Promise<void> = this.closing
                .run(() => this.close(folder.path, folder.facts))
                .finally(() => this.closings.delete(closing));
            this.closings.add(closing);
        }
    }

    /** Finishes all folders. @throws ConnectError when one could not be synced: then what is in it is not safe. */
    async finish(): Promise<void> {
        this.announce(Number.MAX_SAFE_INTEGER, '');
        this.settled(Number.MAX_SAFE_INTEGER);
        await Promise.all(this.closings);
        for (const path of [...this.folders.keys()]) {
            await this.close(path, undefined);
        }
        for (const path of this.aboveRoot) {
            await this.sync(path).catch(error => (this.syncError ??= ConnectError.from(error)));
        }
        if (this.syncError) {
            throw this.syncError;
        }
    }

    private async close(path: string, facts: FolderFacts | undefined): Promise<void> {
        // what an order tells of it may come when it has been finished with what was told before
        const known = this.folders.get(path) ?? (facts?.work ? this.ensure(path) : undefined);
        const folder = await known?.catch(() => undefined);
        this.folders.delete(path);
        this.madeHere.delete(path);
        if (!folder) {
            return;
        }
        await this.settle(folder);
        if (facts) {
            await this.give(folder, facts);
            try {
                await this.store.setTimes(folder.path, accessTimeOf(facts), facts.mtimeNs);
            } catch (error) {
                this.log(`The time of ${folder.path} was not kept: ${ConnectError.from(error).message}`);
            }
        }
    }

    private async give(folder: TargetFolder, facts: FolderFacts): Promise<void> {
        if (facts.work === 0) {
            // Other sessions may still have something to put there; the folder comes once more when they have not.
            return;
        }
        const lost = await giveTo(facts, (uid, gid) => this.store.setFolderOwner(folder.path, uid, gid));
        if (lost.length > 0) {
            this.log(`Of ${folder.path} was not kept: ${lost.join(', ')}`);
        }
    }

    private async settle(folder: TargetFolder): Promise<void> {
        try {
            await folder.settle();
        } catch (error) {
            this.syncError ??= ConnectError.from(error);
        }
    }

    private async sync(
        path: string,
        device?: bigint,
        count?: number,
        alone = (): Promise<void> => this.store.syncDirectory(path)
    ): Promise<void> {
        if (this.fsync === 'auto') {
            await this.rounds.reach(device, alone, count);
        }
    }

    private newFolder(path: string, isNew: boolean, parent: TargetFolder | undefined): TargetFolder {
        const sync: SyncFolder = (...what) => this.sync(...what);
        return new TargetFolder(this.store, path, isNew, sync, parent);
    }

    private async make(path: string, mode: number): Promise<TargetFolder> {
        const parent = await this.ensure(parentOf(path));
        const full = joinPath(parent.path, lastName(path));
        const existing = parent.isNew ? undefined : await lstatIfThere(this.store, full);
        if (!existing) {
            try {
                await this.store.makeDirectory(full, mode);
                parent.touch();
                return this.newFolder(full, true, parent);
            } catch (error) {
                if (!ConnectError.is(error, 'files.exists')) {
                    throw error;
                }
            }
        }
        const { kind } = existing ?? (await this.store.lstat(full));
        if (kind !== 'directory') {
            const what = kind === 'symlink' ? 'a link, which is not followed' : 'not a folder';
            throw new ConnectError('transfer.not-a-directory', `${full} is ${what}`);
        }
        return this.newFolder(full, false, parent);
    }

    private async makeRoot(): Promise<TargetFolder> {
        const root = await this.root;
        return this.newFolder(root, await this.makeAll(root), undefined);
    }

    /** Whether the folder had to be made. */
    private async makeAll(path: string): Promise<boolean> {
        try {
            const { kind } = await this.store.stat(path);
            if (kind !== 'directory') {
                throw new ConnectError('transfer.not-a-directory', `${path} is not a folder`);
            }
            return false;
        } catch (error) {
            const parent = parentOf(path);
            if (!ConnectError.is(error, 'files.not-found') || parent === path || parent === '') {
                throw error;
            }
            await this.makeAll(parent);
            await this.makeOne(path);
            this.aboveRoot.push(parent);
            return true;
        }
    }

    private async makeOne(path: string): Promise<void> {
        try {
            await this.store.makeDirectory(path);
        } catch (error) {
            // Another transfer into the same place may have been quicker.
            if (!ConnectError.is(error, 'files.exists')) {
                throw error;
            }
        }
    }
}
