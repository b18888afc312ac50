import { expect } from 'chai';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { PasswordCheck } from './password-check';

describe('password check', () => {
    it('computes two hashes at a time, lets others wait, and refuses what would wait too long', async () => {
        const pending: Array<(isRight: boolean) => void> = [];
        const check = new PasswordCheck(
            new VirtualClock(),
            () => new Promise(resolve => pending.push(resolve))
        );
        const settled = new Promise<void>(resolve => setImmediate(resolve));
        const attempts = Array.from({ length: 70 }, (_, i) => check.matches(`user${i}`, 'right', 'hash'));
        await settled;
        expect(pending).to.have.length(2);
        let answered = 0;
        while (answered < pending.length) {
            pending[answered++](true);
            await new Promise<void>(resolve => setImmediate(resolve));
        }
        const outcomes = await Promise.all(attempts);
        expect(outcomes.filter(isRight => isRight)).to.have.length(66);
        expect(outcomes.slice(66)).to.deep.equal([false, false, false, false]);
    });

    it('asks again after a while, for another password, and for another stored hash', async () => {
        let asked = 0;
        const clock = new VirtualClock();
        const check = new PasswordCheck(clock, async password => {
            asked += 1;
            return password === 'right';
        });
        const rows: Array<
            [description: string, password: string, hash: string, isRight: boolean, asked: number]
        > = [
            ['the first time', 'right', 'hash', true, 1],
            ['again', 'right', 'hash', true, 1],
            ['a wrong one', 'wrong', 'hash', false, 2],
            ['the right one after it', 'right', 'hash', true, 2],
            ['after the hash changed', 'right', 'other', true, 3]
        ];
        for (const [description, password, hash, isRight, times] of rows) {
            expect(await check.matches('ana', password, hash), description).to.equal(isRight);
            expect(asked, description).to.equal(times);
        }
        clock.advance(10 * 60_000);
        expect(await check.matches('ana', 'right', 'other')).to.equal(true);
        expect(asked).to.equal(4);
    });

    it('does the same work for users that do not exist, and never lets them in', async () => {
        let asked = 0;
        const check = new PasswordCheck(new VirtualClock(), async () => {
            asked += 1;
            return true;
        });
        expect(await check.matches('nobody', '', undefined)).to.equal(false);
        expect(await check.matches('nobody', '', undefined)).to.equal(false);
        expect(asked).to.equal(2);
    });
});
