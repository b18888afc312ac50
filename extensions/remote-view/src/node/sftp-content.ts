import type { SftpClient, SftpFile } from '@connect/transport/lib/node/sftp-client';

/** Requests under way at once for one operation: hides the round trip without flooding the server. */
const PARALLEL_REQUESTS = 16;
/** Every SFTP server takes requests of this size (draft-ietf-secsh-filexfer-02 §3). */
const BLOCK_BYTES = 32_768;

/** The first `sizeBytes` of a file, or less when it has shrunk since its size was asked for. */
export function readAll(file: SftpFile, sizeBytes: number): Promise<Uint8Array> {
    return readRange(file, 0, sizeBytes);
}

/** `length` bytes from `from` on, or less at the end of the file. */
export async function readRange(file: SftpFile, from: number, length: number): Promise<Uint8Array> {
    const offsets = Array.from(
        { length: Math.ceil(length / BLOCK_BYTES) },
        (_, index) => index * BLOCK_BYTES
    );
    const blocks = await inParallel(offsets, offset =>
        file.read(from + offset, Math.min(BLOCK_BYTES, length - offset))
    );
    return Buffer.concat(blocks);
}

/** Writes a new file, on the disk when it resolves. @param mode permission bits to give it, if not the usual ones */
export async function writeAll(
    client: SftpClient,
    path: string,
    content: Uint8Array,
    mode: number | undefined
): Promise<void> {
    const file = await client.openFile(path, 'create-new');
    try {
        const positions = Array.from(
            { length: Math.ceil(content.byteLength / BLOCK_BYTES) },
            (_, index) => index * BLOCK_BYTES
        );
        await inParallel(positions, position =>
            file.write(content.subarray(position, position + BLOCK_BYTES), position)
        );
        await file.sync();
    } finally {
        await file.close();
    }
    if (mode !== undefined) {
        await client.setMode(path, mode);
    }
}

/** Results in the order of `items`, {@link PARALLEL_REQUESTS} at once; the first failure ends it when all under way have ended. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
    const results = new Array<R>(items.length);
    let next = 0;
    const worker = async (): Promise<void> => {
        while (next < items.length) {
            const index = next++;
            try {
                results[index] = await work(items[index]);
            } catch (error) {
                next = items.length;
                throw error;
            }
        }
    };
    const workers = Array.from({ length: Math.min(PARALLEL_REQUESTS, items.length) }, worker);
    const outcomes = await Promise.allSettled(workers);
    const failed = outcomes.find(outcome => outcome.status === 'rejected');
    if (failed) {
        throw failed.reason;
    }
    return results;
}
