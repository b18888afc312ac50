import { X509Certificate } from 'crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'fs';
import { ConnectError } from '@connect/base';
import { certificateFingerprint } from '@connect/transport/lib/node/trusted-tls';
import { DataDirectory } from '../config/data-directory';
import { ServerConfig } from '../config/server-config';
import { TlsIdentity } from './https-messages';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A certificate of our own: clients know it by its fingerprint, which SSH tells them. */
const VALID_DAYS = 730;
const RENEW_DAYS = 60;

/**
 * Key and certificate that HTTPS is served with: the configured files, else one of our own, which is made when there is
 * none and renewed long before it ends.
 * @throws ConnectError `usage` for configured files that cannot be used
 */
export async function tlsIdentity(
    data: DataDirectory,
    config: Pick<ServerConfig, 'httpsCertificate' | 'httpsKey'>,
    nowMs: number
): Promise<TlsIdentity> {
    if (config.httpsCertificate !== '' || config.httpsKey !== '') {
        return configured(config);
    }
    const file = data.httpsIdentityFile;
    const own = existsSync(file) ? split(readFileSync(file, 'utf8')) : undefined;
    if (own && endOf(own, file) - nowMs > RENEW_DAYS * DAY_MS) {
        return own;
    }
    const fresh = await selfSigned(nowMs);
    // one file, so that key and certificate are never of two minds
    writeFileSync(`${file}.new`, fresh.key + fresh.certificate, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return fresh;
}

/** `SHA256:…` of the first certificate of the chain. */
export function identityFingerprint({ certificate }: TlsIdentity): string {
    return certificateFingerprint(new X509Certificate(certificate).raw);
}

function configured({
    httpsCertificate,
    httpsKey
}: Pick<ServerConfig, 'httpsCertificate' | 'httpsKey'>): TlsIdentity {
    try {
        const identity = {
            key: readFileSync(httpsKey, 'utf8'),
            certificate: readFileSync(httpsCertificate, 'utf8')
        };
        identityFingerprint(identity);
        return identity;
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new ConnectError('usage', `"httpsCertificate" and "httpsKey": ${reason}`, {}, error);
    }
}

function split(pem: string): TlsIdentity | undefined {
    const at = pem.indexOf('-----BEGIN CERTIFICATE-----');
    return at > 0 ? { key: pem.slice(0, at), certificate: pem.slice(at) } : undefined;
}

function endOf(identity: TlsIdentity, file: string): number {
    try {
        return Date.parse(new X509Certificate(identity.certificate).validTo);
    } catch (error) {
        throw new ConnectError('usage', `${file} is damaged: remove it and run init again`, {}, error);
    }
}

async function selfSigned(nowMs: number): Promise<TlsIdentity> {
    // loaded for the one time in a year that it is needed
    const { generate } = await import('selfsigned');
    const pems = await generate([{ name: 'commonName', value: 'connect-server' }], {
        keyType: 'ec',
        curve: 'P-256',
        algorithm: 'sha256',
        notBeforeDate: new Date(nowMs - DAY_MS),
        notAfterDate: new Date(nowMs + VALID_DAYS * DAY_MS)
    });
    return { key: withLineEnd(pems.private), certificate: withLineEnd(pems.cert) };
}

function withLineEnd(pem: string): string {
    return pem.replaceAll('\r\n', '\n').trimEnd() + '\n';
}
