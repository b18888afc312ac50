import { expect } from 'chai';
import { LossDetector } from './loss-detector';

describe('LossDetector', () => {
    const cases: ReadonlyArray<readonly [string, number, number, boolean]> = [
        ['one packet behind and hardly late', 1, 0.5, false],
        ['three packets behind, but sent at the same moment', 3, 0.1, false],
        ['three packets behind and later than the reordering window', 3, 1, true],
        ['two packets behind, and late by less than an eighth of the round trip', 2, 12, false],
        ['one packet behind, and late by an eighth of the round trip', 1, 12.5, true]
    ];
    for (const [description, distance, latenessMs, lost] of cases) {
        it(`${description}: ${lost ? 'lost' : 'not lost yet'}`, () => {
            expect(new LossDetector().isLost(distance, latenessMs, 100)).to.equal(lost);
        });
    }

    it('becomes more patient with each report of packets that were not lost after all, up to half a round trip', () => {
        const losses = new LossDetector();
        const windows: number[] = [];
        for (let i = 0; i < 8; i++) {
            losses.onSpuriousLoss(100);
            windows.push(losses.reorderWindowMs);
        }
        expect(windows).to.deep.equal([2, 4, 8, 16, 32, 50, 50, 50]);
        expect(losses.isLost(1000, 49, 100)).to.equal(false);
        expect(losses.isLost(1, 50, 100)).to.equal(true);
    });
});
