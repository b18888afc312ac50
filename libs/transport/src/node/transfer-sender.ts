import { ConnectError, WireError } from '@connect/base';
import { CHUNK_BYTES } from '../proto/chunk-plan';
import { ChunkHash, MAX_DATA_OFFSET, MetaRecord, RECORD_VERSION } from '../proto/meta-records';
import { placeSources, TransferSource } from '../proto/placement';
import { malformed } from '../proto/wire-bytes';
import { FileStore } from './file-store';
import { FileScanner, ScannedEntry } from './file-scanner';
import { OutgoingEntry } from './outgoing-entry';
import { OutgoingFile, SourceReader } from './source-reader';
import { StreamPort } from './stream-port';
import { TransferLedger } from './transfer-ledger';
import { FileProgress, SymlinkPolicy, TransferEvents, TransferSummary } from './transfer-types';

/** What is sent, and how. */
export interface SenderOptions {
    readonly store: FileStore;
    readonly port: StreamPort;
    readonly sources: readonly TransferSource[];
    /** Folder whose path is taken off the sources; what remains is their path below the destination. */
    readonly sourceBase?: string;
    /** Default `follow`. */
    readonly symlinks?: SymlinkPolicy;
    /** Files that an earlier session of the same run has brought are not announced. */
    readonly isDone?: (path: string) => boolean;
    /** Default {@link CHUNK_BYTES}. */
    readonly chunkBytes?: number;
    /** Bytes read but not acknowledged: at least twice rate × round trip to keep the path full. Default 64 MiB. */
    readonly readAheadBytes?: number;
    /** How many entries may be announced without a result. Default 20,000. */
    readonly entryWindow?: number;
}

const READ_AHEAD_BYTES = 64 * 1024 * 1024;
const ENTRY_WINDOW = 20_000;
const TOTALS_EVERY = 512;
/** How often a file that changes while it is read is sent again. */
const MAX_CHANGES = 2;
/** More requests for the same file than our own receiver ever makes. */
const MAX_REFETCHES = 8;

/** Indices remembered after their end; more than a window, so that memory stays flat and no crossing word is missed. */
const MAX_REMEMBERED = 2 * ENTRY_WINDOW;

/**
 * The sending end of a transfer: scans, announces, reads what the receiver decides to want, and keeps track of results.
 * Records and their order: docs/formats/transfer-records.md.
 */
export class TransferSender {
    private readonly ledger: TransferLedger;
    private readonly scanner: FileScanner;
    private readonly reader: SourceReader;
    private readonly entries = new Map<number, OutgoingEntry>();
    /** Indices whose entry was replaced: the receiver may still speak of them. */
    private readonly replaced = new Set<number>();
    private nextIndex = 0;
    private nextOffset = 0;
    private unended = 0;
    private isScanned = false;
    private isEndSent = false;
    private roomInWindow: (() => void) | undefined;
    private failure: ConnectError | undefined;
    private readonly finished: Promise<TransferSummary>;
    private resolve!: (summary: TransferSummary) => void;
    private reject!: (error: ConnectError) => void;

