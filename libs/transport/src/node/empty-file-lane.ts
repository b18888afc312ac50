import { ConnectError, encodePathBytes } from '@connect/base';
import { PartialSuffixes } from '../proto/partial-names';
import { EmptyFiles } from './empty-files';
import { FolderBatch } from './folder-batch';
import { GatherQueue } from './gather-queue';
import { fileMode } from './partial-files';
import { SmallFileBatches } from './small-file-batches';
import { TargetFolder, TargetFolders } from './target-folders';
import { WorkUnderWay } from './work-under-way';

/** Empty files that were announced together, the first of which has this index. */
export interface EmptyGroup {
    readonly index: number;
    readonly files: EmptyFiles;
}

export interface EmptyFileLaneEvents {
    /** They are at their places, safely. */
    onEmptyPlaced(group: EmptyGroup): void;
    /** What came of the first of these, alone. */
    onEmptyFailed(group: EmptyGroup, error: unknown): void;
    /** They have to be decided about with a look at the disk, and nothing was done for them. */
    onEmptyUndecided(group: EmptyGroup): void;
}

export interface EmptyFileLaneOptions {
    readonly batches: SmallFileBatches;
    readonly folders: TargetFolders;
    readonly suffixes: PartialSuffixes;
    /** Told of what is under way. */
    readonly active: WorkUnderWay;
    /** Whether empty files may be made here, as far as rules, store and destination are concerned. */
    readonly isReady: () => boolean;
}

const LIMITS = { atOnce: 2, items: 64, weight: 2048 };

/**
 * Makes empty files in folders that this run makes, hundreds in one call, under the names they keep: nothing of them
 * can be half there. Names that are taken, and folders that turn out to be somebody else's, are told. One that was made
 * and did not get its time any more, because the process was killed, is put right by the next run: this is for rules
 * of which that is true (`mendsTimes`).
 */
export class EmptyFileLane {
    private readonly queue = new GatherQueue<EmptyGroup>(
        (folder, groups) => this.placeAll(folder, groups),
        ({ files }) => files.count,
        LIMITS
    );
    /** Unfinished files are called so, so that such names are claimed one by one. */
    private readonly endings: readonly Uint8Array[];
    private isStopped = false;

    constructor(
        private readonly options: EmptyFileLaneOptions,
        private readonly events: EmptyFileLaneEvents
    ) {
        const { partial, checkpoint } = options.suffixes;
        this.endings = [partial, checkpoint].map(encodePathBytes);
    }

    /**
     * Whether these are for this lane: then the events tell what becomes of them. `later` when that is about to be
     * known: then `again` is called.
     */
    add(group: EmptyGroup, again: () => void): boolean | 'later' {
        const { files } = group;
        const { folders, active, isReady } = this.options;
        if (folders.whenKnown(files.folder, again)) {
            return 'later';
        }
        const isOurs = isReady() && folders.isMadeHere(files.folder);
        if (!isOurs || this.endings.some(ending => files.hasNameEndingWith(ending))) {
            return false;
        }
        active.begin();
        this.queue.add(files.folder, group);
        return true;
    }

    /** Nothing new is begun. */
    stop(): void {
        this.isStopped = true;
    }

    private async placeAll(path: string, groups: readonly EmptyGroup[]): Promise<void> {
        let errors: readonly unknown[] | undefined;
        const all = EmptyFiles.joined(groups.map(({ files }) => files));
        try {
            if (this.isStopped) {
                throw new ConnectError('cancelled', 'Stopped');
            }
            const folder = await this.options.folders.ensure(path);
            if (folder.isNew) {
                await this.options.batches.inFolder(folder.path, async batch => {
                    errors = await placeIn(batch, folder, all);
                });
            }
        } catch (error) {
            errors = new Array<unknown>(all.count).fill(error);
        }
        let at = 0;
        for (const group of groups) {
            this.tell(group, errors, at);
            at += group.files.count;
            this.options.active.end();
        }
    }

    /** `errors` are those of all groups, this one's from `at` on; undefined when nothing was done. */
    private tell(group: EmptyGroup, errors: readonly unknown[] | undefined, at: number): void {
        const { files, index } = group;
        if (!errors) {
            this.events.onEmptyUndecided(group);
            return;
        }
        let made = 0;
        for (let i = 0; i <= files.count; i++) {
            const error = errors[at + i];
            if (i < files.count && error === undefined) {
                continue;
            }
            if (made < i) {
                this.events.onEmptyPlaced({ index: index + made, files: files.slice(made, i) });
            }
            made = i + 1;
            if (i < files.count) {
                const one = { index: index + i, files: files.slice(i, i + 1) };
                if (ConnectError.is(error, 'files.exists')) {
                    this.events.onEmptyUndecided(one);
                } else {
                    this.events.onEmptyFailed(one, error);
                }
            }
        }
    }
}

/** Answers for each what went wrong, if anything. */
async function placeIn(
    batch: FolderBatch,
    folder: TargetFolder,
    { names, mtimes, modes }: EmptyFiles
): Promise<readonly unknown[]> {
    const errors = await batch.makeEmpty({ names, mtimes, modes: modes.map(fileMode) });
    const made = errors.reduce((sum, error) => sum + (error ? 0 : 1), 0);
    if (made === 0) {
        return errors;
    }
    folder.touch(batch.device);
    try {
        await folder.settle(made, () => batch.syncFolder());
        return errors;
    } catch (failure) {
        return errors.map(error => error ?? failure);
    }
}
