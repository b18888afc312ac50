import type { Clock, Disposable } from '@connect/base';

/** Does something at once when it is asked for, but not more often than once in a time: then the last request is kept. */
export class Paced {
    private lastMs = -Infinity;
    private waiting: Disposable | undefined;

    /** @param intervalMs > 0 */
    constructor(
        private readonly clock: Clock,
        private readonly intervalMs: number,
        private readonly work: () => void
    ) {}

    request(): void {
        const waitMs = this.lastMs + this.intervalMs - this.clock.now();
        if (waitMs <= 0) {
            this.run();
        } else {
            this.waiting ??= this.clock.setTimeout(() => this.run(), waitMs);
        }
    }

    dispose(): void {
        this.waiting?.dispose();
        this.waiting = undefined;
    }

    private run(): void {
        this.dispose();
        this.lastMs = this.clock.now();
        this.work();
    }
}
