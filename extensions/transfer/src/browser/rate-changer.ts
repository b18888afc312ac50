import type { RatePolicy, RateSettings } from '@connect/api';
import { ConnectError, formatRate } from '@connect/base';
import type { MonitorRate } from '../common/monitor-protocol';
import type { RateChoice } from '../common/rate-steps';
import type { Job, JobRate } from '../common/transfer-protocol';

/** A drag makes many changes; the engine is told no more often than this. */
const LEAST_APART_MS = 100;
/** A choice that was accepted is shown until the list of jobs has it, or for this long. */
const HOLD_MS = 3_000;

/** What is chosen for a job: rate and policy. */
export interface ChosenRate extends RateChoice {
    readonly policy: RatePolicy;
}

/** What {@link RateChanger} stands on. */
export interface RateChangerParts {
    readonly jobId: string;
    /** Replaces what was set for the job. Rejects with a ConnectError. */
    setRate(rate: JobRate): Promise<void>;
    changed(): void;
    failed(error: ConnectError): void;
}

/**
 * Sends what a person chooses to the backend, one at a time and the last one always, and knows what to show meanwhile:
 * a slider stays where it was put.
 */
export class RateChanger {
    private draft: ChosenRate | undefined;
    private waiting = false;
    private sending = false;
    private lastMs = -Infinity;
    private holdTimer: number | undefined;
    private sendTimer: number | undefined;

    constructor(private readonly parts: RateChangerParts) {}

    /** What the controls show. */
    chosen(job: Job, rate: MonitorRate): ChosenRate {
        const own = job.rate;
        if (this.draft && this.isTaken(own) && !this.waiting && !this.sending) {
            this.forget();
        }
        const known: Partial<RateSettings> = rate.asked ?? rate.inForce ?? {};
        const targetBps = own.targetBps ?? known.targetBps ?? 0;
        return (
            this.draft ?? {
                targetBps,
                minBps: Math.min(targetBps, own.minBps ?? known.minBps ?? 0),
                policy: own.policy ?? known.policy ?? 'fixed'
            }
        );
    }

    choose(next: ChosenRate): void {
        this.draft = next;
        this.waiting = true;
        window.clearTimeout(this.holdTimer);
        this.parts.changed();
        this.pump();
    }

    dispose(): void {
        window.clearTimeout(this.holdTimer);
        window.clearTimeout(this.sendTimer);
    }

    private pump(): void {
        if (this.sending || !this.waiting) {
            return;
        }
        const waitMs = this.lastMs + LEAST_APART_MS - performance.now();
        if (waitMs > 0) {
            window.clearTimeout(this.sendTimer);
            this.sendTimer = window.setTimeout(() => this.pump(), waitMs);
            return;
        }
        this.waiting = false;
        this.sending = true;
        this.lastMs = performance.now();
        void this.send(this.draft!);
    }

    private async send(rate: ChosenRate): Promise<void> {
        try {
            await this.parts.setRate(rate);
            this.holdTimer = window.setTimeout(() => this.forget(), HOLD_MS);
        } catch (error) {
            this.forget();
            this.parts.failed(ConnectError.from(error));
        } finally {
            this.sending = false;
        }
        this.pump();
    }

    private isTaken(own: JobRate): boolean {
        const { draft } = this;
        return (
            own.targetBps === draft?.targetBps && own.minBps === draft?.minBps && own.policy === draft?.policy
        );
    }

    private forget(): void {
        window.clearTimeout(this.holdTimer);
        if (this.draft && !this.waiting) {
            this.draft = undefined;
            this.parts.changed();
        }
    }
}

/** Why something else than what was chosen is in force; '' when nothing is to be said. */
export function rateNote(chosen: ChosenRate, { asked, inForce }: MonitorRate): string {
    const isLess = (rate: RateSettings, than: number): boolean => rate.targetBps < than * 0.995;
    if (asked && isLess(asked, chosen.targetBps)) {
        return `${formatRate(asked.targetBps)} in force: the bandwidth limit of the settings, shared between transfers.`;
    }
    if (asked && inForce && isLess(inForce, asked.targetBps)) {
        return `${formatRate(inForce.targetBps)} in force: the server grants no more.`;
    }
    return '';
}
