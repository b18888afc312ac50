/** Scheme of everything that lives on an account: `connect://<accountId>/<path>`. */
export const REMOTE_SCHEME = 'connect';

/** Account ids are the authority of a URI, which URI libraries turn to lower case: so they are lower case from the start. */
export const ACCOUNT_ID_PATTERN = /^[a-z0-9][a-z0-9-]*$/;

/**
 * Stands before four hexadecimal digits: a UTF-16 unit that a URI cannot carry through Theia unharmed. A literal mark
 * is written with {@link LITERAL_MARK}, a unit that no path contains.
 */
const MARK = '\u{10fffd}';
const LITERAL_MARK = '0000';

/** The mark itself, a surrogate without its partner (a byte that is not UTF-8), or a backslash (Theia's Path makes it a slash). */
const UNSAFE = /\u{10fffd}|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\\/gu;
/**
 * A colon that makes libraries take a name for a Windows drive: as its second character it turns the first to lower
 * case, at its end it makes Theia's Path take the name for a root, which has no parent.
 */
const DRIVE_COLON = /(?<=\/[^/]):|:(?=\/|$)/gu;
const ESCAPED = new RegExp(`${MARK}([0-9a-f]{4})`, 'gu');
const REMOTE_URI = new RegExp(`^${REMOTE_SCHEME}://([^/?#]+)(/[^?#]*)?$`);

/**
 * URI of `path` on an account, in the very form that Theia's `URI.toString()` gives, so that equal places are equal
 * strings. `path` is absolute and lossless (see `decodePathBytes`); every name survives the round trip.
 */
export function remoteUri(accountId: string, path: string): string {
    const absolute = path.startsWith('/') ? path : `/${path}`;
    const safe = absolute.replace(UNSAFE, escapeUnit).replace(DRIVE_COLON, escapeUnit);
    const encoded = safe.split('/').map(encodeSegment).join('/');
    return `${REMOTE_SCHEME}://${accountId}${encoded}`;
}

/** Inverse of {@link remoteUri}; undefined when `uri` is not a well-formed URI of this scheme. */
export function parseRemoteUri(uri: string): { accountId: string; path: string } | undefined {
    const match = REMOTE_URI.exec(uri);
    if (!match || !ACCOUNT_ID_PATTERN.test(match[1])) {
        return undefined;
    }
    try {
        return {
            accountId: match[1],
            path: decodeURIComponent(match[2] ?? '/').replace(ESCAPED, unescapeUnit)
        };
    } catch (error) {
        if (error instanceof URIError) {
            return undefined;
        }
        throw error;
    }
}

function escapeUnit(unit: string): string {
    return MARK + (unit === MARK ? LITERAL_MARK : unit.charCodeAt(0).toString(16).padStart(4, '0'));
}

function unescapeUnit(_whole: string, digits: string): string {
    return digits === LITERAL_MARK ? MARK : String.fromCharCode(parseInt(digits, 16));
}

function encodeSegment(segment: string): string {
    return encodeURIComponent(segment).replace(
        /[!'()*]/g,
        char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`
    );
}
