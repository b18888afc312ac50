import { ConnectError } from '@connect/base';
import { CHUNK_BYTES } from '../proto/chunk-plan';
import { EmptyFilesRecord, EntryRecord, MAX_DATA_OFFSET, MetaRecord } from '../proto/meta-records';
import { EmptyFiles } from './empty-files';
import { ScannedEntry } from './file-scanner';
import { FeedItem } from './multi/entry-feed';
import { OutgoingEntries } from './outgoing-entries';
import { OutgoingEntry } from './outgoing-entry';
import { SenderOptions } from './sender-options';
import { TransferLedger } from './transfer-ledger';
import { TransferEvents } from './transfer-types';

/**
 * Numbers what is found, gives it its place in the data stream, and says what the receiver is to be told of it. What
 * has got an index must be told before anybody else has a turn: entries go out in their order.
 */
export class Announcements {
    private nextIndex = 0;
    private nextOffset = 0;

    constructor(
        private readonly options: Pick<SenderOptions, 'isDone' | 'chunkBytes' | 'hash' | 'removal' | 'keep'>,
        private readonly events: Pick<TransferEvents, 'wantsDigests' | 'onFileSkipped'>,
        private readonly entries: OutgoingEntries,
        private readonly ledger: TransferLedger
    ) {}

    /** Entries so far. */
    get count(): number {
        return this.nextIndex;
    }

    /** What the receiver is to be told of what was found, if anything. */
    recordOf(item: FeedItem): MetaRecord | undefined {
        switch (item.type) {
            case 'entry':
                return this.announce(item.entry);
            case 'empty-files':
                return this.announceEmpty(item.files);
            case 'failed':
                return this.failSource(item.path, item.error);
            case 'order-failed':
                return this.failSource(item.path, item.error, item.work);
            case 'skipped':
                this.events.onFileSkipped?.({ path: item.path, sizeBytes: 0 }, 'policy');
                return undefined;
        }
    }

    /** What the receiver is to be told of it at once, unless it has it. */
    announce(scanned: ScannedEntry, replaces?: OutgoingEntry): EntryRecord | undefined {
        if (scanned.kind !== 'directory' && !replaces && this.options.isDone?.(scanned.path)) {
            const sizeBytes = scanned.kind === 'file' ? scanned.stat.sizeBytes : 0;
            this.ledger.addTotals(1, sizeBytes);
            this.ledger.doneBefore({ path: scanned.path, sizeBytes });
            return undefined;
        }
        const chunkBytes = this.options.chunkBytes ?? CHUNK_BYTES;
        // What has ended comes again because the receiver asked, what has not because it changed.
        const changes = (replaces?.changes ?? 0) + (replaces && !replaces.isEnded ? 1 : 0);
        const refetches = (replaces?.refetches ?? 0) + (replaces?.isEnded ? 1 : 0);
        const entry = new OutgoingEntry(
            this.nextIndex++,
            scanned,
            this.nextOffset,
            chunkBytes,
            changes,
            refetches,
            this.events.wantsDigests ? this.options.hash : undefined,
            this.options.keep
        );
        this.nextOffset += entry.sizeBytes;
        if (this.nextOffset > MAX_DATA_OFFSET) {
            throw new ConnectError('not-supported', 'More than 256 TiB do not fit into one session');
        }
        this.entries.add(entry);
        if (scanned.kind !== 'directory') {
            this.ledger.addTotals(
                replaces || entry.file.isStep ? 0 : 1,
                entry.sizeBytes - (replaces?.sizeBytes ?? 0)
            );
        }
        if (entry.isEmptyFile) {
            this.ledger.started(entry.file);
        }
        return entry.announcement(replaces?.index);
    }

    /** As {@link announce} for each of them. */
    private announceEmpty(found: EmptyFiles): EmptyFilesRecord {
        const index = this.nextIndex;
        const files = this.events.wantsDigests ? found.withDigest(this.options.hash) : found;
        this.nextIndex += files.count;
        this.entries.addEmpty(index, files);
        this.ledger.addTotals(files.count, 0);
        this.ledger.emptyStarted(files);
        const { folder, names, mtimes, modes } = files;
        return { type: 'empty-files', index, folder, names, mtimes, modes };
    }

    /** Something that has no entry, because it could not be looked at. */
    private failSource(path: string, error: ConnectError, work?: number): MetaRecord | undefined {
        this.ledger.addTotals(1, 0);
        if (this.options.removal && this.options.isDone?.(path)) {
            // An earlier session has brought it, and then it was removed.
            this.ledger.doneBefore({ path, sizeBytes: 0 });
            return undefined;
        }
        const failure = { path, error: error.toWire() };
        this.ledger.failed(path, failure.error, work);
        return work === undefined
            ? { type: 'source-failed', ...failure }
            : { type: 'order-failed', work, ...failure };
    }

    /** How much has been found so far. */
    totals(complete: boolean): MetaRecord {
        const { filesTotal, bytesTotal } = this.ledger.progress();
        this.ledger.setTotals(filesTotal, bytesTotal, complete);
        return { type: 'scan-totals', files: filesTotal, bytes: bytesTotal, complete };
    }
}
