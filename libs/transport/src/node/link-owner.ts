import { closeSync, constants, fstat, open, promises as fs } from 'fs';
import { promisify } from 'util';

const openNumber = promisify(open);
const statNumber = promisify(fstat);

/** From Linux' fcntl.h, as in held-directory.ts. */
const O_PATH = 0o10000000;

/**
 * Gives a symbolic link to others. On Linux it is held meanwhile: what somebody puts in its place, which may be any file
 * of this machine under one more name, is left alone.
 */
export async function chownLink(path: string | Buffer, uid: number, gid: number): Promise<void> {
    if (process.platform !== 'linux') {
        await fs.lchown(path, uid, gid);
        return;
    }
    const link = await openNumber(path, O_PATH | constants.O_NOFOLLOW);
    try {
        if (!(await statNumber(link)).isSymbolicLink()) {
            throw Object.assign(new Error('it is no symbolic link any more'), { code: 'ENOENT' });
        }
        // goes to what is held itself, which is the link
        await fs.chown(`/proc/self/fd/${link}`, uid, gid);
    } finally {
        closeSync(link);
    }
}
