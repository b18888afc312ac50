import { ConnectError } from '@connect/base';
import { FileEntry, OpenFile } from '@connect/transport/lib/node/file-store';

/** A file a client has open. */
export interface FileHandle {
    readonly kind: 'file';
    readonly path: string;
    readonly file: OpenFile;
    readonly mayRead: boolean;
    readonly mayWrite: boolean;
    /** Every write goes to the end, whatever its offset says. */
    readonly isAppending: boolean;
}

/** A folder a client is listing. */
export interface FolderHandle {
    readonly kind: 'folder';
    readonly path: string;
    readonly entries: AsyncIterator<FileEntry>;
}

export type SftpHandle = FileHandle | FolderHandle;

/** What a client may have open at a time, all files and folders of one subsystem. */
export const MAX_HANDLES = 256;

/** Handles of one subsystem by number; numbers are not used twice. */
export class SftpHandles {
    private readonly handles = new Map<string, SftpHandle>();
    private next = 1;

    /** @throws ConnectError `files.failed` when no more may be opened; to be asked before opening */
    requireRoom(): void {
        if (this.handles.size >= MAX_HANDLES) {
            throw new ConnectError('files.failed', `more than ${MAX_HANDLES} files are open`);
        }
    }

    add(handle: SftpHandle): Buffer {
        const id = Buffer.from(String(this.next++));
        this.handles.set(id.toString('latin1'), handle);
        return id;
    }

    find(id: Buffer): FileHandle | undefined {
        const handle = this.handles.get(id.toString('latin1'));
        return handle?.kind === 'file' ? handle : undefined;
    }

    /** @throws ConnectError `files.failed` */
    file(id: Buffer): FileHandle {
        const handle = this.find(id);
        if (!handle) {
            throw invalidHandle();
        }
        return handle;
    }

    /** @throws ConnectError `files.failed` */
    folder(id: Buffer): FolderHandle {
        const handle = this.handles.get(id.toString('latin1'));
        if (handle?.kind !== 'folder') {
            throw invalidHandle();
        }
        return handle;
    }

    /** @throws ConnectError `files.failed`, and what closing gives */
    async close(id: Buffer): Promise<void> {
        const key = id.toString('latin1');
        const handle = this.handles.get(key);
        if (!handle) {
            throw invalidHandle();
        }
        this.handles.delete(key);
        await closeHandle(handle);
    }

    /** Closes all; resolves to the failures. */
    async closeAll(): Promise<readonly ConnectError[]> {
        const open = [...this.handles.values()];
        this.handles.clear();
        const results = await Promise.allSettled(open.map(closeHandle));
        return results.flatMap(result =>
            result.status === 'rejected' ? [ConnectError.from(result.reason)] : []
        );
    }
}

async function closeHandle(handle: SftpHandle): Promise<void> {
    if (handle.kind === 'file') {
        await handle.file.close();
    } else {
        await handle.entries.return?.();
    }
}

function invalidHandle(): ConnectError {
    return new ConnectError('files.failed', 'no such handle');
}
