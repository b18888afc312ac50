import { Limiter, Range, RangeSet } from '@connect/base';
import { chunkCount, chunkRange, chunkSetBytes } from '../proto/chunk-plan';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { HASH_BYTES } from '../proto/meta-records';
import { FileStore, OpenFile } from './file-store';
import { ByteBudget } from './byte-budget';
import { ChunkMemory } from './chunk-memory';
import { chunkRuns } from './chunk-runs';
import { ContentComparison } from './content-comparison';
import { LargeRead } from './large-read';
import { isUnchanged } from './listed-stat';
import { OutgoingFile, sizeOf, SourceReaderEvents } from './outgoing-file';
import { SmallFileBlocks } from './small-file-blocks';
import { readAheadBytes } from './read-ahead';
import { SpareBuffers } from './spare-buffers';
import { StreamPort } from './stream-port';
import { sourceError } from './transfer-errors';

/** Small files are read together until a block has this size, and at most so many of them. */
const BLOCK_BYTES = 1024 * 1024;
const BLOCK_FILES = 256;
/** What a small file counts for beyond its bytes, so that empty ones are bounded, too. */
const FILE_COST_BYTES = 4096;
/** A chunk is given to the port in pieces of this size: progress then moves on slow paths as well. */
const PIECE_BYTES = 256 * 1024;
const CHUNKS_READ_AT_ONCE = 4;
/** After how many chunks a large file is looked at for changes. */
const STAT_EVERY_CHUNKS = 64;

/**
 * Reads decided files, in the order of the decisions, and gives them to the port: small ones packed into blocks, large
 * ones chunk by chunk. Reading runs ahead of the acknowledgements by at most `mostBytes`.
 */
export class SourceReader {
    private readonly queue: OutgoingFile[] = [];
    private head = 0;
    private wake: (() => void) | undefined;
    private isStopped = false;
    private readonly budget: ByteBudget;
    private readonly blocks: SmallFileBlocks;
    private readonly memory = ChunkMemory.ofProcess;
    private readonly spare: SpareBuffers;
    private readonly ahead = (): number => readAheadBytes(this.port.stats(), this.mostBytes);
    private readonly chunks = new Limiter(CHUNKS_READ_AT_ONCE);

    constructor(
        private readonly store: FileStore,
        private readonly port: StreamPort,
        private readonly events: SourceReaderEvents,
        private readonly mostBytes: number,
        private readonly algorithm: HashAlgorithm
    ) {
        this.budget = new ByteBudget(mostBytes);
        this.blocks = new SmallFileBlocks(store, port, events, algorithm, () => this.isStopped);
        this.spare = new SpareBuffers(this.memory, mostBytes);
    }

    enqueue(file: OutgoingFile): void {
        this.queue.push(file);
        this.wake?.();
    }

    /** Reads nothing more; what is under way ends by itself. */
    stop(): void {
        this.isStopped = true;
        this.wake?.();
    }

    /** Works until {@link stop}. Rejects only for defects. */
    async run(): Promise<void> {
        for (let file = await this.next(); file; file = await this.next()) {
            if (file.cancelled) {
                continue;
            }
            this.events.onStarted(file);
            if (file.want === 'all' && isSmall(file)) {
                await this.startBlock(this.takeBlock(file));
            } else {
                await this.sendLarge(file);
            }
        }
        await this.blocks.dispose();
    }

    private async next(): Promise<OutgoingFile | undefined> {
        while (!this.isStopped && this.head === this.queue.length) {
            await new Promise<void>(resolve => (this.wake = resolve));
        }
        return this.isStopped ? undefined : this.take();
    }

    private take(): OutgoingFile {
        const file = this.queue[this.head++]!;
        if (this.head > 1024 && this.head * 2 > this.queue.length) {
            this.queue.splice(0, this.head);
            this.head = 0;
        }
        return file;
    }

    /** The files after `first` that lie next to it in the data stream, as long as the block has room. */
    private takeBlock(first: OutgoingFile): OutgoingFile[] {
        const block = [first];
        let end = first.dataOffset + first.scanned.stat.sizeBytes;
        for (
            let next = this.queue[this.head];
            next && block.length < BLOCK_FILES;
            next = this.queue[this.head]
        ) {
            const size = next.scanned.stat.sizeBytes;
            const fits = end - first.dataOffset + size <= BLOCK_BYTES && next.dataOffset === end;
            if (!fits || next.cancelled || next.want !== 'all' || !isSmall(next)) {
                break;
            }
            this.events.onStarted(next);
            block.push(this.take());
            end += size;
        }
        return block;
    }

