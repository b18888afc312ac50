import { ConnectError, RangeSet, WireError, systemClock } from '@connect/base';
import { BlockRun } from '../proto/block-run';
import { MAX_CHUNK_BYTES, MIN_CHUNK_BYTES } from '../proto/chunk-plan';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { isEmptyFile } from '../proto/empty-files-record';
import {
    EmptyFilesRecord,
    EntryRecord,
    MAX_DATA_OFFSET,
    MetaRecord,
    RECORD_VERSION
} from '../proto/meta-records';
import { OverwriteRule, ResumeLevel } from '../proto/overwrite-decision';
import { allLost, LostFact, NOTHING_LOST } from '../proto/kept-facts';
import { DEFAULT_SUFFIXES, PartialSuffixes } from '../proto/partial-names';
import { relativePathProblem } from '../proto/placement';
import { malformed } from '../proto/wire-bytes';
import { BacklogLimit } from './backlog-limit';
import { isWorkRecord, partProblem } from '../proto/work-records';
import { EmptyFileReception } from './empty-file-reception';
import { EmptyFiles } from './empty-files';
import { FileStore } from './file-store';
import { FsyncPolicy } from './file-sink';
import { FileReception } from './file-reception';
import { IncomingFile } from './incoming-file';
import { hasOwnership, keepsMore, lostOwnership } from './kept-ownership';
import { IncomingStore } from './incoming-store';
import { OrderRequests } from './multi/order-requests';
import { ReceiverOutbox } from './receiver-outbox';
import { StreamPort } from './stream-port';
import { targetError } from './transfer-errors';
import { TransferLedger } from './transfer-ledger';
import { FileProgress, TransferEvents, TransferSummary } from './transfer-types';

/** Where files go, and by which rules. */
export interface ReceiverOptions {
    readonly store: FileStore;
    readonly port: StreamPort;
    /** Absolute path in the store: a folder, or the name of the one file that comes; see {@link planDestination}. */
    readonly destination: string;
    /** The destination is a folder, whatever comes. */
    readonly createFolder?: boolean;
    /** As agreed with the sender. */
    readonly hash: HashAlgorithm;
    /** Default `diff`. */
    readonly overwrite?: OverwriteRule;
    /** Default `attributes`. */
    readonly resume?: ResumeLevel;
    /** Default `auto`. */
    readonly fsync?: FsyncPolicy;
    readonly suffixes?: PartialSuffixes;
    /** Files that an earlier session of the same run has brought stay as they are. */
    readonly isDone?: (path: string) => boolean;
    /** Whether files may be given to the owners and groups that the sender names, as far as the system permits. Default true. */
    readonly mayGiveAway?: boolean;
    /** Tells the sender what to send, when it does not know by itself. */
    readonly requests?: OrderRequests;
    /** Receive window, and what may be held in memory beyond what arrives. Default 64 MiB. */
    readonly memoryBytes?: number;
}

const MEMORY_BYTES = 64 * 1024 * 1024;
/** The peer may hold a whole chunk's buffer with every byte of the window: this is where that ends. */
const HARD_LIMIT_FACTOR = 4;
/**
 * Complete chunks in memory beyond the {@link BacklogLimit} close the window, each byte by `BACKLOG_WEIGHT`: the disk
 * falls behind by a moment only.
 */
const BACKLOG_WEIGHT = 64;
/** The window is told anew when it has moved by this much. */
const WINDOW_STEP_BYTES = 1024 * 1024;

/**
 * The receiving end of a transfer: decides, assembles, proves, writes, names. Records and their order:
 * docs/formats/transfer-records.md.
 */
export class TransferReceiver {
    private readonly ledger: TransferLedger;
    private readonly outbox: ReceiverOutbox;
    private readonly files: IncomingStore;
    private readonly reception: FileReception;
    private readonly emptyFiles: EmptyFileReception;
    private readonly settledIndices = new RangeSet();
    private nextIndex = 0;
    private nextOffset = 0;
    private sourceCount: number | undefined;
    private isEnded = false;
    private isFinishing = false;
    private window = 0;
    private readonly backlogLimit = new BacklogLimit();
    private failure: ConnectError | undefined;
    private readonly finished: Promise<TransferSummary>;
    private resolve!: (summary: TransferSummary) => void;
    private reject!: (error: ConnectError) => void;

