import type {
    EffectiveRate,
    FileFailure,
    RateSettings,
    TransferProgress,
    TransferRun,
    TransferStatistics
} from '@connect/api';
import type { JobRecord } from '../common/job-record';

/** What a run tells while it lasts. */
export interface RunListener {
    onProgress(progress: TransferProgress): void;
    onFileFailed(failure: FileFailure): void;
    onRate?(inForce: EffectiveRate): void;
    onStatistics?(statistics: TransferStatistics): void;
}

/**
 * Finds account, credentials and engine for the job and starts it. Rejects with a ConnectError where that fails: it is
 * treated like the end of a run.
 */
export type LaunchJob = (
    record: JobRecord,
    rate: RateSettings,
    listener: RunListener
) => Promise<{ engineId: string; run: TransferRun }>;
