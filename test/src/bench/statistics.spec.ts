import { expect } from 'chai';
import {
    counterAt,
    CounterSample,
    jainIndex,
    rateBps,
    settlingMs,
    spread,
    worstDeviation
} from './statistics';

/** A sample each 20 ms at the rates given for so many ms. */
function samplesOf(...parts: readonly (readonly [rateBps: number, forMs: number])[]): CounterSample[] {
    const samples: CounterSample[] = [{ atMs: 1000, bytes: 0 }];
    for (const [bitsPerSec, forMs] of parts) {
        for (let passedMs = 0; passedMs < forMs; passedMs += 20) {
            const last = samples[samples.length - 1];
            samples.push({ atMs: last.atMs + 20, bytes: last.bytes + (bitsPerSec * 20) / 8000 });
        }
    }
    return samples;
}

describe('benchmark statistics', () => {
    it('gives median, smallest and largest', () => {
        expect(spread([5, 1, 9])).to.deep.equal({ median: 5, min: 1, max: 9, count: 3 });
        expect(spread([4, 1, 2, 9])?.median).to.equal(3);
        expect(spread([])).to.equal(undefined);
    });

    it('sorts numbers as numbers', () => {
        expect(spread([10, 9, 100])?.median).to.equal(10);
    });

    for (const { shares, index } of [
        { shares: [50, 50], index: 1 },
        { shares: [100, 0], index: 0.5 },
        { shares: [60, 40], index: 10000 / (2 * 5200) },
        { shares: [0, 0], index: 1 }
    ]) {
        it(`has the Jain index of ${shares.join(' and ')}`, () => {
            expect(jainIndex(shares)).to.be.closeTo(index, 1e-9);
        });
    }

    it('reads a counter between its samples and beyond them', () => {
        const samples = [
            { atMs: 10, bytes: 100 },
            { atMs: 20, bytes: 300 }
        ];
        expect([0, 10, 15, 20, 99].map(atMs => counterAt(samples, atMs))).to.deep.equal([
            100, 100, 200, 300, 300
        ]);
        expect(counterAt([], 5)).to.equal(0);
    });

    it('finds the window that is furthest from the target', () => {
        const samples = samplesOf([1e6, 3000], [1.1e6, 1000], [1e6, 3000]);
        const span = { fromMs: 1000, toMs: 8000 };
        expect(rateBps(samples, 1000, 2000)).to.be.closeTo(1e6, 1);
        expect(worstDeviation(samples, span, 2000, 1e6)).to.be.closeTo(0.05, 1e-6);
        expect(worstDeviation(samples, span, 1000, 1e6)).to.be.closeTo(0.1, 1e-6);
        expect(worstDeviation(samples, { fromMs: 1000, toMs: 2500 }, 2000, 1e6)).to.equal(undefined);
    });

    it('tells when a change of the rate holds', () => {
        const samples = samplesOf([1e6, 1000], [1.5e6, 160], [2e6, 3000]);
        const target = { rateBps: 2e6, tolerance: 0.01 };
        expect(settlingMs(samples, { fromMs: 2000, toMs: 5000 }, 200, target)).to.equal(160);
        expect(settlingMs(samples, { fromMs: 2000, toMs: 5000 }, 200, { ...target, rateBps: 3e6 })).to.equal(
            undefined
        );
    });
});