    constructor(
        private readonly options: ReceiverOptions,
        private readonly events: TransferEvents = {}
    ) {
        this.ledger = new TransferLedger(events);
        this.outbox = new ReceiverOutbox(options.port, error => this.stop(ConnectError.from(error)));
        const memory = options.memoryBytes ?? MEMORY_BYTES;
        this.files = new IncomingStore(
            {
                store: options.store,
                destination: options.destination,
                createFolder: options.createFolder ?? false,
                hash: options.hash,
                overwrite: options.overwrite ?? 'diff',
                resume: options.resume ?? 'attributes',
                fsync: options.fsync ?? 'auto',
                suffixes: options.suffixes ?? DEFAULT_SUFFIXES,
                bufferBytes: memory * HARD_LIMIT_FACTOR,
                comparison: this.ledger
            },
            {
                onChunk: (file, chunk, bytes) => this.reception.onChunk(file, chunk, bytes),
                onPlaced: (file, error) => this.reception.onPlaced(file, error),
                onUndecided: file => this.reception.onUndecided(file),
                onEmptyPlaced: group => this.emptyFiles.onPlaced(group),
                onEmptyFailed: (group, error) => this.emptyFiles.onFailed(group, error),
                onEmptyUndecided: group => this.emptyFiles.startContested(group),
                onBacklog: bytes => this.adjustWindow(bytes),
                onUnusable: error => this.abort(error),
                onLog: line => this.ledger.log(line)
            }
        );
        this.reception = new FileReception({
            files: this.files,
            ledger: this.ledger,
            outbox: this.outbox,
            port: options.port,
            isDone: options.isDone ?? (() => false),
            isStopped: () => this.failure !== undefined,
            onSettled: index => this.settle(index),
            onUnusable: error => this.abort(error)
        });
        this.emptyFiles = new EmptyFileReception({
            files: this.files,
            ledger: this.ledger,
            outbox: this.outbox,
            isStopped: () => this.failure !== undefined,
            onSettled: (from, to) => this.settle(from, to),
            startOne: (file, problem) => this.reception.start(file, problem),
            digestAlgorithm: () => this.digestAlgorithm,
            dataOffset: () => this.nextOffset
        });
        this.finished = new Promise((resolve, reject) => {
            this.resolve = resolve;
            this.reject = reject;
        });
        options.port.listener = {
            onRecord: record => this.guarded(() => this.onRecord(record)),
            onData: (offset, bytes) => this.onData(offset, bytes),
            onBlocks: run => this.onBlocks(run)
        };
    }

    /**
     * Receives everything. Resolves after the last record was given to the port, also when some files failed: see the
     * summary. Rejects with the error given to {@link stop} or with what made receiving impossible; by then nothing is
     * being written any more, and what can be resumed is on disk.
     */
    async run(): Promise<TransferSummary> {
        this.adjustWindow(0);
        try {
            return await this.finished;
        } finally {
            await this.files.close(this.reception.unsettled);
        }
    }

    /** Ends the run soon: nothing new is begun, unfinished files stay as they are for the next run. */
    stop(error: ConnectError): void {
        if (!this.failure) {
            this.failure = error;
            this.files.stop();
            this.reject(error);
            // Nobody may be listening yet.
            this.finished.catch(() => undefined);
        }
    }

    progress(): FileProgress {
        return this.ledger.progress();
    }

    private onRecord(record: MetaRecord): void {
        if (this.failure) {
            return;
        }
        if ((this.sourceCount === undefined) !== (record.type === 'begin') && !isWorkRecord(record)) {
            throw malformed('begin has to come first, and once');
        }
        switch (record.type) {
            case 'begin':
                if (record.version !== RECORD_VERSION) {
                    throw new ConnectError(
                        'transfer.protocol',
                        `Record version ${record.version} is not known`
                    );
                }
                this.sourceCount = record.sourceCount;
                return;
            case 'entry':
                this.onEntry(record);
                return;
            case 'empty-files':
                this.onEmptyFiles(record);
                return;
            case 'chunk-hash':
                this.requireKnown(record.index);
                this.reception.onHash(record);
                return;
            case 'hole':
                this.requireKnown(record.index);
                this.reception.onHole(record);
                return;
            case 'not-kept':
                this.requireKnown(record.index);
                this.reception.onNotKept(record);
                return;
            case 'file-end':
                this.requireKnown(record.index);
                this.reception.onFileEnd(record);
                return;
            case 'source-failed':
                this.ledger.addTotals(1, 0);
                this.ledger.failed(record.path, record.error);
                return;
            case 'order-failed':
                this.ledger.addTotals(1, 0);
                // Number 0 is no order: it could not even be listed.
                this.ledger.failed(record.path, record.error, record.work || undefined);
                return;
            case 'listed':
            case 'list-end':
                if (!this.options.requests?.onRecord(record)) {
                    throw malformed(`${record.type}, which was not asked for`);
                }
                return;
            case 'scan-totals':
                this.ledger.setTotals(record.files, record.bytes, record.complete);
                return;
            case 'end':
                if (record.entries !== this.nextIndex || this.isEnded) {
                    throw malformed('the end counts other entries');
                }
                this.isEnded = true;
                this.finishWhenSettled();
                return;
            default:
                throw malformed(`${record.type} from the sender`);
        }
    }

