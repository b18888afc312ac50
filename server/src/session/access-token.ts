import { createHmac, timingSafeEqual } from 'crypto';

/** Longer texts are not looked at. */
const MAX_TOKEN_LENGTH = 512;

/** What a token says; JSON, in base64url, before the dot. */
interface TokenClaims {
    readonly v: 1;
    /** The user it logs in. */
    readonly sub: string;
    /** Seconds since the epoch from which on it is worthless. */
    readonly exp: number;
}

/**
 * A token that logs `user` in until `expiresMs`: claims and their HMAC-SHA256, both base64url, joined by a dot.
 * @param signingKey the server's, 32 bytes @param salt the user's
 */
export function createToken(signingKey: Buffer, salt: Buffer, user: string, expiresMs: number): string {
    const claims: TokenClaims = { v: 1, sub: user, exp: Math.floor(expiresMs / 1000) };
    const head = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return `${head}.${sign(signingKey, salt, head).toString('base64url')}`;
}

/** Whether the token logs `user` in now. Without a salt (an unknown user) the same work is done, in vain. */
export function verifyToken(
    signingKey: Buffer,
    salt: Buffer | undefined,
    user: string,
    token: string,
    nowMs: number
): boolean {
    const text = token.trim();
    const [head, tag, ...rest] = text.split('.');
    if (text.length > MAX_TOKEN_LENGTH || !head || !tag || rest.length > 0) {
        return false;
    }
    const expected = sign(signingKey, salt ?? Buffer.alloc(16), head);
    const given = Buffer.from(tag, 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected) || !salt) {
        return false;
    }
    // Signed by us, so it is what createToken made.
    const claims = JSON.parse(Buffer.from(head, 'base64url').toString()) as TokenClaims;
    return claims.v === 1 && claims.sub === user && nowMs < claims.exp * 1000;
}

/** The user that a token says it is of; nothing is verified. @returns undefined for what is no token */
export function tokenUser(token: string): string | undefined {
    if (token.length > MAX_TOKEN_LENGTH) {
        return undefined;
    }
    try {
        const claims: unknown = JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString());
        const name = (claims as Partial<TokenClaims> | null)?.sub;
        return typeof name === 'string' && name !== '' ? name : undefined;
    } catch {
        // no JSON: somebody sends something else
        return undefined;
    }
}

function sign(signingKey: Buffer, salt: Buffer, head: string): Buffer {
    const userKey = createHmac('sha256', signingKey).update('connect token 1').update(salt).digest();
    return createHmac('sha256', userKey).update(head).digest();
}
