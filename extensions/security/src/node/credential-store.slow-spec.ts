import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { CREDENTIAL_SERVICE } from './credential-service-name';

const KEYRING = path.resolve(__dirname, '../../../../test/support/with-keyring.sh');
const STORE = path.resolve(__dirname, 'credential-store.js');

/** Runs `script` in a process of its own, behind `wrapper`; `store()` makes a credential store, `report` prints JSON. */
function run(wrapper: readonly string[], script: string, env: NodeJS.ProcessEnv = process.env): unknown {
    const program = `
        require('reflect-metadata');
        const { CredentialStore } = require(${JSON.stringify(STORE)});
        const store = () => new CredentialStore();
        const report = value => process.stdout.write('\\n' + JSON.stringify(value), () => process.exit(0));
        (async () => { ${script} })();`;
    const [command, ...args] = [...wrapper, process.execPath, '-e', program];
    const done = spawnSync(command, args, { encoding: 'utf8', env });
    expect(done.status, done.stderr).to.equal(0);
    // a keyring that D-Bus starts by itself writes to the same output
    return JSON.parse(done.stdout.split('\n').at(-1)!);
}

/** Without any way to a session bus. */
function bareEnvironment(): NodeJS.ProcessEnv {
    const {
        DBUS_SESSION_BUS_ADDRESS: _bus,
        DISPLAY: _display,
        XDG_RUNTIME_DIR: _runtime,
        ...env
    } = process.env;
    return env;
}

describe('credential store with the keychain of the system', () => {
    it('keeps a secret over a restart and deletes it again', () => {
        const outcome = run(
            [KEYRING],
            `const state = await store().keychain();
             const written = await store().write('a', { password: 'pässword 🔑', privateKey: 'x\\ny' }, true);
             const read = await store().read('a');
             const forgotten = await store().forget('a');
             report({ state, written, read, forgotten, after: await store().read('a') });`
        );
        expect(outcome).to.deep.equal({
            state: { available: true },
            written: { remembered: true },
            read: { password: 'pässword 🔑', privateKey: 'x\ny' },
            forgotten: true,
            after: {}
        });
    });

    it('leaves nothing behind of its question whether the keychain works', () => {
        const entries = run(
            [KEYRING],
            `await store().keychain();
             report(await require('keytar').findCredentials(${JSON.stringify(CREDENTIAL_SERVICE)}));`
        );
        expect(entries).to.deep.equal([]);
    });

    const inMemoryOnly = `
        const one = store();
        const written = await one.write('a', { password: 's3cret' }, true);
        report({ written, state: await one.keychain(), here: await one.read('a'), later: await store().read('a') });`;

    for (const { description, wrapper } of [
        { description: 'there is no session bus', wrapper: [] },
        { description: 'the keyring is locked and nobody can unlock it', wrapper: ['dbus-run-session', '--'] }
    ]) {
        it(`keeps secrets in memory and says so when ${description}`, () => {
            const outcome = run(wrapper, inMemoryOnly, bareEnvironment()) as {
                written: { remembered: boolean; reason: string };
                state: { available: boolean; reason: string };
            };
            expect(outcome.written.remembered).to.equal(false);
            expect(outcome.written.reason).to.match(/^The keychain of this system cannot be used: .+\.$/);
            expect(outcome.written.reason).not.to.contain('s3cret');
            expect(outcome.state.available).to.equal(false);
            expect(outcome).to.deep.include({ here: { password: 's3cret' }, later: {} });
        });
    }
});
