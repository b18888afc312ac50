import { ConnectError, ErrorCode } from '@connect/base';
import { Client, FileEntryWithStats, SFTPWrapper, Stats, utils } from 'ssh2';
import { parsePermissions, PERMISSIONS_EXTENSION, SftpPermissions } from './sftp-permissions';
import { connectSsh, SshOptions } from './ssh-channel';

/** What SFTP tells about an entry; times in whole seconds. */
export interface SftpAttributes {
    readonly kind: 'file' | 'directory' | 'symlink' | 'other';
    readonly sizeBytes: number;
    readonly modifiedMs: number;
    /** Permission bits. */
    readonly mode: number;
}

export interface SftpEntry {
    readonly name: string;
    /** Of the entry itself: links are not followed. */
    readonly attributes: SftpAttributes;
}

/** An open file on the server; numbers are bytes. */
export interface SftpFile {
    /** At most `length` bytes from `position`; fewer only at the end of the file. */
    read(position: number, length: number): Promise<Uint8Array>;
    write(bytes: Uint8Array, position: number): Promise<void>;
    /** Through `fsync@openssh.com` where the server offers it; else returns at once. */
    sync(): Promise<void>;
    close(): Promise<void>;
}

const { STATUS_CODE } = utils.sftp;

/** Status codes of draft-ietf-secsh-filexfer-02 §7 that have a name of their own here; the rest is `files.failed`. */
const STATUS_ERRORS: ReadonlyMap<number, ErrorCode> = new Map([
    [STATUS_CODE.NO_SUCH_FILE, 'files.not-found'],
    [STATUS_CODE.PERMISSION_DENIED, 'files.permission-denied'],
    [STATUS_CODE.CONNECTION_LOST, 'transfer.connection-lost'],
    [STATUS_CODE.NO_CONNECTION, 'transfer.connection-lost'],
    [STATUS_CODE.OP_UNSUPPORTED, 'not-supported']
]);

type Callback<T> = (error: Error | null | undefined, value: T) => void;

/**
 * SFTP version 3 over one SSH connection, as promises. Every method rejects with `files.not-found`,
 * `files.permission-denied`, `files.failed`, `not-supported`, or `transfer.connection-lost` when the connection ended
 * or did not answer in time; after the latter the client is closed for good.
 *
 * Names are the text that the server's bytes decode to as UTF-8.
 */
export class SftpClient {
    /** As the server told at the login; everything where it does not tell. */
    readonly permissions: SftpPermissions;
    private lost: ConnectError | undefined;
    private readonly pending = new Set<(error: ConnectError) => void>();

    private constructor(
        private readonly client: Client,
        private readonly sftp: SFTPWrapper,
        private readonly timeoutMs: number
    ) {
        this.permissions = parsePermissions(announced(sftp)[PERMISSIONS_EXTENSION]);
        const onEnd = (): void =>
            this.end(new ConnectError('transfer.connection-lost', 'The server closed the connection.'));
        client.on('close', onEnd);
        client.on('end', onEnd);
        client.on('error', error =>
            this.end(
                new ConnectError(
                    'transfer.connection-lost',
                    `The connection failed: ${error.message}`,
                    {},
                    error
                )
            )
        );
        sftp.on('close', onEnd);
    }

    /**
     * Logs in and starts SFTP.
     *
     * @param requestTimeoutMs how long one request may go without an answer
     * @throws ConnectError as `connectSsh` does
     */
    static async connect(options: SshOptions, requestTimeoutMs: number): Promise<SftpClient> {
        return SftpClient.open(await connectSsh(options), requestTimeoutMs);
    }

    /**
     * Starts SFTP on a connected client and takes it over: closing one closes the other.
     *
     * @param timeoutMs how long one request may go without an answer
     */
    static open(client: Client, timeoutMs: number): Promise<SftpClient> {
        return new Promise((resolve, reject) => {
            const fail = (message: string, cause?: Error): void => {
                clearTimeout(timer);
                client.end();
                reject(new ConnectError('transfer.connection-lost', message, {}, cause));
            };
            const timer = setTimeout(() => fail('The server did not start SFTP in time.'), timeoutMs);
            client.sftp((error, sftp) => {
                if (error) {
                    fail(`The server offers no SFTP: ${error.message}`, error);
                    return;
                }
                clearTimeout(timer);
                resolve(new SftpClient(client, sftp, timeoutMs));
            });
        });
    }

