import type { FileCount, FilePage, FileRow } from './monitor-protocol';

/** How many files of a job are kept. Failed ones have a bound of their own: they matter longest. */
export interface FileBounds {
    readonly failed: number;
    readonly settled: number;
}

export const FILE_BOUNDS: FileBounds = { failed: 5_000, settled: 20_000 };

/**
 * The files of a job for people: what failed, what is under way, then what is done, the newest first. A job of a
 * million files takes no more room than one of some thousands: the oldest ones are forgotten and counted.
 */
export class FileBook {
    /** Newest last. */
    private readonly failed = new Map<string, FileRow>();
    private readonly settled = new Map<string, FileRow>();
    private active: FileRow | undefined;
    private forgotten = 0;
    private revision = 0;

    constructor(private readonly bounds: FileBounds = FILE_BOUNDS) {}

    get count(): FileCount {
        return {
            rows: this.failed.size + (this.active ? 1 : 0) + this.settled.size,
            forgotten: this.forgotten,
            revision: this.revision
        };
    }

    /** The file that is worked on; undefined when none is. One that is settled already is not under way. */
    work(path: string | undefined): void {
        const known = path === undefined || path === '' || this.settled.has(path) || this.failed.has(path);
        const next: FileRow | undefined = known ? undefined : { path, state: 'active' };
        if (next?.path !== this.active?.path) {
            this.active = next;
            this.revision += 1;
        }
    }

    settle(row: FileRow): void {
        const { path } = row;
        if (this.active?.path === path) {
            this.active = undefined;
        }
        this.failed.delete(path);
        this.settled.delete(path);
        const [map, most] =
            row.state === 'failed' ? [this.failed, this.bounds.failed] : [this.settled, this.bounds.settled];
        map.set(path, row);
        if (map.size > most) {
            map.delete(map.keys().next().value!);
            this.forgotten += 1;
        }
        this.revision += 1;
    }

    /** A new run: what failed is tried again, so nothing has failed any more. */
    retry(): void {
        this.failed.clear();
        this.active = undefined;
        this.revision += 1;
    }

    page(start: number, count: number): FilePage {
        const head = [...this.failed.values()].reverse();
        if (this.active) {
            head.push(this.active);
        }
        const files = head.slice(start, start + count);
        const missing = count - files.length;
        if (missing > 0) {
            files.push(...newestFirst(this.settled, Math.max(0, start - head.length), missing));
        }
        return { ...this.count, start, files };
    }
}

function newestFirst(map: ReadonlyMap<string, FileRow>, skip: number, count: number): FileRow[] {
    const end = Math.max(0, map.size - skip);
    const start = Math.max(0, end - count);
    return [...map.values()].slice(start, end).reverse();
}
