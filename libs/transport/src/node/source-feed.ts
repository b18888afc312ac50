import { placeSources } from '../proto/placement';
import { FileScanner, FoundItem } from './file-scanner';
import { EntryFeed } from './multi/entry-feed';
import { SenderOptions } from './sender-options';

/** What is found in one call is worth many turns: decisions about the first are to be heard before the last is told. */
const ENTRIES_PER_TURN = 128;

/** Feeds a sender with all that is below its sources. */
export class SourceFeed implements EntryFeed {
    constructor(
        private readonly scanner: FileScanner,
        private readonly options: Pick<SenderOptions, 'sources' | 'sourceBase'>,
        /** Empty files may come together. */
        private readonly isGrouped: boolean
    ) {}

    sourceCount(): Promise<number> {
        return Promise.resolve(this.options.sources.length);
    }

    async *items(): AsyncGenerator<readonly FoundItem[]> {
        const { placed, rejected } = placeSources(this.options.sources, this.options.sourceBase);
        yield rejected.map(({ path, error }) => ({ type: 'failed', path, error }));
        let count = 0;
        const found = this.isGrouped ? this.scanner.scanGrouped(placed) : this.scanner.scan(placed);
        for await (const items of found) {
            for (let from = 0; from < items.length; from += ENTRIES_PER_TURN) {
                const some = items.slice(from, from + ENTRIES_PER_TURN);
                yield some;
                count += some.length;
                if (count >= ENTRIES_PER_TURN) {
                    count = 0;
                    await new Promise<void>(resolve => setImmediate(resolve));
                }
            }
        }
    }

    onRecord(): boolean {
        return false;
    }

    close(): void {
        // Who takes the items stops by itself.
    }
}
