import { FileCapabilities, RemoteEntry, RemoteFileSystem, RemoteListing } from '@connect/api';
import { ConnectError, ErrorCode } from '@connect/base';
import { posix } from 'node:path';
import { TransferStore } from './transfer-store';

interface Node {
    readonly type: 'file' | 'directory';
    readonly content: Uint8Array;
    readonly modifiedMs: number;
}

const EVERYTHING: FileCapabilities = {
    browse: true,
    read: true,
    write: true,
    makeFolder: true,
    rename: true,
    delete: true
};

/** The files of one sample server: a map by path. People browse it, and the engine of this extension fills it. */
export class MemoryFiles implements RemoteFileSystem, TransferStore {
    readonly capabilities = EVERYTHING;
    private readonly nodes = new Map<string, Node>();

    /** @param now epoch milliseconds @param capacityBytes of all files together; may be changed later */
    constructor(
        private readonly now: () => number,
        public capacityBytes: number
    ) {
        this.nodes.set('/', this.folder());
    }

    async stat(path: string): Promise<RemoteEntry> {
        return entry(path, this.get(path));
    }

    async list(path: string, limit: number): Promise<RemoteListing> {
        const names = await this.names(path);
        return {
            entries: names.slice(0, limit).map(name => {
                const child = posix.join(path, name);
                return entry(child, this.get(child));
            }),
            truncated: names.length > limit
        };
    }

    async read(path: string, maxBytes: number): Promise<Uint8Array> {
        const { type, content } = this.get(path);
        if (type === 'directory') {
            throw failure('files.is-a-directory', path);
        }
        if (content.length > maxBytes) {
            throw failure('files.too-large', path);
        }
        return content.slice();
    }

    async write(path: string, content: Uint8Array): Promise<void> {
        this.put(path, content, 'files.failed');
    }

    async makeFolder(path: string): Promise<void> {
        this.mustBeFree(path);
        this.nodes.set(path, this.folder());
    }

    async rename(from: string, to: string): Promise<void> {
        this.get(from);
        this.mustBeFree(to);
        if (to.startsWith(`${from}/`)) {
            throw failure('files.failed', to, 'A folder cannot be moved into itself.');
        }
        for (const [path, node] of this.tree(from)) {
            this.nodes.delete(path);
            this.nodes.set(to + path.slice(from.length), node);
        }
    }

    async delete(path: string, options: { readonly recursive: boolean }): Promise<void> {
        this.get(path);
        if (path === '/') {
            throw failure('files.permission-denied', path, 'The root itself cannot be deleted.');
        }
        const tree = this.tree(path);
        if (tree.length > 1 && !options.recursive) {
            throw failure('files.not-empty', path);
        }
        tree.forEach(([each]) => this.nodes.delete(each));
    }

    /** Sessions come and go; the files stay as long as the backend runs. */
    dispose(): void {}

    // From here on: what the engine needs beyond browsing, see TransferStore.

    async find(path: string): Promise<RemoteEntry | undefined> {
        const node = this.nodes.get(path);
        return node && entry(path, node);
    }

    async names(folder: string): Promise<string[]> {
        this.mustBeFolder(folder);
        const children = [...this.nodes.keys()].filter(
            path => path !== '/' && posix.dirname(path) === folder
        );
        return children.map(path => posix.basename(path));
    }

    async ensureFolder(path: string): Promise<void> {
        if (!this.nodes.has(path)) {
            await this.ensureFolder(posix.dirname(path));
            await this.makeFolder(path);
        }
        this.mustBeFolder(path);
    }

    async readAt(path: string, offset: number, length: number): Promise<Uint8Array> {
        return this.get(path).content.slice(offset, offset + length);
    }

    async append(path: string, bytes: Uint8Array): Promise<void> {
        const before = this.nodes.get(path)?.content ?? new Uint8Array();
        this.put(path, Buffer.concat([before, bytes]), 'transfer.no-space');
    }

    async publish(partial: string, path: string, modifiedMs: number): Promise<void> {
        this.nodes.set(path, { ...this.get(partial), modifiedMs });
        this.nodes.delete(partial);
    }

    private put(path: string, content: Uint8Array, whenFull: ErrorCode): void {
        this.mustBeFolder(posix.dirname(path));
        const old = this.nodes.get(path);
        if (old?.type === 'directory') {
            throw failure('files.is-a-directory', path);
        }
        const others = [...this.nodes.values()].reduce((sum, node) => sum + node.content.length, 0);
        if (others - (old?.content.length ?? 0) + content.length > this.capacityBytes) {
            throw failure(whenFull, path, 'The sample server is full.');
        }
        this.nodes.set(path, { type: 'file', content: content.slice(), modifiedMs: this.now() });
    }

    private get(path: string): Node {
        const node = this.nodes.get(path);
        if (!node) {
            throw failure('files.not-found', path);
        }
        return node;
    }

    /** The node at `path` and everything below it. */
    private tree(path: string): Array<[string, Node]> {
        return [...this.nodes].filter(([each]) => each === path || each.startsWith(`${path}/`));
    }

    private mustBeFolder(path: string): void {
        if (this.get(path).type !== 'directory') {
            throw failure('files.not-a-directory', path);
        }
    }

    private mustBeFree(path: string): void {
        if (this.nodes.has(path)) {
            throw failure('files.exists', path);
        }
        this.mustBeFolder(posix.dirname(path));
    }

    private folder(): Node {
        return { type: 'directory', content: new Uint8Array(), modifiedMs: this.now() };
    }
}

function entry(path: string, { type, content, modifiedMs }: Node): RemoteEntry {
    return { name: posix.basename(path), type, sizeBytes: content.length, modifiedMs };
}

function failure(code: ErrorCode, path: string, message = `${code}: ${path}`): ConnectError {
    return new ConnectError(code, message, { path });
}
