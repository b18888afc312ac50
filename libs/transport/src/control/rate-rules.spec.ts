import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { RateSettings } from '../proto/rate-controller';
import { applyRules, checkRules, joinRules, parsePolicies } from './rate-rules';

const rate: RateSettings = { targetBps: 300e6, minBps: 1e6, policy: 'fixed' };

describe('rate rules', () => {
    it('change nothing where there are none', () => {
        expect(applyRules(rate, {})).to.deep.equal(rate);
    });

    it('cap the target, and the minimum with it', () => {
        expect(applyRules(rate, { maxRateBps: 100e6 })).to.deep.equal({ ...rate, targetBps: 100e6 });
        expect(applyRules(rate, { maxRateBps: 1e3 })).to.include({ targetBps: 1e3, minBps: 1e3 });
        expect(applyRules(rate, { maxRateBps: 1e9 })).to.deep.equal(rate);
    });

    it('replace a policy that is not allowed by the first that is', () => {
        expect(applyRules(rate, { policies: ['low', 'fair'] }).policy).to.equal('low');
        expect(applyRules({ ...rate, policy: 'fair' }, { policies: ['low', 'fair'] }).policy).to.equal(
            'fair'
        );
    });

    it('lock the target, within the cap', () => {
        expect(applyRules(rate, { lockedRateBps: 50e6 }).targetBps).to.equal(50e6);
        expect(applyRules(rate, { lockedRateBps: 500e6 }).targetBps).to.equal(500e6);
        expect(applyRules(rate, { lockedRateBps: 500e6, maxRateBps: 400e6 }).targetBps).to.equal(400e6);
    });

    it('are joined: the lower cap, policies that both allow, the first lock', () => {
        const user = { maxRateBps: 5e6, policies: ['fair', 'low'], lockedRateBps: 1e6 } as const;
        const all = { maxRateBps: 7e6, policies: ['fixed', 'low'], lockedRateBps: 2e6 } as const;
        expect(joinRules(user, all)).to.deep.equal({
            maxRateBps: 5e6,
            policies: ['low'],
            lockedRateBps: 1e6
        });
        expect(joinRules({}, all)).to.deep.equal(all);
        expect(joinRules(user, {})).to.deep.equal(user);
        expect(joinRules({ policies: ['high'] }, all).policies).to.deep.equal(['high']);
        expect(joinRules({}, {})).to.deep.equal({});
    });

    it('are taken from the wire when they make sense', () => {
        expect(checkRules({ maxRateBps: 5, policies: ['low'], lockedRateBps: 4, x: 1 })).to.deep.equal({
            maxRateBps: 5,
            policies: ['low'],
            lockedRateBps: 4
        });
        expect(checkRules(undefined)).to.deep.equal({});
        const wrong = [
            { maxRateBps: 0 },
            { maxRateBps: '1' },
            { lockedRateBps: 1e13 },
            { lockedRateBps: NaN }
        ];
        const lists = [[], ['none'], 'fair', ['fair', 'low', 'high', 'fixed', 'fair']];
        for (const value of [...wrong, ...lists.map(policies => ({ policies }))]) {
            expect(() => checkRules(value), JSON.stringify(value)).to.throw(ConnectError);
        }
    });

    it('are read from a command line', () => {
        expect(parsePolicies('low, fair')).to.deep.equal(['low', 'fair']);
        for (const text of ['', 'none', 'fair,', 'fair,fair']) {
            expect(() => parsePolicies(text), text).to.throw(ConnectError, /list of policies/);
        }
    });
});
