import { ConnectError } from '@connect/base';
import { FallbackOptions } from '../http/fallback-session';
import { SocksAddress } from '../node/socks-proxy';
import { RawOptions } from './option-table';

const DEFAULT_SOCKS_PORT = 1080;
const MODES = { '0': 'never', '1': 'when-needed', H: 'after-login', F: 'always' } as const;

/** The options of a command line about HTTPS. @throws ConnectError `usage` */
export function fallbackOptions(raw: RawOptions): FallbackOptions {
    return {
        mode: MODES[raw.httpFallback as keyof typeof MODES],
        ...(raw.httpsPort === undefined ? {} : { port: readPort(raw.httpsPort) }),
        ...(raw.checkHttpsFp === undefined ? {} : { fingerprint: raw.checkHttpsFp }),
        ...(raw.httpProxy === undefined ? {} : { proxy: readUrl('-x', ['http'], raw.httpProxy) })
    };
}

function readPort(text: string): number {
    const port = Number(text);
    if (!/^\d+$/.test(text) || port < 1 || port > 65535) {
        throw new ConnectError('usage', `-t: "${text}" is not a port`);
    }
    return port;
}

/** The SOCKS5 proxy for SSH and UDP, and how it is recognised inside TLS. @throws ConnectError `usage` */
export function socksProxyOption(raw: RawOptions): { readonly socksProxy?: SocksAddress } {
    const fingerprint = raw.checkProxyFp;
    if (raw.proxy === undefined) {
        return {};
    }
    const url = readUrl('--proxy', ['socks5', 'socks5s'], raw.proxy);
    const isSecure = url.protocol === 'socks5s:';
    if (fingerprint !== undefined && !isSecure) {
        throw new ConnectError(
            'usage',
            '--check-proxy-fp: only a proxy inside TLS, socks5s://, has a certificate'
        );
    }
    const login =
        url.username === ''
            ? {}
            : { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
    const socksProxy = {
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: Number(url.port) || DEFAULT_SOCKS_PORT,
        ...login,
        isSecure,
        ...(fingerprint === undefined ? {} : { fingerprint })
    };
    return { socksProxy };
}

/** The address is not repeated in messages: it may hold a password. */
function readUrl(option: string, schemes: readonly string[], text: string): URL {
    const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${schemes[0]}://${text}`;
    const url = URL.canParse(whole) ? new URL(whole) : undefined;
    if (!url || !schemes.includes(url.protocol.slice(0, -1)) || url.hostname === '') {
        const forms = schemes.map(scheme => `${scheme}://[user@]host:port`).join(' or ');
        throw new ConnectError('usage', `${option}: a proxy is named as ${forms}`);
    }
    return url;
}
