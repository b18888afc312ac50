import { ConnectError } from '@connect/base';
import { Command, Option } from 'commander';
import { FilterRule } from '../proto/source-selection';
import { OVERWRITE_RULES } from '../proto/overwrite-decision';
import { ASCP_OPTIONS, refusalOf } from './ascp-options';

/** A pattern, and which of them it is on the command line: their order counts. */
export interface FilterArgument extends FilterRule {
    readonly order: number;
}

/** What the command line may hold; values as commander gives them, still unchecked. */
export interface RawOptions {
    readonly mode?: string;
    readonly host?: string;
    readonly user?: string;
    readonly sshPort: string;
    readonly udpPort?: string;
    readonly targetRate: string;
    readonly minRate: string;
    readonly policy: string;
    readonly cipher: string;
    readonly datagram?: string;
    readonly identity?: string;
    readonly checkSshfp?: string;
    readonly acceptNewHostKey?: boolean;
    readonly resume: string;
    readonly overwrite: string;
    readonly createDirectory?: boolean;
    readonly symbolicLinks: string;
    readonly exclude?: readonly FilterArgument[];
    readonly include?: readonly FilterArgument[];
    readonly excludeNewerThan?: string;
    readonly excludeOlderThan?: string;
    readonly skipSpecialFiles?: boolean;
    readonly p?: boolean;
    readonly preserveTimes?: boolean;
    readonly preserveAccessTime?: boolean;
    readonly preserveSourceAccessTime?: boolean;
    readonly preserveFileOwnerUid?: boolean;
    readonly preserveFileOwnerGid?: boolean;
    readonly removeAfterTransfer?: boolean;
    readonly removeEmptyDirectories?: boolean;
    readonly removeEmptySourceDirectory?: boolean;
    readonly fileList?: string;
    readonly filePairList?: string;
    readonly sourcePrefix?: string;
    readonly sourcePrefix64?: string;
    readonly srcBase?: string;
    readonly srcBase64?: string;
    readonly dest64?: boolean;
    readonly partialFileSuffix: string;
    readonly resumeSuffix: string;
    readonly management?: string;
    readonly tags?: string;
    readonly tags64?: string;
    readonly userString?: string;
    readonly fileManifest: string;
    readonly fileChecksum?: string;
    readonly fileManifestPath?: string;
    readonly fileManifestInprogressSuffix: string;
    readonly quiet?: boolean;
    readonly logDirectory?: string;
    readonly sessions?: string;
    readonly multiSession?: string;
    readonly multiSessionThreshold?: string;
    readonly multiSessionInterval: string;
    readonly retryTimeout: string;
    readonly connectTimeout: string;
    readonly udpTimeout: string;
    readonly httpFallback: string;
    readonly httpsPort?: string;
    readonly checkHttpsFp?: string;
    readonly httpProxy?: string;
    readonly proxy?: string;
    readonly checkProxyFp?: string;
    readonly server?: boolean;
    readonly disableEncryption?: boolean;
    readonly version?: boolean;
    readonly man?: boolean;
}

/** `flags` names the member of {@link RawOptions} by its long form; `long` is the paragraph of the manual. */
interface OptionRow {
    readonly flags: string;
    readonly text: string;
    readonly initial?: string | boolean;
    readonly choices?: readonly string[];
}

const row = (flags: string, text: string, initial?: string, choices?: readonly string[]): OptionRow => ({
    flags,
    text,
    initial,
    choices
});

const CIPHER_NAMES = ['aes128', 'aes256', 'aes128gcm', 'aes256gcm'];
const POLICIES = ['fixed', 'high', 'fair', 'low'];

