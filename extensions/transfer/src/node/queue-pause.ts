import type { Clock, Disposable } from '@connect/base';
import type { QueueStatus } from '../common/transfer-protocol';
import type { JobStorage } from './job-store';

/** Clocks of a machine that slept are behind: long waits are looked at this often. */
export const LONGEST_WAIT_MS = 60_000;

/** Whether all transfers are paused, and till when; outlives the backend. */
export class QueuePause {
    private paused: QueueStatus['paused'];
    private timer: Disposable | undefined;

    /** @param onOver the time is over */
    constructor(
        private readonly clock: Clock,
        private readonly store: JobStorage,
        private readonly onOver: () => void
    ) {}

    get current(): QueueStatus['paused'] {
        return this.paused;
    }

    /** Goes on with what an earlier backend had; a pause that would be over by now is. */
    load(): void {
        this.paused = this.store.pause();
        if (this.isOver()) {
            this.end();
        } else {
            this.arm();
        }
    }

    begin(forMs: number | undefined): void {
        this.paused = forMs === undefined ? {} : { untilMs: this.clock.wallNow() + forMs };
        this.store.setPause(this.paused);
        this.arm();
    }

    end(): void {
        this.dispose();
        this.paused = undefined;
        this.store.setPause(undefined);
    }

    dispose(): void {
        this.timer?.dispose();
        this.timer = undefined;
    }

    private isOver(): boolean {
        return this.paused?.untilMs !== undefined && this.paused.untilMs <= this.clock.wallNow();
    }

    private arm(): void {
        this.dispose();
        const untilMs = this.paused?.untilMs;
        if (untilMs === undefined) {
            return;
        }
        const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(0, untilMs - this.clock.wallNow()));
        this.timer = this.clock.setTimeout(() => {
            if (this.isOver()) {
                this.end();
                this.onOver();
            } else {
                this.arm();
            }
        }, waitMs);
    }
}
