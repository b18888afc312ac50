/**
 * One pattern of a filter, as ascp reads them:
 *
 * - `*` any characters, `?` one character, `[a-z]`, `[!a-z]`, `[^a-z]`, `[[:digit:]]` one of a set; none of them matches
 *   `/`, nor a `.` at the beginning of a name
 * - a slash and two stars: any names on the way, none included; at the end at least one
 * - `\` quotes the next character
 * - at the beginning, `/` ties the pattern to the root of what is sent; else it may begin with any name on the path
 * - `/` at the end: folders only; `*` at the end: folders and files; anything else: files only
 *
 * Case counts, and names are compared as they are, without normalization.
 */
export interface GlobPattern {
    matches(path: string, isFolder: boolean): boolean;
}

type Token =
    | { readonly kind: 'one'; matches(character: string): boolean }
    | { readonly kind: 'literal'; readonly character: string }
    | { readonly kind: 'many' }
    /** Anything, slashes and points included. */
    | { readonly kind: 'everything' }
    /** What follows up to `to` may be left out. */
    | { readonly kind: 'optional'; readonly to: number };

/** Reads a pattern; there are no wrong ones: a bracket that is not closed is a character like others. */
export function compileGlob(pattern: string): GlobPattern {
    const isForFolders = pattern.endsWith('/') && !isQuoted(pattern, pattern.length - 1);
    const isForBoth = pattern.endsWith('*') && !isQuoted(pattern, pattern.length - 1);
    const bare = isForFolders ? pattern.slice(0, -1) : pattern;
    // Two stars at the beginning mean the same as behind a slash.
    const text = bare.startsWith('**') ? `/${bare}` : bare;
    const tokens = readTokens([...text]);
    const isAnchored = text.startsWith('/');
    return {
        matches: (path, isFolder) =>
            (isForBoth || isFolder === isForFolders) && run(tokens, [...`/${path}`], isAnchored)
    };
}

/**
 * All readings of the pattern at a time: every character of the path costs at most one look at each token, whatever
 * the pattern is.
 */
function run(tokens: readonly Token[], path: readonly string[], isAnchored: boolean): boolean {
    let states = new Set<number>();
    if (isAnchored) {
        reach(tokens, 0, states);
    }
    for (const [at, character] of path.entries()) {
        const isFirst = at > 0 && path[at - 1] === '/';
        if (isFirst && !isAnchored) {
            reach(tokens, 0, states);
        }
        const next = new Set<number>();
        for (const state of states) {
            step(tokens, state, character, isFirst, next);
        }
        if (next.size === 0 && isAnchored) {
            return false;
        }
        states = next;
    }
    return states.has(tokens.length);
}

function step(
    tokens: readonly Token[],
    state: number,
    character: string,
    isFirst: boolean,
    next: Set<number>
): void {
    const token = tokens[state];
    const isPlain = character !== '/' && !(character === '.' && isFirst);
    switch (token?.kind) {
        case 'literal':
            return token.character === character ? reach(tokens, state + 1, next) : undefined;
        case 'one':
            return isPlain && token.matches(character) ? reach(tokens, state + 1, next) : undefined;
        case 'many':
            return isPlain ? reach(tokens, state, next) : undefined;
        case 'everything':
            return reach(tokens, state, next);
        default:
            return undefined;
    }
}

/** Adds a state, and those that are reached from it without a character. */
function reach(tokens: readonly Token[], state: number, states: Set<number>): void {
    for (let at = state; !states.has(at); at++) {
        states.add(at);
        const token = tokens[at];
        if (token?.kind === 'optional') {
            reach(tokens, token.to, states);
        } else if (token?.kind !== 'many' && token?.kind !== 'everything') {
            return;
        }
    }
}

function readTokens(text: readonly string[]): Token[] {
    const tokens: Token[] = [];
    for (let at = 0; at < text.length; at++) {
        const character = text[at]!;
        const set = character === '[' ? readSet(text, at) : undefined;
        if (character === '/' && text[at + 1] === '*' && text[at + 2] === '*') {
            if (text[at + 3] === '/') {
                tokens.push({ kind: 'optional', to: tokens.length + 3 });
            }
            tokens.push({ kind: 'literal', character: '/' }, { kind: 'everything' });
            at += 2;
        } else if (character === '\\' && at + 1 < text.length) {
            at += 1;
            tokens.push({ kind: 'literal', character: text[at]! });
        } else if (character === '*') {
            // A second star means nothing more, and costs nothing.
            tokens.push(...(tokens.at(-1)?.kind === 'many' ? [] : [{ kind: 'many' } as const]));
        } else if (character === '?') {
            tokens.push({ kind: 'one', matches: () => true });
        } else if (set) {
            tokens.push({ kind: 'one', matches: set.matches });
            at = set.end;
        } else {
            tokens.push({ kind: 'literal', character });
        }
    }
    return tokens;
}

const CLASSES: Readonly<Record<string, RegExp>> = {
    alnum: /[\p{L}\p{N}]/u,
    alpha: /\p{L}/u,
    blank: /[ \t]/,
    cntrl: /\p{Cc}/u,
    digit: /[0-9]/,
    graph: /[^\s\p{C}]/u,
    lower: /\p{Ll}/u,
    print: /[^\p{C}]/u,
    punct: /[\p{P}\p{S}]/u,
    space: /\s/,
    upper: /\p{Lu}/u,
    xdigit: /[0-9A-Fa-f]/
};

type Member = (character: string) => boolean;

/** The set that begins at a bracket, and where its closing one is; undefined when there is none. */
function readSet(text: readonly string[], start: number): { matches: Member; end: number } | undefined {
    const isNegated = text[start + 1] === '!' || text[start + 1] === '^';
    const first = start + (isNegated ? 2 : 1);
    const members: Member[] = [];
    for (let at = first; at < text.length && text[at] !== '/'; at++) {
        if (text[at] === ']' && at > first) {
            return {
                matches: character => members.some(matches => matches(character)) !== isNegated,
                end: at
            };
        }
        const named = readClass(text, at);
        if (named) {
            members.push(character => named.expression.test(character));
            at = named.end;
            continue;
        }
        at += text[at] === '\\' ? 1 : 0;
        const from = text[at]?.codePointAt(0) ?? 0;
        let to = from;
        if (text[at + 1] === '-' && text[at + 2] !== undefined && text[at + 2] !== ']') {
            at += text[at + 2] === '\\' ? 3 : 2;
            to = text[at]?.codePointAt(0) ?? 0;
        }
        members.push(character => character.codePointAt(0)! >= from && character.codePointAt(0)! <= to);
    }
    return undefined;
}

function readClass(text: readonly string[], at: number): { expression: RegExp; end: number } | undefined {
    const match = /^\[:([a-z]+):\]/.exec(text.slice(at, at + 12).join(''));
    const expression = match && CLASSES[match[1]!];
    return expression ? { expression, end: at + match[0].length - 1 } : undefined;
}

function isQuoted(text: string, at: number): boolean {
    return /\\*$/.exec(text.slice(0, at))![0].length % 2 === 1;
}
