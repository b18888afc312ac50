// Bundles an app: node scripts/bundle.mjs browser|desktop [--mode production|development] [--watch]
// The packages must be compiled (`tsc -b`). Uses Theia's generator, without the step that downloads Electron: a bundle
// does not need it, and machines without access to it can make and check one.
import { createRequire } from 'node:module';
import { existsSync, rmSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const TARGETS = { browser: 'browser', desktop: 'electron' };

const [name, ...options] = process.argv.slice(2);
const target = TARGETS[name];
const modeAt = options.indexOf('--mode');
const mode = modeAt < 0 ? 'production' : options[modeAt + 1];
if (!target || !['production', 'development'].includes(mode)) {
    console.error('usage: node scripts/bundle.mjs browser|desktop [--mode production|development] [--watch]');
    process.exit(2);
}

const app = join(root, `${target}-app`);
const require = createRequire(join(app, 'package.json'));
const { ApplicationPackageManager } = require('@theia/application-manager');

class OfflinePackageManager extends ApplicationPackageManager {
    async prepare() {
        // nothing is downloaded and package.json is left alone
    }
}

// the generator starts `node` by name
process.env.PATH = [dirname(process.execPath), join(root, 'node_modules', '.bin'), process.env.PATH].join(
    delimiter
);
if (!options.includes('--watch') && existsSync(join(app, 'lib'))) {
    rmSync(join(app, 'lib'), { recursive: true });
}
const args = ['--mode', mode, ...(options.includes('--watch') ? ['--watch'] : [])];
try {
    await new OfflinePackageManager({ projectPath: app, appTarget: target }).build(args, { mode });
} catch (error) {
    console.error(`The ${name} app could not be bundled: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
}
