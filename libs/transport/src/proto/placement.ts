import { ConnectError, encodePathBytes } from '@connect/base';
import { MAX_PATH_BYTES } from './meta-records';

/** Longest name of one file or folder in bytes: what ext4, XFS, APFS and NTFS allow at least. */
export const MAX_NAME_BYTES = 255;

/** What the user asked to be sent. */
export interface TransferSource {
    /** Path in the sender's store. */
    readonly path: string;
    /** Its place below the destination, when it is not simply the last name of `path`. */
    readonly target?: string;
}

/** A source and the relative path of its root below the destination; '' puts a folder's content there directly. */
export interface PlacedSource {
    readonly path: string;
    readonly target: string;
}

/**
 * Says where each source goes: below `base` (a folder that holds it) its remaining path is kept, else its last name.
 * A second source for the same place is not sent; `rejected` says so.
 */
export function placeSources(
    sources: readonly TransferSource[],
    base?: string
): {
    readonly placed: PlacedSource[];
    readonly rejected: Array<{ readonly path: string; readonly error: ConnectError }>;
} {
    const placed: PlacedSource[] = [];
    const rejected: Array<{ path: string; error: ConnectError }> = [];
    const taken = new Set<string>();
    for (const source of sources) {
        const target = source.target ?? (stripBase(source.path, base) || lastName(source.path));
        const problem = target === '' ? undefined : relativePathProblem(target);
        if (problem) {
            rejected.push({ path: source.path, error: problem });
        } else if (taken.has(target)) {
            const message = `Another source already goes to ${target || 'the destination'}`;
            rejected.push({ path: source.path, error: new ConnectError('transfer.exists', message) });
        } else {
            taken.add(target);
            placed.push({ path: source.path, target });
        }
    }
    return { placed, rejected };
}

export type DestinationKind = 'missing' | 'file' | 'directory';

/** How the receiver reads its destination: a folder that things go into, or the name of the one file that comes. */
export type DestinationPlan =
    | { readonly kind: 'folder'; readonly folder: string }
    | { readonly kind: 'file'; readonly folder: string; readonly name: string };

/**
 * As scp and ascp: several sources, a folder as the source, a trailing slash, an existing folder or `createFolder`
 * mean a folder; one file and anything else mean a file name.
 * @throws ConnectError `transfer.not-a-directory` when a folder is needed and a file is there.
 */
export function planDestination(request: {
    readonly destination: string;
    readonly destinationKind: DestinationKind;
    readonly sourceCount: number;
    readonly firstIsFile: boolean;
    readonly createFolder: boolean;
}): DestinationPlan {
    const folder = trimSlashes(request.destination);
    const named =
        request.sourceCount === 1 &&
        request.firstIsFile &&
        !request.createFolder &&
        request.destinationKind !== 'directory' &&
        !/(^|\/)\.{0,2}$/.test(request.destination);
    if (named) {
        const slash = folder.lastIndexOf('/');
        return { kind: 'file', folder: parentOf(folder), name: folder.slice(slash + 1) };
    }
    if (request.destinationKind === 'file') {
        throw new ConnectError('transfer.not-a-directory', `${request.destination} is a file`);
    }
    return { kind: 'folder', folder };
}

/** Why a path must not be used below the destination, or undefined when it may. Nothing here touches a disk. */
export function relativePathProblem(path: string): ConnectError | undefined {
    if (path === '' || path.startsWith('/') || path.includes('\0')) {
        return new ConnectError(
            'transfer.illegal-name',
            'A path in the transfer is empty, absolute or holds NUL'
        );
    }
    for (let start = 0, end = 0; start <= path.length; start = end + 1) {
        const slash = path.indexOf('/', start);
        end = slash < 0 ? path.length : slash;
        const name = path.slice(start, end);
        if (name === '..') {
            return new ConnectError('transfer.outside-root', 'A path in the transfer leaves the destination');
        }
        if (name === '' || name === '.') {
            return new ConnectError('transfer.illegal-name', 'A path in the transfer holds an empty name');
        }
        if (name.length > MAX_NAME_BYTES / 4 && encodePathBytes(name).length > MAX_NAME_BYTES) {
            return new ConnectError(
                'transfer.path-too-long',
                `A name is longer than ${MAX_NAME_BYTES} bytes`
            );
        }
    }
    if (path.length > MAX_PATH_BYTES / 4 && encodePathBytes(path).length >= MAX_PATH_BYTES) {
        return new ConnectError(
            'transfer.path-too-long',
            `A path is longer than ${MAX_PATH_BYTES - 1} bytes`
        );
    }
    return undefined;
}

/**
 * Whether a link at `path` with this target stays below the destination. `..` is accepted at the start only: after
 * another name it could pass through a second link, and then counting names says nothing.
 */
export function linkStaysInside(path: string, target: string): boolean {
    if (target === '' || target.startsWith('/') || target.includes('\0')) {
        return false;
    }
    const names = target.split('/');
    const firstName = names.findIndex(name => name !== '..' && name !== '.' && name !== '');
    const head = firstName < 0 ? names : names.slice(0, firstName);
    const ups = head.filter(name => name === '..').length;
    return ups <= path.split('/').length - 1 && !names.slice(head.length).includes('..');
}

/** `folder` may be '' (current folder of the store) or '/'. */
export function joinPath(folder: string, relative: string): string {
    if (relative === '') {
        return folder;
    }
    return folder === '' || folder.endsWith('/') ? `${folder}${relative}` : `${folder}/${relative}`;
}

/** The folder that holds `path`: '' for a single name, '/' for a name at the root. */
export function parentOf(path: string): string {
    const slash = path.lastIndexOf('/');
    return slash < 0 ? '' : slash === 0 ? '/' : path.slice(0, slash);
}

/** The last name of a path; '' for `/`, `.` and `..`, which have none. */
export function lastName(path: string): string {
    const whole = path.endsWith('/') ? trimSlashes(path) : path;
    const name = whole.slice(whole.lastIndexOf('/') + 1);
    return name === '.' || name === '..' ? '' : name;
}

function stripBase(path: string, base: string | undefined): string {
    const prefix = base === undefined ? undefined : joinPath(trimSlashes(base), '/').replace(/\/+$/, '/');
    return prefix !== undefined && path.startsWith(prefix) ? trimSlashes(path.slice(prefix.length)) : '';
}

function trimSlashes(path: string): string {
    const trimmed = path.replace(/\/+$/, '');
    return trimmed === '' && path !== '' ? '/' : trimmed;
}
