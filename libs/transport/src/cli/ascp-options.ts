/** An option of ascp that connect-cp has no option of its own for. */
export interface AscpOption {
    /** As commander reads them. */
    readonly flags: string;
    /** `accepted` has no effect here; `refused` ends the program before anything was done. */
    readonly here: 'accepted' | 'refused';
    /** Why, and what to do instead. */
    readonly note: string;
    /** Values that are accepted all the same. */
    readonly harmless?: readonly string[];
}

const accepted = (flags: string, note: string): AscpOption => ({ flags, here: 'accepted', note });
const refused = (flags: string, note: string, harmless?: readonly string[]): AscpOption => ({
    flags,
    here: 'refused',
    note,
    harmless
});

const NO_KEYS = 'the server shows its own certificate for HTTPS; see `--check-https-fp`';
const NO_LISTS = 'access lists and extended attributes are not transferred; leave it out';
const ENCRYPTED_FILES = 'files are not encrypted at rest; encrypt them before';
const FOR_MEASURING = 'not supported: every transfer reads and writes files';

/** What scripts written for ascp may hold beyond the options of connect-cp. */
export const ASCP_OPTIONS: readonly AscpOption[] = [
    accepted('-v', 'the log file of `-L` says everything there is to say'),
    accepted('-D', 'as `-v`'),
    accepted('-6', 'addresses say by themselves whether they are IPv6'),
    accepted('-g <bytes>', 'blocks have the size that suits disk and path'),
    accepted('-G <bytes>', 'as `-g`'),
    accepted('-X <bytes>', 'what was lost is asked for as it is noticed'),
    accepted('-K <rate>', 'the path is not probed before a transfer'),
    accepted('-Y <file>', NO_KEYS),
    accepted('-I <file>', NO_KEYS),
    accepted('--precalculate-job-size', 'the total is told as folders are read, while files are moving'),
    accepted('--preserve-modification-time', 'it is always kept'),
    accepted('-j <mode>', 'what goes over HTTPS is never dressed up as images'),
    refused('-R <folder>', 'the server decides where it logs; leave it out, or write a log here with `-L`'),
    refused('-S <program>', 'the far end is always the `connect-cp` on its PATH; leave it out'),
    refused('-W <token>', 'secrets are seen by others on a command line: set `ASPERA_SCP_TOKEN`'),
    refused('-f <file>', 'there is no such configuration file; give options instead'),
    refused('-e <program>', 'no programs are run before and after; follow the transfer with `-M`'),
    refused('-w <direction>', 'the path is not measured before; choose a rate with `-l` and a `--policy`'),
    refused('--ws-connect', 'only SSH is spoken; leave it out'),
    refused('--keepalive', 'one run is one transfer; start one run for each'),
    refused('--no-open', FOR_MEASURING),
    refused('--no-read', FOR_MEASURING),
    refused('--no-write', FOR_MEASURING),
    refused('--apply-local-docroot', 'paths on this machine are as they are given; use `--source-prefix`'),
    refused(
        '--preserve-creation-time',
        'not possible: neither Linux nor Node can set when a file was made; leave it out'
    ),
    refused('--preserve-acls <mode>', NO_LISTS, ['none']),
    refused('--preserve-xattrs <mode>', NO_LISTS, ['none']),
    refused('--remote-preserve-acls <mode>', NO_LISTS, ['none']),
    refused('--remote-preserve-xattrs <mode>', NO_LISTS, ['none']),
    refused('--file-crypt <mode>', ENCRYPTED_FILES),
    refused('--fail-bad-filepass', ENCRYPTED_FILES),
    refused('--move-after-transfer <folder>', 'not supported; see `--remove-after-transfer`'),
    refused('--remove-skipped', 'what was not sent is not removed; remove it yourself'),
    refused('--delete-before-transfer', 'nothing is removed at the target; remove it yourself'),
    refused(
        '--save-before-overwrite',
        'use `--overwrite=rename`, which keeps the old file and names the new one'
    ),
    refused('--license', 'no licence is needed; see `--version`')
];

/** Options of both, with the same meaning. */
export const ASCP_SAME: readonly string[] = [
    '--mode --host --user -i -l -m --policy -k -d -q -M -Z -A -u --partial-file-suffix --retry-timeout',
    '--check-sshfp --dest64 --source-prefix --source-prefix64 --src-base --src-base64 --file-list --file-pair-list',
    '--tags --tags64 --file-manifest-path --file-manifest-inprogress-suffix --exclude-newer-than --exclude-older-than',
    '--preserve-access-time --preserve-source-access-time --skip-special-files --remove-after-transfer --remove-empty-source-directory'
].flatMap(line => line.split(' '));

/** Options both have that do not mean quite the same. */
export const ASCP_DIFFERENCES: ReadonlyArray<readonly [string, string]> = [
    ['-P', 'the default is 33001, not 22'],
    ['-O', 'the server names its UDP port; the option is for servers behind a translated one'],
    [
        '-c',
        'always with authentication; `aes128gcm` and `aes256gcm` mean the same; `none` and `aes192` are refused'
    ],
    ['--proxy', 'SOCKS5; see above'],
    ['-y, -t, -x', 'HTTPS, not HTTP, with the same proofs; `-y H`, too; see above'],
    ['--file-checksum', '`blake3` and `sha-256`; the others are refused, `none` means the default'],
    ['-T', 'refused: everything is encrypted, always'],
    [
        '--preserve-file-owner-uid, --preserve-file-owner-gid',
        'what cannot be kept fails no file; see Kept facts'
    ],
    ['-p, --preserve-times', 'creation times are not kept: neither Linux nor Node can set them'],
    ['-L', 'a size after a colon, `-L FOLDER:SIZE`, is read over: the file is not limited'],
    ['-E, -N', 'the path a pattern is compared with is that below the destination; case counts everywhere'],
    ['-C', 'all processes run on one machine, and files are shared out among them while they run'],
    ['--multi-session-threshold', 'large files are split with every level of `-k`'],
    ['--symbolic-links', '`copy+force` is not known: `copy`'],
    ['--file-manifest', '`json`, too; always on this machine'],
    ['--remove-empty-directories', 'never removes the folder that holds a file that was named as a source'],
    ['--overwrite', '`report`, `rename` and `resume`, too']
];

/** Why the program ends because of this option; undefined when it has no effect. */
export function refusalOf(option: AscpOption, value: unknown): string | undefined {
    if (option.here === 'accepted' || option.harmless?.includes(String(value))) {
        return undefined;
    }
    return `${option.flags.replace(/ .*/, '').replace(/,$/, '')}: ${option.note.replaceAll('`', '')}`;
}

/** The part of the manual about all this. */
export function ascpChapter(): string {
    const rows = ASCP_OPTIONS.map(({ flags, here, note, harmless }) => {
        const except = harmless ? ` (\`${harmless.join('`, `')}\` is accepted)` : '';
        return `- \`${flags}\`: ${here}${except}: ${note}`;
    });
    return `
## Coming from ascp

These options mean the same: ${ASCP_SAME.map(flags => `\`${flags}\``).join(', ')}.

These differ:

${ASCP_DIFFERENCES.map(([flags, text]) => `- \`${flags}\`: ${text}`).join('\n')}

Of the rest, some are accepted and have no effect, since what they ask for is not needed here; the others are refused
before anything is done:

${rows.join('\n')}
`;
}
