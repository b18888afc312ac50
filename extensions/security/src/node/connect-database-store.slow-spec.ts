import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { TemporaryHome } from '../testing/temporary-home';
import { AccountStore } from './account-store';
import { ConnectDatabaseStore } from './connect-database-store';
import { HostKeyStore } from './host-key-store';

const FIRST = 'CREATE TABLE thing (name TEXT)';
const SECOND = 'ALTER TABLE thing ADD COLUMN size INTEGER';

describe('database', () => {
    let home: TemporaryHome;
    let stores: ConnectDatabaseStore[];

    const open = (): ConnectDatabaseStore => {
        const store = home.container(ConnectDatabaseStore).get(ConnectDatabaseStore);
        stores.push(store);
        return store;
    };
    beforeEach(() => {
        home = new TemporaryHome();
        stores = [];
    });
    afterEach(() => {
        stores.forEach(store => store.close());
        home.remove();
    });

    it('is for its owner only', () => {
        open().migrate('things', [FIRST]);
        expect(fs.statSync(home.databaseFile).mode & 0o777).to.equal(0o600);
        expect(fs.statSync(home.root).mode & 0o077).to.equal(0);
    });

    it('applies each step once and keeps a copy from before an upgrade', () => {
        const old = open();
        old.migrate('things', [FIRST]);
        old.database.exec("INSERT INTO thing VALUES ('a')");
        old.close();
        expect(fs.readdirSync(home.root).filter(name => name.includes('things'))).to.deep.equal([]);

        const upgraded = open();
        upgraded.migrate('things', [FIRST, SECOND]);
        upgraded.migrate('things', [FIRST, SECOND]);
        expect(upgraded.database.prepare('SELECT * FROM thing').all()).to.deep.equal([
            { name: 'a', size: null }
        ]);
        const copy = `${home.databaseFile}.things-1`;
        expect(fs.statSync(copy).mode & 0o777).to.equal(0o600);
        fs.rmSync(home.databaseFile + '-wal', { force: true });
        upgraded.close();
        fs.copyFileSync(copy, home.databaseFile);
        expect(open().database.prepare('SELECT * FROM thing').all()).to.deep.equal([{ name: 'a' }]);
    });

    it('leaves everything as it was when a step fails', () => {
        const store = open();
        store.migrate('things', [FIRST]);
        expect(() => store.migrate('things', [FIRST, `${SECOND}; SELECT nonsense`])).to.throw();
        store.migrate('things', [FIRST, SECOND]);
    });

    it('refuses tables of a newer version', () => {
        const store = open();
        store.migrate('things', [FIRST, SECOND]);
        expect(() => store.migrate('things', [FIRST]))
            .to.throw(ConnectError)
            .with.property('code', 'not-supported');
    });
});

describe('accounts and host keys on disk', () => {
    let home: TemporaryHome;
    const account = (id: string, name: string) => ({ id, name, typeId: 't', settings: { host: 'h' } });

    const withStores = (work: (accounts: AccountStore, keys: HostKeyStore) => void): void => {
        const container = home.container(ConnectDatabaseStore, AccountStore, HostKeyStore);
        work(container.get(AccountStore), container.get(HostKeyStore));
        container.get(ConnectDatabaseStore).close();
    };
    beforeEach(() => (home = new TemporaryHome()));
    afterEach(() => home.remove());

    it('survive a restart in their order', () => {
        withStores((accounts, keys) => {
            accounts.save(account('b', 'B'));
            accounts.save(account('a', 'A'));
            accounts.save(account('b', 'B2'));
            keys.trust('Host', 22, 'SHA256:1');
            keys.trust('host', 22, 'SHA256:2');
        });
        withStores((accounts, keys) => {
            expect(accounts.list()).to.deep.equal([account('b', 'B2'), account('a', 'A')]);
            expect(accounts.find('a')).to.deep.equal(account('a', 'A'));
            expect(keys.trusted('HOST', 22)).to.equal('SHA256:2');
            expect(keys.trusted('host', 23)).to.equal(undefined);
        });
    });

    it('remember whose secrets are still to go until they are gone', () => {
        withStores(accounts => {
            accounts.save(account('a', 'A'));
            accounts.remove('a');
        });
        withStores(accounts => {
            expect(accounts.find('a')).to.equal(undefined);
            expect(accounts.secretsToForget()).to.deep.equal(['a']);
            accounts.secretsForgotten('a');
            expect(accounts.secretsToForget()).to.deep.equal([]);
        });
    });
});