    private async startBlock(block: readonly OutgoingFile[]): Promise<void> {
        const last = block[block.length - 1]!;
        const bytes = last.dataOffset + last.scanned.stat.sizeBytes - block[0]!.dataOffset;
        const cost = bytes + block.length * FILE_COST_BYTES;
        await this.budget.acquire(cost, this.ahead);
        this.detach(this.blocks.send(block, bytes).finally(() => this.budget.release(cost)));
    }

    private async sendLarge(file: OutgoingFile): Promise<void> {
        let source: OpenFile;
        try {
            source = await this.store.open(file.scanned.sourcePath, 'read');
        } catch (error) {
            await this.events.onReadFailed(file, sourceError(error));
            return;
        }
        if (source.showsReading) {
            this.events.onRead(file);
        }
        const reading = new LargeRead(file);
        try {
            await this.lookForChange(source, reading);
            const same = await this.checkHashes(source, reading);
            if (file.want === 'compare' && same && !reading.isOver) {
                await this.endLarge(source, reading, 'same');
                return;
            }
            await this.readChunks(source, reading);
        } catch (error) {
            reading.error ??= sourceError(error);
        }
        // The end waits for the reads under way; the next file does not.
        this.detach(this.endLarge(source, reading, 'ok'));
    }

    /** Compares the receiver's hashes. After one that differs only those that agree are believed. */
    private async checkHashes(source: OpenFile, reading: LargeRead): Promise<boolean> {
        const { file } = reading;
        const proved = new RangeSet();
        const comparison = new ContentComparison(this.algorithm, source, file, chunk =>
            this.hashChunk(source, reading, chunk)
        );
        let same = true;
        this.events.onToCompare(file, comparison.bytes);
        for (const check of comparison.checks()) {
            if (this.isStopped || reading.isOver) {
                return false;
            }
            const isEqual = await comparison.isEqual(check);
            this.events.onCompared(comparison.bytesOf(check));
            if (isEqual) {
                proved.add(check.chunk, check.chunk + 1);
                continue;
            }
            same = false;
            if (file.want === 'compare') {
                return false;
            }
        }
        if (!same) {
            const count = chunkCount(sizeOf(file), file.chunkBytes);
            for (const gap of proved.gaps(0, count)) {
                reading.disproved.push(...file.have.ranges(gap.start, gap.end));
                file.have.delete(gap.start, gap.end);
            }
        }
        if (file.want === 'missing' && file.sendsData) {
            this.events.onPresent(file, chunkSetBytes(sizeOf(file), file.chunkBytes, file.have));
        }
        return same;
    }

    private async hashChunk(
        source: OpenFile,
        reading: LargeRead,
        chunk: number
    ): Promise<Buffer | undefined> {
        const bytes = await this.readChunk(source, reading, chunk);
        if (!bytes) {
            return undefined;
        }
        const hash = await this.memory.hash(this.algorithm, bytes);
        this.spare.give(bytes);
        return hash;
    }

    private async readChunks(source: OpenFile, reading: LargeRead): Promise<void> {
        const { file } = reading;
        const step = file.scanned.part?.step;
        if (step === 'open') {
            await this.tellDisproved(reading);
        } else if (step === 'join') {
            return;
        }
        const count = chunkCount(sizeOf(file), file.chunkBytes);
        const { sizeBytes, allocatedBytes } = file.scanned.stat;
        const chunked = { sizeBytes, allocatedBytes, chunkBytes: file.chunkBytes };
        for (const gap of file.have.gaps(0, count)) {
            // What pieces bring was no hole when the file was opened.
            const runs = step === 'piece' ? [{ ...gap, isHole: false }] : chunkRuns(source, chunked, gap);
            for await (const run of runs) {
                if (reading.isOver || this.isStopped) {
                    return;
                }
                if (run.isHole) {
                    const { start, end } = run;
                    file.digest?.addZeros(start, end);
                    await this.port.sendRecord({ type: 'hole', index: file.index, from: start, to: end });
                    this.events.onHole(file, run);
                } else if (file.sendsData) {
                    await this.readRun(source, reading, run);
                }
            }
        }
    }

