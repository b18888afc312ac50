// What both apps add to the esbuild options that Theia generates.
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ADDON_FILE } from './native-addon.mjs';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const { backendModuleNames } = createRequire(import.meta.url)(
    '../../extensions/transfer/bin/backend-modules.js'
);

// Its default entry looks the addon up at run time, relative to a folder that a bundle does not have.
const alias = { 'better-sqlite3': `better-sqlite3/${process.platform}-${process.arch}` };

// Optional compiled parts of ssh2: it does without them, and they are not built here.
const external = ['cpu-features', '*/sshcrypto.node'];

/** Theia's options for the backend, able to hold our stores and the SSH client; the command `connect` comes with it. */
export function backendOptions(nodeOptions) {
    return {
        ...nodeOptions,
        entryPoints: {
            ...nodeOptions.entryPoints,
            connect: resolve(root, 'extensions/transfer/bin/connect.js')
        },
        plugins: [...(nodeOptions.plugins ?? []), backendModules()],
        alias: { ...nodeOptions.alias, ...alias },
        external: [...(nodeOptions.external ?? []), ...external]
    };
}

/** The modules of a backend without windows, which are looked up at run time where nothing is bundled, as a list. */
function backendModules() {
    return {
        name: 'connect-backend-modules',
        setup(build) {
            build.onLoad({ filter: /transfer[\\/]bin[\\/]backend-modules\.js$/ }, () => {
                const names = backendModuleNames(resolve('package.json'));
                const list = names.map(name => `require(${JSON.stringify(name)}).default`);
                return {
                    contents: `exports.backendModules = () => [${list.join(', ')}];`,
                    resolveDir: process.cwd()
                };
            });
        }
    };
}

/** Programs that run as processes of their own, each as one file beside the backend. */
export function programOptions({ minify, sourcemap }, names) {
    const entries = {
        'connect-cp': 'libs/transport/bin/connect-cp.js',
        'connect-server': 'server/bin/connect-server.js'
    };
    return {
        entryPoints: Object.fromEntries(names.map(name => [name, resolve(root, entries[name])])),
        assetNames: 'native/[name]',
        bundle: true,
        outdir: 'lib/backend',
        platform: 'node',
        target: 'node24',
        mainFields: ['main'],
        alias,
        external,
        loader: { '.node': 'copy' },
        minify,
        sourcemap,
        logLevel: 'warning'
    };
}

/** Brings the addon for packet I/O to where the bundled programs look for it; where none was built they do without. */
export function copyAddon() {
    const folder = join('lib', 'backend', 'native');
    const source = join(root, ADDON_FILE);
    const target = join(folder, basename(ADDON_FILE));
    // a running program may have the old file mapped
    rmSync(target, { force: true });
    if (existsSync(source)) {
        mkdirSync(folder, { recursive: true });
        copyFileSync(source, target);
    }
}

/** Builds all of `options` one after another, to stay small in memory, or watches them. */
export async function run(esbuild, options, watch) {
    if (watch) {
        const contexts = await Promise.all(options.map(each => esbuild.context(each)));
        await Promise.all(contexts.map(context => context.watch()));
        return;
    }
    for (const each of options) {
        await esbuild.build(each);
    }
}
