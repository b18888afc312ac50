import { Request } from './sftp-protocol';

/** What matters about a request for deciding which others it may run beside. */
export interface Footprint {
    readonly type: Request;
    /** The handle it works on, as text. */
    readonly handle?: string;
    /** Bytes that a READ or WRITE touches: [start, end). */
    readonly start?: number;
    readonly end?: number;
}

/** Requests by path that change nothing. */
const LOOKS: ReadonlySet<Request> = new Set([
    Request.Stat,
    Request.Lstat,
    Request.Readlink,
    Request.Realpath,
    Request.Opendir
]);

/**
 * Whether two requests may run at the same time. A client may send many without waiting, and the outcome must be as if
 * they had run in order (draft-ietf-secsh-filexfer-02 §3.1): so reads and writes of different bytes run side by side,
 * looks run beside looks and reads, and all else waits for what was before it.
 */
export function mayRunTogether(first: Footprint, second: Footprint): boolean {
    const [a, b] = [kindOf(first), kindOf(second)];
    if (a === 'change' || b === 'change') {
        return false;
    }
    const sameHandle = first.handle !== undefined && first.handle === second.handle;
    if (a === 'list' || b === 'list') {
        // Pages of one listing come in order.
        return !(sameHandle || a === 'write' || b === 'write');
    }
    if (a === 'write' || b === 'write') {
        if (a === 'look' || b === 'look') {
            return false;
        }
        return !sameHandle || first.end! <= second.start! || second.end! <= first.start!;
    }
    return true;
}

function kindOf(footprint: Footprint): 'look' | 'list' | 'read' | 'write' | 'change' {
    switch (footprint.type) {
        case Request.Read:
            return 'read';
        case Request.Write:
            // A write to the end of the file has no bytes of its own yet.
            return footprint.end === undefined ? 'change' : 'write';
        case Request.Readdir:
            return 'list';
        case Request.Fstat:
            return 'look';
        default:
            return LOOKS.has(footprint.type) ? 'look' : 'change';
    }
}
