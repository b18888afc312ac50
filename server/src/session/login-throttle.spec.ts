import { expect } from 'chai';
import { addressGroup, LoginThrottle } from './login-throttle';

describe('login throttle', () => {
    const limits = { maxFailures: 10, windowMs: 60_000 };

    it('lets mistakes pass, then waits longer and longer, then refuses until the window ends', () => {
        const throttle = new LoginThrottle(limits);
        const delays: Array<number | undefined> = [];
        for (let i = 0; i <= limits.maxFailures; i++) {
            delays.push(throttle.delayMs('192.0.2.1', i));
            throttle.failed('192.0.2.1', i);
        }
        expect(delays).to.deep.equal([0, 0, 0, 250, 500, 1000, 2000, 4000, 8000, 8000, undefined]);
        expect(throttle.delayMs('192.0.2.1', limits.windowMs - 1)).to.equal(undefined);
        expect(throttle.delayMs('192.0.2.1', limits.windowMs)).to.equal(0);
        expect(throttle.delayMs('192.0.2.2', 5)).to.equal(0);
    });

    it('ends the window in time, however often somebody goes on trying', () => {
        const throttle = new LoginThrottle(limits);
        for (let nowMs = 0; nowMs < limits.windowMs; nowMs += 1000) {
            throttle.failed('192.0.2.1', nowMs);
        }
        expect(throttle.delayMs('192.0.2.1', limits.windowMs)).to.equal(0);
    });

    it('counts what one host may choose freely as one address', () => {
        const throttle = new LoginThrottle(limits);
        for (let i = 0; i < limits.maxFailures; i++) {
            throttle.failed(`2001:db8:0:7::${i.toString(16)}`, 0);
        }
        expect(throttle.delayMs('2001:db8:0:7:aaaa::1', 0)).to.equal(undefined);
        expect(throttle.delayMs('2001:db8:0:8::1', 0)).to.equal(0);
    });

    it('forgets the oldest when too many addresses are known', () => {
        const throttle = new LoginThrottle({ maxFailures: 1, windowMs: 60_000 });
        for (let i = 0; i <= 10_000; i++) {
            throttle.failed(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 0);
        }
        expect(throttle.delayMs('10.0.0.0', 0)).to.equal(0);
        expect(throttle.delayMs('10.0.0.1', 0)).to.equal(undefined);
        expect(throttle.delayMs('10.0.39.16', 0)).to.equal(undefined);
    });

    const groups: Array<[string, string]> = [
        ['192.0.2.1', '192.0.2.1'],
        ['::ffff:192.0.2.1', '192.0.2.1'],
        ['2001:db8::1', '2001:db8:0:0'],
        ['2001:0db8:0000:0000:1:2:3:4', '2001:db8:0:0'],
        ['::1', '0:0:0:0'],
        ['fe80::1%eth0', 'fe80:0:0:0'],
        ['', '']
    ];
    for (const [address, group] of groups) {
        it(`groups "${address}" as "${group}"`, () => expect(addressGroup(address)).to.equal(group));
    }
});
