import { RateController, RateSettings } from '../rate-controller';

/** Sends at the target rate, whatever the path says. Only to be used inside `GuardedRate`, which adds the safety rules. */
export class FixedRate implements RateController {
    private targetBps: number;

    constructor(settings: RateSettings) {
        this.targetBps = settings.targetBps;
    }

    get rateBps(): number {
        return this.targetBps;
    }

    onSample(): void {
        // the rate does not depend on the path
    }

    onFeedbackLost(): void {
        // the guard stops the sender
    }

    setSettings(settings: RateSettings): void {
        this.targetBps = settings.targetBps;
    }
}
