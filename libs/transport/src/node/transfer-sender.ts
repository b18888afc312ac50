import { ConnectError, WireError } from '@connect/base';
import { chunkSetBytes } from '../proto/chunk-plan';
import { FileEndRecord, MetaRecord, NotKeptRecord, RECORD_VERSION } from '../proto/meta-records';
import { LostFact } from '../proto/kept-facts';
import { SourceSelection } from '../proto/source-selection';
import { malformed } from '../proto/wire-bytes';
import { isWorkRecord } from '../proto/work-records';
import { FileScanner } from './file-scanner';
import { EntryFeed } from './multi/entry-feed';
import { OutgoingEntries } from './outgoing-entries';
import { OutgoingEntry } from './outgoing-entry';
import { mayGroupEmpty, SenderOptions } from './sender-options';
import { SourceFeed } from './source-feed';
import { SourceRemoval } from './source-removal';
import { isUnchanged } from './listed-stat';
import { Announcements } from './announcements';
import { EntryWindow } from './entry-window';
import { OutgoingFile } from './outgoing-file';
import { SourceReader } from './source-reader';
import { TransferLedger } from './transfer-ledger';
import { FileProgress, TransferEvents, TransferSummary } from './transfer-types';

const READ_AHEAD_BYTES = 64 * 1024 * 1024;
const ENTRY_WINDOW = 10_000;
const TOTALS_EVERY = 512;
/** How often a file that changes while it is read is sent again. */
const MAX_CHANGES = 2;
/** More requests for the same file than our own receiver ever makes. */
const MAX_REFETCHES = 8;

/** Indices remembered after their end. */
const MAX_REMEMBERED = 2 * ENTRY_WINDOW;

/**
 * The sending end of a transfer: scans, announces, reads what the receiver decides to want, and keeps track of results.
 * Records and their order: docs/formats/transfer-records.md.
 */
export class TransferSender {
    private readonly ledger: TransferLedger;
    private readonly scanner: FileScanner;
    private readonly selection: SourceSelection | undefined;
    private readonly removal: SourceRemoval | undefined;
    private readonly reader: SourceReader;
    private readonly feed: EntryFeed;
    private readonly entries = new OutgoingEntries(MAX_REMEMBERED);
    private readonly announcements: Announcements;
    private isScanned = false;
    private isEndSent = false;
    private readonly window: EntryWindow;
    private failure: ConnectError | undefined;
    private readonly finished: Promise<TransferSummary>;
    private resolve!: (summary: TransferSummary) => void;
    private reject!: (error: ConnectError) => void;

    constructor(
        private readonly options: SenderOptions,
        private readonly events: TransferEvents = {}
    ) {
        this.ledger = new TransferLedger(events);
        const { store, port, hash, selection, removal } = options;
        this.selection = selection && new SourceSelection(selection);
        this.removal = removal && new SourceRemoval(store, removal, line => this.ledger.log(line));
        this.scanner = new FileScanner(store, options.symlinks ?? 'follow', this.selection);
        this.feed = options.feed ?? new SourceFeed(this.scanner, options, mayGroupEmpty(options));
        this.announcements = new Announcements(options, this.events, this.entries, this.ledger);
        this.window = new EntryWindow(options.entryWindow ?? ENTRY_WINDOW, options.clock);
        const readAhead = options.readAheadBytes ?? READ_AHEAD_BYTES;
        this.reader = new SourceReader(store, port, this.readerEvents(), readAhead, hash);
        this.finished = new Promise((resolve, reject) => {
            this.resolve = resolve;
            this.reject = reject;
        });
        options.port.listener = {
            onRecord: record => this.guarded(() => this.onRecord(record)),
            // The receiver has no files to send.
            onData: () => this.stop(malformed('data from the receiver'))
        };
    }

