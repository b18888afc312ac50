import { ConnectError } from '@connect/base';
import { PartialSuffixes } from '../proto/partial-names';
import { joinPath, parentOf } from '../proto/placement';
import { FolderBatch, PlacedFile, PlacedFiles } from './folder-batch';
import { GatherQueue } from './gather-queue';
import { IncomingFile } from './incoming-file';
import { hasOwnership } from './kept-ownership';
import { fileMode } from './partial-files';
import { completePartial, firstSmallNameFor, SmallFile, smallNamesFor, SmallFileTools } from './small-file';
import { TargetFolder, TargetFolders } from './target-folders';

/** Larger ones are worth being hashed in another thread, and steps of their own. */
const MAX_LANE_BYTES = 64 * 1024;

/** As far as the file itself is concerned. */
export function isForLane({ entry, chunkCount }: IncomingFile): boolean {
    return entry.part === undefined && entry.sizeBytes <= MAX_LANE_BYTES && chunkCount <= 1;
}

const LIMITS = { atOnce: 2, items: 1024, weight: 4 * 1024 * 1024 };

/** A file, and its content as long as it is needed, which is right. */
interface Arrived {
    readonly file: IncomingFile;
    bytes: Buffer | undefined;
}

export interface SmallFileLaneEvents {
    /** Nobody needs the memory of this content any more. */
    onWritten(bytes: Buffer): void;
    /** The file is at its place, safely; or why it is not. */
    onPlaced(file: IncomingFile, error: unknown): void;
    /** Somebody else was quicker to make its folder, so that it has to be decided about with a look at the disk. */
    onUndecided(file: IncomingFile): void;
}

/**
 * Brings small files of folders that this run makes to their places, from content to name: hundreds together, in a few
 * steps that each wait for other threads once. The promise is that of {@link SmallFile}: bytes on the disk, then the
 * name; name on the disk, then the result. A file that meets something in its way goes on by itself. When the folder
 * turns out to be there, made by another session or program, nothing of it is written.
 */
export class SmallFileLane {
    private readonly queue: GatherQueue<Arrived>;
    private isStopped = false;

    constructor(
        private readonly tools: SmallFileTools,
        private readonly suffixes: PartialSuffixes,
        private readonly folders: TargetFolders,
        private readonly events: SmallFileLaneEvents
    ) {
        this.queue = new GatherQueue(
            (folder, arrived) => this.placeAll(folder, new Set(arrived)),
            ({ bytes }) => bytes?.length ?? 0,
            LIMITS
        );
    }

    /** The events tell what becomes of it. */
    add(file: IncomingFile, bytes: Buffer): void {
        this.queue.add(parentOf(file.entry.path), { file, bytes });
    }

    /** Nothing new is begun. */
    stop(): void {
        this.isStopped = true;
    }

    /** `pending`: who has not been told yet. */
    private async placeAll(path: string, pending: Set<Arrived>): Promise<void> {
        try {
            if (this.isStopped) {
                throw new ConnectError('cancelled', 'Stopped');
            }
            const folder = await this.folders.ensure(path);
            if (!folder.isNew) {
                pending.forEach(one => {
                    this.release(one);
                    this.events.onUndecided(one.file);
                });
                return;
            }
            pending.forEach(({ file }) => (file.folder = folder));
            await this.tools.batches.inFolder(folder.path, batch => this.placeIn(batch, folder, pending));
            await Promise.all([...pending].map(one => this.placeAlone(folder, one, pending)));
        } catch (error) {
            pending.forEach(one => this.tell(one, pending, error));
        }
    }

    /** Leaves those pending that have to be done in another way. */
    private async placeIn(batch: FolderBatch, folder: TargetFolder, pending: Set<Arrived>): Promise<void> {
        const all = [...pending];
        const files = all.map(one => this.placedFile(one));
        const placed = await batch.place(files);
        const made: number[] = [];
        for (const [i, one] of all.entries()) {
            const error = placed.errors[i];
            if (error === undefined) {
                made.push(i);
                this.release(one);
            } else if (error.code !== 'files.exists') {
                this.tell(one, pending, error);
            }
        }
        if (made.length === 0) {
            return;
        }
        const failures = await this.sync(folder, files, placed, made);
        failures.forEach((error, i) => this.tell(all[i]!, pending, error));
        const safe = made.filter(i => !failures.has(i));
        await this.own(files, placed, safe, all);
        const errors = await placed.name(safe);
        const named = safe.filter((_, at) => errors[at] === undefined);
        const unnamed = safe.filter((_, at) => errors[at] !== undefined);
        await Promise.all([
            this.settle(
                batch,
                folder,
                placed,
                named.map(i => all[i]!),
                pending
            ),
            ...unnamed.map(i => {
                const left = { name: files[i]!.name, stat: placed.stat(i) };
                return this.finishAlone(folder, all[i]!, pending, small => small.adopt(left));
            })
        ]);
    }

