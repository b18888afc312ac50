import { Clock, Disposable, systemClock } from '@connect/base';

/** Before anything has come back. */
const FIRST_ENTRIES = 100;
/** Somewhat more than a line of 300 Mbit/s takes of files of 4 KB, so that decisions never run out, however late. */
const ENTRIES_PER_MS = 10;
/** How often somebody who waits for time to pass looks again. */
const LOOK_EVERY_MS = 5;

/**
 * How many entries may be without a result. Few at first: an entry is work for both ends, which would otherwise be done
 * for thousands of files before the content of the first is under way, by programs that are slow because they have
 * just begun. Each millisecond and each result makes room for more, up to the most.
 */
export class EntryWindow {
    private startMs: number | undefined;
    private results = 0;
    private wake: (() => void) | undefined;

    constructor(
        private readonly mostEntries: number,
        private readonly clock: Clock = systemClock
    ) {}

    /** Whether one more may be announced; time counts from the first question on. */
    hasRoom(outstanding: number): boolean {
        return outstanding < this.entries;
    }

    /** An entry, or some, have got their result. */
    onResult(count = 1): void {
        this.results += count;
        this.wake?.();
    }

    /** Resolves when it is worth asking again. */
    async change(): Promise<void> {
        let look: Disposable | undefined;
        await new Promise<void>(resolve => {
            this.wake = resolve;
            if (this.entries < this.mostEntries) {
                look = this.clock.setTimeout(resolve, LOOK_EVERY_MS);
            }
        });
        look?.dispose();
    }

    /** Whoever waits goes on. */
    release(): void {
        this.wake?.();
    }

    private get entries(): number {
        const known = FIRST_ENTRIES + this.results;
        if (known >= this.mostEntries) {
            return this.mostEntries;
        }
        const now = this.clock.now();
        this.startMs ??= now;
        return Math.min(this.mostEntries, known + (now - this.startMs) * ENTRIES_PER_MS);
    }
}
