import { ConnectError } from '@connect/base';
import { FallbackOptions } from '../http/fallback-session';
import { RawOptions } from './option-table';

const MODES = { '0': 'never', '1': 'when-needed', F: 'always' } as const;

/** The options of a command line about HTTPS. @throws ConnectError `usage` */
export function fallbackOptions(raw: RawOptions): FallbackOptions {
    return {
        mode: MODES[raw.httpFallback as keyof typeof MODES],
        ...(raw.httpsPort === undefined ? {} : { port: readPort(raw.httpsPort) }),
        ...(raw.checkHttpsFp === undefined ? {} : { fingerprint: raw.checkHttpsFp }),
        ...(raw.httpProxy === undefined ? {} : { proxy: readUrl('-x', 'http', raw.httpProxy) })
    };
}

function readPort(text: string): number {
    const port = Number(text);
    if (!/^\d+$/.test(text) || port < 1 || port > 65535) {
        throw new ConnectError('usage', `-t: "${text}" is not a port`);
    }
    return port;
}

/** The SOCKS5 proxy for SSH and UDP, with the fingerprint of its certificate after #. @throws ConnectError `usage` */
export function socksProxyOption(raw: RawOptions): { readonly socksProxy?: URL } {
    const { proxy, checkProxyFp } = raw;
    if (proxy === undefined) {
        return {};
    }
    const isSecure = /^socks5s:/i.test(proxy);
    if (checkProxyFp !== undefined && !isSecure) {
        throw new ConnectError('usage', '--check-proxy-fp: only a socks5s:// proxy shows a certificate');
    }
    const socksProxy = readUrl('--proxy', isSecure ? 'socks5s' : 'socks5', proxy);
    socksProxy.hash = encodeURIComponent(checkProxyFp ?? '');
    return { socksProxy };
}

/** The address is not repeated in messages: it may hold a password. */
function readUrl(option: string, scheme: string, text: string): URL {
    const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${scheme}://${text}`;
    const url = URL.canParse(whole) ? new URL(whole) : undefined;
    if (url?.protocol !== `${scheme}:` || url.hostname === '') {
        throw new ConnectError('usage', `${option}: a proxy is named as ${scheme}://[user@]host:port`);
    }
    return url;
}
