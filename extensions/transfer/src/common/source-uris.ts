import { decodePathBytes, encodePathBytes, formatCount } from '@connect/base';
import { parseRemoteUri, remoteUri } from '@connect/security/lib/common/remote-uri';

/**
 * Bytes behind a percent-encoded URI path, as a lossless name (see `decodePathBytes`): a name that is not valid UTF-8
 * survives, which `decodeURIComponent` would refuse.
 */
export function decodeUriPath(encoded: string): string {
    const bytes: number[] = [];
    const utf8 = new TextEncoder().encode(encoded);
    for (let at = 0; at < utf8.length; at++) {
        const hex =
            utf8[at] === PERCENT
                ? HEX_PAIR.exec(String.fromCharCode(...utf8.subarray(at + 1, at + 3)))
                : undefined;
        if (hex) {
            bytes.push(parseInt(hex[0], 16));
            at += 2;
        } else {
            bytes.push(utf8[at]);
        }
    }
    return decodePathBytes(Uint8Array.from(bytes));
}

const PERCENT = 0x25;
const HEX_PAIR = /^[0-9a-f]{2}$/i;

/**
 * Absolute local path of a `file:` URI, or undefined for other URIs.
 * @param windows drive letters and backslashes
 */
export function localPathOf(uri: string, windows: boolean): string | undefined {
    const match = /^file:\/\/([^/]*)(\/.*)$/i.exec(uri);
    if (!match || (match[1] !== '' && match[1] !== 'localhost')) {
        return undefined;
    }
    const path = decodeUriPath(match[2]);
    return windows ? path.replace(/^\/([a-z]:)/i, '$1').replace(/\//g, '\\') : path;
}

/** What lies below a `file:` or `connect:` URI; `segments` are lossless names. */
export function childUri(uri: string, segments: readonly string[]): string {
    if (segments.length === 0) {
        return uri;
    }
    const remote = parseRemoteUri(uri);
    if (remote) {
        return remoteUri(remote.accountId, [remote.path.replace(/\/+$/, ''), ...segments].join('/'));
    }
    return [uri.replace(/\/+$/, ''), ...segments.map(encodeName)].join('/');
}

/** Inverse of {@link decodeUriPath} for one name. */
function encodeName(name: string): string {
    return Array.from(encodePathBytes(name), byte =>
        UNRESERVED.test(String.fromCharCode(byte))
            ? String.fromCharCode(byte)
            : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    ).join('');
}

const UNRESERVED = /^[A-Za-z0-9._~-]$/;

/** Last segment of the path of a `file:` or `connect:` URI, decoded; the whole URI when there is none. */
export function baseNameOf(uri: string): string {
    const path = parseRemoteUri(uri)?.path ?? decodeUriPath(uri.replace(/^[a-z][\w+.-]*:\/\/[^/]*/i, ''));
    const name = path.replace(/\/+$/, '').split('/').pop();
    return name === undefined || name === '' ? uri : name;
}

/** Name of a job after its sources: the first one, and how many more there are. */
export function jobName(sources: readonly string[]): string {
    const first = sources.length > 0 ? baseNameOf(sources[0]) : '';
    return sources.length > 1 ? `${first} and ${formatCount(sources.length - 1)} more` : first;
}
