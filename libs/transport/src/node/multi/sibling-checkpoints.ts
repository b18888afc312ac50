import { createHash } from 'crypto';
import { encodePathBytes } from '@connect/base';
import { ChunkHash } from '../../proto/meta-records';
import { NAME_TAG_DIGITS, PartialNames, PartialSuffixes, taggedNames } from '../../proto/partial-names';
import { joinPath } from '../../proto/placement';
import { BootId, ResumeMap, sameIdentity, SourceIdentity } from '../../proto/resume-map';
import { readCheckpoint } from '../checkpoint-store';
import { FileStat, FileStore } from '../file-store';
import { belongs, isAbout } from '../partial-ownership';

const WRITER_DIGITS = 8;

/** What one writer recorded of a file that several sessions write. */
export interface SiblingCheckpoint {
    readonly path: string;
    readonly map: ResumeMap;
}

/** Name of the checkpoint that the session `writer` keeps of the file that is to be called `name`. */
export function siblingName(name: string, writer: number, suffixes: PartialSuffixes): string {
    return namesWith(name, writer.toString(16).padStart(WRITER_DIGITS, '0'), suffixes).checkpoint;
}

/** Whether `other` is called as the checkpoint of some writer of `name`. */
export function isSiblingName(other: string, name: string, suffixes: PartialSuffixes): boolean {
    const model = siblingName(name, 0, suffixes);
    const stem = model.slice(0, -(WRITER_DIGITS + suffixes.checkpoint.length));
    const digits = other.slice(stem.length, stem.length + WRITER_DIGITS);
    return other === stem + digits + suffixes.checkpoint && /^[0-9a-f]{8}$/.test(digits);
}

/** Those of the named checkpoints that are about this version of the source and this partial file. */
export async function readSiblings(
    store: FileStore,
    folder: string,
    name: string,
    names: readonly string[],
    own: { readonly partialPath: string; readonly partial: FileStat },
    identity: SourceIdentity,
    boot: BootId
): Promise<SiblingCheckpoint[]> {
    const found: SiblingCheckpoint[] = [];
    for (const path of names.map(item => joinPath(folder, item))) {
        const map = await readCheckpoint(store, path, boot);
        const fits =
            map !== undefined &&
            map !== 'damaged' &&
            map.place !== undefined &&
            isAbout(map, name) &&
            sameIdentity(map.identity, identity) &&
            (await belongs(store, own.partialPath, own.partial, map));
        if (fits) {
            found.push({ path, map });
        }
    }
    return found;
}

/** All that is recorded, with `main` as the one that is gone on with. Chunks about which two disagree are left out. */
export function mergeCheckpoints(main: ResumeMap, siblings: readonly SiblingCheckpoint[]): ResumeMap {
    const hashes = new Map(main.hashes);
    const { proven } = main;
    const disputed = new Set<number>();
    for (const { map } of siblings) {
        for (const [chunk, hash] of map.hashes) {
            const known = hashes.get(chunk);
            if (known && Buffer.compare(known, hash) !== 0) {
                disputed.add(chunk);
            }
            hashes.set(chunk, hash);
            if (map.proven.has(chunk)) {
                proven.add(chunk, chunk + 1);
            }
        }
    }
    for (const chunk of disputed) {
        hashes.delete(chunk);
        proven.delete(chunk, chunk + 1);
    }
    return { ...main, hashes, proven };
}

/** Chunks of `merged` that its main checkpoint does not record. */
export function adoptedChunks(main: ReadonlyMap<number, Uint8Array>, merged: ResumeMap): ChunkHash[] {
    return [...merged.hashes].filter(([chunk]) => !main.has(chunk)).map(([chunk, hash]) => ({ chunk, hash }));
}

function namesWith(name: string, digits: string, suffixes: PartialSuffixes): PartialNames {
    const tag = createHash('sha256').update(encodePathBytes(name)).digest('hex').slice(0, NAME_TAG_DIGITS);
    return taggedNames(name, tag + digits, suffixes);
}
