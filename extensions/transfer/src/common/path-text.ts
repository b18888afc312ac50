/** Width of a text, in the unit of the room that it is to fit. */
export type MeasureText = (text: string) => number;

const GAP = '…';
const ARROW = ' → ';
/** Share of the kept characters that the end of a name gets. */
const TAIL_SHARE = 0.4;
/** `/folder`, `Account:/folder`, `C:\folder`: what comes before the first name. */
const ROOT = /^(?:[^/\\:]+:)?[/\\]*/;
/** Not the letter of a drive. */
const ACCOUNT = /^[^/\\:]{2,}:/;
const EXTENSION = /\.[^.]{1,7}$/;

/** A file name without its middle, as much of it as there is room for: its end tells number and kind. */
export function elideName(name: string, room: number, measure: MeasureText): string {
    if (measure(name) <= room) {
        return name;
    }
    const characters = Array.from(name);
    const extension = Array.from(EXTENSION.exec(name)?.[0] ?? '').length;
    const keeping = (count: number): string => {
        const tail = Math.min(count, Math.max(extension, Math.floor(count * TAIL_SHARE)));
        const end = tail === 0 ? [] : characters.slice(-tail);
        return [...characters.slice(0, count - tail), GAP, ...end].join('');
    };
    let [fits, tooMany] = [0, characters.length];
    while (tooMany - fits > 1) {
        const middle = Math.floor((fits + tooMany) / 2);
        [fits, tooMany] = measure(keeping(middle)) <= room ? [middle, tooMany] : [fits, middle];
    }
    return keeping(fits);
}

/** A path without its middle: the last name stays, then the first folder, then as many at the end as there is room for. */
export function elidePath(path: string, room: number, measure: MeasureText): string {
    const fitting = shorterPaths(path).find(text => measure(text) <= room);
    if (fitting !== undefined) {
        return fitting;
    }
    const names = path.slice(ROOT.exec(path)![0].length).replace(/[/\\]+$/, '');
    return elideName(names === '' ? path : names.slice(names.search(/[^/\\]*$/)), room, measure);
}

/**
 * Source and destination of a transfer, both as far as there is room for both. The account, which people with several
 * look for, stays as long as it is enough to cut the place on this computer for it.
 */
export function elidePlaces(from: string, to: string, room: number, measure: MeasureText): string {
    const left = room - measure(ARROW);
    const [fromWidth, toWidth] = [measure(from), measure(to)];
    if (fromWidth + toWidth <= left) {
        return `${from}${ARROW}${to}`;
    }
    const shownFrom = elidePath(from, Math.max(left / 2, left - toWidth), measure);
    const shownTo = elidePath(to, left - measure(shownFrom), measure);
    if (!shownTo.startsWith(accountOf(to))) {
        const shorter = shorterPaths(from).find(text => measure(text) <= left - toWidth);
        return `${shorter ?? shownFrom}${ARROW}${shorter === undefined ? shownTo : to}`;
    }
    if (!shownFrom.startsWith(accountOf(from))) {
        const shorter = shorterPaths(to).find(text => measure(text) <= left - fromWidth);
        return `${shorter === undefined ? shownFrom : from}${ARROW}${shorter ?? shownTo}`;
    }
    return `${shownFrom}${ARROW}${shownTo}`;
}

/** `Account:` of a remote place, else nothing. */
function accountOf(path: string): string {
    return ACCOUNT.exec(path)?.[0] ?? '';
}

/** From the whole path to `…/name`. */
function shorterPaths(path: string): string[] {
    const root = ROOT.exec(path)![0];
    const rest = path.slice(root.length);
    const end = /[/\\]*$/.exec(rest)![0];
    const body = rest.slice(0, rest.length - end.length);
    const separator = body.includes('/') || !body.includes('\\') ? '/' : '\\';
    const names = body.split(separator);
    if (names.length < 2) {
        return [path];
    }
    const ending = (count: number): string =>
        `${GAP}${separator}${names.slice(-count).join(separator)}${end}`;
    const withFirst = Array.from(
        { length: names.length - 2 },
        (_, i) => `${root}${names[0]}${separator}${ending(names.length - 2 - i)}`
    );
    const withRoot = /[^/\\]/.test(root) ? [`${root}${ending(1)}`] : [];
    return [path, ...withFirst, ...withRoot, ending(1)];
}
