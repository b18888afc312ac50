import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

/** Says what of the files has arrived when nothing is left to wait for. */
const SCRIPT = `
    const fs = require('node:fs');
    const { rehearse } = require(${JSON.stringify(require.resolve('./rehearse'))});
    const to = process.env.CONNECT_HOME + '/to';
    process.on('exit', () => console.log([to, to + '/from'].map(path => fs.readdirSync(path).length)));
    void rehearse(process.env.CONNECT_HOME);`;
const ENOUGH_MS = 20_000;

describe('rehearsal of a session', () => {
    it('moves files without a network, and nothing goes on after it', () => {
        const folder = fs.mkdtempSync(join(tmpdir(), 'connect-rehearsal-'));
        try {
            const env = { ...process.env, CONNECT_HOME: folder };
            const options = { env, encoding: 'utf8', timeout: ENOUGH_MS } as const;
            const done = spawnSync(process.execPath, ['-e', SCRIPT], options);
            expect(done.stderr).to.equal('');
            expect(done.stdout).to.equal('[ 2, 43 ]\n');
        } finally {
            fs.rmSync(folder, { recursive: true, force: true });
        }
    });
});
