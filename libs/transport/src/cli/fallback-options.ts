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
        ...(raw.httpProxy === undefined ? {} : { proxy: readProxy(raw.httpProxy) })
    };
}

function readPort(text: string): number {
    const port = Number(text);
    if (!/^\d+$/.test(text) || port < 1 || port > 65535) {
        throw new ConnectError('usage', `-t: "${text}" is not a port`);
    }
    return port;
}

/** The address is not repeated in messages: it may hold a password. */
function readProxy(text: string): URL {
    const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
    if (!URL.canParse(whole) || new URL(whole).protocol !== 'http:' || new URL(whole).hostname === '') {
        throw new ConnectError('usage', '-x: an HTTP proxy is named as http://[user@]host:port');
    }
    return new URL(whole);
}
