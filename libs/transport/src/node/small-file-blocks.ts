import { Limiter } from '@connect/base';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { MetaRecord } from '../proto/meta-records';
import { readBatched } from './batched-reads';
import { hashOf } from './content-hash';
import { FileStore } from './file-store';
import { isUnchanged } from './listed-stat';
import { OpenBatches } from './open-batches';
import { OutgoingFile, sizeOf, SourceReaderEvents } from './outgoing-file';
import { StreamPort } from './stream-port';
import { streamRanges } from './stream-ranges';
import { sourceError } from './transfer-errors';

const OPEN_FILES = 16;

/** Reads small files many at a time, and gives them to the port as one piece. */
export class SmallFileBlocks {
    private readonly folders: OpenBatches;
    /** For those that have to be read one by one. */
    private readonly files = new Limiter(OPEN_FILES);

    constructor(
        private readonly store: FileStore,
        private readonly port: StreamPort,
        private readonly events: SourceReaderEvents,
        private readonly algorithm: HashAlgorithm,
        private readonly isStopped: () => boolean
    ) {
        this.folders = new OpenBatches(store);
    }

    /** When nothing is read any more. */
    dispose(): Promise<void> {
        return this.folders.dispose();
    }

    /** Reads the files, which lie next to each other in the data stream, gives them to the port, and tells their ends. */
    async send(block: readonly OutgoingFile[], sizeBytes: number): Promise<void> {
        const start = block[0]!.dataOffset;
        const buffer = Buffer.allocUnsafeSlow(sizeBytes);
        const part = (file: OutgoingFile): Buffer =>
            buffer.subarray(file.dataOffset - start, file.dataOffset - start + file.scanned.stat.sizeBytes);
        const files = this.isStopped() ? [] : block;
        const batched = await readBatched(
            this.folders,
            files.map(file => file.scanned.sourcePath),
            files.map(sizeOf),
            buffer
        );
        const readable: OutgoingFile[] = [];
        const others: Array<Promise<void>> = [];
        for (const [i, file] of block.entries()) {
            const found = batched[i];
            if (found && isUnchanged(file.scanned.stat, found)) {
                readable.push(file);
                continue;
            }
            const isReadable = found
                ? this.judge(file, true)
                : this.files.run(() => this.readSmall(file, part(file)));
            others.push(isReadable.then(is => void (is && readable.push(file))));
        }
        if (others.length > 0) {
            await Promise.all(others);
            readable.sort((a, b) => a.index - b.index);
        }
        const sent = streamRanges(readable).map(run =>
            this.give(run.start, buffer.subarray(run.start - start, run.end - start))
        );
        await Promise.all([this.tellEnds(readable, part), ...sent]);
    }

    /** Hashes and ends of the files of a block, in one go: a million files are told so. */
    private async tellEnds(
        block: readonly OutgoingFile[],
        part: (file: OutgoingFile) => Uint8Array
    ): Promise<void> {
        const records: MetaRecord[] = [];
        const ended: OutgoingFile[] = [];
        for (const file of this.isStopped() ? [] : block) {
            const end = this.events.endOf(file, 'ok');
            if (!end) {
                continue;
            }
            if (file.scanned.stat.sizeBytes > 0) {
                const hash = hashOf(this.algorithm, part(file));
                file.digest?.add(0, hash);
                records.push({ type: 'chunk-hash', index: file.index, chunk: 0, hash });
            }
            records.push(end);
            ended.push(file);
        }
        const told = this.port.sendRecords(records);
        ended.forEach(file => this.events.onEnded(file));
        await told;
    }

    /** Whether the file was read as it was announced; if not, the events have been told. */
    private async readSmall(file: OutgoingFile, target: Uint8Array): Promise<boolean> {
        if (this.isStopped() || target.length === 0) {
            return !this.isStopped();
        }
        let changed: boolean;
        try {
            const source = await this.store.open(file.scanned.sourcePath, 'read');
            if (source.showsReading) {
                this.events.onRead(file);
            }
            try {
                // The announced attributes are older than the first byte read, so one look afterwards is enough.
                const count = await source.read(target, 0);
                changed = count < target.length || !isUnchanged(file.scanned.stat, await source.stat());
            } finally {
                await source.close();
            }
        } catch (error) {
            await this.events.onReadFailed(file, sourceError(error));
            return false;
        }
        return this.judge(file, changed);
    }

    private async judge(file: OutgoingFile, changed: boolean): Promise<boolean> {
        if (changed) {
            await this.events.onChanged(file);
        }
        return !changed;
    }

    private async give(offset: number, bytes: Uint8Array): Promise<void> {
        await this.port.sendData(offset, bytes);
        this.events.onAcknowledged(undefined, bytes.length);
    }
}
