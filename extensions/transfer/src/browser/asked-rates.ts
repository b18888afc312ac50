import type { Job, JobRate } from '../common/transfer-protocol';

/**
 * Rates that this window has asked for. Its list of jobs has them only some time later, and who looks or asks again
 * before that builds on what was asked for last.
 */
export class AskedRates {
    private readonly asked = new Map<string, { readonly before: JobRate; readonly rate: JobRate }>();

    /** What is set for a job, or will be as soon as the list has it. */
    of(job: Job): JobRate {
        return this.asked.get(job.id)?.rate ?? job.rate;
    }

    /** Asks for `rate` by `send`. Rejects as that does; then what the list has holds again. */
    async ask(job: Job, rate: JobRate, send: () => Promise<void>): Promise<void> {
        const mine = { before: job.rate, rate };
        this.asked.set(job.id, mine);
        try {
            await send();
        } catch (error) {
            if (this.asked.get(job.id) === mine) {
                this.asked.delete(job.id);
            }
            throw error;
        }
    }

    /** The list has changed: a job whose rate is another one than when it was asked for needs nothing from here. */
    listed(find: (id: string) => Job | undefined): void {
        for (const [id, { before }] of this.asked) {
            const now = find(id)?.rate;
            if (!now || !isSame(now, before)) {
                this.asked.delete(id);
            }
        }
    }
}

function isSame(one: JobRate, other: JobRate): boolean {
    return one.targetBps === other.targetBps && one.minBps === other.minBps && one.policy === other.policy;
}
