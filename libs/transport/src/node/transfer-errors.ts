import { ConnectError, ErrorCode } from '@connect/base';

const COMMON: Partial<Record<ErrorCode, ErrorCode>> = {
    'files.permission-denied': 'transfer.permission-denied',
    'files.is-a-directory': 'transfer.is-a-directory',
    'files.exists': 'transfer.exists',
    'files.not-empty': 'transfer.exists'
};
const AT_SOURCE: Partial<Record<ErrorCode, ErrorCode>> = {
    ...COMMON,
    'files.not-found': 'transfer.source-missing',
    'files.not-a-directory': 'transfer.source-missing',
    'files.failed': 'transfer.disk-read'
};
const AT_TARGET: Partial<Record<ErrorCode, ErrorCode>> = {
    ...COMMON,
    'files.not-found': 'transfer.disk-write',
    'files.not-a-directory': 'transfer.not-a-directory',
    'files.failed': 'transfer.disk-write'
};

/** A failure of the file store while reading sources, in the terms of a transfer. */
export function sourceError(error: unknown): ConnectError {
    return translated(error, AT_SOURCE);
}

/** A failure of the file store while writing targets, in the terms of a transfer. */
export function targetError(error: unknown): ConnectError {
    return translated(error, AT_TARGET);
}

function translated(error: unknown, table: Partial<Record<ErrorCode, ErrorCode>>): ConnectError {
    const known = ConnectError.from(error);
    const code = table[known.code];
    return code ? new ConnectError(code, known.message, known.data, known) : known;
}
