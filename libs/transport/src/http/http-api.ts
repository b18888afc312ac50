import { ConnectError, WireError } from '@connect/base';
import { RateRules } from '../control/rate-rules';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { RateSettings } from '../proto/rate-controller';

/** Where sessions are made. The rest of a session's addresses: docs/formats/https-fallback.md §2. */
export const SESSIONS_PATH = '/v1/sessions';
export const sessionPath = (sessionId: string): string => `${SESSIONS_PATH}/${sessionId}`;
export const linkPath = (sessionId: string): string => `${sessionPath(sessionId)}/link`;
export const dataPath = (sessionId: string): string => `${sessionPath(sessionId)}/data`;
export const ratePath = (sessionId: string): string => `${sessionPath(sessionId)}/rate`;

/** Answer to a new session. */
export interface SessionOpened {
    /** 16 hexadecimal digits. */
    readonly sessionId: string;
    /** Bearer token of everything else about this session: 43 characters. */
    readonly key: string;
    readonly software: string;
    /** Within the rules. */
    readonly rate: RateSettings;
    readonly rules: RateRules;
    /** One of those the client named, for both ends. Absent: `sha256`. */
    readonly hash?: HashAlgorithm;
    /** As in the caps of a control channel. */
    readonly keeps?: boolean;
}

/** Value of an Authorization header. */
export const bearer = (token: string): string => `Bearer ${token}`;
export const basic = (user: string, password: string): string =>
    `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;

/** The error in the body of a refusal. @returns undefined when it holds none */
export function errorInBody(body: string): ConnectError | undefined {
    try {
        const wire = JSON.parse(body) as Partial<WireError> | null;
        return typeof wire?.code === 'string' && typeof wire.message === 'string'
            ? ConnectError.fromWire(wire as WireError)
            : undefined;
    } catch {
        // something between us and the server answered: what it says is no error of ours
        return undefined;
    }
}