    /**
     * Sends everything. Resolves when the receiver has finished, also when some files failed: see the summary. Rejects
     * with the error given to {@link stop}, with that of the port, or with `transfer.protocol`.
     */
    async run(): Promise<TransferSummary> {
        this.detach(this.reader.run());
        this.detach(this.announceAll());
        try {
            return await this.finished;
        } finally {
            this.reader.stop();
            this.feed.close();
            this.window.release();
        }
    }

    /** Ends the run soon. The receiver keeps what it has. */
    stop(error: ConnectError): void {
        if (!this.failure) {
            this.failure = error;
            this.reader.stop();
            this.feed.close();
            this.reject(error);
            // Nobody may be listening yet.
            this.finished.catch(() => undefined);
        }
    }

    progress(): FileProgress {
        return this.ledger.progress();
    }

    private async announceAll(): Promise<void> {
        const sourceCount = await this.feed.sourceCount();
        await this.send({ type: 'begin', version: RECORD_VERSION, sourceCount });
        let count = 0;
        for await (const items of this.feed.items()) {
            // What has an index must be told before anybody else has a turn: entries go out in their order.
            let records: MetaRecord[] = [];
            for (const item of items) {
                if ((item.type === 'entry' || item.type === 'empty-files') && !this.hasRoom) {
                    await this.options.port.sendRecords(records);
                    records = [];
                    await this.windowRoom();
                }
                if (this.failure) {
                    return;
                }
                const record = this.announcements.recordOf(item);
                if (record) {
                    records.push(record);
                }
                count += item.type === 'empty-files' ? item.files.count : 1;
                if (count >= TOTALS_EVERY) {
                    count = 0;
                    records.push(this.announcements.totals(false));
                }
            }
            await this.options.port.sendRecords(records);
        }
        this.isScanned = true;
        await this.send(this.announcements.totals(true));
        this.endWhenDone();
    }

    private get hasRoom(): boolean {
        return this.window.hasRoom(this.entries.size);
    }

    private async windowRoom(): Promise<void> {
        while (!this.hasRoom && !this.failure) {
            await this.window.change();
        }
    }

    private onRecord(record: MetaRecord): void {
        if (isWorkRecord(record) && this.feed.onRecord(record)) {
            return;
        }
        switch (record.type) {
            case 'decision-send':
                this.entries.each(record.from, record.to, entry =>
                    this.decided(this.entries.undecided(entry.index), 'all')
                );
                return;
            case 'decision-skip': {
                const empty = this.entries.takeEmpty(record.index);
                if (empty) {
                    this.ledger.skipped(empty, record.reason);
                    this.window.onResult();
                    return;
                }
                const entry = this.entries.known(record.index);
                this.ended(entry);
                this.ledger.skipped(entry.file, record.reason);
                this.settle(entry);
                return;
            }
            case 'decision-have':
                record.chunks.forEach(range =>
                    this.entries.undecided(record.index).have.add(range.start, range.end)
                );
                return;
            case 'decision-zeros':
                this.readThere(this.entries.undecided(record.index), entry => entry.addZeros(record.chunks));
                return;
            case 'decision-hashes':
                this.readThere(this.entries.undecided(record.index), entry => entry.addChecks(record.hashes));
                return;
            case 'decision-resume':
                this.decided(this.entries.undecided(record.index), 'missing');
                return;
            case 'decision-compare':
                this.decided(this.entries.undecided(record.index), 'compare');
                return;
            case 'refetch':
                this.detach(this.refetch(this.entries.known(record.index)));
                return;
            case 'result-ok':
                this.entries.each(
                    record.from,
                    record.to,
                    entry => this.succeeded(entry),
                    files => {
                        this.ledger.emptyDone(files);
                        this.window.onResult(files.count);
                    }
                );
                return;
            case 'not-kept':
                this.lostThere(record);
                return;
            case 'result-failed':
                this.failedThere(record.index, record.error);
                return;
            case 'finished':
                this.onFinished(record.error);
                return;
            default:
                throw malformed(`${record.type} from the receiver`);
        }
    }

