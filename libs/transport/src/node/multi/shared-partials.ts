import { ConnectError } from '@connect/base';
import { HashAlgorithm } from '../../proto/hash-algorithm';
import { ChunkHash } from '../../proto/meta-records';
import { PartialNames, PartialSuffixes, plainNames } from '../../proto/partial-names';
import { joinPath } from '../../proto/placement';
import { BootId, ResumeMap, sameIdentity, SourceIdentity } from '../../proto/resume-map';
import { CheckpointFile, readCheckpoint } from '../checkpoint-store';
import { FsyncPolicy } from '../file-sink';
import { FileStat, FileStore, OpenFile } from '../file-store';
import { isSameFile, removeIfThere, uniqueNames } from '../partial-files';
import { inspectPair, placeOf } from '../partial-ownership';
import { WriteTurns } from '../write-turns';
import { siblingName } from './sibling-checkpoints';

/** What the sessions of a transfer share. */
export interface SharedPlace {
    readonly store: FileStore;
    /** Of the session. */
    readonly hash: HashAlgorithm;
    readonly suffixes: PartialSuffixes;
    readonly fsync: FsyncPolicy;
    readonly boot: BootId;
}

/** A file that several sessions write. */
export interface SharedTarget {
    readonly folder: string;
    readonly name: string;
    readonly identity: SourceIdentity;
}

/** The unfinished form that `open` made. */
export interface FoundPair {
    readonly names: PartialNames;
    readonly partial: FileStat;
    readonly state: ResumeMap;
}

/** Finds the unfinished form that belongs to this version of the source; undefined when there is none of ours. */
export async function findPair(place: SharedPlace, target: SharedTarget): Promise<FoundPair | undefined> {
    const { store, suffixes, boot } = place;
    const plain = plainNames(target.name, suffixes);
    for (const names of [...(plain ? [plain] : []), uniqueNames(target.name, suffixes)]) {
        const pair = await inspectPair(store, target.folder, target.name, names, boot);
        const { owner, partial, state } = pair;
        const isUsable = owner === 'us' && partial && state !== undefined && state !== 'damaged';
        if (isUsable && sameIdentity(state.identity, target.identity)) {
            return { names, partial, state };
        }
    }
    return undefined;
}

/** One partial file and the checkpoint this session keeps of it; shared by the pieces that are being received. */
export class SharedPartial {
    private unsynced = false;
    private syncing: Promise<void> = Promise.resolve();
    private readonly turns = new WriteTurns((parts, position) => this.file.writeParts(parts, position));

    private constructor(
        private readonly file: OpenFile,
        private readonly checkpoint: CheckpointFile,
        private readonly chunkBytes: number,
        private readonly place: SharedPlace
    ) {}

    /** @throws ConnectError `transfer.verify-failed` when the unfinished form is gone: the file is begun anew. */
    static async open(place: SharedPlace, target: SharedTarget, writer: number): Promise<SharedPartial> {
        const found = await findPair(place, target);
        if (!found) {
            throw goneError(target.name);
        }
        const file = await place.store.open(joinPath(target.folder, found.names.partial), 'write');
        try {
            const stat = await file.stat();
            if (!isSameFile(stat, found.partial)) {
                throw goneError(target.name);
            }
            const checkpoint = await openCheckpoint(place, target, writer, stat);
            return new SharedPartial(file, checkpoint, target.identity.chunkBytes, place);
        } catch (error) {
            await file.close();
            throw error;
        }
    }

    /** Writes and records a chunk of the whole file whose hash is right. */
    async writeChunk(item: ChunkHash, bytes: Uint8Array): Promise<void> {
        await this.turns.write(bytes, item.chunk * this.chunkBytes);
        await this.checkpoint.addWritten(item, this.place.hash, bytes);
        this.unsynced = true;
    }

    /**
     * All that was written before is on the disk, and recorded as being there. Once this has failed it fails for
     * every later piece, too: the system tells of lost pages only once (fsync(2)), and they may be those of any piece.
     */
    async makeDurable(): Promise<void> {
        const own = this.syncing.then(() => this.sync());
        this.syncing = own;
        await own;
    }

    async close(): Promise<void> {
        // whoever waited for it was told
        await Promise.allSettled([this.syncing]);
        await Promise.allSettled([this.checkpoint.close(), this.file.close()]);
    }

    private async sync(): Promise<void> {
        if (!this.unsynced || this.place.fsync === 'never') {
            return;
        }
        this.unsynced = false;
        const { recordCount } = this.checkpoint;
        await this.file.sync(true);
        await this.checkpoint.markDurable(recordCount);
    }
}

/** The shared partial files of one session. Each is open while pieces of it come. */
export class SharedPartials {
    private readonly open = new Map<string, { partial: Promise<SharedPartial>; users: number }>();
    private readonly closing = new Map<string, Promise<void>>();

    constructor(private readonly place: SharedPlace) {}

    async acquire(target: SharedTarget, writer: number): Promise<SharedPartial> {
        const key = keyOf(target, writer);
        await this.closing.get(key);
        let entry = this.open.get(key);
        if (!entry) {
            entry = { partial: SharedPartial.open(this.place, target, writer), users: 0 };
            this.open.set(key, entry);
        }
        entry.users += 1;
        try {
            return await entry.partial;
        } catch (error) {
            this.open.delete(key);
            throw error;
        }
    }

    async release(target: SharedTarget, writer: number): Promise<void> {
        const key = keyOf(target, writer);
        const entry = this.open.get(key);
        if (!entry || --entry.users > 0) {
            return;
        }
        this.open.delete(key);
        const closed = entry.partial.then(partial => partial.close());
        const done = closed.finally(() => this.closing.get(key) === done && this.closing.delete(key));
        this.closing.set(key, done);
        await done;
    }
}

function keyOf({ folder, name, identity }: SharedTarget, writer: number): string {
    return JSON.stringify([folder, name, identity.sizeBytes, String(identity.mtimeNs), writer]);
}

async function openCheckpoint(
    { store, hash, suffixes, boot }: SharedPlace,
    { folder, name, identity }: SharedTarget,
    writer: number,
    partial: FileStat
): Promise<CheckpointFile> {
    const path = joinPath(folder, siblingName(name, writer, suffixes));
    const place = placeOf(name, partial);
    const old = await readCheckpoint(store, path, boot);
    const isOwn =
        old !== undefined &&
        old !== 'damaged' &&
        sameIdentity(old.identity, identity) &&
        old.place?.inode === place.inode &&
        old.place.bornNs === place.bornNs;
    if (isOwn) {
        return CheckpointFile.reopen(store, path, old, boot);
    }
    await removeIfThere(store, path);
    const checkpoint = await CheckpointFile.create(store, path, identity, boot, hash);
    try {
        await checkpoint.addPlace(place);
        return checkpoint;
    } catch (error) {
        await checkpoint.close();
        throw error;
    }
}

function goneError(name: string): ConnectError {
    return new ConnectError('transfer.verify-failed', `The unfinished form of ${name} was taken away`);
}
