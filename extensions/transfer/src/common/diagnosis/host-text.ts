/** `HOST`, `HOST:PORT`, `[ADDRESS]:PORT` as people type them; undefined for anything else. */
export function parseHostText(
    text: string
): { readonly host: string; readonly sshPort?: number } | undefined {
    const trimmed = text.trim();
    const match =
        /^\[([0-9a-f:.]+)\](?::(\d{1,5}))?$/i.exec(trimmed) ??
        /^([^\s/@:[\]]+)(?::(\d{1,5}))?$/.exec(trimmed) ??
        /^([0-9a-f]*:[0-9a-f:.]*)()$/i.exec(trimmed);
    if (!match) {
        return undefined;
    }
    const port = match[2] ? Number(match[2]) : undefined;
    if (port !== undefined && (port < 1 || port > 65_535)) {
        return undefined;
    }
    return { host: match[1], ...(port === undefined ? {} : { sshPort: port }) };
}
