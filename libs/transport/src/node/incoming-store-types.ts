import { ConnectError } from '@connect/base';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { OverwriteRule, ResumeLevel } from '../proto/overwrite-decision';
import { PartialSuffixes } from '../proto/partial-names';
import type { ComparisonWatch } from './comparison-watch';
import { EmptyFileLaneEvents } from './empty-file-lane';
import { KnownChunks } from './existing-beginning';
import { FileDecision } from './file-decider';
import { FsyncPolicy } from './file-sink';
import { FileStore } from './file-store';
import { IncomingFile } from './incoming-file';

export interface IncomingStoreOptions {
    readonly store: FileStore;
    readonly destination: string;
    readonly createFolder: boolean;
    readonly hash: HashAlgorithm;
    readonly overwrite: OverwriteRule;
    readonly resume: ResumeLevel;
    readonly fsync: FsyncPolicy;
    readonly suffixes: PartialSuffixes;
    /** Bound of all chunk buffers. */
    readonly bufferBytes: number;
    readonly comparison: ComparisonWatch;
}

export interface IncomingStoreEvents extends EmptyFileLaneEvents {
    /** A chunk is complete; the buffer goes back through `writeChunk`, `finish` or `drop`. */
    onChunk(file: IncomingFile, chunk: number, bytes: Buffer): void;
    /** What came of {@link IncomingStore.place}. */
    onPlaced(file: IncomingFile, error: unknown): void;
    /** It could not be decided at once, after all, and nothing of it was used. */
    onUndecided(file: IncomingFile): void;
    /** Bytes of complete chunks that are still in memory. */
    onBacklog(bytes: number): void;
    /** The destination cannot be used at all. */
    onUnusable(error: ConnectError): void;
    onLog(line: string): void;
}

export type StoreDecision =
    | Exclude<FileDecision, { action: 'send' | 'rename' | 'continue' }>
    | ({ readonly action: 'send' } & KnownChunks);
