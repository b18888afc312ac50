import { ConnectError } from '@connect/base';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Longest name of a Unix socket: 108 bytes on Linux, 104 elsewhere, its end included. */
const MAX_SOCKET_BYTES = 103;
const FOLDER_MODE = 0o700;
const OTHERS = 0o077;

/** Where backend and commands of one home meet. */
export interface CommandPaths {
    /** Private to the user. */
    readonly folder: string;
    /** Unix socket, or named pipe on Windows. */
    readonly socket: string;
    /** What both must be able to read. */
    readonly key: string;
    /** Locked by the backend that runs the transfers. */
    readonly lock: string;
}

/** @param home absolute path of the folder of Connect */
export function commandPaths(home: string, platform: NodeJS.Platform = process.platform): CommandPaths {
    const folder = path.join(home, 'var', 'run');
    const pipe = createHash('sha256').update(home.toLowerCase()).digest('hex').slice(0, 32);
    return {
        folder,
        socket: platform === 'win32' ? `\\\\.\\pipe\\connect-${pipe}` : path.join(folder, 'backend.sock'),
        key: path.join(folder, 'backend.key'),
        lock: path.join(folder, 'backend.lock')
    };
}

/** Makes the folder, for this user alone. @throws ConnectError `transfer.permission-denied` when it is somebody else's */
export function ensurePrivateFolder(folder: string): void {
    fs.mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
    refuseForeign(folder);
    if (process.platform !== 'win32' && (fs.statSync(folder).mode & OTHERS) !== 0) {
        fs.chmodSync(folder, FOLDER_MODE);
    }
}

/** @throws ConnectError `transfer.permission-denied` when `file` is there and belongs to another user */
export function refuseForeign(file: string): void {
    const owner = fs.lstatSync(file, { throwIfNoEntry: false })?.uid;
    const self = process.geteuid?.();
    if (owner !== undefined && self !== undefined && owner !== self) {
        throw new ConnectError('transfer.permission-denied', `${file} belongs to another user`, {
            path: file
        });
    }
}

/**
 * Calls `use` with a name of the socket that is short enough for the system. Linux reaches any folder by the number of
 * an open one; that stays open until `release` is called.
 * @throws ConnectError `usage` where the name is too long and there is no such way
 */
export function reachableSocket(socket: string): { readonly name: string; release(): void } {
    if (process.platform === 'win32' || Buffer.byteLength(socket) <= MAX_SOCKET_BYTES) {
        return { name: socket, release: () => undefined };
    }
    if (process.platform !== 'linux') {
        throw new ConnectError('usage', `${socket} is too long for a socket: choose a shorter CONNECT_HOME`);
    }
    const folder = fs.openSync(path.dirname(socket), fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    return {
        name: `/proc/self/fd/${folder}/${path.basename(socket)}`,
        release: () => fs.closeSync(folder)
    };
}