    get isClosed(): boolean {
        return this.lost !== undefined;
    }

    /** Links are followed. */
    async stat(path: string): Promise<SftpAttributes> {
        return toAttributes(await this.request<Stats>(path, done => this.sftp.stat(path, done)));
    }

    async lstat(path: string): Promise<SftpAttributes> {
        return toAttributes(await this.request<Stats>(path, done => this.sftp.lstat(path, done)));
    }

    /** Target of a symbolic link, as it is written there. */
    readLink(path: string): Promise<string> {
        return this.request<string>(path, done => this.sftp.readlink(path, done));
    }

    /** Entries in the server's order; `truncated` when there are more than `limit`. */
    async list(path: string, limit: number): Promise<{ entries: SftpEntry[]; truncated: boolean }> {
        const handle = await this.request<Buffer>(path, done => this.sftp.opendir(path, done));
        try {
            const entries: SftpEntry[] = [];
            while (entries.length <= limit) {
                const page = await this.readPage(path, handle);
                if (!page) {
                    break;
                }
                entries.push(...page.map(toEntry));
            }
            return { entries: entries.slice(0, limit), truncated: entries.length > limit };
        } finally {
            await this.closeHandle(path, handle);
        }
    }

    /** @param access `create-new` fails when the path exists */
    async openFile(path: string, access: 'read' | 'create-new', mode = 0o666): Promise<SftpFile> {
        const flags = access === 'read' ? 'r' : 'wx';
        const handle = await this.request<Buffer>(path, done => this.sftp.open(path, flags, mode, done));
        return {
            read: (position, length) => this.readHandle(path, handle, position, length),
            write: (bytes, position) =>
                this.request<void>(path, done =>
                    this.sftp.write(
                        handle,
                        asBuffer(bytes),
                        0,
                        bytes.byteLength,
                        position,
                        done as Callback<void>
                    )
                ),
            sync: () =>
                this.optional(path, done => this.sftp.ext_openssh_fsync(handle, done)).then(() => undefined),
            close: () => this.closeHandle(path, handle)
        };
    }

    makeFolder(path: string): Promise<void> {
        return this.request<void>(path, done => this.sftp.mkdir(path, done as Callback<void>));
    }

    removeFolder(path: string): Promise<void> {
        return this.request<void>(path, done => this.sftp.rmdir(path, done as Callback<void>));
    }

    removeFile(path: string): Promise<void> {
        return this.request<void>(path, done => this.sftp.unlink(path, done as Callback<void>));
    }

    /** Servers reject when `to` exists, most of them atomically. */
    rename(from: string, to: string): Promise<void> {
        return this.request<void>(from, done => this.sftp.rename(from, to, done as Callback<void>));
    }

    /** Renames over an existing file, atomically. Resolves to false when the server does not offer that. */
    replace(from: string, to: string): Promise<boolean> {
        return this.optional(from, done => this.sftp.ext_openssh_rename(from, to, done));
    }

    setMode(path: string, mode: number): Promise<void> {
        return this.request<void>(path, done => this.sftp.chmod(path, mode, done as Callback<void>));
    }

    /** What this user may still write where `path` is; undefined when the server does not offer `statvfs@openssh.com`. */
    async freeBytes(path: string): Promise<number | undefined> {
        let free: number | undefined;
        await this.optional(path, done =>
            this.sftp.ext_openssh_statvfs(path, (error: Error | null | undefined, disk: unknown) => {
                const { f_frsize: blockBytes, f_bavail: blocks } = (disk ?? {}) as Record<string, number>;
                free = error ? undefined : Number(blockBytes) * Number(blocks);
                done(error, undefined);
            })
        );
        return free;
    }

    /** Idempotent; requests under way reject. */
    close(): void {
        this.end(new ConnectError('transfer.connection-lost', 'The connection was closed.'));
    }

