const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LONE_LOW = /[\udc80-\udcff]/;

/**
 * File names are bytes on POSIX systems. Inside this project they are strings in which a byte that is not part of
 * valid UTF-8 stands as U+DC00 + byte (a lone low surrogate, as PEP 383 does), so every name survives a round trip,
 * through JSON as well. No Unicode normalisation happens anywhere: NFC and NFD names are different names.
 */
export function decodePathBytes(bytes: Uint8Array): string {
    try {
        return utf8.decode(bytes);
    } catch {
        return decodeLossless(bytes);
    }
}

/** The bytes of a name; inverse of {@link decodePathBytes}. */
export function encodePathBytes(path: string): Buffer {
    if (!LONE_LOW.test(path)) {
        return Buffer.from(path, 'utf8');
    }
    const parts: Buffer[] = [];
    for (const char of path) {
        const code = char.codePointAt(0)!;
        parts.push(
            code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(char, 'utf8')
        );
    }
    return Buffer.concat(parts);
}

/** What `node:fs` should be given: the string itself where that is exact, else its bytes. */
export function fsPath(path: string): string | Buffer {
    return LONE_LOW.test(path) ? encodePathBytes(path) : path;
}

function decodeLossless(bytes: Uint8Array): string {
    let text = '';
    let at = 0;
    while (at < bytes.length) {
        const length = utf8SequenceLength(bytes[at]!);
        const piece = bytes.subarray(at, at + length);
        try {
            if (piece.length < length) {
                throw new RangeError('truncated');
            }
            text += utf8.decode(piece);
            at += length;
        } catch {
            text += String.fromCharCode(0xdc00 + bytes[at]!);
            at += 1;
        }
    }
    return text;
}

function utf8SequenceLength(lead: number): number {
    return lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}
