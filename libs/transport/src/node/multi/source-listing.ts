import { ConnectError, WireError } from '@connect/base';
import { ListedEntry } from '../../proto/multi/work-order';
import { WorkQueue } from '../../proto/multi/work-queue';
import { MergedProgress } from './merged-progress';
import { SourceLister } from './source-lister';

/** Orders that wait while more are listed. */
const MAX_PENDING = 50_000;

export interface SourceListingOptions {
    /** How many sources the user named. */
    readonly sourceCount: number;
    /** Walks through the sources here; undefined when a session has to ask the other side. */
    readonly lister: SourceLister | undefined;
}

export interface SourceListingEvents {
    /** There may be something new to do. */
    onProgress(): void;
    /** The selection leaves this out. */
    onExcluded(path: string): void;
}

/** Fills the queue of a transfer with what its sources hold, by a walk here, or by what one of its sessions tells. */
export class SourceListing {
    private state: 'none' | 'running' | 'complete' = 'none';
    /** The session that lists. */
    private session: number | undefined;
    private count: number | undefined;
    private isClosed = false;
    private roomInQueue: () => void = () => undefined;

    constructor(
        private readonly options: SourceListingOptions,
        private readonly queue: WorkQueue,
        private readonly account: MergedProgress,
        private readonly events: SourceListingEvents
    ) {}

    /** What the sessions are to say that there are; undefined before the first entry. */
    get sourceCount(): number | undefined {
        return this.count;
    }

    /** Walks through the sources, where that is done here; resolves at the end of it. */
    async begin(): Promise<void> {
        const { lister } = this.options;
        if (!lister) {
            return;
        }
        this.state = 'running';
        for await (const item of lister.items()) {
            if (this.isClosed) {
                return;
            }
            if (item.type === 'listed') {
                this.add(item.entry);
            } else if (item.type === 'failed') {
                this.failed(item.path, item.error.toWire());
            } else {
                this.events.onExcluded(item.path);
            }
            this.events.onProgress();
            while (this.queue.pendingCount >= MAX_PENDING && !this.isClosed) {
                await new Promise<void>(resolve => (this.roomInQueue = resolve));
            }
        }
        this.complete();
    }

    /** Whether this session is to ask the other side; false when that is done already, or here. */
    entrust(session: number): boolean {
        if (this.options.lister || this.state !== 'none') {
            return false;
        }
        this.state = 'running';
        this.session = session;
        return true;
    }

    /** A session is gone. Whether another one has to list. */
    lost(session: number): boolean {
        if (this.session !== session || this.state !== 'running') {
            return false;
        }
        this.state = 'none';
        this.session = undefined;
        return true;
    }

    /** Found by a session. */
    listed(entries: readonly ListedEntry[]): void {
        entries.forEach(entry => this.add(entry));
        this.events.onProgress();
    }

    failed(path: string, error: WireError): void {
        this.account.listFailed(path, error);
    }

    /** Everything is listed. */
    complete(): void {
        this.state = 'complete';
        this.count ??= this.options.sourceCount;
        this.queue.listed();
        this.account.listEnded();
        this.events.onProgress();
    }

    /** Orders were given out: there may be room for more. */
    goOn(): void {
        if (this.queue.pendingCount < MAX_PENDING) {
            this.roomInQueue();
        }
    }

    /** Lists no more. */
    close(): void {
        this.isClosed = true;
        this.roomInQueue();
    }

    private add(entry: ListedEntry): void {
        const { sourceCount, lister } = this.options;
        // Only one file can be meant to get the destination's name.
        const isOneFile = sourceCount === 1 && entry.kind === 'file' && !entry.path.includes('/');
        this.count ??= isOneFile ? 1 : Math.max(2, sourceCount);
        if (this.queue.add(entry)) {
            this.account.listed(entry);
        } else if (lister) {
            const message = `Another file of this transfer is already called ${entry.path}`;
            this.failed(entry.path, new ConnectError('transfer.exists', message).toWire());
        }
    }
}
