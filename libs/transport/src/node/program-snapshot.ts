import { realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What is older than a snapshot that fits, beside its Node; relative to the package of the program. */
const OLDER = ['tsconfig.tsbuildinfo', '../base/tsconfig.tsbuildinfo'];

/**
 * The snapshot that `program`, connect-cp.js, starts faster from, when there is one that fits: made in its place, by this
 * very Node, of the code that is there now. The launcher of connect-cp looks at the same.
 * @param node path of the Node that will run it
 */
export function snapshotOf(program: string, node: string): string | undefined {
    const package_ = resolve(program, '../..');
    const folder = join(package_, 'dist', 'snapshot');
    const blob = join(folder, 'connect-cp.blob');
    try {
        const made = statSync(blob).mtimeMs;
        const fits =
            realpathSync(join(folder, 'package')) === realpathSync(package_) &&
            realpathSync(join(folder, 'node')) === realpathSync(node) &&
            [node, ...OLDER.map(path => join(package_, path))].every(path => statSync(path).mtimeMs < made);
        return fits ? blob : undefined;
    } catch {
        // none was made, or what it was made of is gone
        return undefined;
    }
}