/** The options by group, in the order `--help` and the manual show them. */
export const OPTION_GROUPS: ReadonlyArray<readonly [string, readonly OptionRow[]]> = [
    [
        'Where',
        [
            row('--mode <mode>', 'send or recv; not needed when one path names its host', undefined, [
                'send',
                'recv'
            ]),
            row('--host <host>', 'the server; HOST:PORT, and several, with commas, for nodes of one server'),
            row('--user <name>', 'user on the server (default: the local user name)'),
            row('-P, --ssh-port <port>', 'TCP port of SSH on the server', '33001'),
            row(
                '-O, --udp-port <port>',
                'UDP port of a connect-server, instead of the one it names; on another SSH host the first of a hundred ports to try'
            ),
            row('-d, --create-directory', 'the destination is a folder: create it when it is missing'),
            row('--file-list <file>', 'read sources from a file, one per line'),
            row('--file-pair-list <file>', 'read sources and their targets from a file, on lines in turn'),
            row('--source-prefix <path>', 'put before every source'),
            row('--source-prefix64 <base64>', 'the same, as base64'),
            row('--src-base <path>', 'folder below which the paths of sources are kept at the destination'),
            row('--src-base64 <base64>', 'the same, as base64'),
            row(
                '--proxy <url>',
                'SOCKS5 proxy for SSH and UDP, socks5://[user@]host:port, or socks5s:// inside TLS; its password: ASPERA_PROXY_PASS'
            ),
            row(
                '--check-proxy-fp <fingerprint>',
                'the certificate of a proxy inside TLS must have this SHA256 fingerprint (default: an authority vouches)'
            ),
            row('--dest64', 'the destination on the command line is base64')
        ]
    ],
    [
        'Rate',
        [
            row('-l, --target-rate <rate>', 'target rate, e.g. 300M, 1G; a bare number is kbit/s', '10M'),
            row('-m, --min-rate <rate>', 'rate never to fall below', '0'),
            row('--policy <policy>', 'how the rate is chosen', 'fixed', POLICIES),
            row(
                '-Z, --datagram <bytes>',
                'largest UDP datagram, payload of UDP; what the path carries of it is found out (default: what Ethernet takes)'
            )
        ]
    ],
    [
        'When UDP does not pass',
        [
            row(
                '-y, --http-fallback <mode>',
                'go on over HTTPS: 0 never, 1 when UDP does not pass, H from the start, F from the start and without SSH',
                '1',
                ['0', '1', 'H', 'F']
            ),
            row(
                '-t, --https-port <port>',
                'TCP port of HTTPS, instead of the one the server names; also used when SSH cannot be reached'
            ),
            row(
                '-x, --http-proxy <url>',
                'HTTP proxy for HTTPS, http://[user@]host:port; its password: CONNECT_HTTP_PROXY_PASS or ASPERA_PROXY_PASS'
            ),
            row(
                '--check-https-fp <fingerprint>',
                'the certificate must have this SHA256 fingerprint (default: the one SSH tells, else an authority vouches)'
            )
        ]
    ],
    [
        'Login and security',
        [
            row('-i, --identity <file>', 'private key to log in with'),
            row('--check-sshfp <fingerprint>', 'the key of the server must have this SHA256 fingerprint'),
            row(
                '--accept-new-host-key',
                'trust the key of a host that was never seen before, and remember it'
            ),
            row('-c, --cipher <cipher>', 'how datagrams are sealed', 'aes128', CIPHER_NAMES),
            row('-T, --disable-encryption', 'refused: everything is encrypted, always')
        ]
    ],
    [
        'Files',
        [
            row('--overwrite <rule>', 'what happens to files that exist', 'diff', OVERWRITE_RULES),
            row(
                '-k, --resume <level>',
                'what is trusted of files that exist: 0 nothing, 1 attributes, 2 and a sample, 3 and all content',
                '1',
                ['0', '1', '2', '3']
            ),
            row(
                '--symbolic-links <policy>',
                'send what links point to, links as such, or no links',
                'follow',
                ['follow', 'copy', 'skip']
            ),
            row(
                '-E, --exclude <pattern>',
                'leave out files and folders with names or paths like this; see Filters'
            ),
            row('-N, --include <pattern>', 'keep them, whatever patterns after this say'),
            row(
                '--exclude-newer-than <time>',
                'leave out files changed after this: seconds since 1970, or with a minus sign before now'
            ),
            row('--exclude-older-than <time>', 'leave out files changed before this'),
            row('--skip-special-files', 'leave out devices, sockets and pipes, instead of reporting them'),
            row('-p', 'keep times: as --preserve-times'),
            row('--preserve-times', 'keep times of last access; those of last change are always kept'),
            row('--preserve-access-time', 'the same'),
            row('--preserve-source-access-time', 'do not change those of the sources by reading them'),
            row('--preserve-file-owner-uid', 'keep the number of the owner, where the receiving end may'),
            row('--preserve-file-owner-gid', 'keep the number of the group, where the receiving end may'),
            row('--remove-after-transfer', 'remove each source file when it is in place at the target'),
            row('--remove-empty-directories', 'remove folders below the sources that are empty at the end'),
            row('--remove-empty-source-directory', 'with that, the sources themselves'),
            row('--partial-file-suffix <suffix>', 'of files that are not complete', '.partial'),
            row(
                '--resume-suffix <suffix>',
                'of the files that say what of a partial file is right',
                '.aspera-ckpt'
            )
        ]
    ],
    [
        'Several sessions',
        [
            row(
                '--sessions <count>',
                'move the files with so many sessions at a time, each a process',
                undefined
            ),
            row(
                '-C, --multi-session <number:count>',
                'be one of so many processes that are started for the same transfer; number 1 coordinates'
            ),
            row(
                '--multi-session-threshold <bytes>',
                'files of this size and more are split among the sessions; 0: none (default: 60000000)'
            ),
            row('--multi-session-interval <seconds>', 'between the starts of two sessions', '1')
        ]
    ],
    [
        'Running',
        [
            row(
                '-M, --management <port>',
                'report to the program that listens on this port of 127.0.0.1, and take its orders'
            ),
            row('--tags64 <base64>', 'JSON that is handed on to the listening program'),
            row('--tags <json>', 'the same, not as base64'),
            row('-u, --user-string <text>', 'a word for the log file'),
            row(
                '--file-manifest <format>',
                'write what became of each file to a list: size, hash, time, path',
                'none',
                ['none', 'text', 'json']
            ),
            row('--file-manifest-path <folder>', 'where that list is written (default: here)'),
            row(
                '--file-manifest-inprogress-suffix <suffix>',
                'of the list while the session goes on',
                '.inprogress'
            ),
            row(
                '--file-checksum <hash>',
                'what proves content, and stands in that list (default: blake3 where both ends have it, else sha-256)',
                undefined,
                ['blake3', 'sha-256', 'none']
            ),
            row('-q, --quiet', 'print errors only'),
            row('-L, --log-directory <folder>', 'write a log file, connect-cp.log, to this folder'),
            row('--retry-timeout <seconds>', 'how long to try again when the server cannot be reached', '0'),
            row('--connect-timeout <seconds>', 'how long to wait for the login', '20'),
            row(
                '--udp-timeout <seconds>',
                'how long to wait for the first answer over UDP; three times as long for a sign of life later on',
                '10'
            ),
            row('--server', 'be the far end of a session on standard input and output'),
            row('-A, --version', 'print version, Node version, packet I/O and hash'),
            row('--man', 'print the manual')
        ]
    ]
];

