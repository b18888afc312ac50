import type { SessionOptions } from '../control/control-protocol';
import type { HashAlgorithm } from '../proto/hash-algorithm';
import type { TransferSource } from '../proto/placement';
import type { RateSettings } from '../proto/rate-controller';
import type { FileStore } from './file-store';

/** What a client wants moved, whatever the way. */
export interface ClientTransfer {
    readonly direction: 'upload' | 'download';
    /** Local for an upload, on the server for a download. */
    readonly sources: readonly TransferSource[];
    /** On the server for an upload, local for a download. */
    readonly destination: string;
    /** Local files; it remains the caller's. */
    readonly store: FileStore;
    readonly options: SessionOptions;
    readonly rate: RateSettings;
    /** The one to be used, if the server knows it. By default the fastest that both ends know. */
    readonly hash?: HashAlgorithm;
}
