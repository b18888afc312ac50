import { ConnectError, Range, RangeSet } from '@connect/base';
import { ChunkHash, EntryRecord } from '../proto/meta-records';
import { ScannedEntry } from './file-scanner';
import { runBytes } from './chunk-runs';
import { FileDigest } from './file-digest';
import { malformed } from '../proto/wire-bytes';
import { EntryPart } from '../proto/work-records';
import { OutgoingFile } from './source-reader';
import { OpenedFile, TransferFile } from './transfer-types';

/** An entry from its announcement to its result. */
export class OutgoingEntry implements OutgoingFile {
    want: OutgoingFile['want'] = 'all';
    readonly have = new RangeSet();
    readonly checks: ChunkHash[] = [];
    readonly zeros = new RangeSet();
    cancelled = false;
    isDecided = false;
    /** Its file-end has been sent, or it needs none. */
    isEnded = false;
    /** Bytes counted as present at the receiver. */
    countedBytes = 0;
    /** Bytes in holes, of a first step of a split file. */
    private emptyBytes = 0;

    constructor(
        readonly index: number,
        readonly scanned: ScannedEntry,
        readonly dataOffset: number,
        readonly chunkBytes: number,
        readonly changes: number,
        readonly refetches: number,
        /** When it is asked for. */
        readonly digest?: FileDigest
    ) {}

    get isFile(): boolean {
        return this.scanned.kind === 'file';
    }

    get part(): EntryPart | undefined {
        return this.scanned.part;
    }

    /** In the data stream. */
    get sizeBytes(): number {
        return this.sendsData ? this.contentBytes : 0;
    }

    get sendsData(): boolean {
        return this.isFile && (this.part === undefined || this.part.step === 'piece');
    }

    get contentStart(): number {
        return this.part?.step === 'piece' ? this.part.firstChunk * this.chunkBytes : 0;
    }

    get contentBytes(): number {
        return this.part?.step === 'piece' ? this.part.sizeBytes : this.scanned.stat.sizeBytes;
    }

    get file(): TransferFile {
        const { path, work, stat } = this.scanned;
        const isStep =
            this.scanned.kind === 'directory' || (this.part !== undefined && this.part.step !== 'join');
        const digest = this.isFile ? this.digest?.text : undefined;
        return { path, sizeBytes: this.sizeBytes, mtimeNs: stat.mtimeNs, digest, work, isStep };
    }

    /** What has come of it, when it is the first step of a split file. */
    get opened(): OpenedFile {
        const { work, stat } = this.scanned;
        return {
            work: work ?? 0,
            sizeBytes: stat.sizeBytes,
            mtimeNs: stat.mtimeNs,
            have: this.have.ranges(),
            emptyBytes: this.emptyBytes
        };
    }

    /** @throws ConnectError `transfer.protocol` for more than it has. */
    addChecks(hashes: readonly ChunkHash[]): void {
        const chunks = Math.ceil(this.contentBytes / this.chunkBytes);
        if (this.checks.length + hashes.length > chunks || hashes.some(item => item.chunk >= chunks)) {
            throw malformed('hashes of chunks that do not exist');
        }
        this.checks.push(...hashes);
    }

    /** Chunks the receiver says are zeros there. @throws ConnectError `transfer.protocol` for some it has not. */
    addZeros(ranges: readonly Range[]): void {
        const chunks = Math.ceil(this.contentBytes / this.chunkBytes);
        if (ranges.some(({ end }) => end > chunks)) {
            throw malformed('zeros in chunks that do not exist');
        }
        ranges.forEach(({ start, end }) => this.zeros.add(start, end));
    }

    /** These chunks are zeros that need not be sent. Returns what that makes present now, in bytes of this entry. */
    addHole(chunks: Range): number {
        const bytes = runBytes(this.contentBytes, this.chunkBytes, chunks);
        if (!this.sendsData) {
            this.have.add(chunks.start, chunks.end);
            this.emptyBytes += bytes;
            return 0;
        }
        this.countedBytes += bytes;
        return bytes;
    }

    changedError(): ConnectError {
        const message = `${this.scanned.sourcePath} was written to while it was sent`;
        return new ConnectError('transfer.source-changed', message);
    }

    /** What the receiver is told of it first. */
    announcement(replaces: number | undefined): EntryRecord {
        const { kind, path, stat, linkTarget, work, part } = this.scanned;
        return {
            type: 'entry',
            index: this.index,
            kind,
            path,
            sizeBytes: this.sizeBytes,
            mtimeNs: stat.mtimeNs,
            mode: stat.mode & 0o7777,
            dataOffset: this.dataOffset,
            chunkBytes: this.chunkBytes,
            ...(linkTarget === undefined ? {} : { linkTarget }),
            ...(replaces === undefined ? {} : { replaces }),
            ...(work === undefined ? {} : { work }),
            ...(part === undefined ? {} : { part })
        };
    }
}
