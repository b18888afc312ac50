import { expect } from 'chai';
import { RateController, RateSettings } from '../rate-controller';
import { createRateController } from './create-rate-controller';

const settings = (targetMbps: number, minMbps = 1): RateSettings => ({
    targetBps: targetMbps * 1e6,
    minBps: minMbps * 1e6,
    policy: 'fixed'
});

/** Reports every 50 ms over [fromMs, toMs) of a path that carries `linkMbps` and loses the rest, or `loss` of it. */
function run(
    rate: RateController,
    fromMs: number,
    toMs: number,
    path: { linkMbps?: number; loss?: number }
): number {
    let lowest = Infinity;
    for (let nowMs = fromMs; nowMs < toMs; nowMs += 50) {
        const sent = (rate.rateBps * 0.05) / 8;
        const carried = path.linkMbps === undefined ? sent : Math.min(sent, (path.linkMbps * 1e6 * 0.05) / 8);
        const acknowledgedBytes = carried * (1 - (path.loss ?? 0));
        rate.onSample({
            nowMs,
            rttMs: 100,
            latestRttMs: 100,
            minRttMs: 100,
            queueingDelayMs: 0,
            acknowledgedBytes,
            lostBytes: sent - acknowledgedBytes,
            deliveryRateBps: acknowledgedBytes * 160,
            isLimited: false
        });
        lowest = Math.min(lowest, rate.rateBps);
    }
    return lowest / 1e6;
}

describe('rate of the policies', () => {
    for (const policy of ['fixed', 'high', 'fair', 'low'] as const) {
        it(`${policy}: random loss below the cap does not lower the rate`, () => {
            const rate = createRateController({ ...settings(100), policy });
            run(rate, 0, 2000, { loss: 0.2 }); // all but fixed begin low
            expect(run(rate, 2000, 12_000, { loss: 0.2 })).to.equal(100);
        });

        it(`${policy}: without feedback nothing is sent, with the first report all is as before`, () => {
            const rate = createRateController({ ...settings(100), policy });
            run(rate, 0, 1000, {});
            rate.onFeedbackLost(1500);
            expect(rate.rateBps).to.equal(0);
            rate.onFeedbackLost(2000);
            expect(run(rate, 3000, 3050, {})).to.equal(100);
        });

        it(`${policy}: lasting loss above the cap brings the rate near what the path carries`, () => {
            const rate = createRateController({ ...settings(100), policy });
            run(rate, 0, 2000, { linkMbps: 30 });
            expect(rate.rateBps / 1e6).to.be.within(25, 50);
            const lowest = run(rate, 2000, 20_000, { linkMbps: 30 });
            expect(lowest).to.be.above(policy === 'fixed' ? 30 : 20);
        });
    }

    it('one bad moment does not lower the rate', () => {
        const rate = createRateController(settings(100));
        run(rate, 0, 1000, {});
        run(rate, 1000, 1200, { loss: 1 });
        expect(run(rate, 1200, 5000, {})).to.equal(100);
    });

    it('loss above the cap that does not depend on the rate lowers it once, not to nothing', () => {
        const rate = createRateController(settings(100));
        expect(run(rate, 0, 60_000, { loss: 0.4 })).to.be.above(60);
    });

    it('each further silence in which nothing at all arrived divides the rate by four', () => {
        const rate = createRateController(settings(100));
        run(rate, 0, 1000, {});
        const afterSilence = [1, 2, 3].map(i => {
            rate.onFeedbackLost(i * 1000);
            run(rate, i * 1000 + 500, i * 1000 + 550, { loss: 1 });
            return rate.rateBps / 1e6;
        });
        expect(afterSilence).to.deep.equal([100, 25, 6.25]);
        run(rate, 5000, 30_000, {});
        expect(rate.rateBps).to.equal(100e6);
    });

    it('the rate comes back when the path does', () => {
        const rate = createRateController(settings(100));
        run(rate, 0, 2000, { linkMbps: 30 });
        run(rate, 2000, 8000, {});
        expect(rate.rateBps).to.equal(100e6);
    });

    it('never falls below the minimum, except without feedback', () => {
        const rate = createRateController(settings(100, 20));
        expect(run(rate, 0, 10_000, { linkMbps: 2 })).to.equal(20);
    });

    it('new settings hold at once', () => {
        const rate = createRateController(settings(100));
        rate.setSettings(settings(40));
        expect(rate.rateBps).to.equal(40e6);
    });
});
