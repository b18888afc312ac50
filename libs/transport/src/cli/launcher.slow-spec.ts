import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { snapshotOf } from '../node/program-snapshot';

const LAUNCHER = resolve(__dirname, '../../bin/connect-cp');
const MADE = new Date('2026-01-02T00:00:00Z');
const BEFORE = new Date('2026-01-01T00:00:00Z');
const AFTER = new Date('2026-01-03T00:00:00Z');

const title = 'launcher of connect-cp';
(process.platform === 'win32' ? describe.skip : describe)(title, () => {
    let folder: string;
    let transport: string;

    /** A package whose `node` and whose program say what they were called with. */
    beforeEach(() => {
        folder = fs.mkdtempSync(join(tmpdir(), 'connect-launcher-'));
        transport = join(folder, 'libs', 'transport');
        const snapshot = join(transport, 'dist', 'snapshot');
        for (const path of [snapshot, join(transport, 'bin'), join(folder, 'libs', 'base')]) {
            fs.mkdirSync(path, { recursive: true });
        }
        fs.copyFileSync(LAUNCHER, join(transport, 'bin', 'connect-cp'));
        program(join(transport, 'bin', 'connect-cp.js'), 'usual');
        program(join(folder, 'node'), 'snapshot');
        fs.symlinkSync(join(folder, 'node'), join(snapshot, 'node'));
        fs.symlinkSync(transport, join(snapshot, 'package'));
        for (const path of ['libs/base/tsconfig.tsbuildinfo', 'libs/transport/tsconfig.tsbuildinfo']) {
            fs.writeFileSync(join(folder, path), '');
            changed(path, BEFORE);
        }
        changed('node', BEFORE);
        fs.writeFileSync(join(snapshot, 'connect-cp.blob'), '');
        changed('libs/transport/dist/snapshot/connect-cp.blob', MADE);
    });

    afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

    const program = (path: string, word: string): void =>
        fs.writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' ${word} "$@"\nexit 3\n`, { mode: 0o755 });

    const changed = (path: string, when: Date): void => fs.utimesSync(join(folder, path), when, when);

    const start = (path = join(transport, 'bin', 'connect-cp'), env: NodeJS.ProcessEnv = {}): string[] => {
        const { NODE_OPTIONS: _options, ...rest } = process.env;
        const run = spawnSync(path, ['a b', '', '-q'], { env: { ...rest, ...env }, encoding: 'utf8' });
        expect(run.stderr).to.equal('');
        expect(run.status).to.equal(3);
        return run.stdout.split('\n').slice(0, -1);
    };

    /** What the server looks at before it starts its far ends so. */
    const fits = (): boolean =>
        snapshotOf(join(transport, 'bin', 'connect-cp.js'), join(folder, 'node')) !== undefined;

    const usual = ['usual', 'a b', '', '-q'];

    it('starts the snapshot with the arguments as they are, and ends as it ends', () => {
        const [word, heap, option, blob, script, ...args] = start();
        expect([word, heap]).to.deep.equal(['snapshot', '--initial-old-space-size=64']);
        expect(option).to.equal('--snapshot-blob');
        expect(resolve(blob!)).to.equal(join(transport, 'dist', 'snapshot', 'connect-cp.blob'));
        expect(resolve(script!)).to.equal(join(transport, 'bin', 'connect-cp.js'));
        expect(args).to.deep.equal(['a b', '', '-q']);
        expect(fits()).to.equal(true);
    });

    it('lets the program that begins connections start it, where there is one', () => {
        program(join(transport, 'dist', 'snapshot', 'begin'), 'begin');
        const [word, options, count, node, _heap, option, blob, script, ...args] = start();
        expect([word, count, option]).to.deep.equal(['begin', '3', '--snapshot-blob']);
        const snapshot = join(transport, 'dist', 'snapshot');
        expect([options!, node!, blob!].map(path => resolve(path))).to.deep.equal(
            ['options', 'node', 'connect-cp.blob'].map(name => join(snapshot, name))
        );
        expect(resolve(script!)).to.equal(join(transport, 'bin', 'connect-cp.js'));
        expect(args).to.deep.equal(['a b', '', '-q']);
    });

    it('does so through a link', () => {
        fs.symlinkSync('libs/transport/bin/connect-cp', join(folder, 'cp'));
        expect(start(join(folder, 'cp'))[0]).to.equal('snapshot');
    });

    it('starts the program in the usual way where there is no snapshot', () => {
        fs.rmSync(join(transport, 'dist'), { recursive: true });
        expect(start()).to.deep.equal(usual);
        expect(fits()).to.equal(false);
    });

    for (const path of ['node', 'libs/base/tsconfig.tsbuildinfo', 'libs/transport/tsconfig.tsbuildinfo']) {
        it(`starts it so when ${path} is newer than the snapshot`, () => {
            changed(path, AFTER);
            expect(start()).to.deep.equal(usual);
            expect(fits()).to.equal(false);
        });
    }

    it('starts it so when the Node of the snapshot is gone', () => {
        fs.rmSync(join(folder, 'node'));
        expect(start()).to.deep.equal(usual);
    });

    it('starts it so in a copy of the package, whose snapshot belongs to the first', () => {
        const copy = join(folder, 'copy', 'transport');
        fs.mkdirSync(join(folder, 'copy'));
        fs.cpSync(join(folder, 'libs', 'base'), join(folder, 'copy', 'base'), {
            recursive: true,
            preserveTimestamps: true
        });
        fs.cpSync(transport, copy, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
        expect(start(join(copy, 'bin', 'connect-cp'))).to.deep.equal(usual);
        expect(snapshotOf(join(copy, 'bin', 'connect-cp.js'), join(folder, 'node'))).to.equal(undefined);
    });

    it('starts it so when options of Node are set, which may not fit', () => {
        expect(start(undefined, { NODE_OPTIONS: '--max-semi-space-size=16' })).to.deep.equal(usual);
    });
});
