import { ConnectError, encodePathBytes, RangeSet } from '@connect/base';
import { chunkRange } from '../proto/chunk-plan';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { ChunkHash } from '../proto/meta-records';
import { NAME_TAG_DIGITS, PartialNames, PartialSuffixes, taggedNames } from '../proto/partial-names';
import { ResumeMap, SourceIdentity } from '../proto/resume-map';
import { hashOf, sha256 } from './content-hash';
import { HoleMap } from './hole-map';
import { zeroHash } from './zero-hash';
import type { ComparisonWatch } from './comparison-watch';
import type { EarlyChecks } from './early-checks';
import { FileStat, FileStore, OpenFile } from './file-store';

/** {@link taggedNames} with the tag that belongs to `name`: 64 bits of its SHA-256. */
export function uniqueNames(name: string, suffixes: PartialSuffixes): PartialNames {
    const tag = sha256(encodePathBytes(name)).toString('hex').slice(0, NAME_TAG_DIGITS);
    return taggedNames(name, tag, suffixes);
}

/** Removes a file that may be missing. */
export async function removeIfThere(store: FileStore, path: string): Promise<void> {
    try {
        await store.removeFile(path);
    } catch (error) {
        if (!ConnectError.is(error, 'files.not-found')) {
            throw error;
        }
    }
}

/** Undefined when there is nothing at `path`. */
export async function lstatIfThere(store: FileStore, path: string): Promise<FileStat | undefined> {
    try {
        return await store.lstat(path);
    } catch (error) {
        if (ConnectError.is(error, 'files.not-found')) {
            return undefined;
        }
        throw error;
    }
}

/** Gives a partial file its name. @throws ConnectError `transfer.rename-failed`, or why that name cannot be had. */
export async function renamePartial(store: FileStore, from: string, to: string): Promise<void> {
    try {
        await store.rename(from, to);
    } catch (error) {
        throw renameError(error);
    }
}

/** What the store said about a rename, in the terms of a transfer. */
export function renameError(error: unknown): ConnectError {
    const known = ConnectError.from(error);
    return known.code.startsWith('transfer.') || known.code === 'files.is-a-directory'
        ? known
        : new ConnectError('transfer.rename-failed', known.message, known.data, known);
}

/** Another run of the same transfer may have been quicker: then its rename named this very file. */
export async function expectRenamed(
    store: FileStore,
    partialPath: string,
    path: string,
    own: FileStat
): Promise<void> {
    const target = await lstatIfThere(store, path);
    if (!target || !isSameFile(target, own)) {
        const message = `${partialPath} was replaced by somebody else while it was written`;
        throw new ConnectError('transfer.rename-failed', message);
    }
}

/** Whether two looks saw the same file. */
export function isSameFile(a: FileStat, b: FileStat): boolean {
    return a.inode === b.inode && a.device === b.device;
}

/** Permission bits to create a file with, so that the owner may always read and write. */
export function fileMode(mode: number): number {
    return (mode & 0o777) | 0o600;
}

/** Chunks of `map` that lie within a partial file of this size. */
export function chunksWithin(map: ResumeMap, partialBytes: number): RangeSet {
    const found = new RangeSet();
    for (const chunk of map.hashes.keys()) {
        const end = Math.min(map.identity.sizeBytes, (chunk + 1) * map.identity.chunkBytes);
        if (end <= partialBytes) {
            found.add(chunk, chunk + 1);
        }
    }
    return found;
}

/** The members of a set of chunks, in order. */
export function chunksOf(set: RangeSet): number[] {
    return set
        .ranges()
        .flatMap(range => Array.from({ length: range.end - range.start }, (_, i) => range.start + i));
}

/**
 * Hashes of those chunks of the file at `path` that can be read whole. Holes are not read.
 * @param watch told how far that is
 * @param early told each hash
 */
export async function hashChunks(
    store: FileStore,
    path: string,
    algorithm: HashAlgorithm,
    { sizeBytes, chunkBytes }: Pick<SourceIdentity, 'sizeBytes' | 'chunkBytes'>,
    chunks: readonly number[],
    watch?: ComparisonWatch,
    early?: Pick<EarlyChecks, 'onHash'>
): Promise<ChunkHash[]> {
    if (chunks.length === 0) {
        return [];
    }
    const file: OpenFile = await store.open(path, 'read');
    const hashes: ChunkHash[] = [];
    const add = (item: ChunkHash, isHole?: boolean): void => {
        hashes.push(item);
        early?.onHash(item, isHole);
    };
    const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, sizeBytes));
    try {
        const holes = new HoleMap(file, { ...(await file.stat()), chunkBytes });
        const ranges = chunks.map(chunk => ({ chunk, ...chunkRange(sizeBytes, chunkBytes, chunk) }));
        watch?.onToCompare(ranges.reduce((sum, { start, end }) => sum + end - start, 0));
        for (const { chunk, ...range } of ranges) {
            watch?.onCompared(range.end - range.start);
            if (await holes.isHole(range)) {
                add({ chunk, hash: zeroHash(algorithm, range.end - range.start) }, true);
                continue;
            }
            const bytes = buffer.subarray(0, range.end - range.start);
            if ((await file.read(bytes, range.start)) === bytes.length) {
                add({ chunk, hash: hashOf(algorithm, bytes) });
            }
        }
    } finally {
        await file.close();
    }
    return hashes;
}
