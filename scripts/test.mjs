// Runs everything that must pass and ends with `N passed, N failed, N skipped`.
// Usage: npm test [-- lint|unit|integration|browser …]   (no names: all of them, after the set-up)
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const bin = join(root, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
const keyring = join(root, 'test', 'support', 'with-keyring.sh');

const wanted = process.argv.slice(2);
const totals = { passed: 0, failed: 0, skipped: 0 };
const failedStages = [];

const setup = spawnSync(process.execPath, [join(root, 'scripts', 'setup.mjs'), '--for-tests'], {
    cwd: root,
    stdio: 'inherit'
});
if (setup.status !== 0) {
    console.log('\nThe set-up failed; nothing was tested.\n\n0 passed, 1 failed');
    process.exit(1);
}

check('lint', 'ESLint', 'eslint', ['.', '--max-warnings', '0']);
check('lint', 'Prettier', 'prettier', ['--check', '--log-level', 'warn', '.']);
mocha('unit', '.mocharc.unit.json', []);
mocha('integration', '.mocharc.integration.json', [keyring]);
mocha('browser', '.mocharc.e2e.json', [keyring]);

if (failedStages.length > 0) {
    console.log(`\nFailed: ${failedStages.join(', ')}`);
}
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed === 0 ? 0 : 1);

/** A whole program whose exit code is the verdict; counts as one test. */
function check(stage, title, command, args) {
    if (!isWanted(stage)) {
        return;
    }
    console.log(`\n== ${title}`);
    const run = spawnSync(join(bin, command), args, { cwd: root, env, stdio: 'inherit' });
    count(
        title,
        run.status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 }
    );
}

/** A mocha run; a run that ends without counts (a load error, a crash) is one failure, never a silent success. */
function mocha(stage, config, wrapper) {
    if (!isWanted(stage)) {
        return;
    }
    console.log(`\n== ${stage} tests`);
    const folder = mkdtempSync(join(tmpdir(), 'connect-counts-'));
    const counts = join(folder, 'counts.json');
    const reporter = join(root, 'scripts', 'support', 'counting-reporter.cjs');
    const [command, ...args] = [...wrapper, join(bin, 'mocha'), '--config', config, '--reporter', reporter];
    const run = spawnSync(command, args, {
        cwd: root,
        env: { ...env, CONNECT_TEST_COUNTS: counts },
        stdio: 'inherit'
    });
    const counted = existsSync(counts)
        ? JSON.parse(readFileSync(counts, 'utf8'))
        : { passed: 0, failed: 0, skipped: 0 };
    rmSync(folder, { recursive: true });
    const isSilentFailure = counted.failed === 0 && (run.status !== 0 || counted.passed === 0);
    count(`${stage} tests`, isSilentFailure ? { ...counted, failed: 1 } : counted);
}

function count(title, { passed, failed, skipped }) {
    totals.passed += passed;
    totals.failed += failed;
    totals.skipped += skipped;
    if (failed > 0) {
        failedStages.push(title);
    }
}

function isWanted(stage) {
    return wanted.length === 0 || wanted.includes(stage);
}
