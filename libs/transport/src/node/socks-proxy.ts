import { isIP, Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { ConnectError } from '@connect/base';
import { SocksClient, SocksClientOptions } from 'socks';
import { distrust, objectionTo, tlsOptions } from './trusted-tls';

/** A SOCKS5 proxy. Plain data, as it may be handed to another process. */
export interface SocksAddress {
    readonly host: string;
    readonly port: number;
    /** Both are there when the proxy wants a login. */
    readonly user?: string;
    readonly password?: string;
    /**
     * Everything that is said to the proxy, and SSH through it, goes inside TLS. Datagrams cannot: they go to the
     * proxy as they are, sealed from end to end.
     */
    readonly isSecure: boolean;
    /** Of the certificate inside TLS; without it a known authority must vouch. */
    readonly fingerprint?: string;
}

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
 * @throws ConnectError `transfer.connect-refused`, `transfer.connect-timeout`, and
 * `transfer.proxy-refused` when its login or its certificate is not the right one
 */
export async function connectThroughSocks(proxy: SocksAddress, host: string, port: number): Promise<Socket> {
    try {
        const { socket } = await SocksClient.createConnection({
            ...(await clientOptions(proxy)),
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
    try {
        return await associate(proxy, await clientOptions(proxy));
    } catch (error) {
        throw refusal(proxy, 'UDP', error);
    }
}

function associate(proxy: SocksAddress, options: ConnectionOptions): Promise<SocksRelay> {
    return new Promise((resolve, reject) => {
        const client = new SocksClient({
            ...options,
            command: 'associate',
            destination: NOWHERE
        } as SocksClientOptions);
        client.on('error', reject);
        client.on('established', ({ socket, remoteHost }) => {
            if (!remoteHost) {
                socket.destroy();
                reject(new Error('it names no relay'));
                return;
            }
            const relay: SocksRelay = {
                // an address of zeros means the host that was asked
                host: /^(0\.0\.0\.0|::|0:0:0:0:0:0:0:0)$/.test(remoteHost.host)
                    ? (socket.remoteAddress ?? proxy.host)
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
        client.connect(options.existing_socket as Socket | undefined);
    });
}

type ConnectionOptions = Pick<
    SocksClientOptions,
    'proxy' | 'timeout' | 'set_tcp_nodelay' | 'existing_socket'
>;

async function clientOptions(proxy: SocksAddress): Promise<ConnectionOptions> {
    const { host, port, user, password = '' } = proxy;
    return {
        proxy: {
            ...(isIP(host) ? { ipaddress: host } : { host }),
            port,
            type: 5,
            ...(user === undefined ? {} : { userId: user, password })
        },
        timeout: CONNECT_MS,
        set_tcp_nodelay: true,
        ...(proxy.isSecure ? { existing_socket: await secureSocket(proxy) } : {})
    };
}

/** Nothing is said before the proxy has been recognised: its login would be told to a stranger. */
function secureSocket(proxy: SocksAddress): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
        const { host, port } = proxy;
        const socket = connectTls({ host, port, ...tlsOptions(proxy) });
        const give = (error: Error): void => {
            clearTimeout(timer);
            socket.destroy();
            reject(distrust(error, proxy) ?? error);
        };
        const timer = setTimeout(() => give(new Error('TLS timed out')), CONNECT_MS);
        socket.once('error', give);
        socket.once('secureConnect', () => {
            const objection = objectionTo(socket, proxy);
            if (objection) {
                give(objection);
                return;
            }
            clearTimeout(timer);
            socket.removeListener('error', give);
            socket.setNoDelay(true);
            resolve(socket);
        });
    });
}

function refusal(proxy: SocksAddress, target: string, error: unknown): ConnectError {
    const reason = error instanceof Error ? error.message : String(error);
    // objections to its certificate; questions about host keys are others
    const isRefused =
        error instanceof ConnectError || /authenticat|no acceptable|accepted authentication/i.test(reason);
    const isLate = /timed out/i.test(reason);
    const code = isRefused
        ? 'transfer.proxy-refused'
        : isLate
          ? 'transfer.connect-timeout'
          : 'transfer.connect-refused';
    const name = `${proxy.host}:${proxy.port}`;
    const message = `The SOCKS proxy ${name} does not connect to ${target}: ${reason}`;
    return new ConnectError(code, message, { proxy: name }, error instanceof Error ? error : undefined);
}
