import { expect } from 'chai';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { hashPassword, verifyPassword } from '../storage/password-hash';
import { UserStore } from '../storage/user-store';
import { createToken } from './access-token';
import { Authenticator } from './authenticator';
import { LoginThrottle } from './login-throttle';

const ALL = {
    browse: true,
    download: true,
    upload: true,
    mkdir: true,
    rename: true,
    delete: true,
    owner: false
};

describe('passwords', () => {
    it('are salted, verified and told from wrong ones, in any Unicode form', async () => {
        const [first, second] = await Promise.all([hashPassword('caf\u00e9'), hashPassword('caf\u00e9')]);
        expect(first).to.not.equal(second);
        expect(first).to.not.include('caf');
        expect(await verifyPassword('cafe\u0301', first)).to.equal(true);
        expect(await verifyPassword('cafe', first)).to.equal(false);
        expect(await verifyPassword('', first)).to.equal(false);
        const damaged = await verifyPassword('x', 'scrypt$x').catch((error: { code: string }) => error.code);
        expect(damaged).to.equal('internal');
    });
});

describe('authenticator', () => {
    const tokenKey = Buffer.alloc(32, 7);
    let users: UserStore;
    let clock: VirtualClock;
    let authenticator: Authenticator;
    let events: string[];

    beforeEach(async () => {
        users = new UserStore(':memory:');
        users.add(
            { name: 'ana', rootDir: '/ana', permissions: ALL, passwordHash: await hashPassword('right') },
            1
        );
        users.add({ name: 'keys-only', rootDir: '/x', permissions: ALL }, 1);
        clock = new VirtualClock();
        events = [];
        const throttle = new LoginThrottle({ maxFailures: 4, windowMs: 60_000 });
        authenticator = new Authenticator(users, tokenKey, throttle, clock, event => events.push(event));
    });
    afterEach(() => users.close());

    it('knows the right password, and nobody without one', async () => {
        expect((await authenticator.byPassword('ana', 'right', 'a'))?.name).to.equal('ana');
        expect(await authenticator.byPassword('ana', 'wrong', 'b')).to.equal(undefined);
        expect(await authenticator.byPassword('nobody', '', 'c')).to.equal(undefined);
        expect(await authenticator.byPassword('keys-only', '', 'd')).to.equal(undefined);
        expect(events).to.deep.equal(['login', 'login-failed', 'login-failed', 'login-failed']);
    });

    it('recognises a password again, but not a wrong one, nor the old one after a change', async () => {
        const check = (password: string): Promise<boolean> =>
            authenticator.byPassword('ana', password, 'a').then(user => user !== undefined);
        expect([await check('right'), await check('right'), await check('wrong')]).to.deep.equal([
            true,
            true,
            false
        ]);
        users.setPassword('ana', await hashPassword('new'));
        expect([await check('right'), await check('new')]).to.deep.equal([false, true]);
    });

    it('takes a token until it expires or the password changes', async () => {
        const salt = users.find('ana')!.tokenSalt;
        const token = createToken(tokenKey, salt, 'ana', clock.wallNow() + 1000);
        expect((await authenticator.byToken('ana', token, 'a'))?.name).to.equal('ana');
        expect(await authenticator.byToken('keys-only', token, 'a')).to.equal(undefined);
        clock.advance(1000);
        expect(await authenticator.byToken('ana', token, 'a')).to.equal(undefined);
        const later = createToken(tokenKey, salt, 'ana', clock.wallNow() + 1000);
        users.setPassword('ana', await hashPassword('new'));
        expect(await authenticator.byToken('ana', later, 'b')).to.equal(undefined);
    });

    it('makes an address wait after failures and then refuses it, the right password too', async () => {
        for (let i = 0; i < 3; i++) {
            await authenticator.byToken('ana', 'wrong', 'a');
        }
        let isDone = false;
        const fourth = authenticator.byToken('ana', 'wrong', 'a').then(() => (isDone = true));
        await Promise.resolve();
        expect(isDone).to.equal(false);
        clock.advance(250);
        await fourth;
        expect(authenticator.isRefused('a')).to.equal(true);
        expect(await authenticator.byPassword('ana', 'right', 'a')).to.equal(undefined);
        expect(authenticator.isRefused('b')).to.equal(false);
        clock.advance(60_000);
        expect((await authenticator.byPassword('ana', 'right', 'a'))?.name).to.equal('ana');
    });
});
