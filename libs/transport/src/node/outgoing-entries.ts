import { malformed } from '../proto/wire-bytes';
import { OutgoingEntry } from './outgoing-entry';
import { RecentIndices } from './recent-indices';

/** Entries that are announced and have no result, by index. */
export class OutgoingEntries {
    private readonly entries = new Map<number, OutgoingEntry>();
    /** Indices that the receiver may speak of once more: its words and ours cross. */
    private readonly outlived: RecentIndices;
    private endIndex = 0;
    private withoutEnd = 0;

    /** @param maxRemembered more than a window, so that memory stays flat and no crossing word is missed */
    constructor(maxRemembered: number) {
        this.outlived = new RecentIndices(maxRemembered);
    }

    get size(): number {
        return this.entries.size;
    }

    add(entry: OutgoingEntry): void {
        this.entries.set(entry.index, entry);
        this.endIndex = Math.max(this.endIndex, entry.index + 1);
        if (entry.isFile) {
            this.withoutEnd += 1;
        } else {
            entry.isEnded = true;
        }
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
        if (!entry.isFile || entry.isDecided) {
            throw malformed('a decision about an entry that needs none');
        }
        return entry;
    }

    /** @throws ConnectError `transfer.protocol` when one of them is not outstanding. */
    each(from: number, to: number, work: (entry: OutgoingEntry) => void): void {
        // Checked first: a range of billions must not keep this loop busy.
        if (to > this.endIndex) {
            throw malformed('entries that were not announced');
        }
        for (let index = from; index < to; index++) {
            work(this.known(index));
        }
    }
}
