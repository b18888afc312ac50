import type { FileCapabilities } from '@connect/api';

export type Right = keyof FileCapabilities;

/** As people say it. */
const WORDS: Readonly<Record<Right, string>> = {
    browse: 'list folders',
    read: 'download',
    write: 'upload',
    makeFolder: 'make folders',
    rename: 'rename',
    delete: 'delete'
};

/** Why something cannot be done on an account. */
export function notGranted(right: Right): string {
    return `The server does not grant “${WORDS[right]}” to this account.`;
}

/** All that is missing, in one sentence; undefined when nothing is. */
export function allNotGranted(rights: FileCapabilities): string | undefined {
    const missing = (Object.keys(WORDS) as Right[]).filter(right => !rights[right]);
    return missing.length === 0
        ? undefined
        : `Not granted by the server: ${missing.map(right => WORDS[right]).join(', ')}.`;
}