    private onData(offset: number, bytes: Uint8Array): void {
        if (this.failure) {
            return;
        }
        try {
            // no closure: this runs for every packet
            this.files.assembler.onData(offset, bytes);
        } catch (error) {
            this.stop(ConnectError.from(error));
        }
    }

    private onBlocks(run: BlockRun): void {
        if (!this.failure) {
            this.guarded(() => this.files.assembler.onBlocks(run));
        }
    }

    private onEntry(told: EntryRecord): void {
        const isRefused = this.options.mayGiveAway === false && hasOwnership(told);
        const refused = isRefused ? lostOwnership(told) : NOTHING_LOST;
        const entry = isRefused ? { ...told, uid: undefined, gid: undefined } : told;
        const offsetFits =
            entry.dataOffset === this.nextOffset && entry.dataOffset + entry.sizeBytes <= MAX_DATA_OFFSET;
        const chunkFits = entry.chunkBytes >= MIN_CHUNK_BYTES && entry.chunkBytes <= MAX_CHUNK_BYTES;
        if (entry.index !== this.nextIndex || !offsetFits || !chunkFits) {
            throw malformed(`entry ${entry.index} does not follow the one before`);
        }
        if (this.isEnded && entry.replaces === undefined) {
            throw malformed('an entry after the end');
        }
        const misfit = entry.part && partProblem(entry.part, entry);
        if (misfit) {
            throw malformed(misfit);
        }
        const replaced = this.reception.replacedBy(entry);
        this.nextIndex += 1;
        this.nextOffset += entry.sizeBytes;
        if (replaced && !(replaced instanceof IncomingFile)) {
            this.outbox.add({ type: 'result-failed', index: entry.index, error: replaced });
            this.options.port.expectNothing(entry.dataOffset, entry.dataOffset + entry.sizeBytes);
            this.settle(entry.index);
            return;
        }
        if (entry.kind !== 'directory') {
            const isStep = entry.part !== undefined && entry.part.step !== 'join';
            this.ledger.addTotals(replaced || isStep ? 0 : 1, entry.sizeBytes - (replaced?.sizeBytes ?? 0));
        }
        const problem = relativePathProblem(entry.path);
        if (!problem && !replaced) {
            this.files.announce(entry, this.sourceCount!);
        }
        const isAlone = replaced || entry.work !== undefined || this.options.isDone || keepsMore(told);
        if (isEmptyFile(entry) && !problem && !isAlone) {
            this.emptyFiles.startEntry(entry);
        } else if (entry.kind === 'file') {
            const file = new IncomingFile(entry, replaced, this.digestAlgorithm);
            file.lose(refused);
            this.reception.start(file, problem);
        } else if (problem) {
            this.failOther(entry, problem);
        } else {
            this.detach(this.makeOther(entry, refused));
        }
    }

    private onEmptyFiles({ index, folder, names, mtimes, modes }: EmptyFilesRecord): void {
        if (index !== this.nextIndex || this.isEnded) {
            throw malformed(`entry ${index} does not follow the one before`);
        }
        const files = new EmptyFiles(folder, names, mtimes, modes);
        this.nextIndex += files.count;
        this.ledger.addTotals(files.count, 0);
        const first = this.emptyFiles.entryOf({ index, files }, 0);
        const isPlain = !relativePathProblem(first.path);
        if (isPlain) {
            this.files.announce(first, this.sourceCount!);
        }
        // what an earlier session brought is looked for one by one
        if (isPlain && !this.options.isDone) {
            this.emptyFiles.start({ index, files });
        } else {
            this.emptyFiles.startEach({ index, files });
        }
    }

