import { ConnectError, Range, RangeSet } from '@connect/base';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { ChunkHash, EntryRecord } from '../proto/meta-records';
import { ScannedEntry } from './file-scanner';
import { runBytes } from './chunk-runs';
import { FileDigest } from './file-digest';
import { allLost, KeepRules, LostFact, NOTHING_LOST } from '../proto/kept-facts';
import { malformed } from '../proto/wire-bytes';
import { EntryPart } from '../proto/work-records';
import { OutgoingFile } from './outgoing-file';
import { OpenedFile, TransferFile } from './transfer-types';

/** An entry from its announcement to its result. */
export class OutgoingEntry implements OutgoingFile {
    want: OutgoingFile['want'] = 'all';
    private haveChunks: RangeSet | undefined;
    private zeroChunks: RangeSet | undefined;
    private toCheck: ChunkHash[] | undefined;
    cancelled = false;
    isDecided = false;
    /** Its file-end has been sent, or it needs none. */
    isEnded = false;
    /** Bytes that the receiver is expected to read for a comparison, once it has begun. */
    bytesToCompare = 0;
    /** Bytes counted as present at the receiver. */
    countedBytes = 0;
    /** Collects the hashes of what is sent, when that is asked for. */
    readonly digest: FileDigest | undefined;
    /** What was to be kept of it and could not be. */
    private lost: readonly LostFact[] = NOTHING_LOST;
    /** Chunks in holes, of a first step of a split file. */
    private holes: RangeSet | undefined;

    constructor(
        readonly index: number,
        readonly scanned: ScannedEntry,
        readonly dataOffset: number,
        readonly chunkBytes: number,
        readonly changes: number,
        readonly refetches: number,
        /** When a digest is asked for. */
        digestAlgorithm?: HashAlgorithm,
        private readonly keep: KeepRules = {}
    ) {
        this.digest =
            digestAlgorithm && this.sendsData
                ? new FileDigest(this.contentBytes, chunkBytes, digestAlgorithm)
                : undefined;
    }

    get have(): RangeSet {
        return (this.haveChunks ??= new RangeSet());
    }

    get zeros(): RangeSet {
        return (this.zeroChunks ??= new RangeSet());
    }

    get checks(): ChunkHash[] {
        return (this.toCheck ??= []);
    }

    get isFile(): boolean {
        return this.scanned.kind === 'file';
    }

    /** The receiver needs nothing but its announcement. */
    get isEmptyFile(): boolean {
        return this.isFile && this.part === undefined && this.scanned.stat.sizeBytes === 0;
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
        const digest = this.part ? undefined : this.digest?.text;
        const chunkHashes = this.part && this.digest?.chunkHashes;
        const { mtimeNs } = stat;
        const wholeBytes = this.part?.wholeBytes;
        const { sizeBytes, lost } = this;
        return { path, sizeBytes, mtimeNs, digest, chunkHashes, work, isStep, wholeBytes, lost };
    }

    lose(facts: readonly LostFact[]): void {
        this.lost = allLost(this.lost, facts);
    }

    /** What has come of it, when it is the first step of a split file. */
    get opened(): OpenedFile {
        const { work, stat } = this.scanned;
        return {
            work: work ?? 0,
            sizeBytes: stat.sizeBytes,
            mtimeNs: stat.mtimeNs,
            have: this.have.ranges(),
            holes: this.holes?.ranges() ?? []
        };
    }

    /** Returns bytes of it that these stand for. @throws ConnectError `transfer.protocol` for more than it has. */
    addChecks(hashes: readonly ChunkHash[]): number {
        const chunks = Math.ceil(this.contentBytes / this.chunkBytes);
        if (this.checks.length + hashes.length > chunks || hashes.some(item => item.chunk >= chunks)) {
            throw malformed('hashes of chunks that do not exist');
        }
        this.checks.push(...hashes);
        return hashes.reduce((sum, { chunk }) => sum + this.bytesOf({ start: chunk, end: chunk + 1 }), 0);
    }

    /** Chunks the receiver says are zeros there; returns their bytes. @throws ConnectError `transfer.protocol` for some it has not. */
    addZeros(ranges: readonly Range[]): number {
        const chunks = Math.ceil(this.contentBytes / this.chunkBytes);
        if (ranges.some(({ end }) => end > chunks)) {
            throw malformed('zeros in chunks that do not exist');
        }
        ranges.forEach(({ start, end }) => this.zeros.add(start, end));
        return ranges.reduce((sum, range) => sum + this.bytesOf(range), 0);
    }

    private bytesOf(chunks: Range): number {
        return runBytes(this.contentBytes, this.chunkBytes, chunks);
    }

    /** These chunks are zeros that need not be sent. Returns what that makes present now, in bytes of this entry. */
    addHole(chunks: Range): number {
        if (!this.sendsData) {
            this.have.add(chunks.start, chunks.end);
            this.holes ??= new RangeSet();
            this.holes.add(chunks.start, chunks.end);
            return 0;
        }
        const bytes = this.bytesOf(chunks);
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
        const { accessTime, owner, group } = this.keep;
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
            linkTarget,
            replaces,
            work,
            part,
            ...(accessTime ? { atimeNs: this.atimeNs } : {}),
            ...(owner ? { uid: stat.uid } : {}),
            ...(group ? { gid: stat.gid } : {})
        };
    }

    /** Time of last access before anything of it was read. */
    get atimeNs(): bigint {
        return this.scanned.atimeNs ?? this.scanned.stat.atimeNs;
    }
}
