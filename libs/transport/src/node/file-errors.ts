import { ConnectError, ErrorCode } from '@connect/base';

/** Which of the two disk errors a failing device means. */
export type FileOperation = 'read' | 'write';

const CODES: Readonly<Record<string, ErrorCode>> = {
    ENOENT: 'files.not-found',
    EACCES: 'files.permission-denied',
    EPERM: 'files.permission-denied',
    EEXIST: 'files.exists',
    ENOTEMPTY: 'files.not-empty',
    ENOTDIR: 'files.not-a-directory',
    EISDIR: 'files.is-a-directory',
    ENOSPC: 'transfer.no-space',
    EDQUOT: 'transfer.no-space',
    EROFS: 'transfer.read-only',
    ENAMETOOLONG: 'transfer.path-too-long',
    ELOOP: 'transfer.link-loop',
    // what open answers for sockets, and for pipes without a reader
    ENXIO: 'transfer.not-regular',
    ERR_INVALID_ARG_VALUE: 'transfer.illegal-name',
    EILSEQ: 'transfer.illegal-name'
};

/** The errno name of an error of `node:fs`, e.g. `ENOENT`; undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
    const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
    return typeof code === 'string' ? code : undefined;
}

/**
 * The one place where errors of the file system become errors of this project.
 * `path` is the path as the caller of the store knows it: the message must not tell where the root lies.
 */
export function fileError(error: unknown, path: string, operation: FileOperation): ConnectError {
    if (error instanceof ConnectError) {
        return error;
    }
    const system = systemCode(error);
    const code: ErrorCode =
        system === 'EIO'
            ? operation === 'read'
                ? 'transfer.disk-read'
                : 'transfer.disk-write'
            : ((system !== undefined ? CODES[system] : undefined) ?? 'files.failed');
    return new ConnectError(code, `${path}: ${reason(code, system)}`, { path, system }, error);
}

/** An error of this kind that no system call reported. */
export function pathError(code: ErrorCode, path: string): ConnectError {
    return new ConnectError(code, `${path}: ${reason(code, undefined)}`, { path });
}

const REASONS: Partial<Record<ErrorCode, string>> = {
    'files.not-found': 'no such file or folder',
    'files.permission-denied': 'permission denied',
    'files.exists': 'already exists',
    'files.not-empty': 'the folder is not empty',
    'files.not-a-directory': 'not a folder',
    'files.is-a-directory': 'is a folder',
    'transfer.no-space': 'no space left',
    'transfer.read-only': 'the file system is read-only',
    'transfer.path-too-long': 'the name is too long',
    'transfer.link-loop': 'too many symbolic links',
    'transfer.not-regular': 'not a regular file',
    'transfer.illegal-name': 'the name is not allowed',
    'transfer.outside-root': 'leads out of the storage root',
    'transfer.disk-read': 'read error',
    'transfer.disk-write': 'write error'
};

function reason(code: ErrorCode, system: string | undefined): string {
    return REASONS[code] ?? `failed (${system ?? 'unknown error'})`;
}
