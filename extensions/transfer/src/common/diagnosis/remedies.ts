import { ERROR_CATALOG, type ErrorCode } from '@connect/base';

/** Something that a button of an explanation does. */
export type RemedyAction =
    | 'retry'
    | 'resume'
    | 'retry-https'
    | 'retry-usual'
    | 'start-now'
    | 'start-anyway'
    | 'resume-all'
    | 'edit-account'
    | 'log-in'
    | 'review-host-key'
    | 'choose-folder'
    | 'open-folder'
    | 'choose-existing'
    | 'network-settings'
    | 'transfer-settings'
    | 'bandwidth-settings'
    | 'open-log';

/** On the buttons. */
export const REMEDY_LABELS: Readonly<Record<RemedyAction, string>> = {
    retry: 'Retry',
    resume: 'Resume',
    'retry-https': 'Retry over HTTPS Only',
    'retry-usual': 'Retry the Usual Way',
    'start-now': 'Start Now',
    'start-anyway': 'Start This One Anyway',
    'resume-all': 'Resume All',
    'edit-account': 'Open Account…',
    'log-in': 'Log In Again…',
    'review-host-key': 'Review Host Key…',
    'choose-folder': 'Choose Other Folder…',
    'open-folder': 'Open Folder',
    'choose-existing': 'Choose What Happens…',
    'network-settings': 'Network Settings',
    'transfer-settings': 'Transfer Settings',
    'bandwidth-settings': 'Bandwidth Settings',
    'open-log': 'Show Log'
};

/** What is likely, what helps, and what can be done about it here. */
export interface Remedy {
    /** One sentence or two: what is probably the case. */
    readonly likely: string;
    /** What a person can do. */
    readonly help: string;
    /** The most promising first. */
    readonly actions: readonly RemedyAction[];
    /** Codes under which the guide speaks of this; that of the error itself is the first. */
    readonly guideCodes: readonly number[];
}

interface Entry {
    readonly likely: string;
    readonly help?: string;
    readonly actions: readonly RemedyAction[];
    readonly guideCodes?: readonly number[];
}

const entry = (likely: string, actions: readonly RemedyAction[], more: Partial<Entry> = {}): Entry => ({
    likely,
    actions,
    ...more
});

const ACCESS = 'The server does not let this user do that at this place.';
const FIREWALL =
    'A firewall between here and the server drops packets, or nothing listens at that address and port.';

