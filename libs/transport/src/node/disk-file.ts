import { FileHandle } from 'fs/promises';
import { Range } from '@connect/base';
import { fileError, FileOperation } from './file-errors';
import { toFileStat, utimesArgument } from './file-stat';
import { FileStat, OpenFile } from './file-store';
import { nativeFiles } from './native-addon';

/**
 * An open file of the local disk. It keeps Node's FileHandle and not the bare number, since a handle refuses work
 * after it was closed, while a number may by then belong to another file.
 */
export class DiskFile implements OpenFile {
    private closing: Promise<void> | undefined;

    /** @param path what messages call the file */
    constructor(
        private readonly handle: FileHandle,
        private readonly path: string,
        readonly showsReading = false
    ) {}

    async read(target: Uint8Array, position: number): Promise<number> {
        let done = 0;
        return this.mapped('read', async () => {
            while (done < target.length) {
                const { bytesRead } = await this.handle.read(
                    target,
                    done,
                    target.length - done,
                    position + done
                );
                if (bytesRead === 0) {
                    break;
                }
                done += bytesRead;
            }
            return done;
        });
    }

    async write(bytes: Uint8Array, position: number): Promise<void> {
        let done = 0;
        return this.mapped('write', async () => {
            while (done < bytes.length) {
                const { bytesWritten } = await this.handle.write(
                    bytes,
                    done,
                    bytes.length - done,
                    position + done
                );
                done += bytesWritten;
            }
        });
    }

    async writeParts(parts: readonly Uint8Array[], position: number): Promise<void> {
        const [first, ...others] = parts;
        if (others.length === 0) {
            return first && this.write(first, position);
        }
        const lengthBytes = parts.reduce((sum, { length }) => sum + length, 0);
        const { bytesWritten } = await this.mapped('write', () => this.handle.writev([...parts], position));
        if (bytesWritten < lengthBytes) {
            // a full disk, or a signal: the rest, for which the system says why it cannot be written
            return this.writeParts(partsFrom(parts, bytesWritten), position + bytesWritten);
        }
    }

    truncate(sizeBytes: number): Promise<void> {
        return this.mapped('write', () => this.handle.truncate(sizeBytes));
    }

    get findData(): ((from: number, end: number) => Promise<Range>) | undefined {
        const native = nativeFiles();
        return (
            native &&
            ((from, end) =>
                this.mapped('read', async () => {
                    const [start, dataEnd] = await native.findData(this.handle.fd, from, end);
                    return { start, end: dataEnd };
                }))
        );
    }

    stat(): Promise<FileStat> {
        return this.mapped('read', async () => toFileStat(await this.handle.stat({ bigint: true })));
    }

    setTimes(atimeNs: bigint, mtimeNs: bigint): Promise<void> {
        return this.mapped('write', () =>
            this.handle.utimes(utimesArgument(atimeNs), utimesArgument(mtimeNs))
        );
    }

    setMode(mode: number): Promise<void> {
        return this.mapped('write', () => this.handle.chmod(mode & 0o7777));
    }

    setOwner(uid: number, gid: number): Promise<void> {
        return this.mapped('write', () => this.handle.chown(uid, gid));
    }

    sync(dataOnly: boolean): Promise<void> {
        return this.mapped('write', () => (dataOnly ? this.handle.datasync() : this.handle.sync()));
    }

    close(): Promise<void> {
        this.closing ??= this.mapped('write', () => this.handle.close());
        return this.closing;
    }

    private async mapped<T>(operation: FileOperation, work: () => Promise<T>): Promise<T> {
        try {
            return await work();
        } catch (error) {
            throw fileError(error, this.path, operation);
        }
    }
}

/** What is left of `parts` without their first `skipBytes`. */
function partsFrom(parts: readonly Uint8Array[], skipBytes: number): Uint8Array[] {
    let skip = skipBytes;
    return parts.flatMap(part => {
        const left = part.subarray(Math.min(skip, part.length));
        skip -= part.length - left.length;
        return left.length > 0 ? [left] : [];
    });
}
