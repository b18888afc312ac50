import { expect } from 'chai';
import { CredentialStore, Keychain } from './credential-store';

/** Keychain in memory; `failure` makes every call reject, `hang` makes it never come back. */
class FakeKeychain implements Keychain {
    readonly entries = new Map<string, string>();
    failure?: Error;
    hang?: Promise<void>;
    calls = 0;

    async getPassword(_service: string, account: string): Promise<string | null> {
        await this.call();
        return this.entries.get(account) ?? null;
    }

    async setPassword(_service: string, account: string, password: string): Promise<void> {
        await this.call();
        this.entries.set(account, password);
    }

    async deletePassword(_service: string, account: string): Promise<boolean> {
        await this.call();
        return this.entries.delete(account);
    }

    private async call(): Promise<void> {
        this.calls++;
        await this.hang;
        if (this.failure) {
            throw this.failure;
        }
    }
}

class TestStore extends CredentialStore {
    constructor(
        readonly fake: FakeKeychain,
        private readonly limitMs: number = 10_000
    ) {
        super();
    }

    protected override async load(): Promise<Keychain> {
        return this.fake;
    }

    protected override get timeoutMs(): number {
        return this.limitMs;
    }
}

describe('credential store', () => {
    it('remembers in the keychain what it is asked to, for the next start', async () => {
        const keychain = new FakeKeychain();
        const outcome = await new TestStore(keychain).write('a', { password: 's3cret' }, true);
        expect(outcome).to.deep.equal({ remembered: true });
        expect(await new TestStore(keychain).read('a')).to.deep.equal({ password: 's3cret' });
    });

    it('keeps the rest in memory only, and takes back what was remembered before', async () => {
        const keychain = new FakeKeychain();
        const store = new TestStore(keychain);
        await store.write('a', { password: 'old' }, true);
        expect(await store.write('a', { password: 'new' }, false)).to.deep.equal({ remembered: false });
        expect(await store.read('a')).to.deep.equal({ password: 'new' });
        expect([...keychain.entries]).to.deep.equal([]);
    });

    it('says why nothing was saved, and works from memory', async () => {
        const keychain = new FakeKeychain();
        keychain.failure = new Error('Cannot autolaunch D-Bus');
        const store = new TestStore(keychain);
        const outcome = await store.write('a', { password: 's3cret' }, true);
        expect(outcome.remembered).to.equal(false);
        expect(outcome.reason).to.contain('Cannot autolaunch D-Bus').and.not.contain('s3cret');
        expect(await store.read('a')).to.deep.equal({ password: 's3cret' });
        expect((await store.keychain()).available).to.equal(false);
        keychain.failure = undefined;
        expect(await store.keychain()).to.deep.equal({ available: true });
    });

    it('forgets everywhere, and tells when it could not', async () => {
        const keychain = new FakeKeychain();
        const store = new TestStore(keychain);
        await store.write('a', { password: 'x' }, true);
        expect(await store.forget('a')).to.equal(true);
        expect(await store.read('a')).to.deep.equal({});
        keychain.failure = new Error('locked');
        expect(await store.forget('a')).to.equal(false);
    });

    it('gives up a keychain that hangs, does not touch it meanwhile, and uses it again afterwards', async () => {
        const keychain = new FakeKeychain();
        let wake!: () => void;
        keychain.hang = new Promise(resolve => (wake = resolve));
        const store = new TestStore(keychain, 0);
        expect((await store.keychain()).reason).to.contain('does not answer');
        const callsBefore = keychain.calls;
        expect((await store.write('a', { password: 'x' }, true)).remembered).to.equal(false);
        expect(keychain.calls).to.equal(callsBefore);
        keychain.hang = undefined;
        wake();
        await new Promise(resolve => setImmediate(resolve));
        expect((await store.write('a', { password: 'x' }, true)).remembered).to.equal(true);
    });

    it('takes an entry it cannot read for none', async () => {
        const keychain = new FakeKeychain();
        keychain.entries.set('a', 'not JSON').set('b', '{"password":1,"token":"t"}').set('c', 'null');
        const store = new TestStore(keychain);
        expect(await store.read('a')).to.deep.equal({});
        expect(await store.read('b')).to.deep.equal({ token: 't' });
        expect(await store.read('c')).to.deep.equal({});
    });
});
