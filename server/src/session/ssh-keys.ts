import { createHash, timingSafeEqual } from 'crypto';
import { ParsedKey, utils } from 'ssh2';
import { ConnectError } from '@connect/base';
import { newSshKeyPair } from '@connect/transport';
import { UserKey } from '../storage/user-store';

const ACCEPTED = [
    'ssh-ed25519',
    'ssh-rsa',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521'
];

/** Below this an RSA key can be factored with money; NIST SP 800-131A ended smaller ones. An RSA blob holds the modulus. */
const MIN_RSA_BLOB_BYTES = 256;

/** A fresh ed25519 private key in OpenSSH's format. */
export function newHostKey(): string {
    return newSshKeyPair({ comment: 'connect-server' }).private;
}

/** `SHA256:…` of a private or public key, as `ssh-keygen -l` prints it. */
export function fingerprint(key: string): string {
    const hash = createHash('sha256').update(parseOne(key).getPublicSSH());
    return `SHA256:${hash.digest('base64').replace(/=+$/, '')}`;
}

/**
 * The public keys of a file in OpenSSH's format, one a line.
 * @throws ConnectError `usage` when there is none, when one is private, or of a type that is not accepted
 */
export function parseUserKeys(text: string): UserKey[] {
    if (text.includes('PRIVATE KEY')) {
        throw new ConnectError(
            'usage',
            'that is a private key; give the public one (the file ending in .pub)'
        );
    }
    const lines = text.split(/\r?\n/).filter(line => line.trim() !== '' && !line.startsWith('#'));
    if (lines.length === 0) {
        throw new ConnectError('usage', 'the file holds no key');
    }
    return lines.map(line => {
        const key = parseOne(line);
        const blob = key.getPublicSSH();
        if (!ACCEPTED.includes(key.type) || (key.type === 'ssh-rsa' && blob.length < MIN_RSA_BLOB_BYTES)) {
            throw new ConnectError('usage', `keys of type ${key.type} and this size are not accepted`);
        }
        return { type: key.type, blob, comment: key.comment };
    });
}

/** What a client sends to log in with a key; without a signature it only asks whether the key would do. */
export interface KeyOffer {
    readonly algorithm: string;
    readonly blob: Buffer;
    /** `sha256` or `sha512` with rsa-sha2; undefined with the others, and with RSA over SHA-1. */
    readonly hashAlgorithm?: string;
    readonly signature?: Buffer;
    readonly signed?: Buffer;
}

/** Whether one of the keys is the one that is offered and, where there is a signature, made it. */
export function acceptsOffer(keys: readonly UserKey[], offer: KeyOffer): boolean {
    if (offer.algorithm === 'ssh-rsa' && !offer.hashAlgorithm) {
        // SHA-1 signatures are forgeable.
        return false;
    }
    const key = keys.find(
        known => known.blob.length === offer.blob.length && timingSafeEqual(known.blob, offer.blob)
    );
    if (!key || key.type !== offer.algorithm) {
        return false;
    }
    if (!offer.signature || !offer.signed) {
        return true;
    }
    const parsed = parseOne(`${key.type} ${key.blob.toString('base64')}`);
    return parsed.verify(offer.signed, offer.signature, offer.hashAlgorithm) === true;
}

function parseOne(text: string): ParsedKey {
    const parsed = utils.parseKey(text);
    const key = Array.isArray(parsed) ? parsed[0] : parsed;
    if (key === undefined || key instanceof Error) {
        throw new ConnectError('usage', 'not an SSH key in OpenSSH format', {}, key);
    }
    return key;
}
