import { Range, WireError } from '@connect/base';
import { LostFact } from '../proto/kept-facts';
import { SkipReason } from '../proto/meta-records';
import type { EmptyFiles } from './empty-files';

/** What becomes of symbolic links: sent as what they point to, as links, or not at all. */
export type SymlinkPolicy = 'follow' | 'copy' | 'skip';

/** A snapshot of one run. Numbers never go down; `bytesDone` counts what an earlier run brought, too. */
export interface FileProgress {
    readonly bytesDone: number;
    /** Known so far; grows while folders are scanned. */
    readonly bytesTotal: number;
    readonly scanComplete: boolean;
    readonly filesDone: number;
    /** Files and links; folders count only when they fail. */
    readonly filesTotal: number;
    readonly filesFailed: number;
    readonly filesSkipped: number;
    /** Relative path of the file that was worked on last; '' at first. */
    readonly currentFile: string;
    /** How far this end has compared what is at the target; absent where there was nothing to compare. */
    readonly compared?: ComparedBytes;
}

/** Of what an earlier run left, or of files that may be the same. */
export interface ComparedBytes {
    readonly bytes: number;
    /** Of files that it has begun with. */
    readonly of: number;
}

/** Progress of a transfer that has not begun. */
export const NOTHING_YET: FileProgress = {
    bytesDone: 0,
    bytesTotal: 0,
    scanComplete: false,
    filesDone: 0,
    filesTotal: 0,
    filesFailed: 0,
    filesSkipped: 0,
    currentFile: ''
};

/** One file, by its path below the destination; a source that is missing, by its own path. */
export interface TransferFile {
    readonly path: string;
    readonly sizeBytes: number;
    readonly mtimeNs?: bigint;
    /** Hash of its content and which it is, when that was asked for and all of it passed by: see `FileDigest`. */
    readonly digest?: string;
    /** As {@link digest}, of a piece of a file: the hashes of its chunks, one behind the other. */
    readonly chunkHashes?: Uint8Array;
    /** The order it was asked for by, in a transfer of several sessions. */
    readonly work?: number;
    /** Not the file itself but a step of it, which is not counted as a file. */
    readonly isStep?: boolean;
    /** Of the file that this is a step of, the last one included. */
    readonly wholeBytes?: number;
    /** What was to be kept of its source and could not be. Default: nothing. */
    readonly lost?: readonly LostFact[];
}

export interface FileFailure {
    readonly path: string;
    readonly error: WireError;
    /** As in {@link TransferFile}. */
    readonly work?: number;
}

/** The unfinished form of a file that several sessions send is there, holding these chunks already. */
export interface OpenedFile {
    readonly work: number;
    /** Of its source, as it is now. */
    readonly sizeBytes: number;
    readonly mtimeNs: bigint;
    readonly have: readonly Range[];
    /** Of these chunks, those in holes of the source. */
    readonly holes: readonly Range[];
}

/** How a run ended that ended by itself. JSON-safe. */
export interface TransferSummary extends FileProgress {
    /** Payload bytes of this run, without retransmissions of the network. */
    readonly bytesTransferred: number;
    /** Bytes that were found in place: finished files that are equal, and verified parts of unfinished ones. */
    readonly bytesResumed: number;
    /** The first {@link MAX_FAILURES}; `filesFailed` is exact. */
    readonly failures: readonly FileFailure[];
    /**
     * `transfer.some-files-failed`; or, when nothing came through and all failed for the same reason, that reason.
     * Undefined when every file is at its place or was skipped by rule.
     */
    readonly error?: WireError;
}

export const MAX_FAILURES = 1000;

/** Called as things happen; none of it may throw. */
export interface TransferEvents {
    /** Files that are done come with their digest. */
    readonly wantsDigests?: boolean;
    onFileStarted?(file: TransferFile): void;
    /** The receiver has it at its place, verified. */
    onFileDone?(file: TransferFile): void;
    /** In place of {@link onFileStarted} and {@link onFileDone} for each of many empty files of one folder. */
    onEmptyFilesStarted?(files: EmptyFiles): void;
    onEmptyFilesDone?(files: EmptyFiles): void;
    onFileFailed?(failure: FileFailure): void;
    onFileSkipped?(file: TransferFile, reason: SkipReason): void;
    onTotals?(totals: { readonly files: number; readonly bytes: number; readonly complete: boolean }): void;
    /** In a transfer of several sessions. */
    onOpened?(file: OpenedFile): void;
    /** A line for the log, about something that does not change the outcome. */
    onLog?(line: string): void;
}
