import { createHash } from 'crypto';
import { encodePathBytes, RangeSet } from '@connect/base';
import { sampleChunks } from '../proto/chunk-plan';
import { PartialNames } from '../proto/partial-names';
import { joinPath } from '../proto/placement';
import { BootId, NAME_TAG_BYTES, PartialPlace, ResumeMap } from '../proto/resume-map';
import { CHECKPOINT_MODE, readCheckpoint } from './checkpoint-store';
import { FileStat, FileStore } from './file-store';
import { chunksOf, chunksWithin, hashChunks, lstatIfThere } from './partial-files';

/** What lies at the two names of an unfinished file. */
export interface UnfinishedPair {
    /** `nobody`: both names are free. `other`: something is there of which we cannot tell for certain that we made it. */
    readonly owner: 'nobody' | 'us' | 'other';
    readonly partial: FileStat | undefined;
    readonly state: ResumeMap | 'damaged' | undefined;
}

/** How a checkpoint tells the partial file it belongs to. */
export function placeOf(name: string, partial: FileStat): PartialPlace {
    return { nameTag: nameTagOf(name), inode: partial.inode, bornNs: partial.bornNs ?? 0n };
}

/**
 * Looks at the names of the unfinished form of `name`. They are names that anybody may use, so what is there is ours
 * only when the checkpoint is whole and names this file, and the partial file is the one it was written for: by inode
 * and time of birth or, where those do not last, by at least one chunk whose content is as recorded. A run that is
 * killed before it has written anything leaves an empty checkpoint alone, which only its owner may read.
 */
export async function inspectPair(
    store: FileStore,
    folder: string,
    name: string,
    names: PartialNames,
    boot: BootId
): Promise<UnfinishedPair> {
    const partialPath = joinPath(folder, names.partial);
    const checkpointPath = joinPath(folder, names.checkpoint);
    const state = await readCheckpoint(store, checkpointPath, boot);
    const partial = await lstatIfThere(store, partialPath);
    if (!partial && !state) {
        return { owner: 'nobody', partial, state };
    }
    const isOurs =
        state === 'damaged'
            ? !partial && (await isUnwritten(store, checkpointPath))
            : state !== undefined &&
              isAbout(state, name) &&
              (!partial || (await belongs(store, partialPath, partial, state)));
    return { owner: isOurs ? 'us' : 'other', partial, state };
}

async function isUnwritten(store: FileStore, checkpointPath: string): Promise<boolean> {
    const found = await lstatIfThere(store, checkpointPath);
    return found?.kind === 'file' && found.sizeBytes === 0 && (found.mode & 0o777) === CHECKPOINT_MODE;
}

/** Whether the checkpoint names the file that is to be called `name`. */
export function isAbout(state: ResumeMap, name: string): boolean {
    // A run that ended before it had made its partial file recorded nothing else either.
    return state.place ? Buffer.compare(state.place.nameTag, nameTagOf(name)) === 0 : state.recordCount === 0;
}

/** Whether the checkpoint was written for this partial file; see {@link inspectPair}. */
export async function belongs(
    store: FileStore,
    path: string,
    partial: FileStat,
    state: ResumeMap
): Promise<boolean> {
    if (partial.kind !== 'file') {
        return false;
    }
    if (!state.place) {
        return partial.sizeBytes === 0;
    }
    if (state.place.inode === partial.inode && state.place.bornNs === (partial.bornNs ?? 0n)) {
        return true;
    }
    const recorded: RangeSet = chunksWithin(state, partial.sizeBytes);
    const proof = await hashChunks(store, path, state.hash, state.identity, sampleChunks(chunksOf(recorded)));
    return proof.some(({ chunk, hash }) => Buffer.compare(hash, state.hashes.get(chunk)!) === 0);
}

function nameTagOf(name: string): Uint8Array {
    return createHash('sha256').update(encodePathBytes(name)).digest().subarray(0, NAME_TAG_BYTES);
}
