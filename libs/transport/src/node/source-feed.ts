import { placeSources, TransferSource } from '../proto/placement';
import { FileScanner, ScanItem } from './file-scanner';
import { EntryFeed } from './multi/entry-feed';

/** What is found in one call is worth many turns: decisions about the first are to be heard before the last is told. */
const ENTRIES_PER_TURN = 128;

/** Feeds a sender with all that is below its sources. */
export class SourceFeed implements EntryFeed {
    constructor(
        private readonly scanner: FileScanner,
        private readonly sources: readonly TransferSource[],
        private readonly sourceBase: string | undefined
    ) {}

    sourceCount(): Promise<number> {
        return Promise.resolve(this.sources.length);
    }

    async *items(): AsyncGenerator<readonly ScanItem[]> {
        const { placed, rejected } = placeSources(this.sources, this.sourceBase);
        yield rejected.map(({ path, error }) => ({ type: 'failed', path, error }));
        let count = 0;
        for await (const items of this.scanner.scan(placed)) {
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
