import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { checkDuration, checkMove, checkPriority, checkRate, checkRule } from './request-checks';

describe('checks of what windows ask for', () => {
    it('let through what makes sense', () => {
        for (const move of ['up', 'down', 'top', 'bottom', 1, 1000] as const) {
            expect(checkMove(move)).to.equal(move);
        }
        expect(checkPriority('low')).to.equal('low');
        expect(checkRule('if-newer')).to.equal('if-newer');
        expect(checkRate({})).to.deep.equal({});
        const rate = { targetBps: 5e6, minBps: 0, policy: 'fair' as const };
        expect(checkRate({ ...rate, more: 1 } as never)).to.deep.equal(rate);
        expect(checkDuration(3_600_000)).to.equal(3_600_000);
    });

    const nonsense: ReadonlyArray<readonly [string, () => unknown]> = [
        ['a direction that is none', () => checkMove('sideways')],
        ['half a place', () => checkMove(1.5)],
        ['no priority', () => checkPriority(undefined)],
        ['an unknown rule', () => checkRule('maybe')],
        ['a rate of nothing', () => checkRate({ targetBps: 0 })],
        ['a rate that is no number', () => checkRate({ targetBps: Number.NaN })],
        ['a rate in words', () => checkRate({ minBps: '5M' as never })],
        ['an unknown policy', () => checkRate({ policy: 'rude' as never })],
        ['a pause of no time', () => checkDuration(0)],
        ['a pause without end', () => checkDuration(Infinity)]
    ];
    for (const [description, check] of nonsense) {
        it(`refuse ${description}`, () => {
            expect(check).to.throw(ConnectError).with.property('code', 'usage');
        });
    }
});
