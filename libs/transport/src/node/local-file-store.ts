import { isAbsolute } from 'path';
import { fsPath } from '@connect/base';
import { DiskFileStore } from './disk-file-store';
import { pathError } from './file-errors';
import { PathWalker, Pin, Place } from './path-walker';

const nothing = (): void => undefined;

/** Paths are the machine's own, and the system resolves them. */
class LocalWalker implements PathWalker {
    async find(path: string): Promise<Place> {
        return {
            path: exactPath(path),
            isRoot: false,
            depth: 0,
            mayFollow: true,
            verify: async () => undefined,
            release: nothing
        };
    }

    async pin(place: Place): Promise<Pin> {
        return { path: place.path, release: nothing };
    }

    checkLinkTarget(): void {
        // Without a root there is no outside.
    }

    forget(): void {
        // The system is asked anew every time.
    }

    dispose(): void {
        // Nothing is held.
    }
}

/** The user's own files: absolute paths of this machine, with the rights of the process and no confinement. */
export class LocalFileStore extends DiskFileStore {
    constructor() {
        super(new LocalWalker());
    }
}

function exactPath(path: string): string | Buffer {
    if (!isAbsolute(path) || path.includes('\0')) {
        throw pathError('transfer.illegal-name', path);
    }
    return fsPath(path);
}
