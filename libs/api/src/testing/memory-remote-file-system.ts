import { ConnectError, ErrorCode } from '@connect/base';
import { FileCapabilities, RemoteEntry, RemoteFileSystem, RemoteListing } from '../remote-file-system';

interface MemoryFile {
    readonly kind: 'file';
    readonly content: Uint8Array;
    readonly modifiedMs: number;
}

interface MemoryFolder {
    readonly kind: 'directory';
    readonly children: Map<string, MemoryNode>;
    readonly modifiedMs: number;
}

interface MemoryLink {
    readonly kind: 'symlink';
    readonly target: string;
    readonly modifiedMs: number;
}

type MemoryNode = MemoryFile | MemoryFolder | MemoryLink;

/** How many links may follow one another before a path is given up, as on Linux. */
const MAX_LINKS = 40;

const EVERYTHING: FileCapabilities = {
    browse: true,
    read: true,
    write: true,
    makeFolder: true,
    rename: true,
    delete: true
};

/** A {@link RemoteFileSystem} without a server: for tests, and to read as the smallest complete implementation. */
export class MemoryRemoteFileSystem implements RemoteFileSystem {
    private readonly root: MemoryFolder = this.folder();
    private disposed = false;

    /** @param now epoch milliseconds, for modification times */
    constructor(
        private readonly now: () => number,
        readonly capabilities: FileCapabilities = EVERYTHING
    ) {}

    async stat(path: string): Promise<RemoteEntry> {
        this.allow('browse', path);
        return this.toEntry(baseName(path), this.find(path));
    }

    async list(path: string, limit: number): Promise<RemoteListing> {
        this.allow('browse', path);
        const folder = this.find(path);
        if (folder.kind !== 'directory') {
            throw failure('files.not-a-directory', path);
        }
        const names = [...folder.children.keys()];
        return {
            entries: names
                .slice(0, limit)
                .map(name => this.toEntry(name, this.target(joined(path, name), folder.children.get(name)!))),
            truncated: names.length > limit
        };
    }

    async read(path: string, maxBytes: number): Promise<Uint8Array> {
        this.allow('read', path);
        const file = this.find(path);
        if (file.kind !== 'file') {
            throw failure('files.is-a-directory', path);
        }
        if (file.content.byteLength > maxBytes) {
            throw failure('files.too-large', path);
        }
        return file.content.slice();
    }

    async write(path: string, content: Uint8Array): Promise<void> {
        this.allow('write', path);
        const folder = this.parentOf(path);
        if (this.childOf(folder, path)?.kind === 'directory') {
            throw failure('files.is-a-directory', path);
        }
        folder.children.set(baseName(path), {
            kind: 'file',
            content: content.slice(),
            modifiedMs: this.now()
        });
    }

    async makeFolder(path: string): Promise<void> {
        this.allow('makeFolder', path);
        this.place(path, this.folder());
    }

    async rename(from: string, to: string): Promise<void> {
        this.allow('rename', from);
        const oldFolder = this.parentOf(from);
        const node = this.childOf(oldFolder, from);
        if (!node) {
            throw failure('files.not-found', from);
        }
        if (to.startsWith(`${from}/`)) {
            throw failure('files.failed', to, 'A folder cannot be moved into itself.');
        }
        this.place(to, node);
        oldFolder.children.delete(baseName(from));
    }

    async delete(path: string, options: { readonly recursive: boolean }): Promise<void> {
        this.allow('delete', path);
        const folder = this.parentOf(path);
        const node = this.childOf(folder, path);
        if (!node) {
            throw failure('files.not-found', path);
        }
        if (node.kind === 'directory' && node.children.size > 0 && !options.recursive) {
            throw failure('files.not-empty', path);
        }
        folder.children.delete(baseName(path));
    }

    dispose(): void {
        this.disposed = true;
    }

    /** Not part of the contract: servers make links, this one makes them for tests. */
    makeLink(path: string, target: string): void {
        this.place(path, { kind: 'symlink', target, modifiedMs: this.now() });
    }

    private allow(right: keyof FileCapabilities, path: string): void {
        if (this.disposed) {
            throw new ConnectError('transfer.connection-lost', 'The file system was closed.');
        }
        if (!this.capabilities[right]) {
            throw failure('files.permission-denied', path);
        }
    }

    private folder(): MemoryFolder {
        return { kind: 'directory', children: new Map(), modifiedMs: this.now() };
    }

    private place(path: string, node: MemoryNode): void {
        const folder = this.parentOf(path);
        if (this.childOf(folder, path)) {
            throw failure('files.exists', path);
        }
        folder.children.set(baseName(path), node);
    }

    private parentOf(path: string): MemoryFolder {
        if (segments(path).length === 0) {
            throw failure('files.permission-denied', path, 'The root itself cannot be changed.');
        }
        const parent = this.find(`/${segments(path).slice(0, -1).join('/')}`);
        if (parent.kind !== 'directory') {
            throw failure('files.not-a-directory', path);
        }
        return parent;
    }

    private childOf(folder: MemoryFolder, path: string): MemoryNode | undefined {
        return folder.children.get(baseName(path));
    }

    /** The node at `path`, links followed. */
    private find(path: string, links = 0): MemoryFile | MemoryFolder {
        let node: MemoryFile | MemoryFolder = this.root;
        let walked = '';
        for (const segment of segments(path)) {
            if (node.kind !== 'directory') {
                throw failure('files.not-a-directory', path);
            }
            const child = node.children.get(segment);
            if (!child) {
                throw failure('files.not-found', path);
            }
            if (child.kind === 'symlink') {
                if (links >= MAX_LINKS) {
                    throw failure('files.failed', path, 'Symbolic links form a loop.');
                }
                node = this.find(
                    child.target.startsWith('/') ? child.target : joined(walked, child.target),
                    links + 1
                );
            } else {
                node = child;
            }
            walked = `${walked}/${segment}`;
        }
        return node;
    }

    private target(path: string, node: MemoryNode): MemoryNode {
        if (node.kind !== 'symlink') {
            return node;
        }
        try {
            return this.find(path);
        } catch (error) {
            if (ConnectError.is(error)) {
                return node; // dangling: the entry stands for itself
            }
            throw error;
        }
    }

    private toEntry(name: string, node: MemoryNode): RemoteEntry {
        return {
            name,
            type: node.kind,
            sizeBytes: node.kind === 'file' ? node.content.byteLength : 0,
            modifiedMs: node.modifiedMs
        };
    }
}

function segments(path: string): string[] {
    return path.split('/').filter(segment => segment !== '');
}

function baseName(path: string): string {
    return segments(path).at(-1) ?? '';
}

function joined(folder: string, name: string): string {
    return `/${[...segments(folder), ...segments(name)].join('/')}`;
}

function failure(code: ErrorCode, path: string, message = `${code}: ${path}`): ConnectError {
    return new ConnectError(code, message, { path });
}
