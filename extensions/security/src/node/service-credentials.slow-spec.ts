import { expect } from 'chai';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { CredentialStore, type Keychain } from './credential-store';
import { serviceSecrets } from './service-credentials';

describe('credentials of a service', () => {
    let folder: string;
    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(tmpdir(), 'connect-credentials-'));
    });
    afterEach(() => {
        delete process.env.CREDENTIALS_DIRECTORY;
        fs.rmSync(folder, { recursive: true });
    });

    const credential = (content: string): void => fs.writeFileSync(path.join(folder, 'connect.a1'), content);
    const read = (): object => serviceSecrets('a1', { CREDENTIALS_DIRECTORY: folder });

    it('are a password, or an object by option', () => {
        credential('geheim {}\n');
        expect(read()).to.deep.equal({ password: 'geheim {}' });
        credential('{"privateKey": "k", "passphrase": "p", "port": 5}');
        expect(read()).to.deep.equal({ privateKey: 'k', passphrase: 'p' });
    });

    it('are empty where there are none', () => {
        expect(read()).to.deep.equal({});
        for (const content of ['', '{', '{}', 'x'.repeat(2_000_000)]) {
            credential(content);
            expect(read(), content.slice(0, 9)).to.deep.equal({});
        }
        expect(serviceSecrets('a1', {})).to.deep.equal({});
        expect(serviceSecrets('a1', { CREDENTIALS_DIRECTORY: 'relative' })).to.deep.equal({});
    });

    it('stand behind what the user gave, now or earlier', async () => {
        credential('of the service');
        process.env.CREDENTIALS_DIRECTORY = folder;
        let kept: string | null = null;
        const store = new (class extends CredentialStore {
            protected override async load(): Promise<Keychain> {
                return {
                    getPassword: async () => kept,
                    setPassword: async () => undefined,
                    deletePassword: async () => true
                };
            }
        })();
        expect(await store.read('a1')).to.deep.equal({ password: 'of the service' });
        kept = '{"password": "kept"}';
        expect(await store.read('a1')).to.deep.equal({ password: 'kept' });
        await store.write('a1', { password: 'typed' }, false);
        expect(await store.read('a1')).to.deep.equal({ password: 'typed' });
        expect(await store.read('a2')).to.deep.equal({ password: 'kept' });
    });
});
