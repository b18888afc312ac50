/** What stands where a secret was. */
export const REDACTED = '***';

/** Names of what is nobody's business, wherever they stand in the name of a field, an option or a variable. */
const SECRET_NAME =
    '(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|cookie|(?:private|api|access|ssh|scp|login)[_-]?key|file_?pass)';
/** The end of `ASPERA_SCP_PASS`, `"accessToken"`, `--proxy-password`, `set-cookie`; not `passed` or `tokens`. */
const FIELD = `${SECRET_NAME}(?![a-z])`;

/** Quotes may be escaped, as in JSON within JSON. */
const QUOTE = `\\\\{0,4}["']`;

interface Rule {
    readonly pattern: RegExp;
    readonly replacement: string;
}

/** In this order: what is found first is gone for the next. Each takes time in proportion to the text. */
const RULES: readonly Rule[] = [
    // keys in PEM, also where line ends are written as \n, and where the end was cut off
    {
        pattern: /-----BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY)-----[^-]*(?:-----END \1-----)?/g,
        replacement: `-----BEGIN $1-----${REDACTED}`
    },
    // user:password@ of any address
    {
        pattern: /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/?#:@"'<>]{0,256}):[^\s/"'<>]{1,1024}@/gi,
        replacement: `$1:${REDACTED}@`
    },
    // the login address of the workbench carries its key behind the #
    { pattern: /\b(https?:\/\/[^\s#"'<>]{1,2048}#)[^\s"'<>]+/gi, replacement: `$1${REDACTED}` },
    // headers, whose value reaches to the end of the line or of the string
    {
        pattern: new RegExp(
            `((?:proxy-)?authorization(?:${QUOTE})?\\s{0,8}[:=,]\\s{0,8}(?:${QUOTE})?|(?:set-)?cookie:\\s{0,8})[^"'\\\\\\r\\n]+`,
            'gi'
        ),
        replacement: `$1${REDACTED}`
    },
    {
        pattern: /\b(bearer|basic|digest|negotiate)\s{1,8}[a-z0-9+/=._~-]{8,}/gi,
        replacement: `$1 ${REDACTED}`
    },
    // JSON Web Tokens, wherever they stand
    { pattern: /\beyJ[a-z0-9_-]{8,}\.[a-z0-9_-]{4,}\.[a-z0-9_-]*/gi, replacement: REDACTED },
    // "name": "value" and name='value'
    {
        pattern: new RegExp(`(${FIELD}(?:${QUOTE})?\\s{0,8}[:=]\\s{0,8})"(?:[^"\\\\]|\\\\.)*"?`, 'gis'),
        replacement: `$1"${REDACTED}"`
    },
    {
        pattern: new RegExp(`(${FIELD}(?:${QUOTE})?\\s{0,8}[:=]\\s{0,8})'[^']*'?`, 'gi'),
        replacement: `$1'${REDACTED}'`
    },
    // \"name\":\"value\", JSON within JSON
    {
        pattern: new RegExp(`(${FIELD}(\\\\{1,4}")\\s{0,8}:\\s{0,8}\\2)(?:(?!\\2).)*`, 'gi'),
        replacement: `$1${REDACTED}`
    },
    // name=value, name: value, ?name=value&…
    {
        pattern: new RegExp(
            `(${FIELD}\\s{0,8}=\\s{0,8}|${FIELD}:\\s{0,8})(?!["'\\\\]|\\*{3})[^\\s&,;"'}\\]]+`,
            'gi'
        ),
        replacement: `$1${REDACTED}`
    },
    // --name value
    {
        pattern: new RegExp(`(--[a-z0-9-]{0,40}${FIELD}\\s{1,8})(?!["'-]|\\*{3})[^\\s"']+`, 'gi'),
        replacement: `$1${REDACTED}`
    }
];

/**
 * `text` without the secrets that can be told by their looks: passwords, tokens, passphrases, private keys, cookies,
 * `Authorization` headers, `user:password@` in addresses, and the `ASPERA_SCP_*` variables that hold them. The last net
 * below callers that log none: a secret that stands in a text without a name is not found. Doing it twice changes nothing.
 */
export function redacted(text: string): string {
    return RULES.reduce((rest, { pattern, replacement }) => rest.replace(pattern, replacement), text);
}
