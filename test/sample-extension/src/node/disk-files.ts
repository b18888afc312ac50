import { RemoteEntry } from '@connect/api';
import { ConnectError, decodePathBytes, ErrorCode, fsPath } from '@connect/base';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { TransferStore } from './transfer-store';

const CODES: Readonly<Record<string, ErrorCode>> = {
    EACCES: 'transfer.permission-denied',
    EPERM: 'transfer.permission-denied',
    ENOSPC: 'transfer.no-space',
    EROFS: 'transfer.read-only',
    ENAMETOOLONG: 'transfer.path-too-long',
    EEXIST: 'transfer.not-a-directory',
    ENOTDIR: 'transfer.not-a-directory',
    EISDIR: 'transfer.is-a-directory',
    ENOENT: 'transfer.source-missing'
};

/** The disk of this computer. */
export const diskFiles: TransferStore = {
    find: file =>
        mapped('transfer.disk-read', async () => {
            try {
                return entry(file, await fs.lstat(fsPath(file)));
            } catch (error) {
                if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
                    return undefined;
                }
                throw error;
            }
        }),
    names: folder =>
        mapped('transfer.disk-read', async () =>
            (await fs.readdir(fsPath(folder), { encoding: 'buffer' })).map(decodePathBytes)
        ),
    ensureFolder: folder =>
        mapped('transfer.disk-write', async () => void (await fs.mkdir(fsPath(folder), { recursive: true }))),
    readAt: (file, offset, length) =>
        mapped('transfer.disk-read', () =>
            opened(file, 'r', async handle => {
                const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
                return buffer.subarray(0, bytesRead);
            })
        ),
    append: (file, bytes) => mapped('transfer.disk-write', () => fs.appendFile(fsPath(file), bytes)),
    publish: (partial, file, modifiedMs) =>
        mapped('transfer.disk-write', async () => {
            await opened(partial, 'r+', async handle => {
                await handle.utimes(modifiedMs / 1000, modifiedMs / 1000);
                // only bytes that are on disk may get the name
                await handle.sync();
            });
            await fs.rename(fsPath(partial), fsPath(file));
        }),
    delete: (file, options) => mapped('transfer.disk-write', () => fs.rm(fsPath(file), options))
};

function entry(file: string, stat: Awaited<ReturnType<typeof fs.lstat>>): RemoteEntry {
    return {
        name: path.basename(file),
        type: stat.isFile()
            ? 'file'
            : stat.isDirectory()
              ? 'directory'
              : stat.isSymbolicLink()
                ? 'symlink'
                : 'other',
        sizeBytes: Number(stat.size),
        modifiedMs: Math.round(Number(stat.mtimeMs))
    };
}

async function opened<T>(
    file: string,
    flags: string,
    work: (handle: fs.FileHandle) => Promise<T>
): Promise<T> {
    const handle = await fs.open(fsPath(file), flags);
    try {
        return await work(handle);
    } finally {
        await handle.close();
    }
}

/** Foreign errors are mapped where they come from. */
async function mapped<T>(fallback: ErrorCode, work: () => Promise<T>): Promise<T> {
    try {
        return await work();
    } catch (error) {
        const { code = '', message } = error as NodeJS.ErrnoException;
        throw new ConnectError(CODES[code] ?? fallback, message, {}, error);
    }
}
