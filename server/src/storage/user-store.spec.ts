import { expect } from 'chai';
import { ConnectError } from '@connect/base';
import { NewUser, UserStore } from './user-store';

const ana: NewUser = {
    name: 'ana',
    rootDir: '/srv/ana',
    permissions: {
        browse: true,
        download: false,
        upload: true,
        mkdir: false,
        rename: true,
        delete: false,
        owner: true
    },
    rateRules: { maxRateBps: 500e6, policies: ['low', 'fair'] },
    passwordHash: 'hash'
};

describe('user store', () => {
    let users: UserStore;
    beforeEach(() => (users = new UserStore(':memory:')));
    afterEach(() => users.close());

    it('keeps what it is given', () => {
        users.add(ana, 42);
        users.add({ name: 'bob', rootDir: '/b', permissions: { ...ana.permissions, browse: false } }, 43);
        expect(users.find('ana')).to.deep.include({ ...ana, createdMs: 42 });
        expect(users.list().map(user => user.name)).to.deep.equal(['ana', 'bob']);
        expect(users.find('bob')).to.deep.include({ rateRules: {}, passwordHash: undefined });
        users.setRateRules('ana', { lockedRateBps: 5e6 });
        expect(users.find('ana')!.rateRules).to.deep.equal({ lockedRateBps: 5e6 });
        expect(users.find('nobody')).to.equal(undefined);
    });

    it('changes the permissions of one user', () => {
        users.add(ana, 1);
        users.add({ ...ana, name: 'bob' }, 1);
        const permissions = { ...ana.permissions, browse: false, owner: true };
        users.setPermissions('ana', permissions);
        expect(users.find('ana')!.permissions).to.deep.equal(permissions);
        expect(users.find('bob')!.permissions).to.deep.equal(ana.permissions);
    });

    it('gives a new salt with each password, so that tokens end', () => {
        users.add(ana, 1);
        const before = users.find('ana')!.tokenSalt;
        users.setPassword('ana', 'other');
        const after = users.find('ana')!;
        expect(after.passwordHash).to.equal('other');
        expect(after.tokenSalt.equals(before)).to.equal(false);
    });

    it('keeps keys with their user, each once', () => {
        users.add(ana, 1);
        const key = { type: 'ssh-ed25519', blob: Buffer.from([1, 2]), comment: 'laptop' };
        users.addKey('ana', key);
        users.addKey('ana', { ...key, comment: 'renamed' });
        expect(users.keys('ana')).to.deep.equal([{ ...key, comment: 'renamed' }]);
        users.remove('ana');
        users.add(ana, 2);
        expect(users.keys('ana')).to.deep.equal([]);
    });

    const misuses: Array<{ description: string; work: (store: UserStore) => void }> = [
        { description: 'a name twice', work: store => [1, 2].forEach(() => store.add(ana, 1)) },
        { description: 'an empty name', work: store => store.add({ ...ana, name: '' }, 1) },
        { description: 'a name like an option', work: store => store.add({ ...ana, name: '-x' }, 1) },
        { description: 'a name like a path', work: store => store.add({ ...ana, name: 'a/b' }, 1) },
        { description: 'a name too long', work: store => store.add({ ...ana, name: 'x'.repeat(65) }, 1) },
        { description: 'removing nobody', work: store => store.remove('nobody') },
        { description: 'rules for nobody', work: store => store.setRateRules('nobody', {}) },
        {
            description: 'permissions for nobody',
            work: store => store.setPermissions('nobody', ana.permissions)
        },
        { description: 'a password for nobody', work: store => store.setPassword('nobody', 'x') },
        {
            description: 'a key for nobody',
            work: store => store.addKey('nobody', { type: 't', blob: Buffer.alloc(1), comment: '' })
        }
    ];
    for (const { description, work } of misuses) {
        it(`refuses ${description}`, () => {
            expect(() => work(users))
                .to.throw(ConnectError)
                .with.property('code', 'usage');
        });
    }
});
