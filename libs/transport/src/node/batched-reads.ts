import { ConnectError } from '@connect/base';
import { lastName, parentOf } from '../proto/placement';
import { FileStat } from './file-store';
import { OpenBatches } from './open-batches';

/** What is read from one folder in one call: several calls of a block run side by side. */
const FILES_PER_CALL = 128;

/**
 * Reads small files folder by folder with few calls, where the store can: those at `paths`, as large as `sizes` says, to
 * `target` one behind the other. Answers facts of the moment after the read for each; undefined for what has to be read
 * by itself, which then tells why.
 */
export async function readBatched(
    folders: OpenBatches,
    paths: readonly string[],
    sizes: readonly number[],
    target: Uint8Array
): Promise<ReadonlyArray<FileStat | undefined>> {
    const results = new Array<FileStat | undefined>(paths.length);
    const calls: Array<Promise<void>> = [];
    let offset = 0;
    for (let from = 0; from < paths.length;) {
        const folder = parentOf(paths[from]!);
        const start = offset;
        let to = from;
        while (to < paths.length && to - from < FILES_PER_CALL && parentOf(paths[to]!) === folder) {
            offset += sizes[to++]!;
        }
        const some = { paths: paths.slice(from, to), sizes: sizes.slice(from, to) };
        const at = from;
        calls.push(
            readSome(folders, folder, some.paths, some.sizes, target.subarray(start, offset)).then(found =>
                found.forEach((stat, i) => (results[at + i] = stat))
            )
        );
        from = to;
    }
    await Promise.all(calls);
    return results;
}

async function readSome(
    folders: OpenBatches,
    folder: string,
    paths: readonly string[],
    sizes: readonly number[],
    target: Uint8Array
): Promise<ReadonlyArray<FileStat | undefined>> {
    try {
        const found = await folders.use(folder, batch => batch.read(paths.map(lastName), sizes, target));
        return (found ?? []).map(result => (result instanceof ConnectError ? undefined : result));
    } catch (error) {
        // Each file then tells by itself what is wrong.
        if (!(error instanceof ConnectError)) {
            throw error;
        }
        return [];
    }
}
