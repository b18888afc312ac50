import { ConnectError } from '@connect/base';
import { Footprint } from './request-order';
import * as codec from './sftp-codec';
import { MAX_HANDLES } from './sftp-handles';
import { SftpOperations } from './sftp-operations';
import { MAX_DATA_BYTES, MAX_PACKET_BYTES, Request, Status } from './sftp-protocol';

/** A request that was understood, ready to run. */
export interface SftpRequest {
    readonly footprint: Footprint;
    /** Does it; resolves to the packet that answers it and never rejects. */
    answer(): Promise<Buffer>;
}

/** What one packet asks for: its fields are read at once, its work is done when called. */
type Work = () => Promise<Buffer>;
type Reading = (reader: codec.PacketReader, id: number) => Work;
type HandleReading = (handle: Buffer, reader: codec.PacketReader, id: number) => [Work, Partial<Footprint>?];

/** Turns packets into work on {@link SftpOperations}, and outcomes into packets. */
export class SftpRequests {
    private readonly byPath: Partial<Record<Request, Reading>>;
    private readonly byHandle: Partial<Record<Request, HandleReading>>;

    /** @param clientSoftware the client's SSH identification */
    constructor(
        private readonly operations: SftpOperations,
        private readonly clientSoftware: string
    ) {
        this.byPath = this.pathRequests();
        this.byHandle = this.handleRequests();
    }

    /** A packet that makes no sense is answered with a status, as one that fails. */
    parse(type: number, id: number, reader: codec.PacketReader): SftpRequest {
        try {
            const { work, footprint } = this.understand(type, id, reader);
            return {
                footprint: { type, ...footprint },
                answer: () => work().catch(error => failure(id, error))
            };
        } catch (error) {
            return { footprint: { type }, answer: async () => failure(id, error) };
        }
    }

    private understand(
        type: Request,
        id: number,
        reader: codec.PacketReader
    ): { work: Work; footprint?: Partial<Footprint> } {
        const byPath = this.byPath[type];
        if (byPath) {
            return { work: byPath(reader, id) };
        }
        const byHandle = this.byHandle[type];
        if (byHandle) {
            const handle = reader.string();
            const [work, footprint] = byHandle(handle, reader, id);
            return { work, footprint: { handle: handle.toString('latin1'), ...footprint } };
        }
        if (type === Request.Extended) {
            return { work: this.extended(reader, id) };
        }
        throw new ConnectError('not-supported', `SFTP packet type ${type} is not supported`);
    }

    private pathRequests(): Partial<Record<Request, Reading>> {
        const does = this.operations;
        return {
            [Request.Open]: (reader, id) => {
                const [path, flags, attributes] = [reader.path(), reader.uint32(), reader.attributes()];
                return async () => codec.handlePacket(id, await does.open(path, flags, attributes));
            },
            [Request.Opendir]: (reader, id) => {
                const path = reader.path();
                return async () => codec.handlePacket(id, await does.openFolder(path));
            },
            [Request.Stat]: (reader, id) => {
                const path = reader.path();
                return async () => codec.attributesPacket(id, await does.stat(path));
            },
            [Request.Lstat]: (reader, id) => {
                const path = reader.path();
                return async () => codec.attributesPacket(id, await does.lstat(path));
            },
            [Request.Realpath]: (reader, id) => {
                const path = reader.path();
                return async () => oneName(id, does.realPath(path));
            },
            [Request.Readlink]: (reader, id) => {
                const path = reader.path();
                return async () => oneName(id, await does.readLink(path));
            },
            [Request.Setstat]: (reader, id) => {
                const [path, attributes] = [reader.path(), reader.attributes()];
                return () => done(id, does.setStat(path, attributes));
            },
            [Request.Mkdir]: (reader, id) => {
                const [path, attributes] = [reader.path(), reader.attributes()];
                return () => done(id, does.makeFolder(path, attributes));
            },
            [Request.Rmdir]: (reader, id) => {
                const path = reader.path();
                return () => done(id, does.removeFolder(path));
            },
            [Request.Remove]: (reader, id) => {
                const path = reader.path();
                return () => done(id, does.removeFile(path));
            },
            [Request.Rename]: (reader, id) => {
                const [from, to] = [reader.path(), reader.path()];
                return () => done(id, does.rename(from, to, false));
            },
            [Request.Symlink]: (reader, id) => {
                const [target, path] = this.linkArguments(reader.path(), reader.path());
                return () => done(id, does.makeLink(target, path));
            }
        };
    }

