import { RateRules } from '@connect/transport/lib/control/rate-rules';
import { UserPermissions } from '../storage/user-store';
import { LogData } from '../log';

/**
 * What connect-server and its HTTPS process say to each other over Node's IPC channel. Passwords, tokens and users stay
 * with connect-server: the process asks, and gets what one session may do.
 */
export interface HttpsLaunch {
    readonly type: 'launch';
    readonly host: string;
    /** 0 takes any free one. */
    readonly port: number;
    readonly identity: TlsIdentity;
    readonly limits: HttpsLimits;
}

/** Private key and certificate chain, PEM. */
export interface TlsIdentity {
    readonly key: string;
    readonly certificate: string;
}

export interface HttpsLimits {
    readonly maxConnections: number;
    readonly maxUnauthenticatedConnections: number;
    readonly maxUnauthenticatedPerAddress: number;
    /** From the TCP connection to the first request with a login. */
    readonly loginGraceSec: number;
}

/** What one session is allowed. */
export interface SessionGrant {
    readonly user: string;
    readonly rootDir: string;
    readonly permissions: Pick<UserPermissions, 'upload' | 'download' | 'delete' | 'owner'>;
    readonly rateRules: RateRules;
}

/** `busy`: the user runs as many transfers as allowed. */
export type LoginRefusal = 'wrong' | 'throttled' | 'busy';

export interface LoginQuestion {
    readonly type: 'login';
    readonly id: number;
    readonly method: 'password' | 'token';
    readonly name: string;
    readonly secret: string;
    readonly address: string;
}

export interface LoginAnswer {
    readonly type: 'login-answer';
    readonly id: number;
    readonly grant?: SessionGrant;
    readonly refused?: LoginRefusal;
}

export type ToHttps =
    HttpsLaunch | { readonly type: 'identity'; readonly identity: TlsIdentity } | LoginAnswer;

export type FromHttps =
    | { readonly type: 'listening'; readonly port: number }
    | { readonly type: 'not-listening'; readonly reason: string }
    | LoginQuestion
    /** Each grant is given back once. */
    | { readonly type: 'session-over'; readonly user: string }
    | { readonly type: 'log'; readonly event: string; readonly data: LogData };
