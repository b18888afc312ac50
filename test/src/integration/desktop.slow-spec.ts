import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY, runNode } from '../support/processes';

const APP = join(REPOSITORY, 'electron-app');

/** Electron itself cannot be had everywhere, so the bundle is checked without it: every part of it that can run, runs. */
describe('desktop bundle', function () {
    this.timeout(240_000);

    before(async () => {
        const bundled = await runNode(join(REPOSITORY, 'scripts/bundle.mjs'), ['desktop'], {
            cwd: REPOSITORY
        }).finished;
        expect(bundled.exitCode, bundled.stdout + bundled.stderr).to.equal(0);
    });

    for (const file of [
        'lib/backend/main.js',
        'lib/backend/electron-main.js',
        'lib/backend/connect-cp.js',
        'lib/frontend/bundle.js',
        'lib/frontend/preload.js'
    ]) {
        it(`${file} is there and is valid JavaScript`, () => {
            const checked = spawnSync(process.execPath, ['--check', join(APP, file)], { encoding: 'utf8' });
            expect(checked.status, checked.stderr).to.equal(0);
        });
    }

    it('its transfer program runs', async () => {
        const { exitCode, stdout } = await runNode(join(APP, 'lib/backend/connect-cp.js'), ['--version'])
            .finished;
        expect(exitCode).to.equal(0);
        expect(stdout).to.match(/connect-cp \d+\.\d+\.\d+/);
    });

    it('its backend half answers', async () => {
        const home = fs.mkdtempSync(join(tmpdir(), 'connect-desktop-'));
        const env = {
            ...process.env,
            CONNECT_HOME: home,
            THEIA_CONFIG_DIR: home,
            THEIA_ELECTRON_TOKEN: '"checked"'
        };
        const args = ['--hostname=127.0.0.1', '--port=0'];
        const backend = runNode(join(APP, 'lib/backend/main.js'), args, { cwd: APP, env });
        try {
            const address = (await backend.untilOutput(/listening on (http:\/\/127\.0\.0\.1:\d+)/))[1];
            expect(await statusOf(address)).to.be.oneOf([200, 401, 403]);
        } finally {
            await backend.end();
            fs.rmSync(home, { recursive: true });
        }
    });

    it('its electron-builder configuration validates, and a wrong one would not', async () => {
        const { validateConfiguration } = require(
            join(REPOSITORY, 'node_modules/app-builder-lib/out/util/config/config')
        );
        const { DebugLogger } = require(join(REPOSITORY, 'node_modules/builder-util'));
        const { load } = require(join(REPOSITORY, 'node_modules/js-yaml'));
        const config = load(fs.readFileSync(join(APP, 'electron-builder.yml'), 'utf8'));
        await validateConfiguration(config, new DebugLogger(false));
        const refused = await validateConfiguration({ ...config, appIdd: 'x' }, new DebugLogger(false)).then(
            () => false,
            () => true
        );
        expect(refused).to.equal(true);
    });
});

function statusOf(url: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
        get(url, response => {
            response.resume();
            resolve(response.statusCode);
        }).once('error', reject);
    });
}
