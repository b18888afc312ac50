import { Range, WireError } from '@connect/base';
import { EntryKind, SkipReason } from '../meta-records';
import { LostFact } from '../kept-facts';
import { EntryPart } from '../work-records';

/** A source as the listing found it. */
export interface ListedEntry {
    /** In the sender's store. */
    readonly sourcePath: string;
    /** Below the destination. */
    readonly path: string;
    readonly kind: EntryKind;
    /** 0 for anything but files. */
    readonly sizeBytes: number;
    readonly mtimeNs: bigint;
    /** Where it is kept: as it was before anything was read. */
    readonly atimeNs?: bigint;
}

/** Something one session is to send: the sender looks at the source anew and announces it. */
export interface WorkOrder {
    /** Names the order in its outcome; 0 for what nobody waits for: folders on the way to a file. */
    readonly work: number;
    readonly sourcePath: string;
    readonly path: string;
    readonly kind: EntryKind;
    /** A piece or a join is of this version of the source only. */
    readonly version?: SourceVersion;
    /** A step of a split file. */
    readonly part?: EntryPart;
    /** What its time of last access is taken to be: that of the listing. */
    readonly atimeNs?: bigint;
}

/** What makes two looks at a source see the same content. */
export interface SourceVersion {
    readonly sizeBytes: number;
    readonly mtimeNs: bigint;
}

/** What became of an order. `opened`: of a split file, which goes on with pieces. */
export type WorkOutcome =
    | {
          readonly result: 'done';
          readonly sizeBytes: number;
          readonly mtimeNs?: bigint;
          /** Of a whole file, when that was asked for and all of it passed by. */
          readonly digest?: string;
          /** Of a piece, likewise: the hashes of its chunks, one behind the other. */
          readonly chunkHashes?: Uint8Array;
          /** What could not be kept of the source. */
          readonly lost?: readonly LostFact[];
      }
    | {
          readonly result: 'skipped';
          readonly sizeBytes: number;
          readonly mtimeNs?: bigint;
          readonly reason: SkipReason;
      }
    | { readonly result: 'failed'; readonly error: WireError }
    | {
          readonly result: 'opened';
          readonly version: SourceVersion;
          readonly have: readonly Range[];
          /** Of these chunks, those in holes of the source: zeros, at their place without having been moved. */
          readonly holes: readonly Range[];
      };

/** The one outcome of a file, told once. */
export interface FileOutcome {
    readonly path: string;
    readonly kind: EntryKind;
    readonly sizeBytes: number;
    /** Of the version that was looked at last. */
    readonly mtimeNs?: bigint;
    /** `ALGORITHM:` and hexadecimal digits, of one that is done; missing when not all of it passed by. */
    readonly digest?: string;
    /** What could not be kept of the source of one that is done. */
    readonly lost?: readonly LostFact[];
    readonly result:
        | { readonly type: 'done' }
        | { readonly type: 'skipped'; readonly reason: SkipReason }
        | { readonly type: 'failed'; readonly error: WireError };
}
