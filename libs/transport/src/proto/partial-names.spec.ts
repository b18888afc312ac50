import { expect } from 'chai';
import { encodePathBytes } from '@connect/base';
import {
    DEFAULT_SUFFIXES,
    FIRST_VARIANT,
    isSmallName,
    plainNames,
    smallNames,
    taggedNames
} from './partial-names';

const TAG = '0123456789abcdef';

describe('names of unfinished files', () => {
    it('are the name with a suffix', () => {
        expect(plainNames('x', DEFAULT_SUFFIXES)).to.deep.equal({
            partial: 'x.partial',
            checkpoint: 'x.aspera-ckpt'
        });
        expect(taggedNames('x', TAG, DEFAULT_SUFFIXES).partial).to.equal(`x.${TAG}.partial`);
    });

    it('of small files tell name, version and variant', () => {
        const names = smallNames('x', TAG, '89abcdef', DEFAULT_SUFFIXES);
        const first = names.variant(FIRST_VARIANT);
        expect(first).to.equal(`x.${TAG}89abcdef00000000.partial`);
        const otherVersion = smallNames('x', TAG, '00abcdef', DEFAULT_SUFFIXES).variant('12345678');
        expect(isSmallName(first, names.ofSource, names)).to.equal(true);
        expect(isSmallName(names.variant('12345678'), names.ofSource, names)).to.equal(true);
        expect(isSmallName(otherVersion, names.ofSource, names)).to.equal(false);
        expect(isSmallName(otherVersion, names.ofName, names)).to.equal(true);
        for (const other of ['x.partial', `x.${TAG}.partial`, `${first}x`, `x.${TAG}89abcdef00000000`]) {
            expect(isSmallName(other, names.ofName, names), other).to.equal(false);
        }
        const long = smallNames('ü'.repeat(127), TAG, '89abcdef', DEFAULT_SUFFIXES).variant(FIRST_VARIANT);
        expect(encodePathBytes(long).length).to.be.within(230, 255);
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
