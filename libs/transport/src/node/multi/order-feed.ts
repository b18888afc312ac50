import { ConnectError } from '@connect/base';
import { WorkOrder } from '../../proto/multi/work-order';
import { WorkRecord } from '../../proto/work-records';
import { FileScanner } from '../file-scanner';
import { EntryFeed, FeedItem } from './entry-feed';

/** How many sources are looked at together. */
const LOOK_BATCH = 64;

/** Feeds a sender with what it is told to send, in that order. */
export class OrderFeed implements EntryFeed {
    private orders: WorkOrder[] = [];
    private isEnded = false;
    private wake: () => void = () => undefined;
    private begin!: (sourceCount: number) => void;
    private readonly begun = new Promise<number>(resolve => (this.begin = resolve));

    /** @param scanner looks at the sender's own store */
    constructor(private readonly scanner: FileScanner) {}

    /** To be told before any order: how many sources the user named. */
    start(sourceCount: number): void {
        this.begin(sourceCount);
    }

    add(orders: readonly WorkOrder[]): void {
        orders.forEach(order => this.orders.push(order));
        this.wake();
    }

    /** After what was added, nothing more comes. */
    end(): void {
        this.isEnded = true;
        this.begin(1);
        this.wake();
    }

    close(): void {
        this.orders = [];
        this.end();
    }

    sourceCount(): Promise<number> {
        return this.begun;
    }

    onRecord(_record: WorkRecord): boolean {
        return false;
    }

    async *items(): AsyncGenerator<readonly FeedItem[]> {
        for (let batch = await this.next(); batch.length > 0; batch = await this.next()) {
            const items = await Promise.all(batch.map(order => this.look(order)));
            yield items.filter(item => item !== undefined);
        }
    }

    private async next(): Promise<WorkOrder[]> {
        while (this.orders.length === 0 && !this.isEnded) {
            await new Promise<void>(resolve => (this.wake = resolve));
        }
        return this.orders.splice(0, LOOK_BATCH);
    }

    /** Undefined for a folder on the way to a file that cannot be looked at: the file will tell. */
    private async look(order: WorkOrder): Promise<FeedItem | undefined> {
        const { work, path, sourcePath, part, version, atimeNs } = order;
        const item = await this.scanner.inspect(sourcePath, path);
        const fail = (error: ConnectError): FeedItem | undefined =>
            work === 0 ? undefined : { type: 'order-failed', work, path, error };
        if (item.type === 'failed') {
            return fail(item.error);
        }
        const isSame =
            item.type === 'entry' &&
            item.entry.kind === order.kind &&
            (!version ||
                (version.sizeBytes === item.entry.stat.sizeBytes &&
                    version.mtimeNs === item.entry.stat.mtimeNs));
        if (!isSame) {
            return fail(
                new ConnectError(
                    'transfer.source-changed',
                    `${sourcePath} is not what it was when it was listed`
                )
            );
        }
        const { entry } = item;
        const now = part && { ...part, wholeBytes: entry.stat.sizeBytes };
        return { type: 'entry', entry: { ...entry, work, atimeNs, ...(now ? { part: now } : {}) } };
    }
}
