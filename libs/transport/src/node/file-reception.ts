import { ConnectError, WireError } from '@connect/base';
import { chunkRange } from '../proto/chunk-plan';
import { isEmptyFile } from '../proto/empty-files-record';
import {
    ChunkHashRecord,
    EntryRecord,
    FileEndRecord,
    HoleRecord,
    NotKeptRecord
} from '../proto/meta-records';
import { malformed } from '../proto/wire-bytes';
import { runBytes } from './chunk-runs';
import { EarlyFailures } from './early-failures';
import { IncomingFile } from './incoming-file';
import { IncomingStore } from './incoming-store';
import { ReceiverOutbox } from './receiver-outbox';
import { ReceptionDecisions } from './reception-decisions';
import { isResumable, mayHaveHole, openedFile, wholeContent } from './reception-rules';
import { StreamPort } from './stream-port';
import { targetError } from './transfer-errors';
import { TransferLedger } from './transfer-ledger';

/** How often content that does not fit its hash is asked for again. */
const MAX_REFETCHES = 2;
/** Hashes of chunks that have not come; a sender announces a hash when it sends the chunk. */
const MAX_WAITING_HASHES = 100_000;

/** What receiving files needs from its receiver. */
export interface FileReceptionContext {
    readonly files: IncomingStore;
    readonly ledger: TransferLedger;
    readonly outbox: ReceiverOutbox;
    readonly port: StreamPort;
    readonly isStopped: () => boolean;
    /** An earlier session of the same run has brought the file with this path. */
    readonly isDone: (path: string) => boolean;
    /** The entry has its result. */
    readonly onSettled: (index: number) => void;
    /** Something failed that is no matter of one file. */
    readonly onUnusable: (error: ConnectError) => void;
}

/** Takes files from their decision to their result: hashes and chunks come together, are proved, written, finished. */
export class FileReception {
    /** Files without result, by index. */
    private readonly incoming = new Map<number, IncomingFile>();
    /** Failed before their file-end came: an entry that replaces them may still be on its way. */
    private readonly failedEarly = new EarlyFailures();
    private waitingHashes = 0;
    private readonly decisions: ReceptionDecisions;

    constructor(private readonly context: FileReceptionContext) {
        this.decisions = new ReceptionDecisions(context, {
            onSkipped: file => this.leave(file),
            onFailed: (file, error) => this.fail(file, error),
            onWhole: file => this.onWhole(file),
            onDefect: work => this.detach(work)
        });
    }

    /** Files that have no result, for the end of a run. */
    get unsettled(): IterableIterator<IncomingFile> {
        return this.incoming.values();
    }

    /** The file that `entry` takes the place of, if any; the error when that has been given up here meanwhile. */
    replacedBy(entry: EntryRecord): IncomingFile | WireError | undefined {
        if (entry.replaces === undefined) {
            return undefined;
        }
        const failure = this.failedEarly.take(entry.replaces);
        if (failure) {
            return failure;
        }
        const replaced = this.incoming.get(entry.replaces);
        if (replaced?.state !== 'replaced' || entry.kind !== 'file' || entry.path !== replaced.entry.path) {
            throw malformed('an entry replaces one that is not to be replaced');
        }
        this.incoming.delete(entry.replaces);
        return replaced;
    }

    /** Decides about a file, or fails it at once. */
    start(file: IncomingFile, problem: ConnectError | undefined): void {
        this.incoming.set(file.index, file);
        if (problem) {
            this.fail(file, problem);
            return;
        }
        if (this.context.isDone(file.entry.path) && file.entry.replaces === undefined) {
            this.context.ledger.doneBefore(file.file);
            this.context.outbox.add({ type: 'decision-skip', index: file.index, reason: 'same' });
            this.leave(file);
            return;
        }
        if (file.sizeBytes > 0) {
            this.context.files.assembler.add(file);
        }
        this.decisions.decide(file);
    }

    /** The sender found that what an earlier run left of this chunk is wrong. */
    private comesAgain(file: IncomingFile, chunk: number): void {
        const { start, end } = chunkRange(file.sizeBytes, file.chunkBytes, chunk);
        file.countedBytes -= end - start;
        this.context.ledger.discarded(end - start);
    }

