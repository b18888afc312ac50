import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ConnectError } from '@connect/base';

/** Who is to answer inside TLS. */
export interface TlsPeer {
    readonly host: string;
    readonly port: number;
    /** SHA-256 of the certificate, as {@link certificateFingerprint}; without it a known authority must vouch. */
    readonly fingerprint?: string;
}

/** Objections of TLS to a certificate that no authority vouches for, or vouches for under another name. */
const UNTRUSTED = /^(ERR_TLS_CERT_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY))/;

/** `SHA256:` and base64 without padding, of a certificate in DER. */
export function certificateFingerprint(der: Uint8Array): string {
    return `SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`;
}

/**
 * One form for a fingerprint that people give: as above, prefix and padding or not, or hexadecimal with colons as
 * openssl prints it.
 */
export function normalFingerprint(text: string): string {
    const hex = text.trim().replace(/^(sha-?256[ :=]*(fingerprint=)?)/i, '');
    const bytes = /^([0-9a-f]{2}:?){32}$/i.test(hex)
        ? Buffer.from(hex.replaceAll(':', ''), 'hex')
        : Buffer.from(hex, 'base64');
    return `SHA256:${bytes.toString('base64').replace(/=+$/, '')}`;
}

/** How TLS is to be spoken; what {@link objectionTo} says counts as well. */
export function tlsOptions({ host, fingerprint }: TlsPeer): {
    rejectUnauthorized: boolean;
    servername: string;
    minVersion: 'TLSv1.2';
} {
    return {
        rejectUnauthorized: fingerprint === undefined,
        servername: isIP(host) ? '' : host,
        minVersion: 'TLSv1.2'
    };
}

/** Why a connection whose handshake is done is not the expected one: `transfer.host-key-mismatch`. */
export function objectionTo(
    socket: TLSSocket,
    { host, port, fingerprint }: TlsPeer
): ConnectError | undefined {
    if (fingerprint === undefined) {
        return undefined;
    }
    const certificate = socket.getPeerX509Certificate();
    const shown = certificate ? certificateFingerprint(certificate.raw) : 'no certificate';
    if (shown === normalFingerprint(fingerprint)) {
        return undefined;
    }
    const message = `The certificate of ${host} port ${port} is ${shown}, not ${normalFingerprint(fingerprint)}`;
    return new ConnectError('transfer.host-key-mismatch', message, { host, port, fingerprint: shown });
}

/** `transfer.host-key-unknown` where the handshake failed because nobody vouches for the certificate; else undefined. */
export function distrust(error: unknown, { host, port }: TlsPeer): ConnectError | undefined {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !UNTRUSTED.test(code)) {
        return undefined;
    }
    const text = `The certificate of ${host} port ${port} is not to be trusted (${code}): name its fingerprint`;
    return new ConnectError('transfer.host-key-unknown', text, { host, port }, error);
}
