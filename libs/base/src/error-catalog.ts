/**
 * What may be done about a failure: `transient` is retried, `permanent` is not,
 * `needs-user` waits for an answer (a password, a decision about a host key).
 */
export type ErrorKind = 'transient' | 'permanent' | 'needs-user';

/** One row of the catalogue. `ascp` is the number that management frames and exit codes carry. */
export interface ErrorRow {
    readonly kind: ErrorKind;
    /** Numeric code of the ascp family; retryable numbers there are `transient` here. */
    readonly ascp: number;
    readonly title: string;
    readonly remedy: string;
}

const row = (kind: ErrorKind, ascp: number, title: string, remedy: string): ErrorRow => ({
    kind,
    ascp,
    title,
    remedy
});

/** Every failure this project names, and what a person can do about it. Adding a code means adding its row. */
export const ERROR_CATALOG = {
    internal: row('permanent', 11, 'Internal error', 'Open the log and report it.'),
    usage: row('permanent', 8, 'Wrong usage', 'Check the options with --help.'),
    cancelled: row('permanent', 28, 'Stopped', 'Resume the transfer when you like.'),
    'not-supported': row('permanent', 50, 'Not supported here', 'Use another way that the message names.'),

    'transfer.protocol': row(
        'permanent',
        1,
        'Protocol error',
        'Check that both ends run compatible versions.'
    ),
    'transfer.host-unknown': row(
        'permanent',
        12,
        'Unknown host',
        'Check the spelling of the host name and the DNS.'
    ),
    'transfer.connect-refused': row(
        'transient',
        12,
        'Connection refused',
        'Check that the server runs and that its SSH port is right.'
    ),
    'transfer.connect-timeout': row(
        'transient',
        13,
        'Timeout establishing connection',
        'A firewall may block TCP 33001: test the port, ask your administrator.'
    ),
    'transfer.connection-lost': row(
        'transient',
        16,
        'Connection lost',
        'The transfer goes on from where it stood when it is resumed.'
    ),
    'transfer.udp-blocked': row(
        'transient',
        14,
        'Data transfer timeout: no UDP answer',
        'A firewall may block UDP 33001 in or out: open it on both sides.'
    ),
    'transfer.udp-stalled': row(
        'transient',
        18,
        'Data transfer timeout: data stopped arriving',
        'The path went dead; resume when the network is back.'
    ),
    'transfer.peer-aborted': row(
        'transient',
        39,
        'The other side stopped',
        'Look at the log of the server; resume.'
    ),
    'transfer.authentication-failed': row(
        'needs-user',
        19,
        'Authentication failed',
        'Check the user name and the password, key or token.'
    ),
    'transfer.proxy-refused': row(
        'permanent',
        19,
        'The proxy cannot be used',
        'Check login and certificate of the proxy in the preferences, under Network; then retry.'
    ),
    'transfer.host-key-unknown': row(
        'needs-user',
        51,
        'Host key not known yet',
        'Compare the fingerprint with the administrator, then trust it.'
    ),
    'transfer.host-key-mismatch': row(
        'needs-user',
        51,
        'Host key has changed',
        'Somebody may be listening in. Do not connect before the administrator confirms the new key.'
    ),
    'transfer.source-missing': row('permanent', 4, 'No such file or folder', 'Check the path of the source.'),
    'transfer.source-changed': row(
        'transient',
        35,
        'Source changed during the transfer',
        'Wait until the file is no longer written to; it is sent again from the start.'
    ),
    'transfer.permission-denied': row(
        'permanent',
        5,
        'No permission',
        'Ask for the right to read the source or to write the target.'
    ),
    'transfer.outside-root': row(
        'permanent',
        41,
        'Path outside the storage root',
        'Choose a path inside the folder the server grants.'
    ),
    'transfer.not-a-directory': row(
        'permanent',
        6,
        'Target is not a folder',
        'Choose a folder as the target.'
    ),
    'transfer.is-a-directory': row('permanent', 7, 'Target is a folder', 'Choose a file name as the target.'),
    'transfer.not-regular': row(
        'permanent',
        21,
        'Not a regular file',
        'Devices, sockets and pipes are not transferred.'
    ),
    'transfer.exists': row(
        'permanent',
        42,
        'Target exists',
        'Choose another overwrite rule or another name.'
    ),
    'transfer.target-differs': row(
        'needs-user',
        42,
        'Target exists and differs',
        'Choose what is to happen with files that exist.'
    ),
    'transfer.no-space': row(
        'permanent',
        25,
        'No space left at the target',
        'Free some space, then resume: what arrived is kept.'
    ),
    'transfer.read-only': row(
        'permanent',
        26,
        'Target is read-only',
        'Choose a place that can be written to.'
    ),
    'transfer.path-too-long': row(
        'permanent',
        55,
        'Name too long',
        'Shorten the name or choose a shallower target.'
    ),
    'transfer.illegal-name': row('permanent', 56, 'Name not allowed', 'Rename the file.'),
    'transfer.link-loop': row(
        'permanent',
        63,
        'Symbolic links form a loop',
        'Remove the loop or choose to skip links.'
    ),
    'transfer.disk-read': row('transient', 35, 'Read error', 'Check the disk of the source.'),
    'transfer.disk-write': row('transient', 36, 'Write error', 'Check the disk of the target.'),
    'transfer.rename-failed': row(
        'permanent',
        64,
        'Cannot rename the finished file',
        'Check the permissions of the target folder; the data is in the .partial file.'
    ),
    'transfer.verify-failed': row(
        'transient',
        36,
        'Verification failed',
        'The bytes on disk differ from what was sent; it is sent again.'
    ),
    'transfer.some-files-failed': row(
        'permanent',
        27,
        'Some files failed',
        'See the list of files; retry sends only what is missing.'
    ),
    'transfer.too-many-sessions': row(
        'transient',
        23,
        'Server is busy',
        'The server allows no more sessions now; it is tried again.'
    ),
    'transfer.direction-forbidden': row(
        'permanent',
        34,
        'Not authorised',
        'The server does not grant this direction to this user.'
    ),
    'transfer.engine-missing': row(
        'permanent',
        50,
        'Transfer program not found',
        'Install connect-cp on the server, on the PATH of its SSH logins; here, set its path in the preferences.'
    ),
    'transfer.job-unknown': row(
        'permanent',
        4,
        'No such transfer',
        'It may have been removed from the list.'
    ),
    'transfer.job-state': row('permanent', 8, 'Not possible in this state', 'Wait or choose another action.'),
    'transfer.store-in-use': row(
        'permanent',
        50,
        'Another Connect runs the transfers',
        'Use that one, or end it: this one then takes the transfers over by itself.'
    ),
    'transfer.backend-missing': row(
        'permanent',
        50,
        'The background program of Connect does not answer',
        'Look at logs/backend.log in the folder of Connect.'
    ),

    // only from ascp: connect-cp never ends with these
    'engine.licence': row(
        'permanent',
        29,
        'Licence of ascp',
        'Look at the licence of ascp in About; ask whoever gave it to you for one that allows this.'
    ),
    'engine.too-large': row(
        'permanent',
        24,
        'File too large for the target',
        'Choose a target whose file system takes files of this size.'
    ),
    'engine.out-of-resources': row(
        'transient',
        32,
        'Out of memory or threads',
        'Close other programs; it is tried again.'
    ),
    'engine.authorization-unavailable': row(
        'transient',
        37,
        'Permission could not be checked',
        'The server could not find out whether this is allowed; it is tried again.'
    ),
    'engine.encryption-failed': row(
        'permanent',
        48,
        'File could not be encrypted or decrypted',
        'Check whether the file is an encrypted one, and that it is whole.'
    ),
    'engine.passphrase-wrong': row('needs-user', 49, 'Wrong passphrase', 'Enter the passphrase again.'),
    'engine.server-refused': row(
        'permanent',
        58,
        'The server refused the transfer',
        'The message says why; ask the administrator of the server.'
    ),

    'files.not-found': row('permanent', 4, 'No such file or folder', 'Refresh the folder.'),
    'files.exists': row('permanent', 42, 'Already exists', 'Choose another name.'),
    'files.not-empty': row('permanent', 42, 'Folder is not empty', 'Delete what is in it first.'),
    'files.permission-denied': row(
        'permanent',
        5,
        'No permission',
        'The server does not grant this to your user.'
    ),
    'files.not-a-directory': row('permanent', 6, 'Not a folder', 'Choose a folder.'),
    'files.is-a-directory': row('permanent', 7, 'Is a folder', 'Choose a file.'),
    'files.too-large': row('permanent', 24, 'Too large to open here', 'Download it instead.'),
    'files.changed': row(
        'permanent',
        35,
        'Changed by somebody else',
        'Compare the two versions, then save again to overwrite the other one.'
    ),
    'files.failed': row('permanent', 11, 'File operation failed', 'Open the log for the details.'),

    'security.login-required': row(
        'needs-user',
        19,
        'Login required',
        'Open the address that the app printed when it started.'
    ),
    'security.credentials-required': row(
        'needs-user',
        19,
        'Password needed',
        'Enter the password of the account.'
    ),
    'security.keychain-unavailable': row(
        'permanent',
        50,
        'No keychain',
        'Nothing was saved: passwords are asked for again after a restart.'
    ),
    'security.account-unknown': row('permanent', 4, 'No such account', 'Add the account again.'),
    'security.account-invalid': row(
        'permanent',
        8,
        'Account settings are not valid',
        'Correct the field that the message names.'
    )
} as const satisfies Record<string, ErrorRow>;

/** The closed set of codes. */
export type ErrorCode = keyof typeof ERROR_CATALOG;
