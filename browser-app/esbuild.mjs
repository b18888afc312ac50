// `theia build` keeps this file and writes the gen-*.mjs ones beside it anew.
import esbuild from 'esbuild';
import { copyFileSync } from 'node:fs';
import { backendOptions, copyAddon, programOptions, run } from '../scripts/support/bundle-options.mjs';
import { browserOptions, minify, sourcemap, watch } from './gen-esbuild.browser.mjs';
import { nodeOptions } from './gen-esbuild.node.mjs';

copyFileSync('resources/icon.svg', 'lib/frontend/icon.svg');
copyAddon();
await run(
    esbuild,
    [
        browserOptions,
        backendOptions(nodeOptions),
        programOptions({ minify, sourcemap }, ['connect-cp', 'connect-server'])
    ],
    watch
);
