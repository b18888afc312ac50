/** Half-open range of integers [start, end). */
export interface Range {
    readonly start: number;
    readonly end: number;
}

/** What sets share while they are empty; never written to. */
const NONE: number[] = [];

/**
 * A set of integers in [0, 2⁵³) kept as sorted, disjoint, non-adjacent half-open ranges.
 * `add` and `delete` cost a binary search and a splice: cheap while the set is nearly contiguous, which is how
 * received packets and bytes look.
 */
export class RangeSet {
    /** starts[i] < ends[i] < starts[i + 1]: touching ranges are merged. */
    private starts = NONE;
    private ends = NONE;

    static of(...ranges: ReadonlyArray<readonly [number, number]>): RangeSet {
        const set = new RangeSet();
        for (const [start, end] of ranges) {
            set.add(start, end);
        }
        return set;
    }

    /** Number of disjoint ranges. */
    get rangeCount(): number {
        return this.starts.length;
    }

    get isEmpty(): boolean {
        return this.starts.length === 0;
    }

    /** Number of integers in the set; walks the ranges. */
    get size(): number {
        return this.starts.reduce((sum, start, i) => sum + this.ends[i]! - start, 0);
    }

    /** Adds [start, end) and returns the parts that were not in the set before, in order. */
    add(start: number, end: number): Range[] {
        if (start >= end) {
            return [];
        }
        const first = this.firstEndingAtOrAfter(start);
        let last = first;
        let cursor = start;
        const fresh: Range[] = [];
        while (last < this.starts.length && this.starts[last]! <= end) {
            if (cursor < this.starts[last]!) {
                fresh.push({ start: cursor, end: this.starts[last]! });
            }
            cursor = Math.max(cursor, this.ends[last]!);
            last += 1;
        }
        if (cursor < end) {
            fresh.push({ start: cursor, end });
        }
        const mergedStart = last > first ? Math.min(start, this.starts[first]!) : start;
        const mergedEnd = last > first ? Math.max(end, this.ends[last - 1]!) : end;
        this.put(first, last - first, mergedStart, mergedEnd);
        return fresh;
    }

    /** As {@link add}, for whoever does not ask what was new. Costs next to nothing at the end of the set. */
    include(start: number, end: number): void {
        if (start >= end) {
            return;
        }
        const last = this.ends.length - 1;
        if (last < 0 || start > this.ends[last]!) {
            this.put(last + 1, 0, start, end);
        } else if (start === this.ends[last]) {
            this.ends[last] = end;
        } else {
            this.add(start, end);
        }
    }

    /** Removes [start, end); integers that are not in the set are ignored. */
    delete(start: number, end: number): void {
        if (start >= end) {
            return;
        }
        const first = this.firstEndingAtOrAfter(start + 1);
        let last = first;
        while (last < this.starts.length && this.starts[last]! < end) {
            last += 1;
        }
        if (last === first) {
            return;
        }
        const [head, tail] = [this.starts[first]!, this.ends[last - 1]!];
        this.starts.splice(first, last - first);
        this.ends.splice(first, last - first);
        if (tail > end) {
            this.put(first, 0, end, tail);
        }
        if (head < start) {
            this.put(first, 0, head, start);
        }
    }

    has(value: number): boolean {
        return this.covers(value, value + 1);
    }

    /** Whether every integer of [start, end) is in the set; true for an empty range. */
    covers(start: number, end: number): boolean {
        if (start >= end) {
            return true;
        }
        const index = this.firstEndingAtOrAfter(start + 1);
        return index < this.starts.length && this.starts[index]! <= start && this.ends[index]! >= end;
    }

    /** The parts of [start, end) that are not in the set, in order. */
    gaps(start: number, end: number): Range[] {
        const gaps: Range[] = [];
        let cursor = start;
        for (let i = this.firstEndingAtOrAfter(start + 1); i < this.starts.length && cursor < end; i++) {
            if (this.starts[i]! > cursor) {
                gaps.push({ start: cursor, end: Math.min(end, this.starts[i]!) });
            }
            cursor = Math.max(cursor, this.ends[i]!);
        }
        if (cursor < end) {
            gaps.push({ start: cursor, end });
        }
        return gaps;
    }

    /** End of the range that holds `value`, or `value` itself when it is not in the set. */
    contiguousEnd(value: number): number {
        const index = this.firstEndingAtOrAfter(value + 1);
        return index < this.starts.length && this.starts[index]! <= value ? this.ends[index]! : value;
    }

    /** The disjoint ranges that meet [from, to), clipped to it, in order. */
    ranges(from = 0, to = Number.MAX_SAFE_INTEGER): Range[] {
        const found: Range[] = [];
        for (
            let i = this.firstEndingAtOrAfter(from + 1);
            i < this.starts.length && this.starts[i]! < to;
            i++
        ) {
            found.push({ start: Math.max(from, this.starts[i]!), end: Math.min(to, this.ends[i]!) });
        }
        return found;
    }

    /** Removes and returns the lowest integers as one range of at most `maxLength`, or undefined when empty. */
    takeFirst(maxLength: number): Range | undefined {
        const start = this.starts[0];
        if (start === undefined) {
            return undefined;
        }
        const end = Math.min(this.ends[0]!, start + maxLength);
        if (end === this.ends[0]) {
            this.starts.shift();
            this.ends.shift();
        } else {
            this.starts[0] = end;
        }
        return { start, end };
    }

    clear(): void {
        this.starts = NONE;
        this.ends = NONE;
    }

    /** One range in the place of `count` of them. */
    private put(index: number, count: number, start: number, end: number): void {
        if (this.starts === NONE) {
            this.starts = [start];
            this.ends = [end];
        } else if (count === 1) {
            this.starts[index] = start;
            this.ends[index] = end;
        } else {
            this.starts.splice(index, count, start);
            this.ends.splice(index, count, end);
        }
    }

    private firstEndingAtOrAfter(value: number): number {
        let low = 0;
        let high = this.ends.length;
        while (low < high) {
            const middle = (low + high) >>> 1;
            if (this.ends[middle]! < value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
