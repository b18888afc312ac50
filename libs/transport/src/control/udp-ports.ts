import { ConnectError } from '@connect/base';

/** UDP ports, both ends included. */
export interface PortRange {
    readonly first: number;
    readonly last: number;
}

/** Set on the host that runs the far end, e.g. by SetEnv of sshd: what its firewall lets in. */
const HOST_VARIABLE = 'CONNECT_UDP_PORTS';
/** Sent by the client. Debian's sshd takes on variables LC_* unasked. */
const CLIENT_VARIABLE = 'LC_CONNECT_UDP_PORTS';

const DEFAULT_RANGE: PortRange = { first: 33001, last: 33100 };
/** One port for each session that runs at the same time. */
const RANGE_COUNT = 100;
const LAST_PORT = 65535;

/** Variables of the SSH channel that ask a far end to listen from `firstPort` on; none without a wish. */
export function askForPorts(firstPort: number | undefined): Readonly<Record<string, string>> {
    if (firstPort === undefined) {
        return {};
    }
    const last = Math.min(LAST_PORT, firstPort + RANGE_COUNT - 1);
    return { [CLIENT_VARIABLE]: `${firstPort}-${last}` };
}

/**
 * Ports that a far end without a connect-server may use: those of the host, else those the client asks for.
 * @throws ConnectError `usage` when a variable is no range
 */
export function portsOfHost(environment: Readonly<Record<string, string | undefined>>): PortRange {
    const name = environment[HOST_VARIABLE] ? HOST_VARIABLE : CLIENT_VARIABLE;
    const text = environment[name];
    if (!text) {
        return DEFAULT_RANGE;
    }
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (!(first >= 1 && first <= last && last <= LAST_PORT)) {
        throw new ConnectError('usage', `${name} is not a range of ports like 33001-33100`);
    }
    return { first, last };
}
