import { expect } from 'chai';
import { RateController, RateSample, RateSettings } from '../rate-controller';
import { FairRate } from './fair';
import { HighRate } from './high';
import { LowRate } from './low';

const SETTINGS: RateSettings = { targetBps: 1e9, minBps: 1, policy: 'fair' };

/** A few hundred bytes each time, behind a queue of 40 ms that this flow does not make. */
function told(rate: RateController, isLimited: boolean): number {
    for (let i = 0; i < 2000; i++) {
        const sample: RateSample = {
            nowMs: i * 50,
            rttMs: 45,
            latestRttMs: i === 0 ? 1 : 45,
            minRttMs: 1,
            queueingDelayMs: i === 0 ? 0 : 40,
            acknowledgedBytes: 300,
            lostBytes: 0,
            deliveryRateBps: 48_000,
            isLimited
        };
        rate.onSample(sample);
    }
    return rate.rateBps;
}

describe('a flow with little to say, before ends that are late', () => {
    const controllers: ReadonlyArray<[string, () => RateController]> = [
        ['fair', () => new FairRate(SETTINGS)],
        ['high', () => new HighRate(SETTINGS)],
        ['low', () => new LowRate(SETTINGS)]
    ];
    for (const [name, create] of controllers) {
        it(`keeps two packets per round trip (${name})`, () => {
            expect(told(create(), false)).to.be.at.least((2 * 1500 * 8000) / 45);
            expect(told(create(), true)).to.be.at.least((2 * 1500 * 8000) / 45);
        });
    }

    it('keeps what a new flow begins with, when it uses less (fair, high)', () => {
        expect(told(new FairRate(SETTINGS), true)).to.be.at.least(20e6);
        expect(told(new HighRate(SETTINGS), true)).to.be.at.least(20e6);
    });

    it('takes no more than it is given', () => {
        const slow = { ...SETTINGS, targetBps: 100_000 };
        expect(told(new FairRate(slow), true)).to.be.at.most(100_000);
    });
});
