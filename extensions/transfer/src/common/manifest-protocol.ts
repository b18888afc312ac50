import type { RpcServer } from '@theia/core/lib/common/messaging/proxy-factory';

/** Path of the manifest service on the RPC connection between window and backend. */
export const MANIFEST_SERVICE_PATH = '/services/connect/manifests';

export const ManifestService = Symbol('ManifestService');

/** How a file is not what was transferred. `unreadable`: it cannot be told. */
export type DifferenceKind = 'missing' | 'size' | 'content' | 'unreadable';

export interface FileDifference {
    /** Below the destination. */
    readonly path: string;
    readonly kind: DifferenceKind;
    /** For people, e.g. `5 bytes instead of 7`. */
    readonly message: string;
}

/** What reading the files of a job again came to. */
export interface VerifyReport {
    /** Files whose content is what was transferred. */
    readonly same: number;
    /** Files of which no hash is known: their size is right. */
    readonly unknown: number;
    readonly differing: number;
    /** The first {@link MAX_DIFFERENCES} of them; all are in the log of the job. */
    readonly differences: readonly FileDifference[];
}

export const MAX_DIFFERENCES = 100;

/** How far it is. */
export interface VerifyProgress {
    readonly filesDone: number;
    readonly filesTotal: number;
    readonly bytesDone: number;
    readonly bytesTotal: number;
}

/** What a window is told. */
export interface ManifestClient {
    /** At most four times per second. */
    onVerifyProgress(jobId: string, progress: VerifyProgress): void;
}

/** What became of each file of the jobs, for a window; what it began ends with its connection. */
export interface ManifestService extends RpcServer<ManifestClient> {
    /**
     * Writes what is known of each file to `target`, a `file:` URI, replacing what is there as a whole: CSV, or JSON
     * lines where the name ends in `.jsonl`. Resolves to the number of files. Rejects with `transfer.job-unknown`,
     * `files.not-found` when nothing is known, or what kept it from being written.
     */
    save(jobId: string, target: string): Promise<number>;
    /**
     * Reads the files of a job at their destination again and compares them with what was transferred. Rejects with
     * `transfer.job-unknown`, `files.not-found` when nothing is known, `not-supported` where the account cannot read
     * large files, `cancelled` after {@link cancelVerify}, or what keeps the account from connecting.
     */
    verify(jobId: string): Promise<VerifyReport>;
    cancelVerify(jobId: string): Promise<void>;
}