    /** Hashes of files that have their result are ignored: words about them cross. */
    onHash(record: ChunkHashRecord): void {
        const file = this.incoming.get(record.index);
        if (!file) {
            return;
        }
        if (file.entry.part?.step === 'open') {
            this.disprove(file, record.chunk);
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
        if (file.beginning?.isAskedFor(record.chunk)) {
            this.fail(file, file.beginning.differs());
            return;
        }
        if (!file.isQuick && file.doubted.has(record.chunk)) {
            file.doubted.delete(record.chunk, record.chunk + 1);
            this.comesAgain(file, record.chunk);
        }
        file.hashes.set(record.chunk, record.hash);
        if (++this.waitingHashes > MAX_WAITING_HASHES) {
            throw malformed('too many hashes without data');
        }
        const bytes = file.isQuick ? undefined : file.waiting.get(record.chunk);
        if (bytes) {
            file.waiting.delete(record.chunk);
            this.prove(file, record.chunk, bytes);
        }
    }

    /** The sender found that the unfinished form does not hold this chunk; it will come in a piece. */
    private disprove(file: IncomingFile, chunk: number): void {
        if (file.state !== 'receiving' || file.end || !file.doubted.has(chunk)) {
            throw malformed('a hash that was not to come');
        }
        file.doubted.delete(chunk, chunk + 1);
    }

    /** Chunks that are zeros and will not come; what an earlier run left in their place is removed. */
    onHole(record: HoleRecord): void {
        const file = this.incoming.get(record.index);
        if (!file) {
            return;
        }
        const { from, to } = record;
        if (!mayHaveHole(file, from, to)) {
            throw malformed('a hole where data was to come');
        }
        if (file.beginning?.isAskedFor(from)) {
            this.fail(file, file.beginning.differs());
            return;
        }
        if (file.entry.part) {
            file.addHole(from, to);
            this.writeHole(file, from, to);
            return;
        }
        for (const { start, end } of file.doubted.ranges()) {
            for (let chunk = Math.max(start, from); chunk < Math.min(end, to); chunk++) {
                this.comesAgain(file, chunk);
            }
        }
        file.doubted.delete(from, to);
        file.arrived.add(from, to);
        file.digest?.addZeros(from, to);
        const bytes = this.writeHole(file, from, to);
        file.countedBytes += bytes;
        this.context.ledger.empty(bytes);
        const start = file.dataOffset + from * file.chunkBytes;
        this.context.port.expectNothing(start, start + bytes);
    }

    /** Returns how many bytes there are in it. */
    private writeHole(file: IncomingFile, from: number, to: number): number {
        const bytes = runBytes(file.content.sizeBytes, file.chunkBytes, { start: from, end: to });
        file.writing += 1;
        this.detach(
            this.context.files.writeHole(file, from * file.chunkBytes, bytes).then(
                () => this.written(file),
                error => this.fail(file, targetError(error))
            )
        );
        return bytes;
    }

    private written(file: IncomingFile): void {
        file.writing -= 1;
        this.finishWhenWhole(file);
    }

    /** All bytes of a chunk are here. */
    onChunk(file: IncomingFile, chunk: number, bytes: Buffer): void {
        file.countedBytes += bytes.length;
        this.context.ledger.transferred(bytes.length);
        if (file.isQuick) {
            file.waiting.set(chunk, bytes);
            this.placeWhenWhole(file);
            return;
        }
        file.arrived.add(chunk, chunk + 1);
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
        file.writing += 1;
        this.detach(
            this.context.files.writeChunk(file, { chunk, hash }, bytes).then(
                isRight => {
                    file.isDamaged ||= !isRight;
                    file.digest?.add(chunk, hash);
                    this.written(file);
                },
                error => this.fail(file, targetError(error))
            )
        );
    }

    /** The sender could not keep something. */
    onNotKept({ index, facts }: NotKeptRecord): void {
        this.incoming.get(index)?.lose(facts);
    }

    onFileEnd(record: FileEndRecord): void {
        const file = this.incoming.get(record.index);
        if (!file) {
            if (record.status !== 'changed') {
                this.failedEarly.take(record.index);
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
        } else if (file.isQuick) {
            if (file.sizeBytes > 0 && !file.hashes.has(0)) {
                throw malformed('a file ended without the hashes of its chunks');
            }
            this.placeWhenWhole(file);
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

    /** Of a file without content nothing will come. */
    private onWhole(file: IncomingFile): void {
        file.end = 'ok';
        if (file.isQuick) {
            this.placeWhenWhole(file);
        } else {
            this.finishWhenWhole(file);
        }
    }

    private async confirmSame(file: IncomingFile): Promise<void> {
        if (!file.isCompared) {
            throw malformed('same, without a comparison');
        }
        file.state = 'finishing';
        await this.context.files.confirmSame(file);
        this.context.ledger.skipped(file.file, 'same');
        this.context.files.releaseClaims(file);
        this.leave(file);
    }

    private finishWhenWhole(file: IncomingFile): void {
        if (file.state !== 'receiving' || !file.isWhole) {
            return;
        }
        if (file.isDamaged) {
            this.fetchAgain(file);
        } else {
            file.state = 'finishing';
            this.detach(
                this.context.files.finish(file).then(
                    () => this.succeed(file),
                    error =>
                        ConnectError.is(error, 'files.exists') && isEmptyFile(file.entry) && !file.isContested
                            ? this.decideAgain(file)
                            : this.fail(file, targetError(error))
                )
            );
        }
    }

    /** The end of a file that was decided at once, its hash and its content have come, in whatever order. */
    private placeWhenWhole(file: IncomingFile): void {
        const content = wholeContent(file, bytes => this.context.files.hash(bytes));
        if (content === 'damaged') {
            file.isDamaged = true;
            this.fetchAgain(file);
        } else if (content) {
            this.waitingHashes -= file.hashes.size;
            file.hashes.clear();
            file.waiting.clear();
            file.state = 'finishing';
            this.context.files.place(file, content);
        }
    }

    /** What came of a file that was decided at once. */
    onPlaced(file: IncomingFile, error: unknown): void {
        return error === undefined ? this.succeed(file) : this.fail(file, targetError(error));
    }

    /** A file that was decided at once has to be decided about in the usual way: the sender announces it anew. */
    onUndecided(file: IncomingFile): void {
        if (file.state !== 'finishing') {
            return;
        }
        if (isEmptyFile(file.entry)) {
            this.decideAgain(file);
        } else {
            file.isDamaged = true;
            this.fetchAgain(file);
        }
    }

    /** All of it is here: the sender need not hear of that. */
    private decideAgain(file: IncomingFile): void {
        this.context.files.releaseClaims(file);
        file.state = 'deciding';
        file.end = undefined;
        file.isQuick = false;
        file.isContested = true;
        this.decisions.decide(file);
    }

    private fetchAgain(file: IncomingFile): void {
        if (file.refetches < MAX_REFETCHES) {
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
            this.context.files.abandon(file, again).then(() => {
                if (again) {
                    this.context.outbox.add({ type: 'refetch', index: file.index });
                }
            })
        );
    }

    private succeed(file: IncomingFile): void {
        if (file.state === 'finishing') {
            if (file.entry.part?.step === 'open') {
                this.context.ledger.opened(openedFile(file));
            } else {
                this.context.ledger.done(file.file);
            }
            this.context.outbox.lost(file.index, file.lost);
            this.context.outbox.ok(file.index);
            this.context.files.releaseClaims(file);
            this.leave(file, file.isQuick);
        }
    }

    private fail(file: IncomingFile, error: ConnectError): void {
        // What is replaced may still fail in a write that was under way: that is over, too.
        if (file.state === 'settled' || file.state === 'replaced' || this.context.isStopped()) {
            return;
        }
        if (file.state === 'receiving' && file.end === undefined) {
            this.failedEarly.add(file.index, error.toWire());
        }
        this.context.outbox.add({ type: 'result-failed', index: file.index, error: error.toWire() });
        this.lose(file, error.toWire());
    }

    private failBySender(file: IncomingFile, error: WireError): void {
        this.lose(file, error);
    }

    private lose(file: IncomingFile, error: WireError): void {
        this.context.ledger.failed(file.entry.path, error, file.entry.work);
        this.discount(file);
        this.dropBuffers(file);
        this.detach(this.context.files.abandon(file, isResumable(error)));
        this.leave(file);
    }

    private discount(file: IncomingFile): void {
        this.context.ledger.discarded(file.countedBytes);
        file.countedBytes = 0;
    }

    private dropBuffers(file: IncomingFile): void {
        this.context.files.assembler.remove(file);
        this.context.port.expectNothing(file.range.start, file.range.end);
        file.waiting.entries().forEach(([, bytes]) => this.context.files.drop(bytes));
        file.waiting.clear();
        this.waitingHashes -= file.hashes.size;
        file.hashes.clear();
    }

    /**
     * The file has its result. Its claims go when nothing of it is being written or removed any more. `hasAll`: no byte
     * of it is missing.
     */
    private leave(file: IncomingFile, hasAll = false): void {
        file.state = 'settled';
        this.context.files.assembler.remove(file);
        if (!hasAll) {
            this.context.port.expectNothing(file.range.start, file.range.end);
        }
        this.incoming.delete(file.index);
        file.chain.forEach(index => this.context.onSettled(index));
        this.context.onSettled(file.index);
    }

    private detach(work: Promise<unknown>): void {
        work.catch(error => this.context.onUnusable(ConnectError.from(error)));
    }
}
