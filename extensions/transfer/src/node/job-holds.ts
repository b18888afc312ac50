import type { JobRecord } from '../common/job-record';
import type { HoldReason, PowerStatus } from '../common/transfer-protocol';
import { DiskHolds } from './disk-holds';
import { PowerHolds } from './power-holds';
import type { SchedulerParts } from './scheduler-parts';

/** What the holds stand on. */
export type JobHoldsParts = Pick<
    SchedulerParts,
    'clock' | 'log' | 'measureDisk' | 'power' | 'settings' | 'statusChanged'
>;

/** All that keeps jobs from starting when it is their turn: room on the disk, power, a metered connection. */
export class JobHolds {
    private readonly disks: DiskHolds;
    private readonly power: PowerHolds;

    /**
     * @param jobs all of them, as they are now
     * @param onChanged the answers for these jobs may be others than before
     */
    constructor(
        parts: JobHoldsParts,
        private readonly jobs: () => readonly JobRecord[],
        onChanged: (concerned: readonly JobRecord[]) => void
    ) {
        const { clock, log, measureDisk, power, settings } = parts;
        this.disks = new DiskHolds(
            {
                clock,
                log,
                measure: measureDisk,
                thresholdPercent: () => settings().diskSpacePercent,
                onChanged: () => onChanged(this.disks.concerned())
            },
            jobs
        );
        this.power = new PowerHolds({
            clock,
            log,
            source: power,
            rules: () => settings().power,
            onStatus: () => parts.statusChanged(),
            onWaits: () => onChanged(this.jobs().filter(record => this.power.concerns(record)))
        });
    }

    /** Call once, when the jobs are known. */
    begin(): void {
        this.power.begin();
    }

    /** Must not start now; true also while that is not known yet. */
    isHeld(record: JobRecord): boolean {
        return this.disks.isHeld(record) || this.power.isHeld(record);
    }

    /** Why a job that waits does not start, as far as it is known. */
    reason(record: JobRecord): HoldReason | undefined {
        return this.disks.reason(record) ?? this.power.reason(record);
    }

    /** What to note of a job that a person starts now, whatever holds it. */
    startedByHand(record: JobRecord): Pick<JobRecord, 'startedDespite'> {
        const startedDespite = this.power.despite(record);
        return startedDespite ? { startedDespite } : {};
    }

    get powerStatus(): PowerStatus | undefined {
        return this.power.status;
    }

    /** Looks anew, as when the settings have changed. */
    check(): void {
        this.disks.check();
        this.power.check();
    }

    dispose(): void {
        this.disks.dispose();
        this.power.dispose();
    }
}
