import { expect } from 'chai';
import { halves } from './memory-watch';

describe('memory watch', () => {
    it('tells the highest of either half, so that growth shows', () => {
        expect(halves([10, 30, 20, 25, 60, 50])).to.deep.equal({ firstHalfBytes: 30, secondHalfBytes: 60 });
        expect(halves([])).to.deep.equal({ firstHalfBytes: 0, secondHalfBytes: 0 });
    });
});