    /** The receiver has read a part of what it has: that is half of the work, the other one is to compare it here. */
    private readThere(entry: OutgoingEntry, take: (entry: OutgoingEntry) => number): void {
        if (entry.bytesToCompare === 0) {
            entry.bytesToCompare = entry.have.isEmpty
                ? entry.contentBytes
                : chunkSetBytes(entry.contentBytes, entry.chunkBytes, entry.have);
            this.ledger.onToCompare(2 * entry.bytesToCompare);
        }
        this.ledger.onCompared(take(entry));
    }

    private decided(entry: OutgoingEntry, want: OutgoingFile['want']): void {
        entry.isDecided = true;
        entry.want = want;
        this.reader.enqueue(entry);
    }

    /** The file as it is now takes the place of what was announced. */
    private async replace(entry: OutgoingEntry): Promise<void> {
        const item = await this.scanner.inspect(entry.scanned.sourcePath, entry.scanned.path);
        if (item.type !== 'entry' || item.entry.kind !== 'file') {
            const gone = new ConnectError(
                'transfer.source-changed',
                `${entry.scanned.sourcePath} is no file any more`
            );
            await this.failHere(entry, item.type === 'failed' ? item.error : gone);
            return;
        }
        if (entry.cancelled) {
            return;
        }
        if (entry.part && !isUnchanged(entry.scanned.stat, item.entry.stat)) {
            // The other parts are of the version it had.
            await this.failHere(entry, entry.changedError());
            return;
        }
        this.ledger.discarded(entry.isEnded ? entry.sizeBytes : entry.countedBytes);
        entry.cancelled = true;
        this.entries.outlive(entry.index);
        this.entries.delete(entry.index);
        if (!entry.isEnded) {
            await this.send({ type: 'file-end', index: entry.index, status: 'changed' });
        }
        const { work, part } = entry.scanned;
        const isBehindLink = entry.scanned.isBehindLink || item.entry.isBehindLink;
        const again = { ...item.entry, work, part, isBehindLink, atimeNs: entry.atimeNs };
        const record = this.announcements.announce(again, entry);
        if (record) {
            await this.send(record);
        }
        this.ended(entry);
    }

    private async refetch(entry: OutgoingEntry): Promise<void> {
        if (!entry.isFile || entry.isEmptyFile || !entry.isEnded || entry.refetches >= MAX_REFETCHES) {
            throw malformed('an unexpected request to send a file again');
        }
        await this.replace(entry);
    }

    private async failHere(entry: OutgoingEntry, error: ConnectError): Promise<void> {
        if (entry.cancelled) {
            return;
        }
        entry.cancelled = true;
        await this.send({ type: 'file-end', index: entry.index, status: 'failed', error: error.toWire() });
        this.ledger.failed(entry.scanned.path, error.toWire(), entry.scanned.work);
        this.ended(entry);
        this.settle(entry);
        this.entries.outlive(entry.index);
    }

    private failedThere(index: number, error: WireError): void {
        const empty = this.entries.takeEmpty(index);
        if (empty) {
            this.ledger.failed(empty.path, error);
            this.window.onResult();
            return;
        }
        const entry = this.entries.get(index);
        if (!entry && this.entries.isOutlived(index)) {
            return;
        }
        const failed = entry ?? this.entries.known(index);
        failed.cancelled = true;
        if (failed.scanned.kind === 'directory') {
            this.ledger.addTotals(1, 0);
            this.removal?.folderFailed(failed.scanned.sourcePath);
        }
        this.ledger.failed(failed.scanned.path, error, failed.scanned.work);
        this.ended(failed);
        this.settle(failed);
        // Our own end of it may still be under way.
        this.entries.outlive(index);
    }

    private succeeded(entry: OutgoingEntry): void {
        if (!entry.isEnded) {
            throw malformed('a result before the end of the file');
        }
        if (entry.part?.step === 'open') {
            this.ledger.opened(entry.opened);
        } else if (entry.scanned.kind !== 'directory' || entry.scanned.work !== undefined) {
            this.ledger.done(entry.file);
        }
        this.removal?.moved(entry.scanned);
        this.settle(entry);
    }

