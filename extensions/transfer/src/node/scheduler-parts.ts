import type { RateSettings } from '@connect/api';
import type { Clock } from '@connect/base';
import type { DiskSpace } from '../common/disk-space';
import type { CurrentLimits, TransferSettings } from '../common/transfer-preferences';
import type { LaunchJob } from './job-launch';
import type { JobStorage } from './job-store';
import type { PowerSource } from './power/power-source';

/** What the scheduler stands on. */
export interface SchedulerParts {
    readonly clock: Clock;
    readonly store: JobStorage;
    /** These three are read anew at each decision. */
    settings(): TransferSettings;
    defaultRate(): RateSettings;
    limits(): CurrentLimits;
    readonly launch: LaunchJob;
    /** The staged files of a job are no longer needed. */
    releaseStaging(stagingId: string): void;
    /** Room on the disk of the folder that a job receives into; see `DiskHolds`. */
    measureDisk(targetUri: string): Promise<DiskSpace>;
    /** Of this computer; see `PowerHolds`. */
    readonly power: PowerSource;
    /** Something about this job changed; it may be gone. */
    changed(id: string): void;
    /** `JobScheduler.status` changed. */
    statusChanged(): void;
    /** @param id job that it is about */
    log(text: string, id?: string): void;
}
