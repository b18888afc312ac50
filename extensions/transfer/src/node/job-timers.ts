import type { Clock, Disposable } from '@connect/base';

/** One thing for each job that is to happen later. */
export class JobTimers implements Disposable {
    private readonly timers = new Map<string, Disposable>();

    constructor(private readonly clock: Clock) {}

    /** Takes the place of what was to happen. */
    set(id: string, delayMs: number, then: () => void): void {
        this.cancel(id);
        this.timers.set(id, this.clock.setTimeout(then, delayMs));
    }

    cancel(id: string): void {
        this.timers.get(id)?.dispose();
        this.timers.delete(id);
    }

    dispose(): void {
        this.timers.forEach(timer => timer.dispose());
        this.timers.clear();
    }
}
