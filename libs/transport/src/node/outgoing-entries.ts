import { malformed } from '../proto/wire-bytes';
import { EmptyFiles } from './empty-files';
import { OutgoingEmptyFiles } from './outgoing-empty-files';
import { OutgoingEntry } from './outgoing-entry';
import { RecentIndices } from './recent-indices';
import { TransferFile } from './transfer-types';

/** Entries that are announced and have no result, by index. */
export class OutgoingEntries {
    private readonly entries = new Map<number, OutgoingEntry>();
    /** Indices that the receiver may speak of once more: its words and ours cross. */
    private readonly outlived: RecentIndices;
    private readonly empty = new OutgoingEmptyFiles();
    private endIndex = 0;
    private withoutEnd = 0;

    /** @param maxRemembered more than a window, so that memory stays flat and no crossing word is missed */
    constructor(maxRemembered: number) {
        this.outlived = new RecentIndices(maxRemembered);
    }

    get size(): number {
        return this.entries.size + this.empty.size;
    }

    add(entry: OutgoingEntry): void {
        this.entries.set(entry.index, entry);
        this.endIndex = Math.max(this.endIndex, entry.index + 1);
        if (entry.isFile && !entry.isEmptyFile) {
            this.withoutEnd += 1;
        } else {
            entry.isEnded = true;
        }
    }

    /** Empty files, the first of which has the index `from`. */
    addEmpty(from: number, files: EmptyFiles): void {
        this.empty.add(from, files);
        this.endIndex = Math.max(this.endIndex, from + files.count);
    }

    /** The one of them that has this index, which gets its result by that; undefined when none has. */
    takeEmpty(index: number): TransferFile | undefined {
        return this.empty.take(index, index + 1)?.fileOf(0);
    }

    /** Files of which data may still be offered. */
    get unended(): number {
        return this.withoutEnd;
    }

    /** No data of this entry will be offered any more; false when that was so already. */
    end(entry: OutgoingEntry): boolean {
        const isNew = !entry.isEnded;
        if (isNew) {
            entry.isEnded = true;
            this.withoutEnd -= 1;
        }
        return isNew;
    }

    get(index: number): OutgoingEntry | undefined {
        return this.entries.get(index);
    }

    delete(index: number): void {
        this.entries.delete(index);
    }

    /** The receiver may still speak of it. */
    outlive(index: number): void {
        this.outlived.add(index);
    }

    isOutlived(index: number): boolean {
        return this.outlived.has(index);
    }

    /** @throws ConnectError `transfer.protocol` when it is not outstanding. */
    known(index: number): OutgoingEntry {
        const entry = this.entries.get(index);
        if (!entry) {
            throw malformed(`entry ${index} is not outstanding`);
        }
        return entry;
    }

    /** @throws ConnectError `transfer.protocol` when it waits for no decision. */
    undecided(index: number): OutgoingEntry {
        const entry = this.known(index);
        if (!entry.isFile || entry.isEmptyFile || entry.isDecided) {
            needsNone();
        }
        return entry;
    }

    /**
     * Empty files that were announced together get their result by that; without `workEmpty` there may be none.
     * @throws ConnectError `transfer.protocol` when one of them is not outstanding.
     */
    each(
        from: number,
        to: number,
        work: (entry: OutgoingEntry) => void,
        workEmpty: (files: EmptyFiles) => void = needsNone
    ): void {
        // Checked first: a range of billions must not keep this loop busy.
        if (to > this.endIndex) {
            throw malformed('entries that were not announced');
        }
        for (let index = from; index < to;) {
            const files = this.empty.take(index, to);
            if (files) {
                workEmpty(files);
                index += files.count;
            } else {
                work(this.known(index));
                index += 1;
            }
        }
    }
}

function needsNone(): never {
    throw malformed('a decision about an entry that needs none');
}
