import { close, closeSync, constants, fstat, open, promises as fs, Stats } from 'fs';
import { promisify } from 'util';
import { fsPath } from '@connect/base';
import { pathError, systemCode } from './file-errors';
import { kindOf } from './file-stat';
import { Pin } from './path-walker';

const openNumber = promisify(open);
const statNumber: (fd: number) => Promise<Stats> = promisify(fstat);
const closeNumber = promisify(close);

/** From Linux' fcntl.h, the same on all its 64-bit architectures that Node runs on; Node does not export it. */
const O_PATH = 0o10000000;

/** A folder inside the root that stays the same folder while it is held, whatever happens to its name. */
export interface HeldDirectory {
    /** The folder itself, as a lossless path. */
    readonly path: string;
    /** An entry of it, for `node:fs`. `name` is one component, never `.` or `..`. */
    child(name: string): string | Buffer;
    /** Holds a folder in it; undefined when the name is a symbolic link. Otherwise fails as the system does. */
    enter(name: string): Promise<HeldDirectory | undefined>;
    /** Holds any entry of it; undefined when the name is a symbolic link. */
    pin(name: string): Promise<Pin | undefined>;
    /** Fails with `transfer.outside-root` when names led elsewhere than they did when this was entered. */
    verify(): Promise<void>;
    retain(): void;
    release(): void;
}

/**
 * Linux: an open handle. Children are addressed as `/proc/self/fd/N/name`, which the kernel resolves from the folder
 * that is open (what `openat` does), so nothing that happens to the names above matters any more. The handle is
 * O_PATH: it needs no right to read, and opening it has no side effect on devices or pipes.
 */
class HandleDirectory implements HeldDirectory {
    readonly path: string;
    private holders = 1;

    constructor(private readonly fd: number) {
        this.path = `/proc/self/fd/${fd}`;
    }

    child(name: string): string | Buffer {
        return fsPath(`${this.path}/${name}`);
    }

    async enter(name: string): Promise<HeldDirectory | undefined> {
        try {
            const flags = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
            return new HandleDirectory(await openNumber(this.child(name), flags));
        } catch (error) {
            const code = systemCode(error);
            // A link answers ENOTDIR, as a file does.
            if ((code === 'ENOTDIR' || code === 'ELOOP') && (await isLink(this.child(name)))) {
                return undefined;
            }
            throw error;
        }
    }

    async pin(name: string): Promise<Pin | undefined> {
        const fd = await openNumber(this.child(name), O_PATH | constants.O_NOFOLLOW);
        try {
            if ((await statNumber(fd)).isSymbolicLink()) {
                await closeNumber(fd);
                return undefined;
            }
        } catch (error) {
            await closeNumber(fd);
            throw error;
        }
        return { path: `/proc/self/fd/${fd}`, release: () => closeSync(fd) };
    }

    async verify(): Promise<void> {
        // A handle cannot be led astray.
    }

    retain(): void {
        this.holders += 1;
    }

    release(): void {
        this.holders -= 1;
        if (this.holders === 0) {
            // An O_PATH handle has nothing to flush: closing it never waits.
            closeSync(this.fd);
        }
    }
}

/**
 * Where there are no such paths: names that were checked one by one, and are checked again after each open and before
 * each change. Between the check and a change (mkdir, rename, unlink) a window stays in which a local process that may
 * write in the root could swap a folder for a link; there is no way to close it through `node:fs` on these systems.
 */
class NamedDirectory implements HeldDirectory {
    constructor(readonly path: string) {}

    child(name: string): string | Buffer {
        return fsPath(`${this.path}/${name}`);
    }

    async enter(name: string): Promise<HeldDirectory | undefined> {
        const stats = await fs.lstat(this.child(name));
        if (stats.isSymbolicLink()) {
            return undefined;
        }
        if (kindOf(stats) !== 'directory') {
            throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' });
        }
        return new NamedDirectory(`${this.path}/${name}`);
    }

    async pin(name: string): Promise<Pin | undefined> {
        await this.verify();
        const entry = this.child(name);
        return (await isLink(entry)) ? undefined : { path: entry, release: () => undefined };
    }

    async verify(): Promise<void> {
        const exact = fsPath(this.path);
        const real = await fs.realpath(exact, { encoding: 'buffer' });
        const expected = Buffer.from(process.platform === 'win32' ? this.path.replaceAll('/', '\\') : exact);
        if (Buffer.compare(real, expected) !== 0) {
            throw pathError('transfer.outside-root', 'the folder');
        }
    }

    retain(): void {
        // Nothing is held but a name.
    }

    release(): void {
        // As above.
    }
}

/** How confinement is done: `handles` holds for races too, `names` is for systems without `/proc/self/fd`. */
export type Confinement = 'handles' | 'names';

export const systemConfinement: Confinement = process.platform === 'linux' ? 'handles' : 'names';

/** Holds the root. Links in the path of the root itself are the administrator's and are followed, once, here. */
export async function holdRoot(rootDir: string, confinement: Confinement): Promise<HeldDirectory> {
    if (confinement === 'handles') {
        return new HandleDirectory(await openNumber(fsPath(rootDir), O_PATH | constants.O_DIRECTORY));
    }
    const real = (await fs.realpath(rootDir)).replaceAll(process.platform === 'win32' ? '\\' : '/', '/');
    if (!(await fs.stat(real)).isDirectory()) {
        throw pathError('files.not-a-directory', '/');
    }
    return new NamedDirectory(real.replace(/\/$/, ''));
}

async function isLink(path: string | Buffer): Promise<boolean> {
    return (await fs.lstat(path)).isSymbolicLink();
}
