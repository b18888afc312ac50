import { ConnectError } from '@connect/base';
import { ListedEntry } from '../../proto/multi/work-order';
import { SourceSelection } from '../../proto/source-selection';
import { placeSources, TransferSource } from '../../proto/placement';
import { FileScanner, ScannedEntry } from '../file-scanner';
import { FileStore } from '../file-store';
import { SymlinkPolicy } from '../transfer-types';

export type ListItem =
    | { readonly type: 'listed'; readonly entry: ListedEntry }
    | { readonly type: 'failed'; readonly path: string; readonly error: ConnectError }
    /** By policy. */
    | { readonly type: 'skipped'; readonly path: string };

/** Walks through the sources of a transfer, on this side. */
export class SourceLister {
    private readonly scanner: FileScanner;

    constructor(
        store: FileStore,
        private readonly sources: readonly TransferSource[],
        private readonly sourceBase: string | undefined,
        symlinks: SymlinkPolicy,
        selection?: SourceSelection,
        /** By the time an entry is sent, its folder has been listed, its link read, or a part of it sent. */
        private readonly keepsAccessTimes = false
    ) {
        this.scanner = new FileScanner(store, symlinks, selection);
    }

    async *items(): AsyncGenerator<ListItem> {
        const { placed, rejected } = placeSources(this.sources, this.sourceBase);
        for (const { path, error } of rejected) {
            yield { type: 'failed', path, error };
        }
        for await (const items of this.scanner.scan(placed)) {
            for (const item of items) {
                yield item.type === 'entry' ? this.listed(item.entry) : item;
            }
        }
    }

    private listed({ sourcePath, path, kind, stat }: ScannedEntry): ListItem {
        const sizeBytes = kind === 'file' ? stat.sizeBytes : 0;
        const { mtimeNs } = stat;
        const accessTime = this.keepsAccessTimes ? { atimeNs: stat.atimeNs } : {};
        return { type: 'listed', entry: { sourcePath, path, kind, sizeBytes, mtimeNs, ...accessTime } };
    }
}
