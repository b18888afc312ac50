import { tokenUser } from '../session/access-token';

/** What an Authorization header claims. */
export interface LoginClaim {
    readonly method: 'password' | 'token';
    readonly name: string;
    readonly secret: string;
}

/** Longer headers are not looked at. */
const MAX_HEADER_LENGTH = 4096;

/** Who wants to log in, by Basic with a password or by Bearer with a token. @returns undefined for anything else */
export function readLogin(header: string | undefined): LoginClaim | undefined {
    const match = /^(basic|bearer) +([\w+/=.~-]+) *$/i.exec(header ?? '');
    if (!match || match[0].length > MAX_HEADER_LENGTH) {
        return undefined;
    }
    const [, scheme, value] = match;
    if (scheme.toLowerCase() === 'bearer') {
        const name = tokenUser(value);
        return name === undefined ? undefined : { method: 'token', name, secret: value };
    }
    const text = Buffer.from(value, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    return colon <= 0
        ? undefined
        : { method: 'password', name: text.slice(0, colon), secret: text.slice(colon + 1) };
}