/** May be given several times: the values are joined by commas. */
const REPEATED = '--host <host>';
const FILTERS: Readonly<Record<string, boolean>> = {
    '-E, --exclude <pattern>': false,
    '-N, --include <pattern>': true
};

/** A parser for the table. It throws CommanderError and prints nothing by itself. */
export function buildCommand(): Command {
    const command = new Command('connect-cp')
        .usage('[options] SOURCE... DESTINATION')
        .description(
            'Moves files and folders over UDP at a chosen rate, verified, and resumes where it stopped.'
        )
        .argument('[paths...]', 'sources, then the destination; [user@]host:path names a place on the server')
        .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
        .exitOverride()
        .allowExcessArguments(true);
    let order = 0;
    for (const [group, rows] of OPTION_GROUPS) {
        command.optionsGroup(`${group}:`);
        for (const { flags, text, initial, choices } of rows) {
            const option = new Option(flags, text).default(initial);
            if (flags === REPEATED) {
                option.argParser((value: string, before?: string) => (before ? `${before},${value}` : value));
            }
            const include = FILTERS[flags];
            if (include !== undefined) {
                option.argParser((pattern: string, before?: readonly FilterArgument[]) => [
                    ...(before ?? []),
                    { include, pattern, order: order++ }
                ]);
            }
            command.addOption(choices ? option.choices([...choices]) : option);
        }
    }
    addAscpOptions(command);
    return command;
}

/** Not in the help; the manual has a chapter about them. */
function addAscpOptions(command: Command): void {
    for (const row of ASCP_OPTIONS) {
        const option = new Option(row.flags, row.note).hideHelp();
        command.addOption(option);
        command.on(`option:${option.name()}`, (value: unknown) => {
            const refusal = refusalOf(row, value);
            if (refusal !== undefined) {
                throw new ConnectError('usage', refusal);
            }
        });
    }
}
