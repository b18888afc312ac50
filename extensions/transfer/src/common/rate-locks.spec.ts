import { expect } from 'chai';
import { locksOf } from './rate-locks';

const FREE = {
    targetBps: 300e6,
    minBps: 0,
    policy: 'fair',
    isTargetLocked: false,
    isPolicyLocked: false
} as const;

describe('locks of a rate', () => {
    it('are none where the server has no rules, or is not known yet', () => {
        expect(locksOf(FREE)).to.deep.equal({});
        expect(locksOf(undefined)).to.deep.equal({});
    });

    it('say why a control does nothing', () => {
        const locks = locksOf({ ...FREE, isTargetLocked: true, isPolicyLocked: true });
        expect(locks.target).to.contain('server').and.contain('300 Mbps');
        expect(locks.policy).to.contain('server');
    });

    it('hold the limits of what can be set', () => {
        expect(locksOf({ ...FREE, maxBps: 400e6, policies: ['fair', 'low'] })).to.deep.equal({
            targetCapBps: 400e6,
            policies: ['fair', 'low']
        });
    });
});
