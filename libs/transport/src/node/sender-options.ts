import { Clock } from '@connect/base';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { KeepRules } from '../proto/kept-facts';
import { TransferSource } from '../proto/placement';
import { SelectionRules } from '../proto/source-selection';
import { FileStore } from './file-store';
import { EntryFeed } from './multi/entry-feed';
import { RemovalRules } from './source-removal';
import { StreamPort } from './stream-port';
import { SymlinkPolicy } from './transfer-types';

/** What is sent, and how. */
export interface SenderOptions {
    readonly store: FileStore;
    readonly port: StreamPort;
    readonly sources: readonly TransferSource[];
    /** Folder whose path is taken off the sources; what remains is their path below the destination. */
    readonly sourceBase?: string;
    /** Default `follow`. */
    readonly symlinks?: SymlinkPolicy;
    /** What of the sources is sent. Default: all. */
    readonly selection?: SelectionRules;
    /** What of the sources is removed after it was sent. Default: nothing. */
    readonly removal?: RemovalRules;
    /** Facts of the sources that are told. Default: times of last change and permission bits. */
    readonly keep?: KeepRules;
    /** Files that an earlier session of the same run has brought are not announced. */
    readonly isDone?: (path: string) => boolean;
    /** As agreed with the receiver. */
    readonly hash: HashAlgorithm;
    /** Default 1 MiB. */
    readonly chunkBytes?: number;
    /** Bytes read but not acknowledged: at least twice rate × round trip to keep the path full. Default 64 MiB. */
    readonly readAheadBytes?: number;
    /** Tells what to send, instead of a walk through the sources. */
    readonly feed?: EntryFeed;
    /** How many entries may be announced without a result, once the run has got going. Default 10,000. */
    readonly entryWindow?: number;
    /** Default: the system's. */
    readonly clock?: Clock;
}

/** Whether empty files may be told together: what is chosen, removed, left out or told more of is looked at one by one. */
export function mayGroupEmpty({ selection, removal, isDone, keep = {} }: SenderOptions): boolean {
    const { accessTime, owner, group } = keep;
    return !selection && !removal && !isDone && !accessTime && !owner && !group;
}
