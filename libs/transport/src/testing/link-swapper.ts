import { renameSync } from 'fs';
import { join } from 'path';

/**
 * Program of a second process: lets the name `x` in the folder argv[2] mean in turn the folder `x.real` and the
 * symbolic link `x.link`, and `f` in it likewise, argv[3] times, as fast as it can.
 */
function swap(folder: string, rounds: number): void {
    const rename = (from: string, to: string): void => renameSync(join(folder, from), join(folder, to));
    for (let round = 0; round < rounds; round++) {
        for (const name of ['x', 'f']) {
            rename(`${name}.real`, name);
            rename(name, `${name}.real`);
            rename(`${name}.link`, name);
            rename(name, `${name}.link`);
        }
    }
}

swap(process.argv[2]!, Number(process.argv[3]));
