import { ConnectError, Range, RangeSet } from '@connect/base';
import { ChunkHash, FileEndRecord } from '../proto/meta-records';
import { FileDigest } from './file-digest';
import { ScannedEntry } from './file-scanner';

/** A file that was announced to the receiver. */
export interface OutgoingFile {
    readonly index: number;
    readonly scanned: ScannedEntry;
    readonly dataOffset: number;
    readonly chunkBytes: number;
    /** Which bytes of the source it is about: all, or a piece of it. Chunks are counted from there. */
    readonly contentStart: number;
    readonly contentBytes: number;
    /** False for a step that only compares. */
    readonly sendsData: boolean;
    /** What the receiver wants: all, what it does not have, or nothing when its hashes are right. */
    want: 'all' | 'missing' | 'compare';
    /** Chunks the receiver has. */
    readonly have: RangeSet;
    /** To be checked before they are believed. */
    readonly checks: ChunkHash[];
    /** Chunks that are to be checked in the same way, and are zeros there. */
    readonly zeros: RangeSet;
    /** The receiver has given it up. */
    cancelled: boolean;
    /** Collects the hashes of what is sent, when that is asked for. */
    readonly digest?: FileDigest;
}

/** Of what is sent of it. */
export function sizeOf(file: OutgoingFile): number {
    return file.contentBytes;
}

export interface SourceReaderEvents {
    onStarted(file: OutgoingFile): void;
    /** Bytes the receiver turned out to have. */
    onPresent(file: OutgoingFile, bytes: number): void;
    /** So many bytes of it are about to be compared with what the receiver has. */
    onToCompare(file: OutgoingFile, bytes: number): void;
    /** So many of them were. */
    onCompared(bytes: number): void;
    /** Chunks that are zeros, and were told so. */
    onHole(file: OutgoingFile, chunks: Range): void;
    /** Bytes that were acknowledged. */
    onAcknowledged(file: OutgoingFile | undefined, bytes: number): void;
    /** All was given to the port, or the receiver's copy is equal: what to say about that, if anything. */
    endOf(file: OutgoingFile, status: 'ok' | 'same'): FileEndRecord | undefined;
    /** Its time of last access could not be left alone. */
    onRead(file: OutgoingFile): void;
    /** That has been said. */
    onEnded(file: OutgoingFile): void;
    onChanged(file: OutgoingFile): Promise<void>;
    onReadFailed(file: OutgoingFile, error: ConnectError): Promise<void>;
    /** The port takes nothing any more. */
    onPortFailed(error: unknown): void;
}
