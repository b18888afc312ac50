import { ERROR_CATALOG } from '@connect/base';
import { expect } from 'chai';
import { ascpError } from './ascp-errors';

/** Those that ascp's own clients try again. */
const RETRIED = [12, 13, 14, 15, 16, 17, 18, 23, 32, 33, 35, 36, 37, 39, 40, 44, 45, 47, 61];
const FIRST = 1;
const LAST = 66;
/** Never given by ascp. */
const UNUSED = [22];

describe('errors of ascp', () => {
    for (let number = FIRST; number <= LAST; number++) {
        if (!UNUSED.includes(number)) {
            const isRetried = RETRIED.includes(number);
            it(`${number} is ${isRetried ? '' : 'not '}tried again`, () => {
                const error = ascpError(number, undefined);
                expect(error.kind === 'transient').to.equal(isRetried);
                expect(error.data).to.deep.equal({ ascp: number });
                const isKnown = number !== 11 && number !== 31;
                expect(error.code === 'internal').to.equal(!isKnown);
            });
        }
    }

    it('keep the words of ascp', () => {
        expect(ascpError(5, 'no way: /x')).to.include({
            code: 'transfer.permission-denied',
            message: 'no way: /x'
        });
        expect(ascpError(25, undefined).message).to.equal(ERROR_CATALOG['transfer.no-space'].title);
    });

    it('are final where the address means nothing', () => {
        expect(ascpError(14, 'Target address not available').kind).to.equal('permanent');
    });

    it('are nothing to try again where they are not known', () => {
        expect(ascpError(999, 'new').kind).to.equal('permanent');
        expect(ascpError(Number.NaN, 'odd').code).to.equal('internal');
    });
});
