import { placeSources, TransferSource } from '../proto/placement';
import { FileScanner, ScanItem } from './file-scanner';
import { EntryFeed } from './multi/entry-feed';

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

    async *items(): AsyncGenerator<ScanItem> {
        const { placed, rejected } = placeSources(this.sources, this.sourceBase);
        for (const { path, error } of rejected) {
            yield { type: 'failed', path, error };
        }
        yield* this.scanner.scan(placed);
    }

    onRecord(): boolean {
        return false;
    }

    close(): void {
        // Who takes the items stops by itself.
    }
}
