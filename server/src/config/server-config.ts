import { ConnectError } from '@connect/base';
import { checkRules, MAX_RATE_BPS } from '@connect/transport/lib/control/rate-rules';
import { RatePolicy } from '@connect/transport/lib/proto/rate-controller';

/** What the configuration file may set. Every key has a default; `docs/guides/server.md` describes them. */
export interface ServerConfig {
    /** Address that SSH and UDP are bound to. */
    readonly host: string;
    /** TCP port of SSH; 0 takes any free one. */
    readonly sshPort: number;
    /** UDP port that all sessions share; 0 takes any free one. */
    readonly udpPort: number;
    /** TCP port of HTTPS, for clients whom UDP does not reach; 0 takes any free one, -1 none. */
    readonly httpsPort: number;
    /** Files of a certificate chain and its private key, PEM; '' for a certificate of the server's own. */
    readonly httpsCertificate: string;
    readonly httpsKey: string;
    /** Limit of each session's rate in bits per second, beside the user's own; 0 for none. */
    readonly maxRateBps: number;
    /** Target of every session whatever its client asks, unless the user has one of their own; 0 for none. */
    readonly lockedRateBps: number;
    /** Rate policies that sessions may use; the first takes the place of others. Undefined: all. */
    readonly policies?: readonly RatePolicy[];
    readonly maxConnections: number;
    readonly maxUnauthenticatedConnections: number;
    readonly maxUnauthenticatedPerAddress: number;
    /** Transfers that one user may run at the same time. */
    readonly maxSessionsPerUser: number;
    /** Processes kept ready for the next transfers; about 60 MB of memory each. */
    readonly spareSessions: number;
    /** How long a transfer may go on without the connection of its login. */
    readonly maxDetachedSec: number;
    readonly maxChannelsPerConnection: number;
    /** Time from the TCP connection to the end of the login. */
    readonly loginGraceSec: number;
    /** Failed logins from one address within the window before it is refused for the rest of it. */
    readonly maxLoginFailures: number;
    readonly loginFailureWindowSec: number;
}

/** Bounds of one number of the file. */
interface NumberRule {
    readonly default: number;
    readonly minimum: number;
    readonly maximum: number;
}

const number = (value: number, minimum: number, maximum: number): NumberRule => ({
    default: value,
    minimum,
    maximum
});

const TEXTS = { host: '0.0.0.0', httpsCertificate: '', httpsKey: '' } as const;

type TextKey = keyof typeof TEXTS;

const NUMBERS: Readonly<Record<Exclude<keyof ServerConfig, TextKey | 'policies'>, NumberRule>> = {
    sshPort: number(33001, 0, 65535),
    udpPort: number(33001, 0, 65535),
    httpsPort: number(8443, -1, 65535),
    maxRateBps: number(0, 0, MAX_RATE_BPS),
    lockedRateBps: number(0, 0, MAX_RATE_BPS),
    maxConnections: number(512, 1, 100_000),
    maxUnauthenticatedConnections: number(64, 1, 10_000),
    maxUnauthenticatedPerAddress: number(32, 1, 10_000),
    maxSessionsPerUser: number(32, 1, 10_000),
    spareSessions: number(2, 0, 16),
    maxDetachedSec: number(600, 0, 86_400),
    maxChannelsPerConnection: number(16, 1, 1000),
    loginGraceSec: number(30, 1, 3600),
    maxLoginFailures: number(20, 1, 100_000),
    loginFailureWindowSec: number(600, 1, 86_400)
};

/**
 * The configuration that `settings` (a parsed file, or options of a command line) gives, defaults filled in.
 * @throws ConnectError `usage` that names the key: unknown, of the wrong type, or out of its range.
 */
export function serverConfig(settings: unknown, source = 'the configuration'): ServerConfig {
    if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
        throw new ConnectError('usage', `${source} is not a JSON object`);
    }
    const given = new Map<string, unknown>(Object.entries(settings));
    for (const key of given.keys()) {
        if (key !== 'policies' && !Object.hasOwn(TEXTS, key) && !Object.hasOwn(NUMBERS, key)) {
            throw new ConnectError('usage', `${source}: unknown key "${key}"`, { key });
        }
    }
    const texts = Object.entries(TEXTS).map(([key, initial]) => {
        const value = given.get(key) ?? initial;
        if (typeof value !== 'string' || (key === 'host' && value === '')) {
            const what = key === 'host' ? 'an address' : 'the name of a file';
            throw new ConnectError('usage', `${source}: "${key}" is not ${what}`, { key });
        }
        return [key, value];
    });
    const numbers = Object.entries(NUMBERS).map(([key, rule]) => {
        const value = given.get(key) ?? rule.default;
        if (
            !Number.isInteger(value) ||
            (value as number) < rule.minimum ||
            (value as number) > rule.maximum
        ) {
            const range = `a whole number from ${rule.minimum} to ${rule.maximum}`;
            throw new ConnectError('usage', `${source}: "${key}" is not ${range}`, { key });
        }
        return [key, value];
    });
    return {
        ...policies(given.get('policies'), source),
        ...Object.fromEntries([...texts, ...numbers])
    } as ServerConfig;
}

function policies(value: unknown, source: string): Pick<ServerConfig, 'policies'> {
    try {
        const { policies: list } = checkRules({ policies: value });
        return list ? { policies: list } : {};
    } catch (error) {
        const message = `${source}: "policies" is not a list of fixed, high, fair and low`;
        throw new ConnectError('usage', message, { key: 'policies' }, error);
    }
}
