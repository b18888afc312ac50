import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect } from 'chai';

const SETTINGS = resolve(__dirname, 'process-settings.js');
const SETTLE = `require(${JSON.stringify(SETTINGS)}).settleProcess();`;
/** Calls a small function again and again, a hundred times a turn, so that nothing is compiled together with it. */
const STEPS = `
let sum = 0;
function step() { sum = (sum * 3) ^ 7; }
const many = Array(100).fill(0);
let left = Number(process.argv[1]) / 100;
(function again() { many.forEach(step); if (--left > 0) { setImmediate(again); } })();`;

/** The compilers that V8 gave the function to which was called so often. */
function compilersAfter(calls: number, before: string): string[] {
    const args = ['--trace-opt', '-e', before + STEPS, String(calls)];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const words = /marking .*<JSFunction step .* for optimization to (MAGLEV|TURBOFAN)/g;
    return [...stdout.matchAll(words)].map(match => match[1]!);
}

describe('settings of the process of a transfer', () => {
    it('say nothing, whatever Node this is', () => {
        const done = spawnSync(process.execPath, ['-e', SETTLE], { encoding: 'utf8' });
        expect([done.status, done.stdout, done.stderr]).to.eql([0, '', '']);
    });

    const isKnown = process.versions.v8.startsWith('13.');
    const title = `compile what runs often later than V8 would${isKnown ? '' : ' (needs the V8 of Node 24)'}`;
    (isKnown ? it : it.skip)(title, () => {
        expect(compilersAfter(1000, '')).to.eql(['MAGLEV']);
        expect(compilersAfter(1000, SETTLE)).to.eql([]);
        expect(compilersAfter(30_000, '')).to.eql(['MAGLEV', 'TURBOFAN']);
        expect(compilersAfter(30_000, SETTLE)).to.eql(['MAGLEV']);
        expect(compilersAfter(300_000, SETTLE)).to.eql(['MAGLEV', 'TURBOFAN']);
    });
});
