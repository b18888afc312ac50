import { expect } from 'chai';
import { TypeAhead } from './type-ahead';

const NAMES = ['alpha', 'beta', 'Bravo', 'my file', 'my folder'];

describe('type-ahead', () => {
    it('goes to the next row that begins with the letter, and round', () => {
        const ahead = new TypeAhead();
        expect(ahead.type('b', 0, NAMES, -1)).to.equal(1);
        expect(ahead.type('b', 5_000, NAMES, 1)).to.equal(2);
        expect(ahead.type('b', 10_000, NAMES, 2)).to.equal(1);
        expect(ahead.type('B', 10_100, NAMES, 1)).to.equal(2);
    });

    it('takes letters that follow each other quickly for one beginning', () => {
        const ahead = new TypeAhead();
        expect(ahead.type('b', 0, NAMES, 0)).to.equal(1);
        expect(ahead.type('r', 300, NAMES, 1)).to.equal(2);
        expect(ahead.type('m', 5_000, NAMES, 2)).to.equal(3);
        expect(ahead.type('y', 5_100, NAMES, 3)).to.equal(3);
    });

    it('forgets after a pause, and goes nowhere for what no name begins with', () => {
        const ahead = new TypeAhead();
        ahead.type('a', 0, NAMES, -1);
        expect(ahead.type('x', 2_000, NAMES, 0)).to.equal(undefined);
        expect(ahead.type('a', 2_100, [], -1)).to.equal(undefined);
    });
});
