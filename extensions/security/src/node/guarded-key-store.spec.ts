import { expect } from 'chai';
import { CREDENTIAL_SERVICE } from './credential-service-name';
import { GuardedKeyStore } from './guarded-key-store';

describe('key store that windows can call', () => {
    const store = new GuardedKeyStore();
    const calls: Record<string, (service: string) => Promise<unknown>> = {
        setPassword: service => store.setPassword(service, 'a', 'p'),
        getPassword: service => store.getPassword(service, 'a'),
        deletePassword: service => store.deletePassword(service, 'a'),
        findPassword: service => store.findPassword(service),
        findCredentials: service => store.findCredentials(service),
        keys: service => store.keys(service)
    };

    it('guards every method there is', () =>
        expect(Object.getOwnPropertyNames(GuardedKeyStore.prototype).sort()).to.deep.equal(
            ['constructor', ...Object.keys(calls)].sort()
        ));

    for (const [name, call] of Object.entries(calls)) {
        for (const service of [
            CREDENTIAL_SERVICE,
            'CONNECT',
            ' connect ',
            ['Connect'] as unknown as string
        ]) {
            it(`refuses ${name} for ${JSON.stringify(service)}`, async () => {
                const message = await call(service).then(
                    () => 'allowed',
                    (error: Error) => error.message
                );
                expect(message).to.contain('not open to windows');
            });
        }
    }
});
