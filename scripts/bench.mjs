// Compiles what the benchmark needs and runs it: npm run bench [-- --quick | --help]
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeSnapshot } from './support/workspace.mjs';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const compiled = spawnSync(process.execPath, [compiler, '-b', 'test'], { cwd: root, stdio: 'inherit' });
if (compiled.status !== 0) {
    process.exit(compiled.status ?? 1);
}
makeSnapshot();
// Ctrl-C reaches the benchmark too, which takes its network down first; waiting for that is all that is to do here.
process.on('SIGINT', () => undefined);
const bench = join(root, 'test', 'lib', 'bench', 'main.js');
const run = spawnSync(process.execPath, [bench, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
process.exit(run.status ?? 1);
