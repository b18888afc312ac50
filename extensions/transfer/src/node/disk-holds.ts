import { isRunning } from '../common/job-lifecycle';
import type { JobRecord } from '../common/job-record';
import type { HoldReason } from '../common/transfer-protocol';
import { DiskSpaceWatch, type DiskSpaceParts } from './disk-space-watch';

/** Which jobs wait for room on this computer's disk: automatic ones that write to it. */
export class DiskHolds {
    private readonly watch: DiskSpaceWatch;

    /** @param jobs all of them, as they are now */
    constructor(
        parts: Omit<DiskSpaceParts, 'folders'>,
        private readonly jobs: () => readonly JobRecord[]
    ) {
        this.watch = new DiskSpaceWatch({ ...parts, folders: () => this.folders() });
    }

    /** Must not start now; true also while that is not known yet. */
    isHeld(record: JobRecord): boolean {
        return minds(record) && this.watch.isShort(record.target) !== false;
    }

    /** Why a queued job does not start, as far as it is known. */
    reason(record: JobRecord): HoldReason | undefined {
        const isShort = record.state === 'queued' && minds(record) && this.watch.isShort(record.target);
        return isShort ? 'disk-space' : undefined;
    }

    /** Those whose answer may have changed. */
    concerned(): JobRecord[] {
        return this.jobs().filter(minds);
    }

    check(): void {
        this.watch.check();
    }

    dispose(): void {
        this.watch.dispose();
    }

    private folders(): string[] {
        return this.concerned()
            .filter(record => record.state === 'queued' || isRunning(record.state))
            .map(record => record.target);
    }
}

function minds(record: JobRecord): boolean {
    return record.automatic && record.direction === 'receive';
}
