import { Range, RangeSet, WireError } from '@connect/base';
import { chunkCount, chunkSetBytes } from '../chunk-plan';
import { HashAlgorithm } from '../hash-algorithm';
import { LostFact, NOTHING_LOST } from '../kept-facts';
import { ListedEntry, SourceVersion } from './work-order';

/** A piece has at least and at most so many bytes, but for what is left at the end. */
const MIN_PIECE_BYTES = 8 * 1024 * 1024;
const MAX_PIECE_BYTES = 256 * 1024 * 1024;
/** What is missing is given away in pieces of this share of it per session, so that they get smaller to the end. */
const SHARES_PER_SESSION = 2;
/** How often a file is begun: its source may change, or its unfinished form be taken away. */
const MAX_ATTEMPTS = 3;

/**
 * A file that several sessions send. `opening`: one session decides about it. `pieces`: they bring what is missing.
 * `joining`: one of them names it. `failing`: pieces are still under way, then it is begun again or given up.
 */
export type SplitPhase = 'opening' | 'pieces' | 'joining' | 'failing';

/** Collects the hashes of a file's chunks, 32 bytes for each, and makes one hash of them. */
export interface SplitDigest {
    readonly algorithm: HashAlgorithm;
    /** Hashes of chunks that follow each other, one behind the other. */
    addRun(first: number, hashes: Uint8Array): void;
    /** Chunks [from, to) are zeros. */
    addZeros(from: number, to: number): void;
    /** Undefined while the hash of a chunk is missing. */
    readonly text: string | undefined;
}

/** Book-keeping about one file that is split: each of its chunks is with one session, or missing, or in place. */
export class SplitFile {
    phase: SplitPhase = 'opening';
    version: SourceVersion | undefined;
    /** Bytes of it that have been counted as present. */
    creditedBytes = 0;
    /** What an earlier run brought of it is not in this, so that it comes to nothing then. */
    digest: SplitDigest | undefined;
    /** What could not be kept of its source, by any of the sessions. */
    lost: readonly LostFact[] = NOTHING_LOST;
    private attempts = 1;
    private failure: WireError | undefined;
    private readonly missing = new RangeSet();
    private readonly out = new Map<number, Range>();
    private readonly seenWriters = new Set<number>();

    constructor(
        readonly entry: ListedEntry,
        private readonly chunkBytes: number
    ) {}

    get wholeBytes(): number {
        return this.version?.sizeBytes ?? this.entry.sizeBytes;
    }

    /** Whose checkpoints the join has to read. */
    get writers(): number[] {
        return [...this.seenWriters];
    }

    /** Why it failed for good, once nothing of it is under way. */
    get error(): WireError | undefined {
        return this.failure;
    }

    get hasPieceToGive(): boolean {
        return this.phase === 'pieces' && !this.missing.isEmpty;
    }

    /** The receiver has made its unfinished form, or found it. Returns the bytes that are in place. */
    opened(version: SourceVersion, have: readonly Range[]): number {
        this.version = version;
        this.phase = 'pieces';
        this.missing.clear();
        this.missing.add(0, chunkCount(version.sizeBytes, this.chunkBytes));
        const found = new RangeSet();
        for (const { start, end } of have) {
            found.add(start, end);
            this.missing.delete(start, end);
        }
        this.goOn();
        return chunkSetBytes(version.sizeBytes, this.chunkBytes, found);
    }

    /** Takes the next piece out, for the order `work` of the session whose checkpoint is `writer`. */
    takePiece(work: number, writer: number, sessions: number): Range {
        const share = Math.ceil((this.missing.size * this.chunkBytes) / (sessions * SHARES_PER_SESSION));
        const bytes = Math.min(MAX_PIECE_BYTES, Math.max(MIN_PIECE_BYTES, share));
        const range = this.missing.takeFirst(Math.max(1, Math.floor(bytes / this.chunkBytes)))!;
        this.out.set(work, range);
        this.seenWriters.add(writer);
        return range;
    }

    bytesOf({ start, end }: Range): number {
        return Math.min(this.wholeBytes, end * this.chunkBytes) - start * this.chunkBytes;
    }

    /**
     * A piece is at its place.
     * @param hashes of all its chunks, of the algorithm of {@link digest}; undefined when they are not known
     */
    pieceDone(work: number, hashes: Uint8Array | undefined): void {
        if (hashes) {
            this.digest?.addRun(this.out.get(work)!.start, hashes);
        }
        this.out.delete(work);
        this.goOn();
    }

    /** A piece comes back without result: its session is gone. */
    pieceReturned(work: number): void {
        const range = this.out.get(work)!;
        this.out.delete(work);
        this.missing.add(range.start, range.end);
        this.goOn();
    }

    /** A step failed. Nothing new of it is given out. */
    failed(work: number, error: WireError): void {
        this.out.delete(work);
        this.phase = 'failing';
        this.missing.clear();
        this.failure ??= error;
    }

    /** Whether it has failed and nothing of it is under way any more. */
    get isOver(): boolean {
        return this.phase === 'failing' && this.out.size === 0;
    }

    /** Begins anew, when that may help; to be called when {@link isOver}. */
    restart(): boolean {
        const mayHelp =
            this.failure?.code === 'transfer.source-changed' ||
            this.failure?.code === 'transfer.verify-failed';
        if (!mayHelp || this.attempts >= MAX_ATTEMPTS) {
            return false;
        }
        this.attempts += 1;
        this.phase = 'opening';
        this.failure = undefined;
        this.digest = undefined;
        this.seenWriters.clear();
        return true;
    }

    private goOn(): void {
        if (this.phase === 'pieces' && this.missing.isEmpty && this.out.size === 0) {
            this.phase = 'joining';
        }
    }
}
