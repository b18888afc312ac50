// The transfer program as a snapshot of Node's heap in which all of its code is loaded.
import { spawnSync } from 'node:child_process';
import {
    existsSync,
    mkdirSync,
    readFileSync,
    realpathSync,
    renameSync,
    rmSync,
    symlinkSync,
    writeFileSync
} from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { BEGIN_FILE } from './native-addon.mjs';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const transport = join(root, 'libs', 'transport');
const require = createRequire(import.meta.url);

/** Beside the native addon as `lib/node` is: the program looks for it relative to where its script was. */
const folder = join(transport, 'dist', 'snapshot');
const script = join(folder, 'connect-cp.js');
const blob = join(folder, 'connect-cp.blob');
const beginProgram = join(root, BEGIN_FILE);

/** Files of the rehearsal, while the snapshot is made. */
const rehearsal = join(folder, 'rehearsal');
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
        rmSync(rehearsal, { recursive: true });
        const usual = node([join(transport, 'bin', 'connect-cp.js'), '--version']);
        const ours = node(['--snapshot-blob', unfinished, 'connect-cp', '--version']);
        if (ours !== usual) {
            throw new Error(`it says "${ours.trim()}", not "${usual.trim()}"`);
        }
        addBegin(unfinished, usual);
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

/** The program that begins connections, where it was built, with the options it has to know. */
function addBegin(snapshot, usual) {
    if (!existsSync(beginProgram)) {
        return;
    }
    const { beginTable } = require(join(transport, 'lib', 'cli', 'begin-table.js'));
    const options = join(folder, 'options');
    writeFileSync(options, beginTable());
    const words = [process.execPath, '--snapshot-blob', snapshot, 'connect-cp', '--version'];
    if (run(beginProgram, [options, '1', ...words]) !== usual) {
        throw new Error(`${beginProgram} does not start it`);
    }
    symlinkSync(beginProgram, join(folder, 'begin'));
}

/**
 * What has run is kept compiled, whichever instance of the script it ran in: one rehearses and is dropped with all that
 * it knows, another is what the snapshot holds. Node keeps random bytes in stock for two functions, which every process
 * would find in its snapshot: they must not be called.
 */
const begin = `
const crypto = require('node:crypto');
const { randomInt, randomUUID } = crypto;
crypto.randomInt = crypto.randomUUID = () => {
    throw new Error('this leaves random bytes in the snapshot');
};
load(true)
    .rehearse(process.env.CONNECT_HOME)
    .then(
        () => {
            Object.assign(crypto, { randomInt, randomUUID });
            load(false).begin();
        },
        error => {
            console.error(String(error));
            process.exit(1);
        }
    );`;

function bundle() {
    return esbuild.build({
        entryPoints: [join(transport, 'lib', 'cli', 'snapshot.js')],
        outfile: script,
        bundle: true,
        format: 'iife',
        globalName: 'program',
        banner: { js: 'const load = isRehearsal => {' },
        footer: { js: `return program; };\n${begin}` },
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
        // WebAssembly, which few hosts need, begins with its first use
        build.onResolve({ filter: /[\\/]poly1305\.js$/ }, ({ path, resolveDir, namespace }) =>
            namespace === 'deferred' ? undefined : { path: resolve(resolveDir, path), namespace: 'deferred' }
        );
        build.onLoad({ filter: /.*/, namespace: 'deferred' }, ({ path }) => ({
            contents: deferredWasm(path),
            resolveDir: root
        }));
    }
};

/** In place of what Emscripten made: the same functions, and numbers that are known when they are first used. */
function deferredWasm(path) {
    const code = /base64,([A-Za-z0-9+/=]+)"/.exec(readFileSync(path, 'utf8'))?.[1];
    if (code === undefined) {
        throw new Error(`there is no WebAssembly in ${path}`);
    }
    return `
        const create = require(${JSON.stringify(path)});
        let made;
        const real = () => {
            if (!made) {
                made = {
                    instantiateWasm(imports, receive) {
                        const code = new WebAssembly.Module(Buffer.from('${code}', 'base64'));
                        const instance = new WebAssembly.Instance(code, imports);
                        receive(instance);
                        return instance.exports;
                    }
                };
                create(made);
            }
            return made;
        };
        module.exports = () => Promise.resolve({
            _malloc(bytes) {
                let at;
                return { valueOf: () => (at ??= real()._malloc(bytes)) };
            },
            cwrap(...what) {
                let call;
                return (...args) => (call ??= real().cwrap(...what))(...args);
            },
            get HEAPU8() {
                return real().HEAPU8;
            }
        });`;
}

function callsOf(name) {
    const functions = Object.entries(require(`node:${name}`)).filter(
        ([, value]) => typeof value === 'function'
    );
    const calls = functions.map(
        ([key]) => `exports[${JSON.stringify(key)}] = (...args) => from()[${JSON.stringify(key)}](...args);`
    );
    const from = `const from = () => {
        if (isRehearsal) {
            throw new Error('${name} is not there while a snapshot is made');
        }
        return require('node:${name}');
    };`;
    return [from, ...calls].join('\n');
}

/** What Node says with these arguments; its warnings count as failures, as they say that a part may not work. */
function node(args) {
    return run(process.execPath, args);
}

function run(program, args) {
    const { NODE_OPTIONS: _ignored, ...rest } = process.env;
    const env = { ...rest, CONNECT_HOME: rehearsal };
    const done = spawnSync(program, args, { env, encoding: 'utf8', timeout: ENOUGH_MS });
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
