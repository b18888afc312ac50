/** A file or an empty folder of a drop; `path` is relative, `/`-separated. */
export interface DroppedEntry {
    readonly path: string;
    /** Absent for a folder that holds nothing. */
    readonly file?: File;
}

/** What was dropped, as far as the browser tells at the moment of the drop. */
export interface DroppedRoots {
    readonly entries: readonly FileSystemEntry[];
    /** Files that came without an entry, e.g. pasted ones. */
    readonly files: readonly File[];
}

/**
 * Takes hold of what was dropped. Must be called within the drop event: the browser forgets it afterwards.
 */
export function takeDropped(transfer: DataTransfer): DroppedRoots {
    const entries: FileSystemEntry[] = [];
    const files: File[] = [];
    for (const item of Array.from(transfer.items)) {
        const entry = item.kind === 'file' ? item.webkitGetAsEntry() : undefined;
        const file = item.kind === 'file' && !entry ? item.getAsFile() : undefined;
        if (entry) {
            entries.push(entry);
        } else if (file) {
            files.push(file);
        }
    }
    return { entries, files };
}

/** Every file below what was dropped, folder by folder; folders that hold nothing as well. */
export async function* walkDropped(roots: DroppedRoots): AsyncGenerator<DroppedEntry> {
    for (const file of roots.files) {
        yield { path: file.name, file };
    }
    for (const entry of roots.entries) {
        yield* walkEntry(entry, entry.name);
    }
}

async function* walkEntry(entry: FileSystemEntry, path: string): AsyncGenerator<DroppedEntry> {
    if (entry.isFile) {
        yield { path, file: await fileOf(entry as FileSystemFileEntry) };
        return;
    }
    const children = await childrenOf(entry as FileSystemDirectoryEntry);
    if (children.length === 0) {
        yield { path };
    }
    for (const child of children) {
        yield* walkEntry(child, `${path}/${child.name}`);
    }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
    return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A reader gives its entries in portions and then an empty one. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
    const reader = folder.createReader();
    const all: FileSystemEntry[] = [];
    for (;;) {
        const portion = await new Promise<FileSystemEntry[]>((resolve, reject) =>
            reader.readEntries(resolve, reject)
        );
        if (portion.length === 0) {
            return all;
        }
        all.push(...portion);
    }
}
