import { isIP, Socket } from 'node:net';
import { ConnectError } from '@connect/base';
import { connectTls, isCertificateFailure } from './tls-connection';
import { SocksClient, SocksClientOptions } from 'socks';

/**
 * A SOCKS5 proxy, `socks5://[user:password@]host:port`; with `socks5s:` TLS is spoken with it. The part after # is then
 * the SHA-256 of its certificate, without which an authority has to vouch. Datagrams are never inside TLS.
 */
export type SocksAddress = URL;

const DEFAULT_PORT = 1080;
const CONNECT_MS = 20_000;
const NOWHERE = { host: '0.0.0.0', port: 0 };

/** A place at the proxy that datagrams go through, for as long as a connection to it lives. */
export interface SocksRelay {
    readonly host: string;
    readonly port: number;
    /** Called once when the proxy gives the relay up. */
    onGone: () => void;
    close(): void;
}

/**
 * A TCP connection through the proxy; names are looked up there.
 * @throws ConnectError `transfer.connect-refused`, `transfer.connect-timeout`, `transfer.proxy-refused`
 */
export async function connectThroughSocks(proxy: SocksAddress, host: string, port: number): Promise<Socket> {
    try {
        const { socket } = await SocksClient.createConnection({
            ...clientOptions(proxy),
            existing_socket: await secured(proxy),
            command: 'connect',
            destination: { host, port }
        });
        socket.setNoDelay(true);
        return socket;
    } catch (error) {
        throw refusal(proxy, `${host} port ${port}`, error);
    }
}

/** UDP ASSOCIATE. @throws as {@link connectThroughSocks} */
export async function openSocksRelay(proxy: SocksAddress): Promise<SocksRelay> {
    const connection = await secured(proxy).catch((error: unknown) => {
        throw refusal(proxy, 'UDP', error);
    });
    return new Promise((resolve, reject) => {
        const client = new SocksClient({
            ...clientOptions(proxy),
            command: 'associate',
            destination: NOWHERE
        } as SocksClientOptions);
        client.on('error', error => reject(refusal(proxy, 'UDP', error)));
        client.on('established', ({ socket, remoteHost }) => {
            if (!remoteHost) {
                socket.destroy();
                reject(refusal(proxy, 'UDP', new Error('it names no relay')));
                return;
            }
            const relay: SocksRelay = {
                // an address of zeros means the host that was asked
                host: /^(0\.0\.0\.0|::|0:0:0:0:0:0:0:0)$/.test(remoteHost.host)
                    ? (socket.remoteAddress ?? hostOf(proxy))
                    : remoteHost.host,
                port: remoteHost.port,
                onGone: () => undefined,
                close: () => socket.destroy()
            };
            // errors end in close
            socket.on('error', () => undefined);
            socket.once('close', () => relay.onGone());
            socket.resume();
            resolve(relay);
        });
        client.connect(connection);
    });
}

/** The connection inside which a proxy is spoken to, where it speaks TLS. */
async function secured(proxy: SocksAddress): Promise<Socket | undefined> {
    if (proxy.protocol !== 'socks5s:') {
        return undefined;
    }
    const fingerprint = decodeURIComponent(proxy.hash.slice(1));
    const place = { host: hostOf(proxy), port: portOf(proxy) };
    return connectTls(fingerprint === '' ? place : { ...place, fingerprint });
}

function portOf(proxy: SocksAddress): number {
    return Number(proxy.port) || DEFAULT_PORT;
}

function hostOf(proxy: SocksAddress): string {
    return proxy.hostname.replace(/^\[|\]$/g, '');
}

function clientOptions(
    proxy: SocksAddress
): Pick<SocksClientOptions, 'proxy' | 'timeout' | 'set_tcp_nodelay'> {
    const host = hostOf(proxy);
    const login =
        proxy.username === ''
            ? {}
            : { userId: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) };
    return {
        proxy: {
            ...(isIP(host) ? { ipaddress: host } : { host }),
            port: portOf(proxy),
            type: 5,
            ...login
        },
        timeout: CONNECT_MS,
        set_tcp_nodelay: true
    };
}

function refusal(proxy: SocksAddress, target: string, error: unknown): ConnectError {
    const reason = error instanceof Error ? error.message : String(error);
    const isRefused =
        isCertificateFailure(error) || /authenticat|no acceptable|accepted authentication/i.test(reason);
    const isLate = /timed out/i.test(reason);
    const code = isRefused
        ? 'transfer.proxy-refused'
        : isLate
          ? 'transfer.connect-timeout'
          : 'transfer.connect-refused';
    const message = `The SOCKS proxy ${proxy.host} does not connect to ${target}: ${reason}`;
    return new ConnectError(code, message, { proxy: proxy.host }, error instanceof Error ? error : undefined);
}
