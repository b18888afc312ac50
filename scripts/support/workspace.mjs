// Installing, compiling and bundling, each only when its inputs changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ADDON_FILE, ADDON_SOURCES, BEGIN_FILE, buildAddon } from './native-addon.mjs';

export const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const modules = join(root, 'node_modules');
/** The Node that everything but the set-up itself runs on; it comes with the packages. */
export const node = join(modules, '.bin', 'node');
/** Folder of the backend and of the programs beside it, bundled. */
export const backend = join(root, 'browser-app', 'lib', 'backend');

const SOURCES = ['libs', 'extensions', 'server', 'test'];
const CONFIGS = ['package-lock.json', 'tsconfig.json', 'tsconfig.base.json'];
const APP = [
    'browser-app/package.json',
    'browser-app/esbuild.mjs',
    'browser-app/resources',
    'scripts/bundle.mjs',
    'scripts/support'
];
const SKIPPED_FOLDERS = new Set(['node_modules', 'lib', 'artifacts', 'build', 'dist']);
const SNAPSHOT = join(root, 'libs', 'transport', 'dist', 'snapshot', 'connect-cp.blob');
/** A snapshot that is older than one of these is not started from. */
const SNAPSHOT_INPUTS = ['libs/base/tsconfig.tsbuildinfo', 'libs/transport/tsconfig.tsbuildinfo'];
const IS_SPEC = /\.(slow-spec|spec|e2e)\.tsx?$/;
const stampFile = join(modules, '.connect-setup.json');

/** `npm ci`, unless what the lock file asks for is installed. */
export function install() {
    const lock = hashOf(['package-lock.json', '.npmrc']);
    if (readStamps().lock === lock) {
        return;
    }
    if (!isInstalled()) {
        console.log('Installing packages with npm; this takes some minutes the first time …');
        // npm run from a script of this project would start the Node that it is about to replace
        run([...npmCommand(), 'ci', '--no-fund', '--no-audit', '--loglevel=error'], {
            PATH: pathWithoutUs()
        });
    }
    writeStamps({ lock });
}

/** The addon for packet I/O, where a compiler is there. Without it transfers work, at lower rates. */
export function compileAddon() {
    const addon = hashOf([...ADDON_SOURCES, 'scripts/support/native-addon.mjs']);
    if (
        readStamps().addon === addon &&
        [ADDON_FILE, BEGIN_FILE].every(file => existsSync(join(root, file)))
    ) {
        return;
    }
    const failure = buildAddon(node);
    if (failure) {
        console.log(
            `Transfers use the packet I/O of Node, as the faster native one was not built: ${failure}`
        );
        [ADDON_FILE, BEGIN_FILE].forEach(file => rmSync(join(root, file), { force: true }));
    } else {
        writeStamps({ ...readStamps(), addon });
    }
}

/** `tsc -b`, and no output of a source that is gone. */
export function compile() {
    const sources = hashOf([...CONFIGS, ...SOURCES], path => /\.(tsx?|json)$/.test(path));
    if (readStamps().sources === sources && existsSync(join(root, 'libs', 'base', 'lib', 'index.js'))) {
        return;
    }
    console.log('Compiling …');
    run([node, join(modules, 'typescript', 'bin', 'tsc'), '-b', root]);
    SOURCES.forEach(folder => removeOrphans(join(root, folder)));
    writeStamps({ ...readStamps(), sources });
}

/** What `libs/transport/bin/connect-cp` starts from, to begin sooner. Without it, it starts in the usual way. */
export function makeSnapshot() {
    const inputs = hashOf(
        ['package-lock.json', 'libs', 'scripts/support/snapshot.mjs', BEGIN_FILE],
        path => !IS_SPEC.test(path)
    );
    const isFresh =
        existsSync(SNAPSHOT) &&
        [...SNAPSHOT_INPUTS.map(path => join(root, path)), node].every(
            path => statSync(SNAPSHOT).mtimeMs > statSync(path).mtimeMs
        );
    if (process.platform === 'win32' || (readStamps().snapshot === inputs && isFresh)) {
        return;
    }
    // a failure is told, and no reason to end: nothing depends on it
    spawnSync(node, [join(root, 'scripts', 'snapshot.mjs')], { cwd: root, stdio: 'inherit' });
    writeStamps({ ...readStamps(), snapshot: inputs });
}

/** The browser app, bundled for production. */
export function bundle() {
    const inputs = hashOf(
        [...CONFIGS, ...SOURCES.filter(folder => folder !== 'test'), ...APP, ADDON_FILE],
        path => !IS_SPEC.test(path)
    );
    if (readStamps().bundle === inputs && existsSync(join(backend, 'main.js'))) {
        return;
    }
    console.log('Bundling the app …');
    run([node, join(root, 'scripts', 'bundle.mjs'), 'browser'], {}, 'quiet');
    writeStamps({ ...readStamps(), bundle: inputs });
}

