import { expect } from 'chai';
import { rateShare } from './rate-share';

describe('share of a rate', () => {
    it('is an equal part of target and minimum, and stays a possible rate', () => {
        expect(rateShare({ targetBps: 300e6, minBps: 30e6, policy: 'fair' }, 3)).to.deep.equal({
            targetBps: 100e6,
            minBps: 10e6,
            policy: 'fair'
        });
        expect(rateShare({ targetBps: 2, minBps: 1, policy: 'low' }, 4)).to.include({
            targetBps: 1,
            minBps: 1
        });
    });
});