    private settle(entry: OutgoingEntry): void {
        this.entries.delete(entry.index);
        this.window.onResult();
    }

    /** No data of this entry will be offered any more. */
    private ended(entry: OutgoingEntry): void {
        if (this.entries.end(entry)) {
            this.endWhenDone();
        }
    }

    private endWhenDone(): void {
        if (this.isScanned && this.entries.unended === 0 && !this.isEndSent) {
            this.isEndSent = true;
            this.detach(this.send({ type: 'end', entries: this.announcements.count }));
        }
    }

    private onFinished(error: WireError | undefined): void {
        if (error && !this.isEndSent) {
            this.stop(ConnectError.fromWire(error));
            return;
        }
        if (!this.isEndSent || this.entries.size > 0) {
            throw malformed('finished before the end');
        }
        this.detach(this.finish(error));
    }

    private async finish(error: WireError | undefined): Promise<void> {
        const { sources, sourceBase } = this.options;
        const kept = await this.removal?.finish(sources, sourceBase, this.selection);
        const summary = this.ledger.summary();
        const outcome = summary.error ?? error ?? kept;
        this.resolve(outcome ? { ...summary, error: outcome } : summary);
    }

    private readerEvents(): ConstructorParameters<typeof SourceReader>[2] {
        const own = (file: OutgoingFile): OutgoingEntry => file as OutgoingEntry;
        return {
            onStarted: file => this.ledger.started(own(file).file),
            onPresent: (file, bytes) => {
                own(file).countedBytes += bytes;
                this.ledger.resumed(bytes);
            },
            onToCompare: (file, bytes) => this.ledger.onToCompare(bytes - own(file).bytesToCompare),
            onCompared: bytes => this.ledger.onCompared(bytes),
            onHole: (file, chunks) => this.ledger.empty(own(file).addHole(chunks)),
            onAcknowledged: (file, bytes) => {
                this.ledger.transferred(bytes);
                if (file) {
                    own(file).countedBytes += bytes;
                }
                if (file?.cancelled) {
                    this.ledger.discarded(bytes);
                }
            },
            endOf: (file, status) => this.endOf(own(file), status),
            onRead: file => this.lose(own(file), ['source-access-time']),
            onEnded: file => this.ended(own(file)),
            onChanged: file => this.onChanged(own(file)),
            onReadFailed: (file, error) => this.failHere(own(file), error),
            onPortFailed: error => this.stop(ConnectError.from(error))
        };
    }

    private endOf(entry: OutgoingEntry, status: 'ok' | 'same'): FileEndRecord | undefined {
        if (entry.cancelled) {
            return undefined;
        }
        if (status === 'same') {
            this.ledger.skipped(entry.file, 'same');
            this.settle(entry);
        }
        return { type: 'file-end', index: entry.index, status };
    }

    private lostThere({ index, facts }: NotKeptRecord): void {
        const entry = this.entries.get(index);
        entry?.lose(facts);
        if (entry?.scanned.kind === 'directory') {
            this.ledger.log(`Of ${entry.scanned.path} was not kept: ${facts.join(', ')}`);
        }
    }

    private lose(entry: OutgoingEntry, facts: readonly LostFact[]): void {
        if (!entry.cancelled) {
            entry.lose(facts);
            this.detach(this.send({ type: 'not-kept', index: entry.index, facts }));
        }
    }

    private async onChanged(entry: OutgoingEntry): Promise<void> {
        if (entry.cancelled) {
            return;
        }
        if (entry.changes < MAX_CHANGES && !entry.part) {
            await this.replace(entry);
            return;
        }
        await this.failHere(entry, entry.changedError());
    }

    private send(record: MetaRecord): Promise<void> {
        return this.options.port.sendRecord(record);
    }

    private guarded(work: () => void): void {
        try {
            work();
        } catch (error) {
            this.stop(ConnectError.from(error));
        }
    }

    private detach(work: Promise<unknown>): void {
        work.catch(error => this.stop(ConnectError.from(error)));
    }
}
