import { hkdfSync } from 'node:crypto';

const TOKEN_BYTES = 32;

/**
 * What only the two ends of a session know beside its secret: who shows it, and has logged in as the same user, may take
 * the place of a connection that was lost. 64 hexadecimal digits.
 */
export function attachToken(secret: Uint8Array): string {
    const token = hkdfSync('sha256', secret, new Uint8Array(0), 'connect-transport 1 attach', TOKEN_BYTES);
    return Buffer.from(token).toString('hex');
}
