import { ConnectError } from '@connect/base';
import { WorkRecord } from '../../proto/work-records';
import { FoundItem } from '../file-scanner';

/** An order whose source could not be looked at, or is another one now. */
export interface FailedOrder {
    readonly type: 'order-failed';
    readonly work: number;
    readonly path: string;
    readonly error: ConnectError;
}

export type FeedItem = FoundItem | FailedOrder;

/** What a sender announces, one after the other, when it does not walk through its sources itself. */
export interface EntryFeed {
    /** What its first record says; known when the first item is about to come. */
    sourceCount(): Promise<number>;
    /** As many at a time as there are. Ends when nothing more is to be sent, or after {@link close}. */
    items(): AsyncIterable<readonly FeedItem[]>;
    /** Takes a record of the receiver that is about orders; false when it is none of those. */
    onRecord(record: WorkRecord): boolean;
    /** Nobody wants anything any more. */
    close(): void;
}
