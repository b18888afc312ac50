/** What the login guard looks at. Header values are as they came; `undefined` when absent. */
export interface RequestFacts {
    readonly method: string;
    /** Without query. */
    readonly path: string;
    readonly host: string | undefined;
    readonly origin: string | undefined;
    /** Port that the socket is bound to on this side. */
    readonly port: number;
    /** Whether the request carries the cookie of a live session. */
    readonly hasSession: boolean;
}

/**
 * What happens to a request: `pass` it on; `login` and `logout` are answered by the guard; `login-page` asks for the
 * login; the rest is refused.
 */
export type LoginDecision = 'pass' | 'login' | 'logout' | 'login-page' | 'foreign-host' | 'foreign-origin';

export const LOGIN_PATH = '/login';
export const LOGOUT_PATH = '/logout';

/**
 * The whole policy. Host and Origin are judged first, for every request: a page of another site that was pointed at
 * this address by DNS still names its own host, and so gets nothing, with or without a cookie.
 */
export function decideRequest(facts: RequestFacts, extraHosts: readonly string[]): LoginDecision {
    if (!isOwnHost(facts.host, facts.port, extraHosts)) {
        return 'foreign-host';
    }
    if (facts.origin !== undefined && originHost(facts.origin) !== facts.host?.toLowerCase()) {
        return 'foreign-origin';
    }
    if (facts.path === LOGIN_PATH) {
        return facts.method === 'POST' ? 'login' : 'login-page';
    }
    if (!facts.hasSession) {
        return 'login-page';
    }
    return facts.path === LOGOUT_PATH && facts.method === 'POST' ? 'logout' : 'pass';
}

/**
 * Whether `host` (a Host header) names this server: a loopback name or address with the bound port, or one of
 * `extraHosts` (as in `THEIA_HOSTS`: host, with port when it is not the default one).
 */
export function isOwnHost(host: string | undefined, port: number, extraHosts: readonly string[]): boolean {
    const given = host?.toLowerCase();
    if (given === undefined) {
        return false;
    }
    if (extraHosts.some(extra => extra.toLowerCase() === given)) {
        return true;
    }
    const match = /^(localhost|\[::1\]|127\.\d{1,3}\.\d{1,3}\.\d{1,3})(?::(\d{1,5}))?$/.exec(given);
    // browsers leave the port out when it is the scheme's own
    return (
        match !== null && (match[2] === undefined ? port === 80 || port === 443 : Number(match[2]) === port)
    );
}

/** `THEIA_HOSTS` as a list. */
export function parseHosts(text: string | undefined): string[] {
    return (text ?? '')
        .split(',')
        .map(host => host.trim())
        .filter(host => host !== '');
}

/** Value of the first cookie called `name` in a Cookie header. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
    for (const part of (header ?? '').split(';')) {
        const equals = part.indexOf('=');
        if (equals > 0 && part.slice(0, equals).trim() === name) {
            return part.slice(equals + 1).trim();
        }
    }
    return undefined;
}

/** Browsers send cookies to every port of a host: each port has its own name, so that two apps do not log each other out. */
export function sessionCookieName(port: number): string {
    return `connect-session-${port}`;
}

/** Value of a Set-Cookie header; `maxAgeSeconds` 0 deletes the cookie. */
export function sessionCookie(port: number, value: string, maxAgeSeconds: number, secure: boolean): string {
    const attributes = ['Path=/', 'HttpOnly', 'SameSite=Strict', `Max-Age=${maxAgeSeconds}`];
    return [`${sessionCookieName(port)}=${value}`, ...attributes, ...(secure ? ['Secure'] : [])].join('; ');
}

/** Path of a request target, which may be a whole URL (RFC 9112 § 3.2). */
export function pathOfTarget(target: string | undefined): string {
    const withoutQuery = (target ?? '/').replace(/[?#].*$/s, '');
    return withoutQuery.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/';
}

function originHost(origin: string): string | undefined {
    return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1].toLowerCase();
}
