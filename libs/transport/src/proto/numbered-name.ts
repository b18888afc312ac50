/** A file finds this many of its kind beside it before it gives up. */
export const MAX_NUMBERED_NAMES = 1_000;

/** `name.ext`, then `name (2).ext`, `name (3).ext`; a dot at the beginning begins no extension. @param number from 1 */
export function numberedName(name: string, number: number): string {
    if (number <= 1) {
        return name;
    }
    const dot = name.lastIndexOf('.');
    const stem = dot > 0 ? name.slice(0, dot) : name;
    return `${stem} (${number})${name.slice(stem.length)}`;
}
