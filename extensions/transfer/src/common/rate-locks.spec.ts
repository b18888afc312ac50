import { expect } from 'chai';
import { locksOf, serverLimit, shownRate } from './rate-locks';

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

    it('say in a row that the server holds the transfer back, and why', () => {
        expect(serverLimit(undefined)).to.equal(undefined);
        expect(serverLimit(FREE)).to.equal(undefined);
        expect(serverLimit({ ...FREE, maxBps: FREE.targetBps * 2 })).to.equal(undefined);
        const capped = serverLimit({ ...FREE, targetBps: 5e6, maxBps: 5e6 });
        expect(capped).to.deep.equal({
            text: 'limited by server',
            reason: 'The server grants this user 5 Mbps at most.'
        });
        expect(serverLimit({ ...FREE, isTargetLocked: true })?.text).to.equal('set by server');
    });

    it('let locked controls show what holds, and the others what was chosen', () => {
        const chosen = { targetBps: 300e6, minBps: 20e6, policy: 'fixed' } as const;
        const held = { ...FREE, targetBps: 8e6, policy: 'low' } as const;
        expect(shownRate(chosen, undefined)).to.deep.equal(chosen);
        expect(shownRate(chosen, held)).to.deep.equal(chosen);
        expect(shownRate(chosen, { ...held, isTargetLocked: true })).to.deep.equal({
            targetBps: 8e6,
            minBps: 8e6,
            policy: 'fixed'
        });
        expect(shownRate(chosen, { ...held, isPolicyLocked: true }).policy).to.equal('low');
    });
});