    /** The receiver hears which chunks it does not have after all; their content comes in pieces. */
    private async tellDisproved({ file, disproved }: LargeRead): Promise<void> {
        const hash = new Uint8Array(HASH_BYTES);
        for (const { start, end } of disproved) {
            for (let chunk = start; chunk < end && !this.isStopped; chunk++) {
                await this.port.sendRecord({ type: 'chunk-hash', index: file.index, chunk, hash });
            }
        }
    }

    private async readRun(source: OpenFile, reading: LargeRead, run: Range): Promise<void> {
        const { file } = reading;
        for (let chunk = run.start; chunk < run.end && !reading.isOver && !this.isStopped; chunk++) {
            if (++reading.sinceLook > STAT_EVERY_CHUNKS) {
                reading.sinceLook = 0;
                await this.lookForChange(source, reading);
            }
            const range = chunkRange(sizeOf(file), file.chunkBytes, chunk);
            const bytes = range.end - range.start;
            await this.budget.acquire(bytes, this.ahead);
            const read = this.chunks.run(() => this.sendChunk(source, reading, chunk));
            reading.reads.push(read.then(() => undefined));
            this.detach(read.then(sent => sent?.acknowledged).finally(() => this.budget.release(bytes)));
        }
    }

    /** Wrapped, since a bare promise would be waited for together with the read. */
    private async sendChunk(
        source: OpenFile,
        reading: LargeRead,
        chunk: number
    ): Promise<{ readonly acknowledged: Promise<unknown> } | undefined> {
        const { file } = reading;
        const bytes =
            reading.isOver || this.isStopped ? undefined : await this.readChunk(source, reading, chunk);
        const hash = bytes && (await this.memory.hash(this.algorithm, bytes));
        if (!hash || this.isStopped) {
            return undefined;
        }
        file.digest?.add(chunk, hash);
        const pieces = [this.port.sendRecord({ type: 'chunk-hash', index: file.index, chunk, hash })];
        for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
            const offset = file.dataOffset + chunk * file.chunkBytes + at;
            pieces.push(this.give(file, offset, bytes.subarray(at, at + PIECE_BYTES)));
        }
        // What the port gives up it may still hold: such a buffer is not used again.
        return { acknowledged: Promise.all(pieces).then(() => this.spare.give(bytes)) };
    }

    private async readChunk(
        source: OpenFile,
        reading: LargeRead,
        chunk: number
    ): Promise<Buffer | undefined> {
        const range = chunkRange(sizeOf(reading.file), reading.file.chunkBytes, chunk);
        const bytes = this.spare.take(range.end - range.start);
        try {
            if ((await source.read(bytes, reading.file.contentStart + range.start)) === bytes.length) {
                return bytes;
            }
            reading.changed = true;
        } catch (error) {
            reading.error ??= sourceError(error);
        }
        return undefined;
    }

    private async lookForChange(source: OpenFile, reading: LargeRead): Promise<void> {
        if (!isUnchanged(reading.file.scanned.stat, await source.stat())) {
            reading.changed = true;
        }
    }

    private async endLarge(source: OpenFile, reading: LargeRead, status: 'ok' | 'same'): Promise<void> {
        const { file } = reading;
        try {
            await Promise.all(reading.reads);
            if (!reading.error) {
                await this.lookForChange(source, reading);
            }
            await source.close();
        } catch (error) {
            reading.error ??= sourceError(error);
        }
        if (this.isStopped || file.cancelled) {
            return;
        }
        if (reading.changed) {
            await this.events.onChanged(file);
        } else if (reading.error) {
            await this.events.onReadFailed(file, reading.error);
        } else {
            await this.tellEnd(file, status);
        }
    }

    private async tellEnd(file: OutgoingFile, status: 'ok' | 'same'): Promise<void> {
        const end = this.events.endOf(file, status);
        if (end) {
            const told = this.port.sendRecord(end);
            this.events.onEnded(file);
            await told;
        }
    }

    private async give(file: OutgoingFile | undefined, offset: number, bytes: Uint8Array): Promise<void> {
        await this.port.sendData(offset, bytes);
        this.events.onAcknowledged(file, bytes.length);
    }

    /** For work that nobody waits for: all that can fail in it beyond one file is the port. */
    private detach(work: Promise<unknown>): void {
        work.catch(error => this.events.onPortFailed(error));
    }
}

function isSmall(file: OutgoingFile): boolean {
    return !file.scanned.part && sizeOf(file) <= file.chunkBytes && sizeOf(file) <= BLOCK_BYTES;
}
