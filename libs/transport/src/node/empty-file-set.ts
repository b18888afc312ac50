import { decodePathBytes } from '@connect/base';
import { lastName, parentOf } from '../proto/placement';
import { EmptyFiles } from './empty-files';
import { PathSet } from './path-set';

/** Longer names take less room in a {@link PathSet}. */
const MOST_BYTES_EACH = 40;

/**
 * Paths of empty files. Adding some is no work, so that a million of them cost nothing where nobody ever asks; who asks
 * makes the names of a folder a set first.
 */
export class EmptyFileSet {
    private readonly names = new Map<string, Uint8Array[]>();
    private readonly others = new PathSet();
    /** The folder that was asked for last. */
    private read: { readonly folder: string; readonly names: ReadonlySet<string> } | undefined;

    add(files: EmptyFiles): void {
        this.read = undefined;
        if (files.names.length > files.count * MOST_BYTES_EACH) {
            for (let i = 0; i < files.count; i++) {
                this.others.add(files.pathOf(i));
            }
            return;
        }
        const known = this.names.get(files.folder);
        if (known) {
            known.push(files.names);
        } else {
            this.names.set(files.folder, [files.names]);
        }
    }

    has(path: string): boolean {
        return this.namesIn(parentOf(path)).has(lastName(path)) || this.others.has(path);
    }

    private namesIn(folder: string): ReadonlySet<string> {
        if (this.read?.folder !== folder) {
            const pieces = this.names.get(folder) ?? [];
            const names = new Set(pieces.flatMap(piece => decodePathBytes(piece).split('\0').slice(0, -1)));
            this.read = { folder, names };
        }
        return this.read.names;
    }
}
