import { RateController, RateSample, RateSettings } from '../rate-controller';
import { FairRate } from './fair';
import { FixedRate } from './fixed';
import { GuardedRate } from './guarded-rate';
import { HighRate } from './high';
import { LowRate } from './low';

/** The controller for `settings`, inside the safety rules; later settings may name another policy. */
export function createRateController(settings: RateSettings): RateController {
    return new GuardedRate(new SwitchableRate(settings), settings);
}

/** A policy that can be exchanged: the new one goes on at the rate of the old one, except from `fixed`. */
class SwitchableRate implements RateController {
    private controller: RateController;

    constructor(private settings: RateSettings) {
        this.controller = create(settings);
    }

    get rateBps(): number {
        return this.controller.rateBps;
    }

    onSample(sample: RateSample): void {
        this.controller.onSample(sample);
    }

    onFeedbackLost(nowMs: number): void {
        this.controller.onFeedbackLost(nowMs);
    }

    setSettings(settings: RateSettings): void {
        const previous = this.settings.policy;
        this.settings = settings;
        if (settings.policy === previous) {
            this.controller.setSettings(settings);
        } else {
            // A fixed rate says nothing about the path
            this.controller = create(settings, previous === 'fixed' ? undefined : this.rateBps);
        }
    }
}

function create(settings: RateSettings, startBps?: number): RateController {
    switch (settings.policy) {
        case 'fixed':
            return new FixedRate(settings);
        case 'high':
            return new HighRate(settings, startBps);
        case 'fair':
            return new FairRate(settings, 1, startBps);
        case 'low':
            return new LowRate(settings, startBps);
    }
}
