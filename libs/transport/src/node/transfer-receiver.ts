import { ConnectError, RangeSet, WireError } from '@connect/base';
import { chunkSetBytes, MAX_CHUNK_BYTES, MIN_CHUNK_BYTES } from '../proto/chunk-plan';
import {
    ChunkHash,
    ChunkHashRecord,
    EntryRecord,
    FileEndRecord,
    MAX_DATA_OFFSET,
    MAX_HASHES_PER_RECORD,
    MAX_RANGES_PER_RECORD,
    MetaRecord,
    RECORD_VERSION
} from '../proto/meta-records';
import { OverwriteRule, ResumeLevel } from '../proto/overwrite-decision';
import { DEFAULT_SUFFIXES, PartialSuffixes } from '../proto/partial-names';
import { relativePathProblem } from '../proto/placement';
import { malformed } from '../proto/wire-bytes';
import { FileStore } from './file-store';
import { FsyncPolicy } from './file-sink';
import { IncomingFile } from './incoming-file';
import { IncomingStore } from './incoming-store';
import { ReceiverOutbox } from './receiver-outbox';
import { sha256 } from './source-reader';
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
    /** Default `diff`. */
    readonly overwrite?: OverwriteRule;
    /** Default `attributes`. */
    readonly resume?: ResumeLevel;
    /** Default `auto`. */
    readonly fsync?: FsyncPolicy;
    readonly suffixes?: PartialSuffixes;
    /** Receive window, and what may be held in memory beyond what arrives. Default 64 MiB. */
    readonly memoryBytes?: number;
}

const MEMORY_BYTES = 64 * 1024 * 1024;
/** The peer may hold a whole chunk's buffer with every byte of the window: this is where that ends. */
const HARD_LIMIT_FACTOR = 4;
/**
 * Complete chunks in memory beyond `FREE_BACKLOG_BYTES` close the window, each byte by `BACKLOG_WEIGHT`: what is in
 * memory is lost when the process is killed, so the disk falls behind by a few chunks only.
 */
const FREE_BACKLOG_BYTES = 1024 * 1024;
const BACKLOG_WEIGHT = 16;
/** The window is told anew when it has moved by this much. */
const WINDOW_STEP_BYTES = 1024 * 1024;
/** How often content that does not fit its hash is asked for again. */
const MAX_REFETCHES = 2;
/** Hashes of chunks that have not come; a sender announces a hash when it sends the chunk. */
const MAX_WAITING_HASHES = 100_000;
/** More than a sender's window of entries, so that what crosses is not missed while memory stays flat. */
const MAX_EARLY_FAILURES = 50_000;

/**
 * The receiving end of a transfer: decides, assembles, proves, writes, names. Records and their order:
 * docs/formats/transfer-records.md.
 */
export class TransferReceiver {
    private readonly ledger: TransferLedger;
    private readonly outbox: ReceiverOutbox;
    private readonly files: IncomingStore;
    /** Files without result, by index; folders and links are not in here. */
    private readonly incoming = new Map<number, IncomingFile>();
    /** Failed before their file-end came: an entry that replaces them may still be on its way. */
    private readonly failedEarly = new Map<number, WireError>();
    private readonly settledIndices = new RangeSet();
    private nextIndex = 0;
    private nextOffset = 0;
    private sourceCount: number | undefined;
    private isEnded = false;
    private isFinishing = false;
    private waitingHashes = 0;
    private window = 0;
    private failure: ConnectError | undefined;
    private readonly finished: Promise<TransferSummary>;
    private resolve!: (summary: TransferSummary) => void;
    private reject!: (error: ConnectError) => void;

