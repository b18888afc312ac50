import { Range, RangeSet } from '@connect/base';
import { chunkCount } from '../proto/chunk-plan';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { allLost, LostFact, NOTHING_LOST } from '../proto/kept-facts';
import { EntryRecord, FileEndRecord } from '../proto/meta-records';
import { AssembledFile } from './chunk-assembler';
import { ExistingBeginning } from './existing-beginning';
import { FileDigest } from './file-digest';
import { ChunkSink } from './file-sink';
import { SmallFile } from './small-file';
import { SmallMap } from './small-map';
import { TransferFile } from './transfer-types';
import { TargetFolder } from './target-folders';

/**
 * `deciding`: nothing may come. `receiving`: data may come. `finishing`: all is here, it gets its name.
 * `replaced`: an entry that takes its place is on its way. `settled`: it has its result.
 */
export type IncomingState = 'deciding' | 'receiving' | 'finishing' | 'replaced' | 'settled';

/** What files share that claim none; never written to. */
export const NO_PATHS: string[] = [];
const NO_INDICES: readonly number[] = [];

/** What the receiver knows of one announced file. */
export class IncomingFile implements AssembledFile {
    state: IncomingState = 'deciding';
    folder: TargetFolder | undefined;
    name = '';
    /** Large files, and steps of files that several sessions send. */
    sink: ChunkSink | undefined;
    /** Under way when a comparison failed and data came. */
    sinkOpening: Promise<unknown> | undefined;
    /** Files of at most one chunk. */
    small: SmallFile | undefined;
    /** What is at its place, when that is to be completed. */
    beginning: ExistingBeginning | undefined;
    /** It was decided at once, and goes to its place together with others when all of it is here. */
    isQuick = false;
    /** Something has its name although this run makes its folder. */
    isContested = false;
    end: FileEndRecord['status'] | undefined;
    private arrivedChunks: RangeSet | undefined;
    private doubtedChunks: RangeSet | undefined;
    readonly hashes = new SmallMap<Uint8Array>();
    /** Complete chunks whose hash has not come yet. */
    readonly waiting = new SmallMap<Buffer>();
    /** Chunks being written. */
    writing = 0;
    /** It has to be announced anew: a chunk did not fit its hash, or what was decided at once did not hold. */
    isDamaged = false;
    /** Its finished form at the target was sent for comparison. */
    isCompared = false;
    /** Bytes counted as present. */
    countedBytes = 0;
    private stepHoles: RangeSet | undefined;
    /** What was to be kept of its source and could not be. */
    lost: readonly LostFact[] = NOTHING_LOST;
    /** Collects the hashes of what comes, when that is asked for. */
    readonly digest: FileDigest | undefined;
    /** Paths that nobody else may use until it is settled. */
    claims: string[] = NO_PATHS;
    /** Earlier entries for the same file, which get their result with this one. */
    readonly chain: readonly number[];
    readonly refetches: number;

    constructor(
        readonly entry: EntryRecord,
        replaced: IncomingFile | undefined,
        /** When a digest is asked for. */
        digestAlgorithm?: HashAlgorithm
    ) {
        const hasContent = (entry.part?.step ?? 'piece') === 'piece';
        this.digest =
            digestAlgorithm && hasContent
                ? new FileDigest(entry.sizeBytes, entry.chunkBytes, digestAlgorithm)
                : undefined;
        this.chain = replaced ? [...replaced.chain, replaced.entry.index] : NO_INDICES;
        this.lost = replaced?.lost ?? NOTHING_LOST;
        this.refetches = (replaced?.refetches ?? 0) + (replaced?.isDamaged ? 1 : 0);
    }

    /** Chunks that are complete: in memory, being written, or written. Not kept of one that is {@link isQuick}. */
    get arrived(): RangeSet {
        return (this.arrivedChunks ??= new RangeSet());
    }

    /** Chunks of an earlier run that the sender may still find to differ. */
    get doubted(): RangeSet {
        return (this.doubtedChunks ??= new RangeSet());
    }

    get index(): number {
        return this.entry.index;
    }

    get dataOffset(): number {
        return this.entry.dataOffset;
    }

    get sizeBytes(): number {
        return this.entry.sizeBytes;
    }

    get chunkBytes(): number {
        return this.entry.chunkBytes;
    }

    get chunkCount(): number {
        return chunkCount(this.sizeBytes, this.chunkBytes);
    }

    /** Its place in the data stream. */
    get range(): Range {
        return { start: this.dataOffset, end: this.dataOffset + this.sizeBytes };
    }

    /** The whole file, of which the entry may be a step. */
    get content(): EntryRecord {
        const { part } = this.entry;
        return part ? { ...this.entry, sizeBytes: part.wholeBytes } : this.entry;
    }

    get file(): TransferFile {
        const { path, part, work, mtimeNs } = this.entry;
        const isStep = part !== undefined && part.step !== 'join';
        const digest = part ? undefined : this.digest?.text;
        const chunkHashes = part && this.digest?.chunkHashes;
        const wholeBytes = part?.wholeBytes;
        const { sizeBytes, lost } = this;
        return { path, sizeBytes, mtimeNs, digest, chunkHashes, work, isStep, wholeBytes, lost };
    }

    /** Everything that was to come has come and is written. */
    get isWhole(): boolean {
        return (
            this.end === 'ok' &&
            this.writing === 0 &&
            this.waiting.size === 0 &&
            this.arrived.covers(0, this.chunkCount)
        );
    }

    /** Chunks in holes, of a first step of a split file. */
    get holes(): Range[] {
        return this.stepHoles?.ranges() ?? [];
    }

    lose(facts: readonly LostFact[]): void {
        this.lost = facts.length === 0 ? this.lost : allLost(this.lost, facts);
    }

    /** Of a first step of a split file: these chunks are zeros. */
    addHole(from: number, to: number): void {
        this.arrived.add(from, to);
        this.stepHoles ??= new RangeSet();
        this.stepHoles.add(from, to);
    }

    wants(chunk: number): boolean {
        return this.state === 'receiving' && !this.waiting.has(chunk) && !this.arrivedChunks?.has(chunk);
    }
}
