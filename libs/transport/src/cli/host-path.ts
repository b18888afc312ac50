/** A place on a server, written as scp does. */
export interface HostPath {
    readonly user?: string;
    readonly host: string;
    readonly path: string;
}

/**
 * Reads `[user@]host:path`; IPv6 addresses stand in brackets. Undefined for anything else: as for scp, a slash before
 * the first colon means a local path. With `hasDrives`, as on Windows, a single letter before the colon is a drive.
 */
export function parseHostPath(text: string, hasDrives: boolean): HostPath | undefined {
    const match = /^(?:([^@/:]+)@)?(\[[0-9a-fA-F:.%]+\]|[^@/:[\]]+):(.*)$/s.exec(text);
    if (!match) {
        return undefined;
    }
    const [, user, host, path] = match;
    if (hasDrives && user === undefined && host!.length === 1) {
        return undefined;
    }
    // no path after the colon means the start folder
    return { user, host: host!.replace(/^\[|\]$/g, ''), path: path === '' ? '.' : path! };
}
