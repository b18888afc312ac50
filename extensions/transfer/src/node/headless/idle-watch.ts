import type { Clock, Disposable } from '@connect/base';

/** Tells when there was nothing to do for a while. */
export class IdleWatch {
    private timer: Disposable | undefined;
    private isOver = false;

    /** @param idleMs undefined: never */
    constructor(
        private readonly clock: Clock,
        private readonly idleMs: number | undefined,
        private readonly onIdle: () => void
    ) {}

    /** How it is now. */
    update(isBusy: boolean): void {
        if (isBusy) {
            this.timer?.dispose();
            this.timer = undefined;
        } else if (this.idleMs !== undefined && !this.isOver) {
            this.timer ??= this.clock.setTimeout(() => this.onIdle(), this.idleMs);
        }
    }

    dispose(): void {
        this.isOver = true;
        this.timer?.dispose();
    }
}
