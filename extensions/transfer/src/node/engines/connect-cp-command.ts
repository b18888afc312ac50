import type {
    FaspProxy,
    ProxyAddress,
    ResumeLevel,
    TransferCredentials,
    TransferRoute,
    TransferTask
} from '@connect/api';
import { ConnectError, encodePathBytes } from '@connect/base';
import type { SessionPlan } from '../../common/multi-session';

/** Everything to start `connect-cp` with: arguments, secrets for its environment, and the list of its sources. */
export interface ConnectCpCommand {
    readonly args: readonly string[];
    readonly secrets: Readonly<Record<string, string>>;
    /** Content of the file that `--file-list` names; names are bytes, so this is not text. */
    readonly fileList: Buffer;
}

/** Values of `-k`. */
export const RESUME: Readonly<Record<ResumeLevel, string>> = {
    none: '0',
    attributes: '1',
    'sparse-checksum': '2',
    'full-checksum': '3'
};

/** A list has one name per line, so names that hold a line end go on the command line instead. */
export const LINE_END = /[\r\n]/;
/** Not valid UTF-8: see `decodePathBytes`. Arguments of a process are text and cannot carry such names. */
export const NOT_TEXT = /[\udc80-\udcff](?<![\ud800-\udbff].)/;

/** Why `connect-cp` cannot be told to do this, or undefined when it can. */
export function refusal(task: Omit<TransferTask, 'credentials'>): string | undefined {
    if (task.endpoint.protocol !== undefined) {
        return `it does not speak ${task.endpoint.protocol}`;
    }
    if (task.endpoint.kind === 'aspera') {
        return 'Aspera servers do not speak to it';
    }
    if (task.route?.faspProxy?.kind === 'dnat') {
        return 'it does not speak DNAT, as the FASP proxy of the settings does';
    }
    if (task.sources.length === 0) {
        return 'there is nothing to transfer';
    }
    const bad = task.sources.find(source => LINE_END.test(source) && NOT_TEXT.test(source));
    return bad === undefined ? undefined : 'a name that holds a line end must be valid UTF-8';
}

/**
 * @param managementPort where the caller listens
 * @param listPath where it will put the list of sources
 * @throws ConnectError `usage` for a task of another protocol, which {@link refusal} refuses
 */
export function connectCpCommand(
    task: TransferTask,
    managementPort: number,
    listPath: string,
    extra: readonly string[] = []
): ConnectCpCommand {
    const { endpoint, rate } = task;
    if (endpoint.protocol !== undefined) {
        throw new ConnectError('usage', `connect-cp does not speak ${endpoint.protocol}`);
    }
    const listed = task.sources.filter(source => !LINE_END.test(source));
    const named = task.sources.filter(source => LINE_END.test(source));
    const args = [
        ...['-M', String(managementPort), '-q', '-d', '--dest64'],
        `--mode=${task.direction === 'send' ? 'send' : 'recv'}`,
        ...[
            `--host=${endpoint.host}`,
            `--user=${endpoint.user}`,
            `--check-sshfp=${endpoint.hostKeyFingerprint}`
        ],
        ...['-P', String(endpoint.sshPort), '-O', String(endpoint.udpPort)],
        ...['-l', kilobits(rate.targetBps), '-m', kilobits(rate.minBps), `--policy=${rate.policy}`],
        ...[`--overwrite=${task.overwrite}`, '-k', RESUME[task.resume]],
        ...routeArguments(task.route),
        ...(listed.length > 0 ? [`--file-list=${listPath}`] : []),
        ...extra,
        '--',
        ...named,
        encodePathBytes(task.destination).toString('base64')
    ];
    return {
        args,
        secrets: secretsOf(task.credentials),
        fileList: Buffer.concat(
            listed.map(source => Buffer.concat([encodePathBytes(source), Buffer.from('\n')]))
        )
    };
}

/** Options for the way to the server; none for the usual one. */
function routeArguments(route: TransferRoute | undefined): string[] {
    const { httpProxy, faspProxy, httpsFallback = true } = route ?? {};
    return [
        ...(httpsFallback ? [] : ['-y', '0']),
        ...(httpProxy ? ['-x', proxyUrl('http', httpProxy)] : []),
        ...(faspProxy ? [`--proxy=${proxyUrl(faspProxy.secure ? 'socks5s' : 'socks5', faspProxy)}`] : []),
        ...(faspProxy?.secure && faspProxy.certificate !== undefined
            ? [`--check-proxy-fp=${faspProxy.certificate}`]
            : [])
    ];
}

/** An address without its password. */
export function proxyUrl(scheme: string, { host, port, user }: ProxyAddress | FaspProxy): string {
    const login = user === undefined ? '' : `${encodeURIComponent(user)}@`;
    return `${scheme}://${login}${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Options for a transfer by several sessions; none for one. */
export function sessionArguments(plan: SessionPlan | undefined): string[] {
    return plan
        ? [
              `--sessions=${plan.sessions}`,
              `--multi-session-threshold=${plan.splitBytes}`,
              `--multi-session-interval=${plan.startupIntervalSec}`
          ]
        : [];
}

/** A bare number on the command line and in frames is kbit/s; below one the rate would read as none. */
export function kilobits(bitsPerSec: number): string {
    return String(bitsPerSec <= 0 ? 0 : Math.max(1, Math.round(bitsPerSec / 1000)));
}

/** By the names of the environment that both programs know. */
export function secretsOf(credentials: TransferCredentials): Record<string, string> {
    const password =
        credentials.privateKey !== undefined
            ? (credentials.passphrase ?? credentials.password)
            : credentials.password;
    const all = {
        ASPERA_SCP_PASS: password,
        ASPERA_SCP_KEY: credentials.privateKey,
        ASPERA_SCP_TOKEN: credentials.token,
        ASPERA_PROXY_PASS: credentials.faspProxyPassword,
        CONNECT_HTTP_PROXY_PASS: credentials.httpProxyPassword
    };
    return Object.fromEntries(
        Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
    );
}
