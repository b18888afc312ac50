import { ConnectError, ERROR_CATALOG, type ErrorCode } from '@connect/base';

/** Numbers of ascp's frames and what they are here. Those that ascp's own clients retry are `transient` in the catalogue. */
const CODES: Readonly<Record<number, ErrorCode>> = {
    1: 'transfer.protocol',
    2: 'transfer.protocol',
    3: 'transfer.not-a-directory',
    4: 'transfer.source-missing',
    5: 'transfer.permission-denied',
    6: 'transfer.not-a-directory',
    7: 'transfer.is-a-directory',
    8: 'usage',
    9: 'engine.licence',
    10: 'engine.licence',
    11: 'internal',
    12: 'transfer.connect-refused',
    13: 'transfer.connect-timeout',
    14: 'transfer.udp-blocked',
    15: 'transfer.udp-blocked',
    16: 'transfer.connection-lost',
    17: 'transfer.udp-blocked',
    18: 'transfer.udp-stalled',
    19: 'transfer.authentication-failed',
    20: 'transfer.source-missing',
    21: 'transfer.not-regular',
    23: 'transfer.too-many-sessions',
    24: 'engine.too-large',
    25: 'transfer.no-space',
    26: 'transfer.read-only',
    27: 'transfer.some-files-failed',
    28: 'cancelled',
    29: 'engine.licence',
    30: 'engine.licence',
    31: 'internal',
    32: 'engine.out-of-resources',
    33: 'engine.out-of-resources',
    34: 'transfer.direction-forbidden',
    35: 'transfer.disk-read',
    36: 'transfer.disk-write',
    37: 'engine.authorization-unavailable',
    38: 'engine.licence',
    39: 'transfer.peer-aborted',
    40: 'transfer.udp-stalled',
    41: 'transfer.outside-root',
    42: 'transfer.exists',
    43: 'transfer.permission-denied',
    44: 'transfer.udp-blocked',
    45: 'transfer.udp-blocked',
    46: 'engine.server-refused',
    47: 'transfer.connect-refused',
    48: 'engine.encryption-failed',
    49: 'engine.passphrase-wrong',
    50: 'not-supported',
    51: 'transfer.host-key-mismatch',
    52: 'engine.server-refused',
    53: 'engine.server-refused',
    54: 'engine.server-refused',
    55: 'transfer.path-too-long',
    56: 'transfer.illegal-name',
    57: 'usage',
    58: 'engine.server-refused',
    59: 'engine.server-refused',
    60: 'engine.server-refused',
    61: 'transfer.peer-aborted',
    62: 'engine.server-refused',
    63: 'transfer.link-loop',
    64: 'transfer.rename-failed',
    65: 'not-supported',
    66: 'not-supported'
};

/** Under number 14 ascp tells of a name that means nothing as well: to try that again helps nobody. */
const NO_SUCH_ADDRESS = /target address not available/i;

/** What ascp's number and words mean; a number that is not known is `internal`, and never retried. */
export function ascpError(number: number, description: string | undefined): ConnectError {
    const isNoAddress = number === 14 && NO_SUCH_ADDRESS.test(description ?? '');
    const code = isNoAddress ? 'transfer.host-unknown' : (CODES[number] ?? 'internal');
    return new ConnectError(code, description ?? ERROR_CATALOG[code].title, { ascp: number });
}
