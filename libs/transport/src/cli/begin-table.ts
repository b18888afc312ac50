import { ASCP_OPTIONS } from './ascp-options';
import { OPTION_GROUPS } from './option-table';

/**
 * What an option means for the connection that the launcher begins before the program has started: `-` nothing, `h` the
 * host, `p` its port, `s` where paths are, which only matters when no `--host` is given, `y` the ways that are allowed.
 */
type Meaning = '-' | 'h' | 'p' | 's' | 'y';

/** By long name, or the only one. After an option that is not here, no connection is begun early. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
    ...as('-', '--mode', '--user', '--udp-port', '--create-directory'),
    ...as('h', '--host'),
    ...as('p', '--ssh-port'),
    ...as('s', '--file-list', '--file-pair-list', '--source-prefix', '--source-prefix64', '--dest64'),
    ...as('-', '--src-base', '--src-base64'),
    ...as('-', '--target-rate', '--min-rate', '--policy', '--datagram'),
    ...as('y', '--http-fallback'),
    ...as('-', '--https-port', '--check-https-fp'),
    ...as('-', '--identity', '--check-sshfp', '--accept-new-host-key', '--cipher'),
    ...as('-', '--overwrite', '--resume', '--symbolic-links', '--exclude', '--include'),
    ...as('-', '--exclude-newer-than', '--exclude-older-than', '--skip-special-files', '-p'),
    ...as('-', '--preserve-times', '--preserve-access-time', '--preserve-source-access-time'),
    ...as('-', '--preserve-file-owner-uid', '--preserve-file-owner-gid'),
    ...as('-', '--remove-after-transfer', '--remove-empty-directories', '--remove-empty-source-directory'),
    ...as('-', '--partial-file-suffix', '--resume-suffix'),
    ...as('-', '--management', '--tags', '--tags64', '--user-string'),
    ...as('-', '--file-manifest', '--file-manifest-path', '--file-manifest-inprogress-suffix'),
    ...as('-', '--file-checksum', '--quiet', '--log-directory'),
    ...as('-', '--retry-timeout', '--connect-timeout', '--udp-timeout')
};

function as(meaning: Meaning, ...names: readonly string[]): Record<string, Meaning> {
    return Object.fromEntries(names.map(name => [name, meaning]));
}

/**
 * The options of the command line as the launcher reads them (native/src/connect_begin.c): a line with the port by
 * default, then one for each option, `0` or `1` for whether it has a value, its meaning, and its names.
 */
export function beginTable(): string {
    const rows = OPTION_GROUPS.flatMap(([, group]) => group);
    const port = rows.find(({ flags }) => flags.includes('--ssh-port'))?.initial;
    const own = rows.flatMap(({ flags }) => lineOf(flags, MEANINGS[namesIn(flags).at(-1)!]));
    const others = ASCP_OPTIONS.flatMap(({ flags, here }) =>
        lineOf(flags, here === 'accepted' ? '-' : undefined)
    );
    return [port, ...own, ...others, ''].join('\n');
}

function lineOf(flags: string, meaning: Meaning | undefined): string[] {
    const hasValue = /[<[]/.test(flags) ? 1 : 0;
    return meaning === undefined ? [] : [`${hasValue}${meaning} ${namesIn(flags).join(' ')}`];
}

function namesIn(flags: string): string[] {
    return flags.split(/[ ,]+/).filter(word => word.startsWith('-'));
}
