/** A text in two parts, of which the first may be cut at its end: so the middle is cut and the end stays. */
export interface CutText {
    readonly head: string;
    readonly tail: string;
}

/** Longest end of a name that is kept together. */
const MAX_TAIL = 28;

/** Characters that are wider than the room which a style sheet keeps for the rest of a head and its ellipsis. */
const MIN_LONG_HEAD = 5;

/** Whether room may be kept for some of the head: a short one would stand apart from its tail. */
export function isLongHead(head: string): boolean {
    return head.length >= MIN_LONG_HEAD;
}

/** The folder names at the beginning may go; the last one stays, as far as it is not too long itself. */
export function cutPath(path: string): CutText {
    const at = path.replace(/[/\\]+$/, '').search(/[/\\:][^/\\:]*$/);
    return at <= 0 || path.length - at > MAX_TAIL
        ? cutName(path)
        : { head: path.slice(0, at), tail: path.slice(at) };
}

/** The end of a file name tells as much as its beginning: number and extension. */
export function cutName(name: string): CutText {
    const characters = Array.from(name);
    const kept = Math.min(12, Math.floor(characters.length / 3));
    const at = characters.length - kept;
    return { head: characters.slice(0, at).join(''), tail: characters.slice(at).join('') };
}
