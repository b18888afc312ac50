import { expect } from 'chai';
import * as fc from 'fast-check';
import { ReplayWindow } from './replay-window';

const SIZE = 64;

describe('ReplayWindow', () => {
    it('agrees with a set of all numbers ever seen, except that it refuses those that are too old', () => {
        const step = fc.oneof(
            { weight: 6, arbitrary: fc.integer({ min: -20, max: 20 }) },
            { weight: 1, arbitrary: fc.integer({ min: -200, max: 300 }) }
        );
        fc.assert(
            fc.property(fc.array(step, { maxLength: 300 }), steps => {
                const window = new ReplayWindow(SIZE);
                const seen = new Set<number>();
                let highest = -1;
                let at = 0;
                for (const delta of steps) {
                    at = Math.max(0, at + delta);
                    const expected = !seen.has(at) && at > highest - SIZE;
                    expect(window.accept(at), `number ${at}, highest ${highest}`).to.equal(expected);
                    seen.add(at);
                    highest = Math.max(highest, at);
                }
            })
        );
    });

    it('takes numbers up to 2⁴⁸ and jumps of any size', () => {
        const window = new ReplayWindow(SIZE);
        expect(window.accept(2 ** 48 - 2)).to.equal(true);
        expect(window.accept(2 ** 48 - 1)).to.equal(true);
        expect(window.accept(2 ** 48 - 2)).to.equal(false);
        expect(window.accept(5)).to.equal(false);
    });
});
