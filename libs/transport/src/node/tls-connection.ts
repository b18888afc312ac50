import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, TLSSocket } from 'node:tls';
import { ConnectError, ErrorCode } from '@connect/base';

/** Where TLS is spoken, and how the other end is known to be the right one. */
export interface TlsPlace {
    readonly host: string;
    readonly port: number;
    /** SHA-256 of the certificate, as {@link certificateFingerprint}; without it a known authority must vouch. */
    readonly fingerprint?: string;
}

/** Longest wait for a connection, its handshake included. */
export const CONNECT_MS = 20_000;
/** A connection on which nothing moves for so long is given up; what it carried goes over another one. */
const IDLE_MS = 30_000;

const SOCKET_ERRORS: ReadonlyMap<string, ErrorCode> = new Map([
    ['ENOTFOUND', 'transfer.host-unknown'],
    ['EAI_AGAIN', 'transfer.host-unknown'],
    ['ECONNREFUSED', 'transfer.connect-refused'],
    ['ETIMEDOUT', 'transfer.connect-timeout'],
    ['EHOSTUNREACH', 'transfer.connect-timeout'],
    ['ENETUNREACH', 'transfer.connect-timeout']
]);

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

/** A connection with exactly that end, open however long it is silent. @throws ConnectError of {@link tlsFailure} */
export async function connectTls(place: TlsPlace): Promise<TLSSocket> {
    const { host, port } = place;
    const socket = connect({ host, port, ...tlsOptions(place) });
    await recognise(socket, place, error => tlsFailure(error, place, `TLS with ${host} port ${port}`));
    socket.setTimeout(0);
    return socket;
}

/** What a failed connection means. @param what what was tried, as in `HTTPS to host` */
export function tlsFailure(error: unknown, { host, port }: TlsPlace, what: string): ConnectError {
    if (error instanceof ConnectError) {
        return error;
    }
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined && UNTRUSTED.test(code)) {
        const text = `The certificate of ${host} port ${port} is not to be trusted (${code}): name its fingerprint`;
        return new ConnectError('transfer.host-key-unknown', text, { host, port }, error);
    }
    const known = code === undefined ? undefined : SOCKET_ERRORS.get(code);
    return new ConnectError(
        known ?? 'transfer.connection-lost',
        `${what}: ${message}`,
        { host, port },
        error
    );
}

/** The other end was reached and is not the right one. */
export function isCertificateFailure(error: unknown): boolean {
    return (
        ConnectError.is(error, 'transfer.host-key-unknown') ||
        ConnectError.is(error, 'transfer.host-key-mismatch')
    );
}

/** Options of a connection whose other end {@link recognise} judges. */
export function tlsOptions({ host, fingerprint }: TlsPlace): {
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

/** Resolves when the handshake is done and the certificate is the expected one; else the socket is destroyed. */
export function recognise(
    socket: TLSSocket,
    place: TlsPlace,
    describe: (error: Error) => ConnectError
): Promise<void> {
    return new Promise((resolve, reject) => {
        const give = (error: Error): void => {
            clearTimeout(timer);
            socket.destroy();
            reject(describe(error));
        };
        const timer = setTimeout(
            () => give(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
            CONNECT_MS
        );
        socket.once('error', give);
        socket.once('secureConnect', () => {
            clearTimeout(timer);
            socket.removeListener('error', give);
            const objection = objectionTo(socket, place);
            if (objection) {
                give(objection);
                return;
            }
            socket.setNoDelay(true);
            socket.setTimeout(IDLE_MS, () => socket.destroy(new Error(`nothing for ${IDLE_MS / 1000} s`)));
            resolve();
        });
    });
}

function objectionTo(socket: TLSSocket, { host, port, fingerprint }: TlsPlace): ConnectError | undefined {
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
