// Makes this checkout ready to run: system packages, npm packages, compiled code, the native addon where one can be
// built, the snapshot that connect-cp starts from, the browser app's bundle. What is up to date is left alone. Runs on
// any Node.js from 20 on, without any package.
// Usage: npm run setup [-- --for-tests]
import { ensureSystemPackages } from './support/system-packages.mjs';
import { bundle, compile, compileAddon, install, makeSnapshot } from './support/workspace.mjs';

const OLDEST_NODE = 20;

try {
    if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
        throw new Error(`Node.js ${OLDEST_NODE} or newer is needed; this is ${process.version}.`);
    }
    ensureSystemPackages({ forTests: process.argv.includes('--for-tests') });
    install();
    compileAddon();
    compile();
    makeSnapshot();
    bundle();
} catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
}
