import { RateController, RateSettings } from '../rate-controller';
import { FixedRate } from './fixed';
import { GuardedRate } from './guarded-rate';

/** The controller for `settings.policy`, inside the safety rules. All policies pace at the target rate so far. */
export function createRateController(settings: RateSettings): RateController {
    return new GuardedRate(new FixedRate(settings), settings);
}