    private handleRequests(): Partial<Record<Request, HandleReading>> {
        const does = this.operations;
        return {
            [Request.Read]: (handle, reader, id) => {
                const [start, length] = [reader.uint64(), reader.uint32()];
                const work = async (): Promise<Buffer> => {
                    const bytes = await does.read(handle, start, length);
                    return bytes ? codec.dataPacket(id, bytes) : endOf(id, 'the file');
                };
                return [work, { start, end: start + length }];
            },
            [Request.Write]: (handle, reader, id) => {
                const [start, bytes] = [reader.uint64(), reader.string()];
                const end = does.isAppending(handle) ? undefined : start + bytes.length;
                return [() => done(id, does.write(handle, start, bytes)), { start, end }];
            },
            [Request.Readdir]: (handle, _reader, id) => [
                async () => {
                    const page = await does.readFolder(handle);
                    return page ? codec.namePacket(id, page) : endOf(id, 'the folder');
                }
            ],
            [Request.Fstat]: (handle, _reader, id) => [
                async () => codec.attributesPacket(id, await does.fstat(handle))
            ],
            [Request.Fsetstat]: (handle, reader, id) => {
                const attributes = reader.attributes();
                return [() => done(id, does.setHandleStat(handle, attributes))];
            },
            [Request.Close]: (handle, _reader, id) => [() => done(id, does.close(handle))]
        };
    }

    private extended(reader: codec.PacketReader, id: number): Work {
        const name = reader.string().toString('latin1');
        switch (name) {
            case 'posix-rename@openssh.com': {
                const [from, to] = [reader.path(), reader.path()];
                return () => done(id, this.operations.rename(from, to, true));
            }
            case 'fsync@openssh.com': {
                const handle = reader.string();
                return () => done(id, this.operations.sync(handle));
            }
            case 'statvfs@openssh.com': {
                const path = reader.path();
                return async () => codec.diskPacket(id, await this.operations.freeBytes(path));
            }
            case 'limits@openssh.com': {
                const limits = [MAX_PACKET_BYTES, MAX_DATA_BYTES, MAX_DATA_BYTES, MAX_HANDLES] as const;
                return async () => codec.limitsPacket(id, limits);
            }
            default:
                throw new ConnectError(
                    'not-supported',
                    `SFTP extension ${name.slice(0, 64)} is not supported`
                );
        }
    }

    /** OpenSSH sends the target first, against the draft, and the others followed it; ssh2 follows the draft. */
    private linkArguments(first: string, second: string): [target: string, path: string] {
        return /^SSH-2\.0-ssh2js/.test(this.clientSoftware) ? [second, first] : [first, second];
    }
}

async function done(id: number, work: Promise<void>): Promise<Buffer> {
    await work;
    return codec.statusPacket(id, Status.Ok, 'done');
}

function endOf(id: number, what: string): Buffer {
    return codec.statusPacket(id, Status.Eof, `end of ${what}`);
}

function oneName(id: number, name: string): Buffer {
    return codec.namePacket(id, [{ name, longName: name, attributes: {} }]);
}

function failure(id: number, error: unknown): Buffer {
    const { code, message } = ConnectError.from(error, 'files.failed');
    return codec.statusPacket(id, STATUS[code] ?? Status.Failure, message);
}

const STATUS: Readonly<Record<string, Status>> = {
    'files.not-found': Status.NoSuchFile,
    'files.permission-denied': Status.PermissionDenied,
    'transfer.outside-root': Status.PermissionDenied,
    'transfer.read-only': Status.PermissionDenied,
    'transfer.protocol': Status.BadMessage,
    'not-supported': Status.Unsupported
};
