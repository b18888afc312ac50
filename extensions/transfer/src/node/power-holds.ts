import type { Clock, Disposable } from '@connect/base';
import { isAtRest } from '../common/job-lifecycle';
import type { JobRecord } from '../common/job-record';
import { despite, holdsOn, isRuled, powerWaits, type PowerRules } from '../common/power-rules';
import { SettledFacts } from '../common/settled-facts';
import type { PowerHold, PowerStatus, PowerWait } from '../common/transfer-protocol';
import type { PowerSource } from './power/power-source';

/** What the rules stand on. */
export interface PowerHoldsParts {
    readonly clock: Clock;
    readonly source: PowerSource;
    rules(): PowerRules;
    /** {@link PowerHolds.status} is another than before. */
    onStatus(): void;
    /** Which jobs wait may be another answer than before. */
    onWaits(): void;
    log(line: string): void;
}

/** Which jobs wait until the computer is on mains power, or has a connection that is not metered. */
export class PowerHolds {
    private readonly facts = new SettledFacts();
    private watch: Disposable | undefined;
    private waits: readonly PowerWait[] = [];
    private toldStatus = '';
    private toldWaits = '';
    private timer: Disposable | undefined;
    private disposed = false;

    constructor(private readonly parts: PowerHoldsParts) {}

    /** Call once. Before, nothing is known. */
    begin(): void {
        this.watch = this.parts.source.watch(reading => {
            if (!this.disposed) {
                this.facts.take(this.parts.clock.now(), reading);
                this.check();
            }
        });
    }

    get status(): PowerStatus | undefined {
        return this.facts.isKnown ? { ...this.facts.current, waits: this.waits } : undefined;
    }

    /** Must not start now; true also while that is not known yet. */
    isHeld(record: JobRecord): boolean {
        return this.facts.isKnown
            ? holdsOn(record, this.waits).length > 0
            : isRuled(record, this.parts.rules());
    }

    /** Why a job waits, as far as it is known. */
    reason(record: JobRecord): PowerHold | undefined {
        const isWaiting = record.state === 'queued' || record.state === 'pausing';
        return isWaiting ? holdsOn(record, this.waits)[0] : undefined;
    }

    /** What to note of a job that a person starts now. */
    despite(record: JobRecord): JobRecord['startedDespite'] {
        return despite(record, this.waits);
    }

    /** To be called when the settings change, too. */
    check(): void {
        this.timer?.dispose();
        const nowMs = this.parts.clock.now();
        this.facts.advance(nowMs);
        const { nextMs, isKnown } = this.facts;
        if (nextMs !== undefined) {
            this.timer = this.parts.clock.setTimeout(() => this.check(), Math.max(0, nextMs - nowMs));
        }
        this.waits = powerWaits(this.facts.current, this.parts.rules());
        const [status, waits] = [JSON.stringify(this.status ?? ''), JSON.stringify([this.waits, isKnown])];
        const isNewStatus = status !== this.toldStatus;
        const isNewWaits = waits !== this.toldWaits;
        this.toldStatus = status;
        this.toldWaits = waits;
        if (isNewStatus) {
            this.parts.onStatus();
        }
        if (isNewWaits) {
            this.waits.forEach(({ reason, which }) => this.parts.log(`${which} transfers wait: ${reason}`));
            this.parts.onWaits();
        }
    }

    /** Those whose answer may have changed. */
    concerns(record: JobRecord): boolean {
        return !isAtRest(record.state);
    }

    dispose(): void {
        this.disposed = true;
        this.timer?.dispose();
        this.watch?.dispose();
    }
}