    /** When digests are asked for, which may be known only when the session has begun. */
    private get digestAlgorithm(): HashAlgorithm | undefined {
        return this.events.wantsDigests ? this.options.hash : undefined;
    }

    private async makeOther(entry: EntryRecord, refused: readonly LostFact[]): Promise<void> {
        try {
            const { skipped, lost: lostNow = NOTHING_LOST } = await this.files.makeOther(entry);
            const { path, work } = entry;
            if (skipped) {
                this.ledger.skipped({ path, sizeBytes: 0, work }, skipped);
                this.outbox.add({ type: 'decision-skip', index: entry.index, reason: skipped });
            } else {
                const lost = allLost(refused, lostNow);
                this.outbox.lost(entry.index, lost);
                if (entry.kind === 'symlink' || work !== undefined) {
                    this.ledger.done({ path, sizeBytes: 0, work, isStep: entry.kind === 'directory', lost });
                }
                this.outbox.ok(entry.index);
            }
            this.settle(entry.index);
        } catch (error) {
            this.failOther(entry, targetError(error));
        }
    }

    private failOther(entry: EntryRecord, error: ConnectError): void {
        if (this.failure) {
            return;
        }
        if (entry.kind === 'directory') {
            this.ledger.addTotals(1, 0);
        }
        this.ledger.failed(entry.path, error.toWire(), entry.work);
        this.outbox.add({ type: 'result-failed', index: entry.index, error: error.toWire() });
        this.settle(entry.index);
    }

    private settle(index: number, end = index + 1): void {
        this.settledIndices.include(index, end);
        this.files.settled(this.settledIndices.contiguousEnd(0));
        this.finishWhenSettled();
    }

    private finishWhenSettled(): void {
        const isSettled = this.settledIndices.covers(0, this.nextIndex);
        if (this.isEnded && isSettled && !this.isFinishing && !this.failure) {
            this.isFinishing = true;
            this.detach(this.finish());
        }
    }

    private async finish(): Promise<void> {
        let error: WireError | undefined;
        try {
            await this.files.finishFolders();
        } catch (problem) {
            error = targetError(problem).toWire();
        }
        const summary = this.ledger.summary();
        const outcome = summary.error ?? error;
        const { filesDone, filesSkipped, filesFailed } = summary;
        this.outbox.end({
            type: 'finished',
            filesDone,
            filesSkipped,
            filesFailed,
            ...(outcome ? { error: outcome } : {})
        });
        await this.outbox.drain();
        this.resolve(outcome ? { ...summary, error: outcome } : summary);
    }

    /** Words about an entry that was given up here cross ours; words about one that never was are a defect. */
    private requireKnown(index: number): void {
        if (index >= this.nextIndex) {
            throw malformed(`entry ${index} was not announced`);
        }
    }

    private adjustWindow(backlogBytes: number): void {
        const memory = this.options.memoryBytes ?? MEMORY_BYTES;
        this.backlogLimit.onBacklog(systemClock.now(), backlogBytes);
        const excess = Math.max(0, backlogBytes - Math.min(this.backlogLimit.bytes, memory / 4));
        const wanted = Math.max(0, memory - excess * BACKLOG_WEIGHT);
        // What is complete is written without any more data, so a window of 0 always opens again.
        const isEdge = wanted !== this.window && (wanted === 0 || wanted === memory);
        if (isEdge || Math.abs(wanted - this.window) >= WINDOW_STEP_BYTES) {
            this.window = wanted;
            this.options.port.setReceiveWindow(wanted);
        }
    }

    private guarded(work: () => void): void {
        try {
            work();
        } catch (error) {
            this.stop(ConnectError.from(error));
        }
    }

    /** For work that deals with its own failures: what is left is the destination itself, or a defect. */
    private detach(work: Promise<unknown>): void {
        work.catch(error => this.abort(ConnectError.from(error)));
    }

    /** Nothing can be received: the sender is told why, then the run ends. */
    private abort(error: ConnectError): void {
        if (!this.failure && error.code !== 'transfer.protocol') {
            const none = { filesDone: 0, filesSkipped: 0, filesFailed: 0 };
            // Past the queue, which is not emptied any more; if even this fails, the session is over anyway.
            this.options.port
                .sendRecord({ type: 'finished', ...none, error: error.toWire() })
                .catch(() => undefined);
        }
        this.stop(error);
    }
}
