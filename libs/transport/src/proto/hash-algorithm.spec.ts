import { expect } from 'chai';
import { chooseHash } from './hash-algorithm';

describe('chooseHash', () => {
    it('takes the first of ours that the peer knows', () => {
        expect(chooseHash(['blake3', 'sha256'], ['sha256', 'blake3'])).to.equal('blake3');
        expect(chooseHash(['sha256', 'blake3'], ['sha256', 'blake3'])).to.equal('sha256');
        expect(chooseHash(['blake3', 'sha256'], ['sha256'])).to.equal('sha256');
        expect(chooseHash(['sha256'], ['blake3', 'sha256'])).to.equal('sha256');
    });

    it('takes SHA-256 with a peer that says nothing, or nothing sensible', () => {
        for (const theirs of [undefined, null, 'blake3', 7, {}, [], [7, ['blake3'], 'md5']]) {
            expect(chooseHash(['blake3', 'sha256'], theirs)).to.equal('sha256');
        }
    });
});
