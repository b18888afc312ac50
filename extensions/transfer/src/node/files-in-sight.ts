import type { Clock, Disposable } from '@connect/base';
import type { FileBook } from '../common/file-book';
import { MAX_FILE_PAGE, type FilePage, type FileRange } from '../common/monitor-protocol';

/** A list of files in sight is told anew at most once in this time: rows that change faster cannot be read. */
export const FILES_INTERVAL_MS = 1_000;

/** The part of a list of files that a window has in sight, and what it was told of it. */
export class FilesInSight {
    private range: FileRange | undefined;
    private toldRevision = -1;
    private toldMs = -Infinity;
    private later: Disposable | undefined;

    /** @param due called when {@link next}, after it had to hold something back, has it */
    constructor(
        private readonly book: FileBook,
        private readonly clock: Clock,
        private readonly due: () => void
    ) {}

    /** That part as it is now; it is in sight from now on. */
    look({ start, count }: FileRange): FilePage {
        const page = this.book.page(start, Math.min(count, MAX_FILE_PAGE));
        this.range = count > 0 ? { start, count } : undefined;
        this.toldRevision = page.revision;
        this.toldMs = this.clock.now();
        return page;
    }

    /** What is in sight, if it may have changed since it was told, and it is time to tell. */
    next(): FilePage | undefined {
        if (!this.range || this.toldRevision === this.book.count.revision) {
            return undefined;
        }
        const waitMs = this.toldMs + FILES_INTERVAL_MS - this.clock.now();
        if (waitMs <= 0) {
            return this.look(this.range);
        }
        this.later ??= this.clock.setTimeout(() => {
            this.later = undefined;
            this.due();
        }, waitMs);
        return undefined;
    }

    dispose(): void {
        this.later?.dispose();
        this.later = undefined;
    }
}
