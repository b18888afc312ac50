import type { TransferTask } from '@connect/api';
import { ConnectError, encodePathBytes } from '@connect/base';
import { createHash } from 'node:crypto';
import { kilobits, LINE_END, NOT_TEXT, proxyUrl, RESUME, secretsOf } from './connect-cp-command';
import type { ProgramCommand } from './program-run';

/** What is known of the ascp that is to be started. */
export interface AscpPlace {
    readonly program: string;
    /** Key that servers let token users in by; each installation brings it along. */
    readonly tokenKey?: string;
}

/** Sources that cannot stand in a list are named on the command line, which systems limit. */
const MAX_ARGUMENT_BYTES = 100_000;

/** What exists and differs is for the user to decide about. */
export function asksAboutFiles({ overwrite }: Pick<TransferTask, 'overwrite'>): boolean {
    return overwrite === 'report' || overwrite === 'resume';
}

/** Why ascp cannot be told to do this, or undefined when it can. */
export function ascpRefusal(task: Omit<TransferTask, 'credentials'>): string | undefined {
    const { endpoint, sources, overwrite, route } = task;
    if (endpoint.protocol !== undefined) {
        return `it does not speak ${endpoint.protocol}`;
    }
    if (endpoint.kind !== 'aspera') {
        return 'it speaks to Aspera servers only';
    }
    if (endpoint.hostKey === undefined) {
        return 'the key of the host is not known in the form that it compares';
    }
    if (overwrite === 'rename') {
        return 'it gives no new names to files';
    }
    if (route?.faspProxy?.kind === 'socks5') {
        return 'it does not speak SOCKS, as the FASP proxy of the settings does';
    }
    return sources.length === 0 ? 'there is nothing to transfer' : refusalOfNames(sources);
}

function refusalOfNames(sources: readonly string[]): string | undefined {
    if (!sources.some(source => LINE_END.test(source))) {
        return undefined;
    }
    if (sources.some(source => NOT_TEXT.test(source))) {
        return 'beside a name that holds a line end, all must be valid UTF-8';
    }
    const bytes = sources.reduce((sum, source) => sum + Buffer.byteLength(source) + 1, 0);
    return bytes > MAX_ARGUMENT_BYTES
        ? 'a name holds a line end, and there are too many others to name on a command line'
        : undefined;
}

/**
 * @param managementPort where the caller listens
 * @param listPath where it will put the list of sources
 * @throws ConnectError `usage` for a task that {@link ascpRefusal} refuses
 */
export function ascpCommand(
    task: TransferTask,
    place: AscpPlace,
    managementPort: number,
    listPath: string
): ProgramCommand {
    const { endpoint, rate, sources } = task;
    const reason = ascpRefusal(task);
    if (endpoint.protocol !== undefined || reason !== undefined) {
        throw new ConnectError('usage', `ascp cannot do this: ${reason}`);
    }
    const isListed = !sources.some(source => LINE_END.test(source));
    const args = [
        ...['-M', String(managementPort), '-q', '-d', '-p', '-c', 'aes128', '--dest64'],
        `--mode=${task.direction === 'send' ? 'send' : 'recv'}`,
        ...[`--host=${endpoint.host}`, `--user=${endpoint.user}`],
        `--check-sshfp=${sha1Fingerprint(endpoint.hostKey ?? '')}`,
        ...['-P', String(endpoint.sshPort), '-O', String(endpoint.udpPort)],
        ...['-l', kilobits(rate.targetBps), '-m', kilobits(rate.minBps), `--policy=${rate.policy}`],
        // what differs and may not be touched is left alone, and told of by this side; it goes on with its own
        // unfinished files, but with no others
        ...[`--overwrite=${asksAboutFiles(task) ? 'never' : task.overwrite}`, '-k', RESUME[task.resume]],
        '--precalculate-job-size',
        ...loginArguments(task, place),
        ...routeArguments(task),
        ...(isListed ? [`--file-list=${listPath}`] : sources),
        encodePathBytes(task.destination).toString('base64')
    ];
    const lines = sources.map(source => Buffer.concat([encodePathBytes(source), Buffer.from('\n')]));
    return {
        file: place.program,
        args,
        environment: ascpSecrets(task),
        fileList: Buffer.concat(isListed ? lines : [])
    };
}

/** Servers let users with a token in by a key that everybody has, and ask for the token afterwards. */
function loginArguments({ credentials }: TransferTask, { tokenKey }: AscpPlace): string[] {
    const { token, password, privateKey } = credentials;
    const needsKey = token !== undefined && password === undefined && privateKey === undefined;
    return needsKey && tokenKey !== undefined ? ['-i', tokenKey] : [];
}

/** ascp's fallback is its own: over the HTTP proxy when there is one, never where the settings say so. */
function routeArguments({ route }: TransferTask): string[] {
    const { httpsFallback = true, httpProxy, faspProxy } = route ?? {};
    return [
        ...['-y', httpsFallback ? '1' : '0'],
        ...(httpProxy ? ['-x', proxyUrl('http', httpProxy)] : []),
        ...(faspProxy ? [`--proxy=${proxyUrl(faspProxy.secure ? 'dnats' : 'dnat', faspProxy)}`] : [])
    ];
}

/** One variable is for either proxy; ascp knows that of our own program not. */
function ascpSecrets({ credentials, route }: TransferTask): Record<string, string> {
    const { CONNECT_HTTP_PROXY_PASS: httpProxyPassword, ...secrets } = secretsOf(credentials);
    return route?.faspProxy === undefined && httpProxyPassword !== undefined
        ? { ...secrets, ASPERA_PROXY_PASS: httpProxyPassword }
        : secrets;
}

/** Hexadecimal, of a public key in base64 of its SSH form. */
export function sha1Fingerprint(hostKey: string): string {
    return createHash('sha1').update(Buffer.from(hostKey, 'base64')).digest('hex');
}
