import { expect } from 'chai';
import { isSpaceShort } from './disk-space';

const ROWS: ReadonlyArray<readonly [string, number, number, boolean, boolean]> = [
    ['room enough', 60, 5, false, false],
    ['just enough', 50, 5, false, false],
    ['too little', 49, 5, false, true],
    ['hardly more than too little, and it was short', 55, 5, true, true],
    ['some more', 60, 5, true, false],
    ['nothing left, but nobody minds', 0, 0, false, false],
    ['an empty disk, and all of it is asked for', 1000, 100, true, false]
];

describe('space on the disk', () => {
    for (const [description, freeBytes, percent, wasShort, expected] of ROWS) {
        it(`${description}: ${expected ? 'wait' : 'go on'}`, () => {
            expect(isSpaceShort({ freeBytes, totalBytes: 1000 }, percent, wasShort)).to.equal(expected);
        });
    }

    it('is no reason to wait where a file system does not tell its size', () => {
        expect(isSpaceShort({ freeBytes: 0, totalBytes: 0 }, 5, false)).to.equal(false);
    });
});
