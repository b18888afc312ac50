import type { ConnectionStage, ErrorCode, StageReport, WireError } from '@connect/base';

/** What lies between a job and its end, in order. */
export type StageId = ConnectionStage | 'permission' | 'disk';

/** Those of a connection, in the order in which they are passed. */
export const CONNECTION_STAGES: readonly ConnectionStage[] = [
    'proxy',
    'name',
    'tcp',
    'host-key',
    'login',
    'session',
    'udp',
    'https'
];

/** In the order in which they are passed. */
export const STAGE_IDS: readonly StageId[] = [...CONNECTION_STAGES, 'permission', 'disk'];

/** For people. */
export const STAGE_TITLES: Readonly<Record<StageId, string>> = {
    proxy: 'Proxy',
    name: 'Name (DNS)',
    tcp: 'TCP to the SSH port',
    'host-key': 'SSH host key',
    login: 'Login',
    session: 'Transfer session',
    udp: 'UDP',
    https: 'HTTPS fallback',
    permission: 'Paths and permission',
    disk: 'Disk space'
};

/**
 * - `ok`: passed. `failed`: not.
 * - `not-reached`: one before it failed. `not-tested`: nothing was tried, and its evidence says why.
 * - `running`: being tried now. `waiting`: to be tried.
 */
export type StageState = 'ok' | 'failed' | 'not-reached' | 'not-tested' | 'running' | 'waiting';

/** What was found out about one stage. JSON-safe, without secrets. */
export interface Observation {
    readonly stage: StageId;
    readonly state: StageState;
    /** Epoch ms. */
    readonly atMs?: number;
    /** Sentences: address, times, what the server said. */
    readonly evidence: readonly string[];
    /** Of a stage that failed. */
    readonly error?: WireError;
    /** Where the server has said that it answers by HTTPS; of `session`. */
    readonly https?: { readonly port: number; readonly fingerprint?: string };
}

/** Stages of the errors that belong to one; all others are a matter of files. */
const ERROR_STAGES: Partial<Record<ErrorCode, StageId>> = {
    'transfer.host-unknown': 'name',
    'transfer.connect-refused': 'tcp',
    'transfer.connect-timeout': 'tcp',
    'transfer.proxy-refused': 'proxy',
    'transfer.host-key-unknown': 'host-key',
    'transfer.host-key-mismatch': 'host-key',
    'transfer.authentication-failed': 'login',
    'security.credentials-required': 'login',
    'security.account-unknown': 'login',
    'security.account-invalid': 'login',
    'security.keychain-unavailable': 'login',
    'transfer.engine-missing': 'session',
    'transfer.too-many-sessions': 'session',
    'transfer.protocol': 'session',
    'transfer.peer-aborted': 'session',
    'transfer.connection-lost': 'session',
    'transfer.udp-blocked': 'udp',
    'transfer.udp-stalled': 'udp',
    'transfer.no-space': 'disk',
    'transfer.disk-read': 'disk',
    'transfer.disk-write': 'disk',
    'transfer.verify-failed': 'disk'
};

/** Where a failure belongs; undefined for one that says nothing of the way, e.g. a stop. */
export function stageOfError(code: ErrorCode): StageId | undefined {
    if (code === 'cancelled' || code === 'internal' || code === 'usage' || code === 'not-supported') {
        return undefined;
    }
    return ERROR_STAGES[code] ?? 'permission';
}

/** A report of an engine or an account, in sentences. @param atMs epoch */
export function observationOf(report: StageReport, atMs: number): Observation {
    const { stage, error, facts } = report;
    const { httpsPort: port, httpsFingerprint: fingerprint } = facts;
    return {
        stage,
        state: error ? 'failed' : 'ok',
        atMs,
        evidence: error ? failureText(report) : successText(report),
        ...(error ? { error } : {}),
        ...(port === undefined
            ? {}
            : { https: { port, ...(fingerprint === undefined ? {} : { fingerprint }) } })
    };
}

/** For people: whole milliseconds, one decimal below ten. */
export function millisecondsText(ms: number): string {
    return `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

function successText({ stage, tookMs, facts }: StageReport): string[] {
    const time = millisecondsText(tookMs);
    const { address, port, fingerprint, software, proxy, httpsPort } = facts;
    const place = [address ?? '', port === undefined ? '' : `port ${port}`]
        .filter(part => part !== '')
        .join(' ');
    switch (stage) {
        case 'proxy':
            return [`${proxy ?? 'The proxy'} connected after ${time}`];
        case 'name':
            return [`Address ${address ?? 'found'}, after ${time}`];
        case 'tcp':
            return [`${place} answered after ${time}`];
        case 'host-key':
            return [`${fingerprint ?? 'The key'} is the key you trust`];
        case 'login':
            return [`Accepted after ${time}`];
        case 'session':
            return [
                `${software ?? 'The server'} began a session after ${time}`,
                ...(httpsPort === undefined ? [] : [`It also answers by HTTPS at port ${httpsPort}`])
            ];
        case 'udp':
            return [`${place} answered after ${time}`];
        case 'https':
            return [`${place}${proxy === undefined ? '' : ` through proxy ${proxy}`} answered after ${time}`];
    }
}

function failureText({ stage, tookMs, facts, error }: StageReport): string[] {
    const { address, port, fingerprint, proxy } = facts;
    const place = [address ?? '', port === undefined ? '' : `port ${port}`]
        .filter(part => part !== '')
        .join(' ');
    return [
        error!.message,
        `After ${millisecondsText(tookMs)}${place === '' ? '' : `, ${place}`}`,
        ...(stage === 'host-key' && fingerprint !== undefined ? [`The host showed ${fingerprint}`] : []),
        ...(proxy === undefined ? [] : [`Proxy ${proxy}`])
    ];
}
