// Backend modules for a process without windows: those of every extension that the app consists of, and of Theia's
// extensions for settings and files. A bundle has a list made from the same facts in place of this file.
const { dirname, join } = require('node:path');
const { createRequire } = require('node:module');

/** Of Theia's extensions only these: the others serve windows. */
const THEIA = ['@theia/filesystem', '@theia/workspace', '@theia/preferences'];

/** Names of the modules, in the order in which they are loaded. `app`: path of the app's package.json. */
function backendModuleNames(app) {
    const inApp = createRequire(app);
    const names = [];
    const seen = new Set();
    const visit = manifest => {
        for (const name of Object.keys(manifest.dependencies ?? {})) {
            if (seen.has(name) || (name.startsWith('@theia/') && !THEIA.includes(name))) {
                continue;
            }
            seen.add(name);
            const found = findManifest(inApp, name);
            if (!found?.theiaExtensions) {
                continue;
            }
            // what an extension builds on comes before it
            visit(found);
            names.push(
                ...found.theiaExtensions.flatMap(({ backend }) => (backend ? [`${name}/${backend}`] : []))
            );
        }
    };
    visit(inApp(app));
    return names;
}

function findManifest(inApp, name) {
    for (const folder of inApp.resolve.paths(name) ?? []) {
        const file = join(folder, name, 'package.json');
        if (require('node:fs').existsSync(file)) {
            return inApp(file);
        }
    }
    return undefined;
}

/** The modules themselves. */
function backendModules() {
    const app = require.resolve('@connect/browser-app/package.json');
    const inApp = createRequire(join(dirname(app), 'package.json'));
    return backendModuleNames(app).map(name => inApp(name).default);
}

module.exports = { backendModuleNames, backendModules };