    constructor(
        private readonly options: ReceiverOptions,
        events: TransferEvents = {}
    ) {
        this.ledger = new TransferLedger(events);
        this.outbox = new ReceiverOutbox(options.port, error => this.stop(ConnectError.from(error)));
        const memory = options.memoryBytes ?? MEMORY_BYTES;
        this.files = new IncomingStore(
            {
                store: options.store,
                destination: options.destination,
                createFolder: options.createFolder ?? false,
                overwrite: options.overwrite ?? 'diff',
                resume: options.resume ?? 'attributes',
                fsync: options.fsync ?? 'auto',
                suffixes: options.suffixes ?? DEFAULT_SUFFIXES,
                bufferBytes: memory * HARD_LIMIT_FACTOR
            },
            {
                onChunk: (file, chunk, bytes) => this.onChunk(file, chunk, bytes),
                onBacklog: bytes => this.adjustWindow(bytes),
                onUnusable: error => this.abort(error),
                onLog: line => this.ledger.log(line)
            }
        );
        this.finished = new Promise((resolve, reject) => {
            this.resolve = resolve;
            this.reject = reject;
        });
        options.port.listener = {
            onRecord: record => this.guarded(() => this.onRecord(record)),
            onData: (offset, bytes) => this.guarded(() => this.files.assembler.onData(offset, bytes))
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
            this.incoming.forEach(file => this.files.assembler.remove(file));
            await this.files.close(this.incoming.values());
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
        if ((this.sourceCount === undefined) !== (record.type === 'begin')) {
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
            case 'chunk-hash':
                this.onHash(record);
                return;
            case 'file-end':
                this.onFileEnd(record);
                return;
            case 'source-failed':
                this.ledger.addTotals(1, 0);
                this.ledger.failed(record.path, record.error);
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

    private onEntry(entry: EntryRecord): void {
        const offsetFits =
            entry.dataOffset === this.nextOffset && entry.dataOffset + entry.sizeBytes <= MAX_DATA_OFFSET;
        const chunkFits = entry.chunkBytes >= MIN_CHUNK_BYTES && entry.chunkBytes <= MAX_CHUNK_BYTES;
        if (entry.index !== this.nextIndex || !offsetFits || !chunkFits) {
            throw malformed(`entry ${entry.index} does not follow the one before`);
        }
        const replaced = this.replacedBy(entry);
        this.nextIndex += 1;
        this.nextOffset += entry.sizeBytes;
        if (replaced === 'failed') {
            this.outbox.add({
                type: 'result-failed',
                index: entry.index,
                error: this.takeEarlyFailure(entry.replaces!)
            });
            this.options.port.expectNothing(entry.dataOffset, entry.dataOffset + entry.sizeBytes);
            this.settle(entry.index);
            return;
        }
        if (entry.kind !== 'directory') {
            this.ledger.addTotals(replaced ? 0 : 1, entry.sizeBytes - (replaced?.sizeBytes ?? 0));
        }
        const problem = relativePathProblem(entry.path);
        if (!problem && !replaced) {
            this.files.announce(entry, this.sourceCount!);
        }
        if (entry.kind === 'file') {
            this.startFile(new IncomingFile(entry, replaced), problem);
        } else if (problem) {
            this.failOther(entry, problem);
        } else {
            this.detach(this.makeOther(entry));
        }
    }

    /** The entry that `entry` takes the place of; `failed` when that has been given up here meanwhile. */
    private replacedBy(entry: EntryRecord): IncomingFile | 'failed' | undefined {
        if (entry.replaces === undefined) {
            if (this.isEnded) {
                throw malformed('an entry after the end');
            }
            return undefined;
        }
        if (this.failedEarly.has(entry.replaces)) {
            return 'failed';
        }
        const replaced = this.incoming.get(entry.replaces);
        if (replaced?.state !== 'replaced' || entry.kind !== 'file' || entry.path !== replaced.entry.path) {
            throw malformed('an entry replaces one that is not to be replaced');
        }
        this.incoming.delete(entry.replaces);
        return replaced;
    }

    private startFile(file: IncomingFile, problem: ConnectError | undefined): void {
        this.incoming.set(file.index, file);
        if (problem) {
            this.fail(file, problem);
            return;
        }
        if (file.sizeBytes > 0) {
            this.files.assembler.add(file);
        }
        this.detach(
            this.files.decide(file).then(
                decision => this.tellDecision(file, decision),
                error => this.fail(file, targetError(error))
            )
        );
    }

    private tellDecision(file: IncomingFile, decision: Awaited<ReturnType<IncomingStore['decide']>>): void {
        if (file.state !== 'deciding' || this.failure) {
            return;
        }
        const { index } = file;
        if (decision.action === 'skip') {
            this.ledger.skipped(file.file, decision.reason);
            this.outbox.add({ type: 'decision-skip', index, reason: decision.reason });
            this.files.releaseClaims(file);
            this.leave(file);
            return;
        }
        this.ledger.started(file.file);
        file.state = 'receiving';
        if (decision.action === 'compare') {
            file.isCompared = true;
            this.addHashes(index, decision.hashes);
            this.outbox.add({ type: 'decision-compare', index });
        } else if (decision.have.isEmpty) {
            this.outbox.want(index);
        } else {
            this.addResume(file, decision.have, decision.checks);
        }
    }

    private addResume(file: IncomingFile, have: RangeSet, checks: readonly ChunkHash[]): void {
        const { index } = file;
        // Until the sender has checked, every chunk may come again.
        const known = checks.length > 0 ? file.doubted : file.arrived;
        const ranges = have.ranges();
        ranges.forEach(range => known.add(range.start, range.end));
        this.resumed(file, have);
        for (let at = 0; at < ranges.length; at += MAX_RANGES_PER_RECORD) {
            const chunks = ranges.slice(at, at + MAX_RANGES_PER_RECORD);
            this.outbox.add({ type: 'decision-have', index, chunks });
        }
        this.addHashes(index, checks);
        this.outbox.add({ type: 'decision-resume', index });
    }

    private addHashes(index: number, hashes: readonly ChunkHash[]): void {
        for (let at = 0; at < hashes.length; at += MAX_HASHES_PER_RECORD) {
            this.outbox.add({
                type: 'decision-hashes',
                index,
                hashes: hashes.slice(at, at + MAX_HASHES_PER_RECORD)
            });
        }
    }

    private resumed(file: IncomingFile, chunks: RangeSet): void {
        const bytes = chunkSetBytes(file.sizeBytes, file.chunkBytes, chunks);
        file.countedBytes += bytes;
        this.ledger.resumed(bytes);
    }

    private onHash(record: ChunkHashRecord): void {
        const file = this.incoming.get(record.index);
        if (!file) {
            this.requireKnown(record.index);
            return;
        }
        if (
            file.state !== 'receiving' ||
            file.end ||
            record.chunk >= file.chunkCount ||
            file.hashes.has(record.chunk)
        ) {
            throw malformed('a hash that was not to come');
        }
        if (file.doubted.has(record.chunk)) {
            file.doubted.delete(record.chunk, record.chunk + 1);
        }
        file.hashes.set(record.chunk, record.hash);
        if (++this.waitingHashes > MAX_WAITING_HASHES) {
            throw malformed('too many hashes without data');
        }
        const bytes = file.waiting.get(record.chunk);
        if (bytes) {
            file.waiting.delete(record.chunk);
            this.prove(file, record.chunk, bytes);
        }
    }

    private onChunk(file: IncomingFile, chunk: number, bytes: Buffer): void {
        file.arrived.add(chunk, chunk + 1);
        file.countedBytes += bytes.length;
        this.ledger.transferred(bytes.length);
        if (file.hashes.has(chunk)) {
            this.prove(file, chunk, bytes);
        } else if (file.end === undefined) {
            file.waiting.set(chunk, bytes);
        } else {
            throw malformed('data of a chunk without a hash');
        }
    }

    private prove(file: IncomingFile, chunk: number, bytes: Buffer): void {
        const hash = file.hashes.get(chunk)!;
        file.hashes.delete(chunk);
        this.waitingHashes -= 1;
        if (!sha256(bytes).equals(hash)) {
            file.isDamaged = true;
            this.files.drop(bytes);
        } else if (file.chunkCount === 1) {
            file.content = bytes;
        } else {
            file.writing += 1;
            this.detach(
                this.files.writeChunk(file, { chunk, hash }, bytes).then(
                    () => {
                        file.writing -= 1;
                        this.finishWhenWhole(file);
                    },
                    error => this.fail(file, targetError(error))
                )
            );
            return;
        }
        this.finishWhenWhole(file);
    }

    private onFileEnd(record: FileEndRecord): void {
        const file = this.incoming.get(record.index);
        if (!file) {
            this.requireKnown(record.index);
            if (record.status !== 'changed') {
                this.failedEarly.delete(record.index);
            }
            return;
        }
        if (record.status === 'failed' && (file.state === 'receiving' || file.state === 'replaced')) {
            this.failBySender(file, record.error!);
            return;
        }
        if (file.state !== 'receiving' || file.end) {
            throw malformed('an end of a file that has not begun');
        }
        file.end = record.status;
        if (record.status === 'same') {
            this.detach(this.confirmSame(file));
        } else if (record.status === 'changed') {
            this.awaitReplacement(file, false);
        } else {
            if (file.waiting.size > 0) {
                throw malformed('a file ended without the hashes of its chunks');
            }
            // What the sender had doubts about it would have said by now.
            file.doubted.ranges().forEach(range => file.arrived.add(range.start, range.end));
            file.doubted.clear();
            this.finishWhenWhole(file);
        }
    }

    private async confirmSame(file: IncomingFile): Promise<void> {
        if (!file.isCompared) {
            throw malformed('same, without a comparison');
        }
        file.state = 'finishing';
        await this.files.confirmSame(file);
        this.ledger.skipped(file.file, 'same');
        this.files.releaseClaims(file);
        this.leave(file);
    }

    private finishWhenWhole(file: IncomingFile): void {
        if (file.state !== 'receiving' || !file.isWhole) {
            return;
        }
        if (!file.isDamaged) {
            file.state = 'finishing';
            this.detach(
                this.files.finish(file).then(
                    () => this.succeed(file),
                    error => this.fail(file, targetError(error))
                )
            );
        } else if (file.refetches < MAX_REFETCHES) {
            this.awaitReplacement(file, true);
        } else {
            const message = `${file.entry.path} did not arrive as it was sent, several times`;
            this.fail(file, new ConnectError('transfer.verify-failed', message));
        }
    }

    /** `again`: the content was damaged; we ask, and keep what was right. Else the sender begins anew by itself. */
    private awaitReplacement(file: IncomingFile, again: boolean): void {
        file.state = 'replaced';
        this.discount(file);
        this.dropBuffers(file);
        this.detach(
            this.files.abandon(file, again).then(() => {
                if (again) {
                    this.outbox.add({ type: 'refetch', index: file.index });
                }
            })
        );
    }

    private succeed(file: IncomingFile): void {
        if (file.state === 'finishing') {
            this.ledger.done(file.file);
            this.outbox.ok(file.index);
            this.files.releaseClaims(file);
            this.leave(file);
        }
    }

    private fail(file: IncomingFile, error: ConnectError): void {
        // What is replaced may still fail in a write that was under way: that is over, too.
        if (file.state === 'settled' || file.state === 'replaced' || this.failure) {
            return;
        }
        if (file.state === 'receiving' && file.end === undefined) {
            this.failedEarly.set(file.index, error.toWire());
            if (this.failedEarly.size > MAX_EARLY_FAILURES) {
                this.failedEarly.delete(this.failedEarly.keys().next().value!);
            }
        }
        this.outbox.add({ type: 'result-failed', index: file.index, error: error.toWire() });
        this.lose(file, error.toWire());
    }

    private failBySender(file: IncomingFile, error: WireError): void {
        this.lose(file, error);
    }

    private lose(file: IncomingFile, error: WireError): void {
        this.ledger.failed(file.entry.path, error);
        this.discount(file);
        this.dropBuffers(file);
        this.detach(this.files.abandon(file, isResumable(error)));
        this.leave(file);
    }

    private discount(file: IncomingFile): void {
        this.ledger.discarded(file.countedBytes);
        file.countedBytes = 0;
    }

    private dropBuffers(file: IncomingFile): void {
        this.files.assembler.remove(file);
        this.options.port.expectNothing(file.range.start, file.range.end);
        file.waiting.forEach(bytes => this.files.drop(bytes));
        file.waiting.clear();
        this.waitingHashes -= file.hashes.size;
        file.hashes.clear();
        if (file.content) {
            this.files.drop(file.content);
            file.content = undefined;
        }
    }

    /** The file has its result. Its claims go when nothing of it is being written or removed any more. */
    private leave(file: IncomingFile): void {
        file.state = 'settled';
        this.files.assembler.remove(file);
        this.options.port.expectNothing(file.range.start, file.range.end);
        this.incoming.delete(file.index);
        file.chain.forEach(index => this.settledIndices.add(index, index + 1));
        this.settle(file.index);
    }

    private async makeOther(entry: EntryRecord): Promise<void> {
        try {
            const skipped = await this.files.makeOther(entry);
            if (skipped) {
                this.ledger.skipped({ path: entry.path, sizeBytes: 0 }, skipped);
                this.outbox.add({ type: 'decision-skip', index: entry.index, reason: skipped });
            } else {
                if (entry.kind === 'symlink') {
                    this.ledger.done({ path: entry.path, sizeBytes: 0 });
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
        this.ledger.failed(entry.path, error.toWire());
        this.outbox.add({ type: 'result-failed', index: entry.index, error: error.toWire() });
        this.settle(entry.index);
    }

    private settle(index: number): void {
        this.settledIndices.add(index, index + 1);
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

    private takeEarlyFailure(index: number): WireError {
        const error = this.failedEarly.get(index)!;
        this.failedEarly.delete(index);
        return error;
    }

    /** Words about an entry that was given up here cross ours; words about one that never was are a defect. */
    private requireKnown(index: number): void {
        if (index >= this.nextIndex) {
            throw malformed(`entry ${index} was not announced`);
        }
    }

    private adjustWindow(backlogBytes: number): void {
        const memory = this.options.memoryBytes ?? MEMORY_BYTES;
        const excess = Math.max(0, backlogBytes - FREE_BACKLOG_BYTES);
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

/** Whether what has arrived of a file is of use to a later run. */
function isResumable(error: WireError): boolean {
    switch (error.code) {
        case 'transfer.no-space':
        case 'transfer.disk-write':
        case 'transfer.disk-read':
        case 'transfer.verify-failed':
        case 'transfer.rename-failed':
            return true;
        default:
            return false;
    }
}
