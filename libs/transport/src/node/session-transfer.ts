import { ConnectError } from '@connect/base';
import { SessionOptions } from '../control/control-protocol';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { TransferSource } from '../proto/placement';
import { FileStore } from './file-store';
import { EntryFeed } from './multi/entry-feed';
import { OrderRequests } from './multi/order-requests';
import { StreamPort } from './stream-port';
import { TransferReceiver } from './transfer-receiver';
import { TransferSender } from './transfer-sender';
import { FileProgress, TransferEvents, TransferSummary } from './transfer-types';

/** Either end of a transfer, as a session sees it. */
export interface Transfer {
    run(): Promise<TransferSummary>;
    stop(error: ConnectError): void;
    progress(): FileProgress;
}

/** What one end of a session moves. The receiving end needs no sources, the sending end no destination. */
export interface TransferParts {
    readonly store: FileStore;
    readonly port: StreamPort;
    readonly sources: readonly TransferSource[];
    readonly destination: string;
    readonly options: SessionOptions;
    /** As agreed. */
    readonly hash: HashAlgorithm;
    /** Whether an earlier session of the same run has brought the file with this path: it is left as it is. */
    readonly isDone?: (path: string) => boolean;
    /** Of a receiving end, which may give files to others. Default true. */
    readonly mayGiveAway?: boolean;
    /** Of a sending end that is told what to send by its own side. */
    readonly feed?: EntryFeed;
    /** Of a receiving end that tells the sending one what to send. */
    readonly requests?: OrderRequests;
}

/** The sending or the receiving end for these options. It listens to the port from now on and begins with `run`. */
export function makeTransfer(isSender: boolean, parts: TransferParts, events: TransferEvents): Transfer {
    const { store, port, sources, destination, options, hash, isDone } = parts;
    if (isSender) {
        const { sourceBase, symlinks, selection, removal, keep } = options;
        const { feed } = parts;
        const quiet = keep?.sourceAccessTime ? store.quietly?.() : undefined;
        return new TransferSender(
            {
                store: quiet ?? store,
                port,
                hash,
                sources,
                sourceBase,
                symlinks,
                selection,
                removal,
                keep,
                isDone,
                feed
            },
            events
        );
    }
    const { overwrite, resume, createDestination: createFolder } = options;
    const suffixes = { partial: options.partialSuffix, checkpoint: options.resumeSuffix };
    return new TransferReceiver(
        {
            store,
            port,
            hash,
            destination,
            createFolder,
            overwrite,
            resume,
            suffixes,
            isDone,
            mayGiveAway: parts.mayGiveAway,
            requests: parts.requests
        },
        events
    );
}