    private placedFile({ file, bytes }: Arrived): PlacedFile {
        const { entry, name } = file;
        const partial = firstSmallNameFor(name, entry, this.suffixes);
        const { mtimeNs, atimeNs, mode, uid, gid } = entry;
        const facts = { mode: fileMode(mode), mtimeNs, atimeNs, uid, gid };
        return { name: partial, finalName: name, bytes: bytes!, ...facts };
    }

    /** Gives those files to others that are to be theirs, when nobody here has to write to them any more. */
    private async own(
        files: readonly PlacedFile[],
        placed: PlacedFiles,
        safe: readonly number[],
        all: readonly Arrived[]
    ): Promise<void> {
        const given = safe.filter(i => hasOwnership(files[i]!));
        const lost = given.length === 0 ? [] : await placed.own(given);
        given.forEach((i, at) => all[i]!.file.lose(lost[at]!));
    }

    /** Makes the content durable, as the policy says; answers what could not be. */
    private async sync(
        folder: TargetFolder,
        files: readonly PlacedFile[],
        placed: PlacedFiles,
        made: readonly number[]
    ): Promise<Map<number, unknown>> {
        const { store, fsync, rounds, batches } = this.tools;
        const failures = new Map<number, unknown>();
        const syncOne = async (i: number): Promise<void> => {
            const path = joinPath(folder.path, files[i]!.name);
            try {
                await batches.alone.run(() => completePartial(store, path, placed.stat(i), fsync));
            } catch (error) {
                failures.set(i, error);
            }
        };
        // One by one, but in one call; whom that fails with tells by itself why.
        const syncEach = async (): Promise<void> => {
            const errors = await placed.sync(made);
            await Promise.all(made.filter((_, at) => errors[at] !== undefined).map(syncOne));
        };
        if (fsync === 'auto') {
            await rounds.reach(placed.device, syncEach, made.length);
        }
        return failures;
    }

    /** Makes the names durable and tells. */
    private async settle(
        batch: FolderBatch,
        folder: TargetFolder,
        placed: PlacedFiles,
        named: readonly Arrived[],
        pending: Set<Arrived>
    ): Promise<void> {
        let failure: unknown;
        if (named.length > 0) {
            folder.touch(placed.device);
            const alone = (): Promise<void> => batch.syncFolder();
            await folder.settle(named.length, alone).catch(error => (failure = error));
        }
        named.forEach(one => this.tell(one, pending, failure));
    }

    private placeAlone(folder: TargetFolder, one: Arrived, pending: Set<Arrived>): Promise<void> {
        return this.finishAlone(folder, one, pending, async small => {
            await small.write(one.bytes!);
            this.release(one);
        });
    }

    private async finishAlone(
        folder: TargetFolder,
        one: Arrived,
        pending: Set<Arrived>,
        prepare: (small: SmallFile) => void | Promise<void>
    ): Promise<void> {
        const { name, entry } = one.file;
        const names = smallNamesFor(name, entry, this.suffixes);
        const small = new SmallFile(this.tools, folder.path, names, entry, undefined);
        let failure: unknown;
        try {
            await prepare(small);
            one.file.lose(await small.finish(name));
            folder.touch(small.device);
            await folder.settle();
        } catch (error) {
            failure = error;
        }
        this.tell(one, pending, failure);
    }

    private release(one: Arrived): void {
        const { bytes } = one;
        one.bytes = undefined;
        if (bytes) {
            this.events.onWritten(bytes);
        }
    }

    private tell(one: Arrived, pending: Set<Arrived>, error: unknown): void {
        pending.delete(one);
        this.release(one);
        this.events.onPlaced(one.file, error);
    }
}
