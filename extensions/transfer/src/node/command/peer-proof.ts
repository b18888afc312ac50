import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import * as fs from 'node:fs';

/** Who proves; each role's proofs are worthless to the other. */
export type PeerRole = 'client' | 'backend';

const KEY_BYTES = 32;

/** Fresh for every connection, base64url. */
export function newNonce(): string {
    return randomBytes(KEY_BYTES).toString('base64url');
}

/** That whoever made it can read the user's key file, without showing the key. */
export function proofOf(key: Buffer, role: PeerRole, nonce: string): string {
    return createHmac('sha256', key)
        .update(`connect command socket 1\n${role}\n${nonce}`)
        .digest('base64url');
}

/** Compares in constant time. `proof` may be anything. */
export function isProof(proof: unknown, key: Buffer, role: PeerRole, nonce: string): boolean {
    const expected = Buffer.from(proofOf(key, role, nonce));
    const given = Buffer.from(typeof proof === 'string' ? proof : '');
    return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The key in `file`; undefined when there is none, or half of one. */
export function readKey(file: string): Buffer | undefined {
    const key = fs.existsSync(file) ? Buffer.from(fs.readFileSync(file, 'utf8'), 'base64url') : undefined;
    return key?.length === KEY_BYTES ? key : undefined;
}

/** For the one who owns the store: makes the key when there is none. */
export function ensureKey(file: string, write: (file: string, content: string) => void): Buffer {
    const known = readKey(file);
    if (known) {
        fs.chmodSync(file, 0o600);
        return known;
    }
    const key = randomBytes(KEY_BYTES);
    write(file, key.toString('base64url'));
    return key;
}
