import type { Clock, Disposable } from '@connect/base';
import type { CurrentLimits } from '../common/transfer-preferences';
import { LONGEST_WAIT_MS } from './queue-pause';

/** Tells when the schedule of limits says something else. */
export class LimitWatch {
    private timer: Disposable | undefined;

    constructor(
        private readonly clock: Clock,
        private readonly limits: () => CurrentLimits,
        private readonly onChanged: () => void
    ) {}

    /** To be called after {@link onChanged} as well, and when the settings change. */
    arm(): void {
        this.dispose();
        const { nextChangeMs } = this.limits();
        if (nextChangeMs === undefined) {
            return;
        }
        const waitMs = Math.max(0, nextChangeMs - this.clock.wallNow());
        const isDue = waitMs <= LONGEST_WAIT_MS;
        this.timer = this.clock.setTimeout(
            () => (isDue ? this.onChanged() : this.arm()),
            Math.min(waitMs, LONGEST_WAIT_MS)
        );
    }

    dispose(): void {
        this.timer?.dispose();
        this.timer = undefined;
    }
}
