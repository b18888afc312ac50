import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { TemporaryHome } from '../testing/temporary-home';
import { equalSecrets, LoginSessions, SESSION_LIFETIME_MS } from './login-sessions';

describe('login sessions', () => {
    let home: TemporaryHome;
    let file: string;
    beforeEach(() => {
        home = new TemporaryHome();
        file = join(home.root, 'sessions.json');
    });
    afterEach(() => home.remove());

    it('survive a restart, as hashes in a private file', () => {
        const id = new LoginSessions(file, 0).create(1000);
        expect(fs.statSync(file).mode & 0o777).to.equal(0o600);
        expect(fs.readFileSync(file, 'utf8')).not.to.contain(id);
        const later = new LoginSessions(file, 2000);
        const hash = later.find(id, 2000);
        expect(hash).to.match(/^[0-9a-f]{64}$/);
        expect(later.find(hash, 2000), 'what the file says must not log in').to.equal(undefined);
    });

    it('expire', () => {
        const sessions = new LoginSessions(file, 0);
        const id = sessions.create(0);
        expect(sessions.find(id, SESSION_LIFETIME_MS - 1)).not.to.equal(undefined);
        expect(sessions.find(id, SESSION_LIFETIME_MS)).to.equal(undefined);
        sessions.create(SESSION_LIFETIME_MS);
        expect(Object.keys(JSON.parse(fs.readFileSync(file, 'utf8')) as object)).to.have.length(1);
    });

    it('end for good when they are ended', () => {
        const sessions = new LoginSessions(file, 0);
        const id = sessions.create(0);
        sessions.end(sessions.find(id, 0)!);
        expect(sessions.find(id, 0)).to.equal(undefined);
        expect(new LoginSessions(file, 0).find(id, 0)).to.equal(undefined);
    });

    for (const content of ['', 'null', '[1]', '{"x":1}', '{']) {
        it(`start empty from a damaged file: ${content}`, () => {
            fs.writeFileSync(file, content);
            expect(new LoginSessions(file, 0).find('x', 0)).to.equal(undefined);
        });
    }

    it('are compared whole', () => {
        expect(equalSecrets('abc', 'abc')).to.equal(true);
        expect(equalSecrets('abc', 'abd')).to.equal(false);
        expect(equalSecrets('abc', 'abcd')).to.equal(false);
        expect(equalSecrets('', 'abc')).to.equal(false);
    });
});