    constructor(
        private readonly options: SenderOptions,
        private readonly events: TransferEvents = {}
    ) {
        this.ledger = new TransferLedger(events);
        this.scanner = new FileScanner(options.store, options.symlinks ?? 'follow');
        const readAhead = options.readAheadBytes ?? READ_AHEAD_BYTES;
        this.reader = new SourceReader(options.store, options.port, this.readerEvents(), readAhead);
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
            this.roomInWindow?.();
        }
    }

    /** Ends the run soon. The receiver keeps what it has. */
    stop(error: ConnectError): void {
        if (!this.failure) {
            this.failure = error;
            this.reader.stop();
            this.reject(error);
            // Nobody may be listening yet.
            this.finished.catch(() => undefined);
        }
    }

    progress(): FileProgress {
        return this.ledger.progress();
    }

    private async announceAll(): Promise<void> {
        const { placed, rejected } = placeSources(this.options.sources, this.options.sourceBase);
        await this.send({ type: 'begin', version: RECORD_VERSION, sourceCount: this.options.sources.length });
        for (const { path, error } of rejected) {
            await this.failSource(path, error);
        }
        let count = 0;
        for await (const item of this.scanner.scan(placed)) {
            if (this.failure) {
                return;
            }
            if (item.type === 'entry') {
                await this.windowRoom();
                await this.announce(item.entry);
            } else if (item.type === 'failed') {
                await this.failSource(item.path, item.error);
            } else {
                this.events.onFileSkipped?.({ path: item.path, sizeBytes: 0 }, 'policy');
            }
            if (++count % TOTALS_EVERY === 0) {
                await this.tellTotals(false);
            }
        }
        this.isScanned = true;
        await this.tellTotals(true);
        await this.endWhenDone();
    }

    private async announce(scanned: ScannedEntry, replaces?: OutgoingEntry): Promise<void> {
        if (scanned.kind !== 'directory' && !replaces && this.options.isDone?.(scanned.path)) {
            const sizeBytes = scanned.kind === 'file' ? scanned.stat.sizeBytes : 0;
            this.ledger.addTotals(1, sizeBytes);
            this.ledger.doneBefore({ path: scanned.path, sizeBytes });
            return;
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
            refetches
        );
        this.nextOffset += entry.sizeBytes;
        if (this.nextOffset > MAX_DATA_OFFSET) {
            throw new ConnectError('not-supported', 'More than 256 TiB do not fit into one session');
        }
        this.entries.set(entry.index, entry);
        if (entry.isFile) {
            this.unended += 1;
        } else {
            entry.isEnded = true;
        }
        if (scanned.kind !== 'directory') {
            this.ledger.addTotals(replaces ? 0 : 1, entry.sizeBytes - (replaces?.sizeBytes ?? 0));
        }
        await this.send({
            type: 'entry',
            index: entry.index,
            kind: scanned.kind,
            path: scanned.path,
            sizeBytes: entry.sizeBytes,
            mtimeNs: scanned.stat.mtimeNs,
            mode: scanned.stat.mode & 0o7777,
            dataOffset: entry.dataOffset,
            chunkBytes,
            ...(scanned.linkTarget === undefined ? {} : { linkTarget: scanned.linkTarget }),
            ...(replaces ? { replaces: replaces.index } : {})
        });
    }

    private async failSource(path: string, error: ConnectError): Promise<void> {
        this.ledger.addTotals(1, 0);
        this.ledger.failed(path, error.toWire());
        await this.send({ type: 'source-failed', path, error: error.toWire() });
    }

    private async tellTotals(complete: boolean): Promise<void> {
        const { filesTotal, bytesTotal } = this.ledger.progress();
        this.ledger.setTotals(filesTotal, bytesTotal, complete);
        await this.send({ type: 'scan-totals', files: filesTotal, bytes: bytesTotal, complete });
    }

    private async windowRoom(): Promise<void> {
        const window = this.options.entryWindow ?? ENTRY_WINDOW;
        while (this.entries.size >= window && !this.failure) {
            await new Promise<void>(resolve => (this.roomInWindow = resolve));
        }
    }

    private onRecord(record: MetaRecord): void {
        switch (record.type) {
            case 'decision-send':
                this.eachKnown(record.from, record.to, entry =>
                    this.decided(this.undecided(entry.index), 'all')
                );
                return;
            case 'decision-skip': {
                const entry = this.known(record.index);
                this.ended(entry);
                this.ledger.skipped(entry.file, record.reason);
                this.settle(entry);
                return;
            }
            case 'decision-have':
                record.chunks.forEach(range => this.undecided(record.index).have.add(range.start, range.end));
                return;
            case 'decision-hashes':
                this.addChecks(this.undecided(record.index), record.hashes);
                return;
            case 'decision-resume':
                this.decided(this.undecided(record.index), 'missing');
                return;
            case 'decision-compare':
                this.decided(this.undecided(record.index), 'compare');
                return;
            case 'refetch':
                this.detach(this.refetch(this.known(record.index)));
                return;
            case 'result-ok':
                this.eachKnown(record.from, record.to, entry => this.succeeded(entry));
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

    private decided(entry: OutgoingEntry, want: OutgoingFile['want']): void {
        entry.isDecided = true;
        entry.want = want;
        this.reader.enqueue(entry);
    }

    private addChecks(entry: OutgoingEntry, hashes: readonly ChunkHash[]): void {
        const chunks = Math.ceil(entry.sizeBytes / entry.chunkBytes);
        if (entry.checks.length + hashes.length > chunks || hashes.some(item => item.chunk >= chunks)) {
            throw malformed('hashes of chunks that do not exist');
        }
        entry.checks.push(...hashes);
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
        this.ledger.discarded(entry.isEnded ? entry.sizeBytes : entry.countedBytes);
        entry.cancelled = true;
        this.outlive(entry.index);
        this.entries.delete(entry.index);
        if (!entry.isEnded) {
            await this.send({ type: 'file-end', index: entry.index, status: 'changed' });
        }
        await this.announce(item.entry, entry);
        this.ended(entry);
    }

    private async refetch(entry: OutgoingEntry): Promise<void> {
        if (!entry.isFile || !entry.isEnded || entry.refetches >= MAX_REFETCHES) {
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
        this.ledger.failed(entry.scanned.path, error.toWire());
        this.ended(entry);
        this.settle(entry);
        this.outlive(entry.index);
    }

    private failedThere(index: number, error: WireError): void {
        const entry = this.entries.get(index);
        if (!entry && this.replaced.has(index)) {
            return;
        }
        const failed = entry ?? this.known(index);
        failed.cancelled = true;
        if (failed.scanned.kind === 'directory') {
            this.ledger.addTotals(1, 0);
        }
        this.ledger.failed(failed.scanned.path, error);
        this.ended(failed);
        this.settle(failed);
        // Our own end of it may still be under way.
        this.outlive(index);
    }

    private succeeded(entry: OutgoingEntry): void {
        if (!entry.isEnded) {
            throw malformed('a result before the end of the file');
        }
        if (entry.scanned.kind !== 'directory') {
            this.ledger.done(entry.file);
        }
        this.settle(entry);
    }

    /** The receiver may speak of this index once more: its words and ours cross. */
    private outlive(index: number): void {
        this.replaced.add(index);
        if (this.replaced.size > MAX_REMEMBERED) {
            this.replaced.delete(this.replaced.values().next().value!);
        }
    }

    private settle(entry: OutgoingEntry): void {
        this.entries.delete(entry.index);
        this.roomInWindow?.();
    }

    /** No data of this entry will be offered any more. */
    private ended(entry: OutgoingEntry): void {
        if (!entry.isEnded) {
            entry.isEnded = true;
            this.unended -= 1;
            this.detach(this.endWhenDone());
        }
    }

    private async endWhenDone(): Promise<void> {
        if (this.isScanned && this.unended === 0 && !this.isEndSent) {
            this.isEndSent = true;
            await this.send({ type: 'end', entries: this.nextIndex });
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
        const summary = this.ledger.summary();
        const outcome = summary.error ?? error;
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
            onAcknowledged: (file, bytes) => {
                this.ledger.transferred(bytes);
                if (file) {
                    own(file).countedBytes += bytes;
                }
                if (file?.cancelled) {
                    this.ledger.discarded(bytes);
                }
            },
            onRead: (file, status) => this.onRead(own(file), status),
            onChanged: file => this.onChanged(own(file)),
            onReadFailed: (file, error) => this.failHere(own(file), error),
            onPortFailed: error => this.stop(ConnectError.from(error))
        };
    }

    private async onRead(entry: OutgoingEntry, status: 'ok' | 'same'): Promise<void> {
        if (entry.cancelled) {
            return;
        }
        if (status === 'same') {
            this.ledger.skipped(entry.file, 'same');
            this.settle(entry);
        }
        const told = this.send({ type: 'file-end', index: entry.index, status });
        this.ended(entry);
        await told;
    }

    private async onChanged(entry: OutgoingEntry): Promise<void> {
        if (entry.cancelled) {
            return;
        }
        if (entry.changes < MAX_CHANGES) {
            await this.replace(entry);
            return;
        }
        const message = `${entry.scanned.sourcePath} was written to while it was sent`;
        await this.failHere(entry, new ConnectError('transfer.source-changed', message));
    }

    private undecided(index: number): OutgoingEntry {
        const entry = this.known(index);
        if (!entry.isFile || entry.isDecided) {
            throw malformed('a decision about an entry that needs none');
        }
        return entry;
    }

    private known(index: number): OutgoingEntry {
        const entry = this.entries.get(index);
        if (!entry) {
            throw malformed(`entry ${index} is not outstanding`);
        }
        return entry;
    }

    private eachKnown(from: number, to: number, work: (entry: OutgoingEntry) => void): void {
        // Checked first: a range of billions must not keep this loop busy.
        if (to > this.nextIndex) {
            throw malformed('entries that were not announced');
        }
        for (let index = from; index < to; index++) {
            work(this.known(index));
        }
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
