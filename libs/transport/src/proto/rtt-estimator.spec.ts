import { expect } from 'chai';
import { RttEstimator } from './rtt-estimator';

describe('RttEstimator', () => {
    it('begins with the first sample and half of it as variation', () => {
        const rtt = new RttEstimator();
        expect([rtt.hasSample, rtt.smoothedMs, rtt.minMs]).to.deep.equal([false, 0, 0]);
        rtt.update(0, 100);
        expect([rtt.smoothedMs, rtt.variationMs, rtt.minMs, rtt.latestMs]).to.deep.equal([100, 50, 100, 100]);
    });

    it('smooths later samples as RFC 9002 §5.3 says', () => {
        const rtt = new RttEstimator();
        rtt.update(0, 100);
        rtt.update(100, 180);
        expect(rtt.variationMs).to.equal((3 / 4) * 50 + (1 / 4) * 80);
        expect(rtt.smoothedMs).to.equal((7 / 8) * 100 + (1 / 8) * 180);
        expect(rtt.minMs).to.equal(100);
    });

    it('forgets an old minimum, so that a longer route is seen as such', () => {
        const rtt = new RttEstimator();
        rtt.update(0, 20);
        for (let nowMs = 1000; nowMs <= 70_000; nowMs += 1000) {
            rtt.update(nowMs, 80);
        }
        expect(rtt.minMs).to.equal(80);
    });

    it('keeps a minimum for most of a minute', () => {
        const rtt = new RttEstimator();
        rtt.update(0, 20);
        for (let nowMs = 1000; nowMs <= 50_000; nowMs += 1000) {
            rtt.update(nowMs, 80);
        }
        expect(rtt.minMs).to.equal(20);
    });

    it('ignores what cannot be a round trip', () => {
        const rtt = new RttEstimator();
        rtt.update(0, -1);
        rtt.update(0, NaN);
        expect(rtt.hasSample).to.equal(false);
    });
});
