/** A path as a client writes it, without `./` in front; '' for `.`. */
export function withoutDot(path: string): string {
    const bare = path.replace(/^(\.\/+)+/, '');
    return bare === '.' ? '' : bare;
}

/** A path of a client below the root that it was granted, which it sees as `/`. */
export function rootedPath(path: string): string {
    const relative = withoutDot(path);
    return relative.startsWith('/') ? relative : `/${relative}`;
}
