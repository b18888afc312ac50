import { endianness } from 'os';
import { FileKind, FileStat } from './file-store';

/** Cells of a row that the addon tells about an entry: see `NativeFiles`. */
export const STAT_CELLS = 11;

const MODE = 1;
const SIZE = 2;
const MTIME = 3;
const ATIME = 4;
const BIRTH = 5;
const INODE = 6;
const DEVICE = 7;
const UID = 8;
const GID = 9;
const ALLOCATED = 10;

const KIND_MASK = 0o170000;
const REGULAR = 0o100000;
const KINDS: Readonly<Record<number, FileKind>> = {
    [REGULAR]: 'file',
    0o040000: 'directory',
    0o120000: 'symlink'
};

/** Addons are for Linux, whose machines that Node runs on are little-endian but one. */
const [LOW, HIGH] = endianness() === 'LE' ? [0, 1] : [1, 0];

/** Facts of entries, as the addon tells them: one row of cells for each. */
export class StatRows {
    /** Halves of the cells: most numbers are small, and BigInts cost memory each. */
    readonly halves: Int32Array;

    constructor(readonly cells: BigInt64Array) {
        this.halves = new Int32Array(cells.buffer, cells.byteOffset, cells.length * 2);
    }

    get count(): number {
        return this.cells.length / STAT_CELLS;
    }

    /** What went wrong with the entry, 0 for nothing. */
    errno(row: number): number {
        return this.number(row * STAT_CELLS);
    }

    /** Whether it is a regular file without content. */
    isEmptyFile(row: number): boolean {
        const at = row * STAT_CELLS;
        return (
            this.number(at) === 0 &&
            (this.number(at + MODE) & KIND_MASK) === REGULAR &&
            this.number(at + SIZE) === 0
        );
    }

    /** Times of last change and permission bits of these rows. */
    timesAndModes(rows: readonly number[]): { readonly mtimes: BigInt64Array; readonly modes: Uint16Array } {
        const mtimes = new BigInt64Array(rows.length);
        const modes = new Uint16Array(rows.length);
        // no BigInt is made of a time that is only passed on
        const halves = new Int32Array(mtimes.buffer);
        for (const [i, row] of rows.entries()) {
            const from = (row * STAT_CELLS + MTIME) * 2;
            halves[i * 2] = this.halves[from]!;
            halves[i * 2 + 1] = this.halves[from + 1]!;
            modes[i] = this.number(row * STAT_CELLS + MODE) & 0o7777;
        }
        return { mtimes, modes };
    }

    stat(row: number): ListedStat {
        return new ListedStat(this, row * STAT_CELLS);
    }

    number(cell: number): number {
        return this.halves[cell * 2 + HIGH]! * 0x1_0000_0000 + (this.halves[cell * 2 + LOW]! >>> 0);
    }
}

/**
 * Facts of one entry, which stay in their row until somebody asks: hardly anybody asks for most of them, and a million
 * entries are looked at twice each.
 */
export class ListedStat implements FileStat {
    constructor(
        private readonly rows: StatRows,
        private readonly at: number
    ) {}

    get kind(): FileKind {
        return KINDS[this.rows.number(this.at + MODE) & KIND_MASK] ?? 'other';
    }

    get mode(): number {
        return this.rows.number(this.at + MODE) & 0o7777;
    }

    get sizeBytes(): number {
        return this.rows.number(this.at + SIZE);
    }

    get mtimeNs(): bigint {
        return this.rows.cells[this.at + MTIME]!;
    }

    get mtimeMs(): number {
        return Number(this.mtimeNs) / 1e6;
    }

    get atimeNs(): bigint {
        return this.rows.cells[this.at + ATIME]!;
    }

    get bornNs(): bigint {
        return this.rows.cells[this.at + BIRTH]!;
    }

    get inode(): bigint {
        return this.rows.cells[this.at + INODE]!;
    }

    get device(): bigint {
        return this.rows.cells[this.at + DEVICE]!;
    }

    get uid(): number {
        return this.rows.number(this.at + UID);
    }

    get gid(): number {
        return this.rows.number(this.at + GID);
    }

    get allocatedBytes(): number {
        return this.rows.number(this.at + ALLOCATED);
    }

    /** As {@link isUnchanged}, without a number being made. */
    isSameVersion(other: ListedStat): boolean {
        return (
            this.isEqual(other, SIZE) &&
            this.isEqual(other, MTIME) &&
            this.isEqual(other, INODE) &&
            this.isEqual(other, DEVICE)
        );
    }

    private isEqual(other: ListedStat, cell: number): boolean {
        const mine = (this.at + cell) * 2;
        const theirs = (other.at + cell) * 2;
        return (
            this.rows.halves[mine] === other.rows.halves[theirs] &&
            this.rows.halves[mine + 1] === other.rows.halves[theirs + 1]
        );
    }
}

/** Same file, same size, same time of last change: as far as attributes can tell, nobody wrote to it in between. */
export function isUnchanged(before: FileStat, after: FileStat): boolean {
    if (before instanceof ListedStat && after instanceof ListedStat) {
        return before.isSameVersion(after);
    }
    return (
        before.sizeBytes === after.sizeBytes &&
        before.mtimeNs === after.mtimeNs &&
        before.inode === after.inode &&
        before.device === after.device
    );
}
