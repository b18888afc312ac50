import { ListedEntry, WorkOrder } from '../../proto/multi/work-order';
import { WorkRecord } from '../../proto/work-records';
import { StreamPort } from '../stream-port';

export interface OrderRequestsEvents {
    onListed(entry: ListedEntry): void;
    onListEnd(): void;
    /** The port takes nothing any more. */
    onFailed(error: unknown): void;
}

/** The receiver's end of orders that travel over a session: asks for a list, and for what is to be sent. */
export class OrderRequests {
    private port: StreamPort | undefined;
    private waiting: WorkRecord[] = [];
    private isListing = false;

    constructor(private readonly events: OrderRequestsEvents) {}

    /** Called once, when the session can carry records. */
    attach(port: StreamPort): void {
        this.port = port;
        const records = this.waiting;
        this.waiting = [];
        records.forEach(record => this.send(record));
    }

    /** To be told before anything else but {@link list}: how many sources the user named. */
    start(sourceCount: number): void {
        this.send({ type: 'request-begin', sourceCount });
    }

    list(): void {
        this.isListing = true;
        this.send({ type: 'request-list' });
    }

    add(orders: readonly WorkOrder[]): void {
        for (const { work, kind, sourcePath, path, version, part, atimeNs } of orders) {
            this.send({ type: 'request', work, kind, sourcePath, path, version, part, atimeNs });
        }
    }

    /** Nothing more is wanted. */
    end(): void {
        this.send({ type: 'request-end' });
    }

    /** A record of the sender that is about listing; false when none was to come. */
    onRecord(record: WorkRecord): boolean {
        if (!this.isListing) {
            return false;
        }
        if (record.type === 'listed') {
            const { sourcePath, path, kind, sizeBytes, mtimeNs, atimeNs } = record;
            this.events.onListed({ sourcePath, path, kind, sizeBytes, mtimeNs, atimeNs });
            return true;
        }
        this.isListing = false;
        this.events.onListEnd();
        return true;
    }

    private send(record: WorkRecord): void {
        if (!this.port) {
            this.waiting.push(record);
            return;
        }
        // What is outstanding is bounded by the queue that gives the orders out.
        this.port.sendRecord(record).catch(error => this.events.onFailed(error));
    }
}
