import { FileHandle } from 'fs/promises';
import { Range } from '@connect/base';
import { fileError, FileOperation } from './file-errors';
import { toFileStat, utimesArgument, utimesArgumentMs } from './file-stat';
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
        private readonly path: string
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

    setTimes(atimeMs: number, mtimeNs: bigint): Promise<void> {
        return this.mapped('write', () =>
            this.handle.utimes(utimesArgumentMs(atimeMs), utimesArgument(mtimeNs))
        );
    }

    setMode(mode: number): Promise<void> {
        return this.mapped('write', () => this.handle.chmod(mode & 0o7777));
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