/** What the guide says about a failure, in our words; what is not here is in the catalogue alone. */
const REMEDIES: Partial<Record<ErrorCode, Entry>> = {
    'transfer.host-unknown': entry(
        'The name is misspelt, or no name server that is asked from here knows it.',
        ['edit-account', 'retry']
    ),
    'transfer.connect-refused': entry(
        'The host is there, but its SSH server does not run, or listens at another port.',
        ['edit-account', 'retry', 'network-settings'],
        {
            help: 'Start the SSH server, or enter the port it listens at. Connect uses 33001 unless told otherwise.'
        }
    ),
    'transfer.connect-timeout': entry(FIREWALL, ['retry', 'edit-account', 'network-settings'], {
        help: 'Ask for outbound TCP to the SSH port (33001 as a rule) to be let through, or set a proxy.',
        guideCodes: [13, 15, 40]
    }),
    'transfer.udp-blocked': entry(
        'SSH works, so the server is there: a firewall drops UDP on the way out or back.',
        ['retry-https', 'retry', 'network-settings'],
        {
            help: 'Ask for outbound UDP to the data port (33001 as a rule) to be let through, or go over HTTPS.',
            guideCodes: [14, 15, 18]
        }
    ),
    'transfer.udp-stalled': entry(
        'UDP worked and then stopped: the network went away, or a firewall closed the way in between.',
        ['resume', 'retry-https', 'network-settings'],
        { guideCodes: [18, 14, 15] }
    ),
    'transfer.connection-lost': entry(
        'The network between here and the server went away, or the server was ended.',
        ['resume', 'open-log'],
        { help: 'What arrived is kept; the transfer goes on from there.' }
    ),
    'transfer.peer-aborted': entry('The server ended the session by itself.', ['resume', 'open-log']),
    'transfer.protocol': entry(
        'The two ends do not understand each other: one is much older than the other.',
        ['open-log', 'retry']
    ),
    'transfer.engine-missing': entry('The login works, but the program that moves the files is not there.', [
        'transfer-settings',
        'retry',
        'open-log'
    ]),
    'transfer.too-many-sessions': entry('The server has as many transfers as it allows.', ['retry']),
    'transfer.proxy-refused': entry(
        'The proxy wants another login, or shows another certificate than the settings say.',
        ['network-settings', 'retry']
    ),
    'transfer.authentication-failed': entry(
        'The user name is another one, the password, key or token has changed, or the server blocks this user.',
        ['log-in', 'edit-account']
    ),
    'security.credentials-required': entry('No password of this account is at hand: none was saved.', [
        'log-in',
        'edit-account'
    ]),
    'security.account-invalid': entry('A field of the account is missing or makes no sense.', [
        'edit-account'
    ]),
    'transfer.host-key-unknown': entry('Nobody has confirmed yet that this server is the right one.', [
        'review-host-key'
    ]),
    'transfer.host-key-mismatch': entry(
        'The server was set up anew, or somebody else answers in its place.',
        ['review-host-key', 'edit-account'],
        { help: 'Do not go on before its administrator has confirmed the new key to you.' }
    ),
    'transfer.permission-denied': entry(ACCESS, ['choose-folder', 'retry', 'open-folder'], {
        help: 'Choose a folder that you may use, or have the right granted and try again.'
    }),
    'transfer.direction-forbidden': entry('The server grants this user transfers in one direction only.', [
        'edit-account',
        'retry'
    ]),
    'transfer.outside-root': entry('The path leads out of the storage that the server grants.', [
        'choose-folder',
        'retry'
    ]),
    'transfer.read-only': entry('The place can be read, and nothing else.', ['choose-folder', 'retry']),
    'transfer.not-a-directory': entry('A file stands where the folder should be.', [
        'choose-folder',
        'retry'
    ]),
    'transfer.is-a-directory': entry('A folder stands where the file should be.', ['choose-folder', 'retry']),
    'transfer.source-missing': entry('The source was moved, renamed or deleted.', ['retry', 'open-folder']),
    'transfer.exists': entry('A file of that name is there already.', ['choose-existing', 'choose-folder']),
    'transfer.target-differs': entry('Files of the same names are there, with another content.', [
        'choose-existing'
    ]),
    'transfer.path-too-long': entry('The disk of the target takes no name that long.', [
        'choose-folder',
        'retry'
    ]),
    'transfer.no-space': entry(
        'The disk of the target is full, or the quota of its user is used up.',
        ['resume', 'choose-folder', 'open-folder'],
        { help: 'Free some space and resume: what arrived is kept. Or choose a folder on another disk.' }
    ),
    'transfer.disk-read': entry('The disk of the source gives back errors, or its share went away.', [
        'retry',
        'open-log'
    ]),
    'transfer.disk-write': entry('The disk of the target gives back errors, or its share went away.', [
        'retry',
        'choose-folder',
        'open-log'
    ]),
    'transfer.source-changed': entry('Something writes to the file while it is sent.', ['retry']),
    'transfer.some-files-failed': entry('Some files did not make it; the others are at their places.', [
        'retry',
        'open-log'
    ])
};

/** @param code of the error that ended the run */
export function remedyFor(code: ErrorCode): Remedy {
    const { title, remedy, kind, ascp } = ERROR_CATALOG[code];
    const special = REMEDIES[code];
    return {
        likely: special?.likely ?? `${title}.`,
        help: special?.help ?? remedy,
        actions: special?.actions ?? (kind === 'transient' ? ['retry', 'open-log'] : ['open-log', 'retry']),
        guideCodes: special?.guideCodes ?? [ascp]
    };
}

/** As people look them up, e.g. `Data transfer timeout (codes 14/15/18 in the guide)`. */
export function headlineOf(code: ErrorCode): string {
    const { guideCodes } = remedyFor(code);
    const codes = `${guideCodes.length > 1 ? 'codes' : 'code'} ${guideCodes.join('/')} in the guide`;
    return `${ERROR_CATALOG[code].title} (${codes})`;
}
