import { RangeSet } from '@connect/base';
import { malformed } from '../proto/wire-bytes';
import { EmptyFiles } from './empty-files';

/** Empty files that were announced together, the first of which has the index `from`. */
interface Announced {
    readonly from: number;
    readonly end: number;
    readonly files: EmptyFiles;
    readonly settled: RangeSet;
    left: number;
}

/** Announced empty files that have no result, by index. */
export class OutgoingEmptyFiles {
    /** In the order of their indices. */
    private readonly announced: Announced[] = [];
    private withoutResult = 0;

    /** How many of them there are. */
    get size(): number {
        return this.withoutResult;
    }

    add(from: number, files: EmptyFiles): void {
        const { count } = files;
        this.announced.push({ from, end: from + count, files, settled: new RangeSet(), left: count });
        this.withoutResult += count;
    }

    /**
     * Takes those that have the indices from `from` on, as many as were announced together and are below `to`; undefined
     * when `from` is none of them. @throws ConnectError `transfer.protocol` when one of them is not outstanding.
     */
    take(from: number, to: number): EmptyFiles | undefined {
        const group = this.withoutResult > 0 ? this.find(from) : undefined;
        if (!group) {
            return undefined;
        }
        const end = Math.min(to, group.end);
        if (group.settled.ranges(from, end).length > 0) {
            throw malformed(`entries ${from} to ${end} are not outstanding`);
        }
        group.settled.include(from, end);
        group.left -= end - from;
        this.withoutResult -= end - from;
        if (group.left === 0) {
            this.announced.splice(this.announced.indexOf(group), 1);
        }
        return group.files.slice(from - group.from, end - group.from);
    }

    private find(index: number): Announced | undefined {
        // a window of entries is some tens of groups
        return this.announced.find(group => group.from <= index && index < group.end);
    }
}
