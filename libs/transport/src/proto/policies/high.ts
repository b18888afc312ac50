import { RateSettings } from '../rate-controller';
import { FairRate } from './fair';

/** Ordinary flows that one of high priority stands for. */
const WEIGHT = 2;

/**
 * `fair` with a larger share. Source: MulTCP (Crowcroft and Oechslin, CCR 1998): a flow that behaves as several.
 */
export class HighRate extends FairRate {
    /** @param startBps as in FairRate */
    constructor(settings: RateSettings, startBps?: number) {
        super(settings, WEIGHT, startBps);
    }
}
