import { expect } from 'chai';
import { engineOrder } from './engine-choice';

describe('order of engines', () => {
    const all = ['connect-cp', 'ascp', 'https', 'theirs'];

    it('is the one of their registration', () => {
        expect(engineOrder(all, undefined, 'automatic')).to.deep.equal(all);
        expect(engineOrder(all, undefined, 'gone')).to.deep.equal(all);
    });

    it('begins with the preferred one', () => {
        expect(engineOrder(all, undefined, 'https')).to.deep.equal(['https', 'connect-cp', 'ascp', 'theirs']);
    });

    it('is nobody but the one that a job asks for', () => {
        expect(engineOrder(all, 'https', 'ascp')).to.deep.equal(['https']);
        expect(engineOrder(all, 'gone', 'automatic')).to.deep.equal([]);
    });
});
