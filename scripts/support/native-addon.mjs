// Compiles the addon for packet I/O, and the program that begins connections, with node-gyp.
// As a program: node native-addon.mjs FOLDER [options of node-gyp].
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const modules = join(root, 'node_modules');
const ENOUGH_MS = 300_000;

/** Sources, and what is built of them: all relative to the root. */
export const ADDON_SOURCES = ['libs/transport/native/binding.gyp', 'libs/transport/native/src'];
/** What bin/connect-cp begins a connection with, built with the addon. */
export const BEGIN_FILE = 'libs/transport/native/build/Release/connect_begin';
export const ADDON_FILE = 'libs/transport/native/build/Release/connect_packet_io.node';

/** Undefined when it was built, else the reason why not. Never throws: everything works without it, only slower. */
export function buildAddon(node, folder = join(root, 'libs/transport/native'), options = []) {
    if (process.platform !== 'linux') {
        return 'it is for Linux';
    }
    const gyp = join(modules, 'node-gyp', 'bin', 'node-gyp.js');
    if (!existsSync(gyp)) {
        return 'node-gyp is not installed';
    }
    const missing = ['python3', 'make', ...(process.env.CXX ? [] : ['g++'])].filter(
        name => !hasCommand(name)
    );
    if (missing.length > 0) {
        return `${missing.join(' and ')} not found`;
    }
    const headers = headersOf(node);
    const args = [gyp, 'rebuild', ...(headers ? [`--nodedir=${headers}`] : []), ...options];
    const built = spawnSync(node, args, { cwd: folder, encoding: 'utf8', timeout: ENOUGH_MS });
    if (built.status === 0) {
        return undefined;
    }
    const said = `${built.stdout ?? ''}${built.stderr ?? ''}`.split('\n');
    const telling = said.find(line => /\berror\b|ERR! (?!build|stack$)/i.test(line)) ?? built.error?.message;
    return telling?.trim() ?? 'node-gyp failed';
}

function hasCommand(name) {
    return (process.env.PATH ?? '').split(delimiter).some(folder => existsSync(join(folder, name)));
}

/**
 * The folder that holds include/node: beside the Node that will run, else that of the system. The addon uses nothing
 * but Node-API and libuv, which are the same in all of them; without any, node-gyp downloads its own.
 */
function headersOf(node) {
    const beside = dirname(dirname(realpathSync(node)));
    const platform = `node-${process.platform}-${process.arch}`;
    const candidates = [
        beside,
        join(modules, platform),
        join(modules, 'node', 'node_modules', platform),
        process.env.npm_config_nodedir,
        '/usr',
        '/usr/local'
    ];
    return candidates.find(path => path && existsSync(join(path, 'include', 'node', 'node_api.h')));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const [folder, ...options] = process.argv.slice(2);
    const failure = buildAddon(process.execPath, resolve(folder), options);
    if (failure) {
        console.error(failure);
        process.exitCode = 1;
    }
}
