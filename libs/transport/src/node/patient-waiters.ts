import { Clock } from '@connect/base';

/** Those who wait for something to come about, but not for ever. */
export class PatientWaiters {
    private readonly waiting: Array<() => void> = [];

    /** Resolves at the next {@link settle}, or after `withinMs`. */
    wait(clock: Clock, withinMs: number): Promise<void> {
        return new Promise(resolve => {
            const timeout = clock.setTimeout(resolve, withinMs);
            this.waiting.push(() => {
                timeout.dispose();
                resolve();
            });
        });
    }

    settle(): void {
        this.waiting.splice(0).forEach(settle => settle());
    }
}