/** Packages installed by hand count too: npm leaves a list of what it installed, and ends with the compiled parts. */
function isInstalled() {
    const list = join(modules, '.package-lock.json');
    if (
        !existsSync(list) ||
        !existsSync(node) ||
        !existsSync(join(modules, 'keytar', 'build', 'Release', 'keytar.node'))
    ) {
        return false;
    }
    const installed = JSON.parse(readFileSync(list, 'utf8')).packages;
    const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const isSame = path =>
        installed[path]?.version === locked[path].version && installed[path]?.link === locked[path].link;
    const programs = Object.keys(locked)
        .filter(path => !path.startsWith('node_modules/'))
        .flatMap(path => Object.keys(locked[path].bin ?? {}));
    return (
        programs.every(name => existsSync(join(modules, '.bin', name))) &&
        Object.keys(locked)
            .filter(
                path =>
                    path.startsWith('node_modules/') && !locked[path].optional && !locked[path].devOptional
            )
            .every(isSame)
    );
}

function npmCommand() {
    const script = process.env.npm_execpath;
    return script?.endsWith('npm-cli.js') ? [systemNode(), script] : ['npm'];
}

function pathWithoutUs() {
    return process.env.PATH.split(delimiter)
        .filter(folder => !folder.startsWith(modules))
        .join(delimiter);
}

function systemNode() {
    if (!process.execPath.startsWith(modules)) {
        return process.execPath;
    }
    const folder = pathWithoutUs()
        .split(delimiter)
        .find(candidate => existsSync(join(candidate, 'node')));
    if (!folder) {
        throw new Error(
            'There is no Node.js on this system beside the one of this project. Install Node.js 20 or newer.'
        );
    }
    return join(folder, 'node');
}

function run([command, ...args], env = {}, output = 'inherit') {
    const stdio = output === 'quiet' ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'];
    const PATH = `${join(modules, '.bin')}${delimiter}${process.env.PATH}`;
    const done = spawnSync(command, args, {
        cwd: root,
        stdio,
        env: { ...process.env, PATH, ...env },
        encoding: 'utf8'
    });
    if (done.status !== 0) {
        const said = output === 'quiet' ? `\n${done.stdout}${done.stderr}` : '';
        throw new Error(
            `This failed: ${[command, ...args].join(' ')}${done.error ? ` (${done.error.message})` : ''}${said}`
        );
    }
}

/** One hash over names and contents of files and folders, given relative to the root. */
function hashOf(paths, isInput = () => true) {
    const hash = createHash('sha256');
    for (const file of paths.flatMap(path => filesBelow(join(root, path))).filter(isInput)) {
        const content = readFileSync(file);
        hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
    }
    return hash.digest('hex');
}

function filesBelow(path) {
    let entries;
    try {
        entries = readdirSync(path, { withFileTypes: true });
    } catch (error) {
        if (error.code === 'ENOTDIR') {
            return [path];
        }
        if (error.code === 'ENOENT') {
            return [];
        }
        throw error;
    }
    return entries
        .filter(
            entry =>
                !(entry.isDirectory() && SKIPPED_FOLDERS.has(entry.name)) &&
                !entry.name.endsWith('.tsbuildinfo')
        )
        .sort((left, right) => (left.name < right.name ? -1 : 1))
        .flatMap(entry =>
            entry.isDirectory() ? filesBelow(join(path, entry.name)) : [join(path, entry.name)]
        );
}

/** A compiled file whose source was removed or renamed would still be tested and bundled. */
function removeOrphans(folder) {
    const packages = [folder, ...readdirSync(folder).map(name => join(folder, name))];
    for (const path of packages.filter(each => existsSync(join(each, 'lib')))) {
        for (const name of readdirSync(join(path, 'lib'), { recursive: true })) {
            const stem = /^(.*?)\.(?:js|d\.ts)(?:\.map)?$/.exec(name)?.[1];
            const source = join(path, 'src', String(stem));
            if (
                stem !== undefined &&
                !['.ts', '.tsx', '.d.ts', '.js'].some(extension => existsSync(source + extension))
            ) {
                rmSync(join(path, 'lib', ...name.split(sep)));
            }
        }
    }
}

function readStamps() {
    return existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, 'utf8')) : {};
}

function writeStamps(stamps) {
    writeFileSync(stampFile, JSON.stringify(stamps));
}
