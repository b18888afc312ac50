import { expect } from 'chai';
import * as fc from 'fast-check';
import { LEAST_TARGET_BPS, moveRate, niceCeiling, rangeOf, withRate, type RateMove } from './rate-steps';

const RANGE = { leastBps: LEAST_TARGET_BPS, mostBps: 1e10 };
const rates = fc.integer({ min: LEAST_TARGET_BPS, max: 1e10 });

describe('rate by keys and by hand', () => {
    const moves: ReadonlyArray<readonly [number, RateMove, number]> = [
        [300e6, 'up', 310e6],
        [300e6, 'down', 290e6],
        [100e6, 'up', 105e6],
        [100e6, 'down', 98e6],
        [347e6, 'up', 350e6],
        [347e6, 'down', 340e6],
        [300e6, 'page-up', 600e6],
        [300e6, 'page-down', 150e6],
        [9e9, 'page-up', 1e10],
        [300e6, 'least', LEAST_TARGET_BPS],
        [300e6, 'most', 1e10],
        [LEAST_TARGET_BPS, 'down', LEAST_TARGET_BPS]
    ];
    for (const [from, move, to] of moves) {
        it(`goes from ${from / 1e6} Mbps ${move} to ${to / 1e6}`, () =>
            expect(moveRate(from, move, RANGE)).to.equal(to));
    }

    it('lets a minimum start from nothing and go back there', () => {
        const range = { leastBps: 0, mostBps: 300e6 };
        const first = moveRate(0, 'up', range);
        expect(first).to.be.within(1, LEAST_TARGET_BPS);
        expect(moveRate(first, 'down', range)).to.equal(0);
        expect(moveRate(0, 'page-up', range)).to.equal(LEAST_TARGET_BPS);
        expect(moveRate(LEAST_TARGET_BPS, 'page-down', range)).to.equal(0);
    });

    it('moves with every key unless it is at the end, and not far', () => {
        fc.assert(
            fc.property(rates, rate => {
                const up = moveRate(rate, 'up', RANGE);
                const down = moveRate(rate, 'down', RANGE);
                expect(up).to.be.within(Math.min(rate + 1, RANGE.mostBps), rate * 1.11);
                expect(down).to.be.within(Math.min(rate * 0.89, rate), Math.max(rate - 1, RANGE.leastBps));
            })
        );
    });

    it('keeps the minimum at or below the target', () => {
        expect(withRate('target', 50e6, { targetBps: 300e6, minBps: 80e6 })).to.deep.equal({
            targetBps: 50e6,
            minBps: 50e6
        });
        expect(withRate('minimum', 900e6, { targetBps: 300e6, minBps: 0 })).to.deep.equal({
            targetBps: 300e6,
            minBps: 300e6
        });
    });

    it('takes no target above what the server grants', () => {
        const locks = { targetCapBps: 200e6 };
        const choice = { targetBps: 100e6, minBps: 0 };
        expect(withRate('target', 900e6, choice, locks).targetBps).to.equal(200e6);
        expect(rangeOf('target', choice, locks).mostBps).to.equal(200e6);
    });

    it('ends axes at round numbers', () => {
        for (const [value, end] of [
            [0, 1],
            [73e6, 80e6],
            [100e6, 100e6],
            [101e6, 150e6],
            [5.5e9, 6e9],
            [9e8, 1e9]
        ]) {
            expect(niceCeiling(value)).to.equal(end);
        }
    });
});
