import { expect } from 'chai';
import { encodePathBytes } from '@connect/base';
import { DEFAULT_SUFFIXES, plainNames, taggedNames } from './partial-names';

const TAG = '0123456789abcdef';

describe('names of unfinished files', () => {
    it('are the name with a suffix', () => {
        expect(plainNames('x', DEFAULT_SUFFIXES)).to.deep.equal({
            partial: 'x.partial',
            checkpoint: 'x.aspera-ckpt'
        });
        expect(taggedNames('x', TAG, DEFAULT_SUFFIXES).partial).to.equal(`x.${TAG}.partial`);
    });

    it('fit into 255 bytes without cutting a character', () => {
        for (const name of ['a'.repeat(255), 'ü'.repeat(127), '🚀'.repeat(63), '\udcff'.repeat(255)]) {
            expect(plainNames(name, DEFAULT_SUFFIXES)).to.equal(undefined);
            const { partial, checkpoint } = taggedNames(name, TAG, DEFAULT_SUFFIXES);
            expect(encodePathBytes(partial).length).to.be.within(230, 255);
            expect(encodePathBytes(checkpoint).length).to.be.within(230, 255);
            expect(partial.endsWith(`.${TAG}.partial`)).to.equal(true);
            expect(name.startsWith(partial.slice(0, -`.${TAG}.partial`.length))).to.equal(true);
        }
    });
});