    private end(error: ConnectError): void {
        if (this.lost) {
            return;
        }
        this.lost = error;
        for (const reject of [...this.pending]) {
            reject(error);
        }
        this.client.end();
    }

    private async readPage(path: string, handle: Buffer): Promise<FileEntryWithStats[] | undefined> {
        return this.untilEnd(
            this.request<FileEntryWithStats[]>(path, done => this.sftp.readdir(handle, done))
        );
    }

    private async readHandle(
        path: string,
        handle: Buffer,
        position: number,
        length: number
    ): Promise<Uint8Array> {
        const target = Buffer.alloc(length);
        let filled = 0;
        while (filled < length) {
            const count = await this.untilEnd(
                this.request<number>(path, done =>
                    this.sftp.read(handle, target, filled, length - filled, position + filled, done)
                )
            );
            if (!count) {
                break;
            }
            filled += count;
        }
        return target.subarray(0, filled);
    }

    /** The end of a file or folder arrives as an error; it is none. */
    private async untilEnd<T>(work: Promise<T>): Promise<T | undefined> {
        try {
            return await work;
        } catch (error) {
            if (ConnectError.is(error) && statusOf(error.cause) === STATUS_CODE.EOF) {
                return undefined;
            }
            throw error;
        }
    }

    private async closeHandle(path: string, handle: Buffer): Promise<void> {
        if (!this.lost) {
            await this.request<void>(path, done => this.sftp.close(handle, done as Callback<void>));
        }
    }

    /** ssh2 throws at once when the server has not announced an extension. */
    private async optional(path: string, start: (done: Callback<void>) => void): Promise<boolean> {
        let offered = true;
        await this.request<void>(path, done => {
            try {
                start(done);
            } catch {
                offered = false;
                done(undefined, undefined);
            }
        });
        return offered;
    }

    private request<T>(path: string, start: (done: Callback<T>) => void): Promise<T> {
        if (this.lost) {
            return Promise.reject(this.lost);
        }
        return new Promise<T>((resolve, reject) => {
            const settle = (): void => {
                clearTimeout(timer);
                this.pending.delete(abort);
            };
            const abort = (error: ConnectError): void => {
                settle();
                reject(error);
            };
            const timer = setTimeout(
                () =>
                    this.end(
                        new ConnectError('transfer.connection-lost', 'The server did not answer in time.', {
                            path
                        })
                    ),
                this.timeoutMs
            );
            this.pending.add(abort);
            start((error, value) => {
                settle();
                if (error) {
                    reject(this.lost ?? toConnectError(error, path));
                } else {
                    resolve(value);
                }
            });
        });
    }
}

/** Extensions of the VERSION packet. ssh2 keeps them to itself: its own extension calls are all that it exports. */
function announced(sftp: SFTPWrapper): Readonly<Record<string, string | undefined>> {
    return (sftp as unknown as { readonly _extensions?: Record<string, string> })._extensions ?? {};
}

function toConnectError(error: Error, path: string): ConnectError {
    const status = statusOf(error);
    // ssh2 answers open requests without a status when the channel goes away
    const code =
        status === undefined ? 'transfer.connection-lost' : (STATUS_ERRORS.get(status) ?? 'files.failed');
    return new ConnectError(code, `${error.message}: ${path}`, { path, status }, error);
}

function statusOf(error: unknown): number | undefined {
    const code = (error as { code?: unknown } | undefined)?.code;
    return typeof code === 'number' ? code : undefined;
}

function toEntry(entry: FileEntryWithStats): SftpEntry {
    return { name: entry.filename, attributes: toAttributes(entry.attrs as Stats) };
}

function toAttributes(stats: Stats): SftpAttributes {
    const kind = stats.isDirectory()
        ? 'directory'
        : stats.isFile()
          ? 'file'
          : stats.isSymbolicLink()
            ? 'symlink'
            : 'other';
    return {
        kind,
        sizeBytes: kind === 'directory' ? 0 : (stats.size ?? 0),
        modifiedMs: (stats.mtime ?? 0) * 1_000,
        mode: (stats.mode ?? 0) & 0o7777
    };
}

function asBuffer(bytes: Uint8Array): Buffer {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
