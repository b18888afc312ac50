import { RawOptions } from './option-table';
import type { TransferCommand } from './options';
import { integer, usage } from './usage';

/** Several sessions, as the command line asks for them. */
export interface MultiCommand {
    /** How many; at least 2. */
    readonly sessions: number;
    /** Which of them this process is, as with `-C`; undefined when it starts all of them. */
    readonly number?: number;
    /** Files of this size and more are split; undefined for none. */
    readonly thresholdBytes?: number;
    /** Between the starts of two sessions. */
    readonly intervalMs: number;
}

/** A node of the server. */
export interface HostAddress {
    readonly host: string;
    readonly port?: number;
}

const MAX_SESSIONS = 128;
/** As in the user guide of Connect: 60 MB. */
const DEFAULT_THRESHOLD_BYTES = 60_000_000;
const MAX_INTERVAL_S = 3600;

/** Undefined when one session is asked for. @throws ConnectError `usage`. */
export function multiCommand(raw: RawOptions): MultiCommand | undefined {
    const one = raw.multiSession === undefined ? undefined : /^(\d+):(\d+)$/.exec(raw.multiSession);
    if (raw.multiSession !== undefined && (!one || raw.sessions !== undefined)) {
        const message = raw.sessions === undefined ? 'it is NUMBER:COUNT, e.g. 2:3' : 'not with --sessions';
        throw usage(`-C: ${message}`);
    }
    const sessions = one ? Number(one[2]) : integer('--sessions', raw.sessions ?? '1', 1, MAX_SESSIONS);
    const number = one ? Number(one[1]) : undefined;
    if (
        sessions < 1 ||
        sessions > MAX_SESSIONS ||
        (number !== undefined && (number < 1 || number > sessions))
    ) {
        throw usage(`-C: the number is from 1 to the count, and the count at most ${MAX_SESSIONS}`);
    }
    if (sessions === 1) {
        return undefined;
    }
    if (raw.overwrite === 'rename' || raw.overwrite === 'resume') {
        // Two processes that look for a free name at once would find the same one, and one file would be lost; and
        // who receives a piece does not see what it is to go on with.
        throw usage(`--overwrite=${raw.overwrite}: not with several sessions`);
    }
    const threshold = raw.multiSessionThreshold;
    const thresholdBytes =
        threshold === undefined
            ? DEFAULT_THRESHOLD_BYTES
            : integer('--multi-session-threshold', threshold, 0, Number.MAX_SAFE_INTEGER);
    const intervalS = Number(raw.multiSessionInterval);
    if (!/^\d+(\.\d+)?$/.test(raw.multiSessionInterval) || intervalS > MAX_INTERVAL_S) {
        throw usage(`--multi-session-interval: seconds, from 0 to ${MAX_INTERVAL_S}`);
    }
    return {
        sessions,
        ...(number === undefined ? {} : { number }),
        ...(thresholdBytes === 0 ? {} : { thresholdBytes }),
        intervalMs: intervalS * 1000
    };
}

/** `HOST[:PORT],…`; an IPv6 address with a port stands in brackets. @throws ConnectError `usage`. */
export function parseAddresses(text: string): HostAddress[] {
    return text.split(',').map(item => {
        const bracketed = /^\[([0-9a-fA-F:.%]+)\](?::(\d+))?$/.exec(item);
        const plain = /^([^:]+):(\d+)$/.exec(item);
        const [, host, port] = bracketed ?? plain ?? [item, item, undefined];
        if (host === undefined || host === '') {
            throw usage('--host: a host is empty');
        }
        return port === undefined ? { host } : { host, port: integer('--host: port', port, 1, 65535) };
    });
}

/** Where the session of this number logs in, and by which key of the host: in turn, as they were given. */
export function addressOf(
    command: TransferCommand,
    session: number
): { readonly host: string; readonly port: number; readonly fingerprint?: string } {
    const { addresses, sshPort } = command;
    const at = (session - 1) % addresses.length;
    const { host, port } = addresses[at]!;
    const fingerprints = command.fingerprint?.split(',');
    return {
        host,
        port: port ?? sshPort,
        ...(fingerprints ? { fingerprint: fingerprints[at % fingerprints.length]! } : {})
    };
}
