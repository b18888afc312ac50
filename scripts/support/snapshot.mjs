// The transfer program as a snapshot of Node's heap in which all of its code is loaded.
import { spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const transport = join(root, 'libs', 'transport');
const require = createRequire(import.meta.url);

/** Beside the native addon as `lib/node` is: the program looks for it relative to where its script was. */
const folder = join(transport, 'dist', 'snapshot');
const script = join(folder, 'connect-cp.js');
const blob = join(folder, 'connect-cp.blob');
const ENOUGH_MS = 120_000;

/**
 * Parts of Node that a snapshot cannot hold, or that Node does not promise to work in one. Few transfers need them;
 * their functions are looked up when they are called.
 */
const LATE = ['child_process', 'dgram', 'module'];

/** Undefined when it was made, else the reason why not; then there is none. */
export async function makeSnapshot() {
    rmSync(folder, { recursive: true, force: true });
    if (process.platform === 'win32') {
        return 'there is no launcher for it on Windows';
    }
    try {
        mkdirSync(folder, { recursive: true });
        await bundle();
        const unfinished = `${blob}.new`;
        node(['--snapshot-blob', unfinished, '--build-snapshot', script]);
        const usual = node([join(transport, 'bin', 'connect-cp.js'), '--version']);
        const ours = node(['--snapshot-blob', unfinished, 'connect-cp', '--version']);
        if (ours !== usual) {
            throw new Error(`it says "${ours.trim()}", not "${usual.trim()}"`);
        }
        // what the launcher looks at: the Node that made it, and the place it was made for
        symlinkSync(realpathSync(process.execPath), join(folder, 'node'));
        symlinkSync(transport, join(folder, 'package'));
        renameSync(unfinished, blob);
        return undefined;
    } catch (error) {
        rmSync(folder, { recursive: true, force: true });
        return error instanceof Error ? error.message : String(error);
    }
}

function bundle() {
    return esbuild.build({
        entryPoints: [join(transport, 'lib', 'cli', 'snapshot.js')],
        outfile: script,
        bundle: true,
        format: 'iife',
        minify: true,
        platform: 'node',
        target: 'node20',
        mainFields: ['main'],
        external: ['cpu-features', '*/sshcrypto.node'],
        plugins: [lateParts],
        logLevel: 'error'
    });
}

/** What a snapshot cannot hold is left out, or comes when it is needed. */
const lateParts = {
    name: 'late-parts',
    setup(build) {
        const late = new RegExp(`^(node:)?(${LATE.join('|')})$`);
        build.onResolve({ filter: late }, ({ path, namespace }) =>
            namespace === 'late' ? undefined : { path: path.replace(/^node:/, ''), namespace: 'late' }
        );
        build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({ contents: callsOf(path) }));
        // proxies' agents for SSH inside HTTP, which we never use: they extend what a snapshot cannot hold
        build.onLoad({ filter: /ssh2[\\/]lib[\\/]http-agents\.js$/ }, () => ({ contents: '' }));
        // WebAssembly begins with the process
        build.onResolve({ filter: /[\\/]poly1305\.js$/ }, ({ path, resolveDir, namespace }) =>
            namespace === 'deferred' ? undefined : { path: resolve(resolveDir, path), namespace: 'deferred' }
        );
        build.onLoad({ filter: /.*/, namespace: 'deferred' }, ({ path }) => ({
            contents: `
                const create = require(${JSON.stringify(path)});
                const { startupSnapshot } = require('node:v8');
                module.exports = () =>
                    new Promise((resolve, reject) =>
                        startupSnapshot.addDeserializeCallback(() => create().then(resolve, reject))
                    );`,
            resolveDir: root
        }));
    }
};

function callsOf(name) {
    const functions = Object.entries(require(`node:${name}`)).filter(
        ([, value]) => typeof value === 'function'
    );
    const calls = functions.map(
        ([key]) =>
            `exports[${JSON.stringify(key)}] = (...args) => require('node:${name}')[${JSON.stringify(key)}](...args);`
    );
    return calls.join('\n');
}

/** What `node` says with these arguments; its warnings count as failures, as they say that a part may not work. */
function node(args) {
    const { NODE_OPTIONS: _ignored, ...env } = process.env;
    const done = spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: ENOUGH_MS });
    if (done.status !== 0 || done.stderr !== '') {
        const said =
            done.stderr
                .trim()
                .split('\n')
                .findLast(line => line.trim() !== '') ||
            done.error?.message ||
            `ended with ${done.status}`;
        throw new Error(said);
    }
    return done.stdout;
}
