import { TransferSource } from '../../proto/placement';
import { KeepRules } from '../../proto/kept-facts';
import { SelectionRules, SourceSelection } from '../../proto/source-selection';
import { malformed } from '../../proto/wire-bytes';
import { WorkRecord } from '../../proto/work-records';
import { FileScanner } from '../file-scanner';
import { FileStore } from '../file-store';
import { StreamPort } from '../stream-port';
import { SymlinkPolicy } from '../transfer-types';
import { EntryFeed, FeedItem } from './entry-feed';
import { OrderFeed } from './order-feed';
import { SourceLister } from './source-lister';

/** What a sending end may be asked for. */
export interface RequestedSources {
    readonly store: FileStore;
    readonly port: StreamPort;
    readonly sources: readonly TransferSource[];
    readonly sourceBase?: string;
    readonly symlinks: SymlinkPolicy;
    readonly selection?: SelectionRules;
    readonly keep?: KeepRules;
}

/** The sender's end of orders that travel over a session. The store confines what may be asked for. */
export class RequestedOrders implements EntryFeed {
    private readonly feed: OrderFeed;
    private isBegun = false;
    private isListing = false;
    private isClosed = false;

    constructor(private readonly options: RequestedSources) {
        this.feed = new OrderFeed(new FileScanner(options.store, options.symlinks));
    }

    sourceCount(): Promise<number> {
        return this.feed.sourceCount();
    }

    items(): AsyncIterable<readonly FeedItem[]> {
        return this.feed.items();
    }

    onRecord(record: WorkRecord): boolean {
        switch (record.type) {
            case 'request-list':
                if (this.isListing) {
                    throw malformed('a second request for a list');
                }
                this.isListing = true;
                // What fails in it beyond one entry is the port, and then the session ends by itself.
                this.list().catch(() => this.close());
                return true;
            case 'request-begin':
                if (this.isBegun) {
                    throw malformed('a second beginning of requests');
                }
                this.isBegun = true;
                this.feed.start(record.sourceCount);
                return true;
            case 'request': {
                const { work, kind, sourcePath, path, version, part, atimeNs } = record;
                if (!this.isBegun) {
                    throw malformed('a request before their beginning');
                }
                this.feed.add([{ work, kind, sourcePath, path, version, part, atimeNs }]);
                return true;
            }
            case 'request-end':
                this.feed.end();
                return true;
            default:
                return false;
        }
    }

    close(): void {
        this.isClosed = true;
        this.feed.close();
    }

    private async list(): Promise<void> {
        const { store, port, sources, sourceBase, symlinks, selection, keep } = this.options;
        const chosen = selection && new SourceSelection(selection);
        const lister = new SourceLister(store, sources, sourceBase, symlinks, chosen, keep?.accessTime);
        for await (const item of lister.items()) {
            if (this.isClosed) {
                return;
            }
            if (item.type === 'failed') {
                const error = item.error.toWire();
                await port.sendRecord({ type: 'order-failed', work: 0, path: item.path, error });
            } else if (item.type === 'listed') {
                await port.sendRecord({ ...item.entry, type: 'listed' });
            }
        }
        await port.sendRecord({ type: 'list-end' });
    }
}
