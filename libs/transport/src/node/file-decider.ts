import { createHash } from 'crypto';
import { ConnectError, RangeSet } from '@connect/base';
import { chunkCount, chunkRange, sampleChunks } from '../proto/chunk-plan';
import { ChunkHash, EntryRecord, SkipReason } from '../proto/meta-records';
import { decideOverwrite, OverwriteRule, ResumeLevel } from '../proto/overwrite-decision';
import { PartialNames, PartialSuffixes, plainNames } from '../proto/partial-names';
import { joinPath } from '../proto/placement';
import { BootId, ResumeMap, sameIdentity } from '../proto/resume-map';
import { readCheckpoint } from './checkpoint-store';
import { chunksWithin, lstatIfThere, RANDOM_DIGITS, removeIfThere, uniqueNames } from './file-sink';
import { FileStore, OpenFile } from './file-store';
import { TargetFolder } from './target-folders';

/** What the receiver wants of a file. */
export type FileDecision =
    | { readonly action: 'skip'; readonly reason: SkipReason }
    /** The finished file's hashes, for the sender to compare. */
    | { readonly action: 'compare'; readonly hashes: readonly ChunkHash[] }
    | { readonly action: 'send' };

/** The unfinished form of a file, old or to be made. */
export interface UnfinishedFile {
    readonly names: PartialNames;
    /** What the checkpoint says, when it is gone on with. */
    readonly resume: ResumeMap | undefined;
    readonly have: RangeSet;
    /** For the sender to check before `have` counts; empty when the checkpoint is believed. */
    readonly checks: readonly ChunkHash[];
}

export interface DeciderOptions {
    readonly store: FileStore;
    readonly overwrite: OverwriteRule;
    readonly resume: ResumeLevel;
    readonly suffixes: PartialSuffixes;
    readonly boot: BootId;
}

/** Whether this run uses a path for something else than the file in question. */
export type IsTaken = (path: string) => boolean;

/** Looks at what is at the target and decides. Changes nothing but left-overs of earlier runs. */
export class FileDecider {
    constructor(private readonly options: DeciderOptions) {}

    /** @throws ConnectError when the file cannot be received for what is there now. */
    async decide(folder: TargetFolder, name: string, entry: EntryRecord): Promise<FileDecision> {
        const path = joinPath(folder.path, name);
        const existing = folder.isNew ? undefined : await lstatIfThere(this.options.store, path);
        const verdict = decideOverwrite(entry, existing, this.options.overwrite, this.options.resume);
        if (verdict.action === 'fail') {
            throw new ConnectError(verdict.code, `${path}: ${verdict.message}`);
        }
        if (verdict.action !== 'compare') {
            return verdict;
        }
        if (entry.sizeBytes === 0) {
            return { action: 'skip', reason: 'same' };
        }
        const all = Array.from(
            { length: chunkCount(entry.sizeBytes, entry.chunkBytes) },
            (_, chunk) => chunk
        );
        const chunks = verdict.sample ? sampleChunks(all) : all;
        const hashes = await this.hashChunks(path, entry, chunks);
        // Fewer hashes than chunks would say "same" about parts nobody looked at.
        return hashes.length === chunks.length ? { action: 'compare', hashes } : { action: 'send' };
    }

    /** Finds the unfinished form of a file of several chunks, and what of it can be used. */
    async prepare(
        folder: TargetFolder,
        name: string,
        entry: EntryRecord,
        isTaken: IsTaken
    ): Promise<UnfinishedFile> {
        const plain = plainNames(name, this.options.suffixes);
        const unique = uniqueNames(name, this.options.suffixes);
        const names = plain && (await this.isOurs(folder, plain, isTaken)) ? plain : unique;
        const state = await readCheckpoint(
            this.options.store,
            joinPath(folder.path, names.checkpoint),
            this.options.boot
        );
        const partialPath = joinPath(folder.path, names.partial);
        const partial = await lstatIfThere(this.options.store, partialPath);
        const usable =
            this.options.resume !== 'none' &&
            state &&
            state !== 'damaged' &&
            sameIdentity(state.identity, entry);
        if (usable && partial?.kind === 'file') {
            const have = await this.trusted(
                partialPath,
                entry,
                state,
                chunksWithin(state, partial.sizeBytes)
            );
            const checks = this.checksOf(state, have);
            // A partial file of which nothing can be used is begun anew, like one of another version of the source.
            if (!have.isEmpty) {
                return { names, resume: state, have, checks };
            }
        }
        if (partial) {
            await removeIfThere(this.options.store, partialPath);
        }
        if (state) {
            await removeIfThere(this.options.store, joinPath(folder.path, names.checkpoint));
        }
        return { names, resume: undefined, have: new RangeSet(), checks: [] };
    }

    /** Removes what earlier runs left of a file that is now at its place. */
    async removeLeftovers(folder: TargetFolder, name: string, isTaken: IsTaken): Promise<void> {
        const { suffixes, store } = this.options;
        const found = await folder.leftovers([suffixes.partial, suffixes.checkpoint]);
        if (found.size === 0) {
            return;
        }
        const unique = uniqueNames(name, suffixes);
        // A run that found the unique name in use took one that begins the same.
        const stem = unique.partial.slice(0, -suffixes.partial.length - RANDOM_DIGITS);
        const names = [...found].filter(
            other => other.startsWith(stem) && other.length === unique.partial.length
        );
        const plain = plainNames(name, suffixes);
        // A partial file without a checkpoint may be anybody's.
        if (plain && found.has(plain.checkpoint)) {
            names.push(plain.partial, plain.checkpoint);
        }
        if (found.has(unique.checkpoint)) {
            names.push(unique.checkpoint);
        }
        for (const path of names
            .map(other => joinPath(folder.path, other))
            .filter(other => !isTaken(other))) {
            await removeIfThere(store, path);
        }
    }

    /** Whether the plain names are free, or hold the state of an earlier run: known by the checkpoint. */
    private async isOurs(folder: TargetFolder, names: PartialNames, isTaken: IsTaken): Promise<boolean> {
        const { store } = this.options;
        const partial = joinPath(folder.path, names.partial);
        const checkpoint = joinPath(folder.path, names.checkpoint);
        if (isTaken(partial) || isTaken(checkpoint)) {
            return false;
        }
        const [partialStat, checkpointStat] = [
            await lstatIfThere(store, partial),
            await lstatIfThere(store, checkpoint)
        ];
        const isFile = (stat: typeof partialStat): boolean => stat === undefined || stat.kind === 'file';
        return (
            isFile(partialStat) && isFile(checkpointStat) && (!partialStat || checkpointStat !== undefined)
        );
    }

    /** Chunks that are certainly in the partial file: proven ones, others after reading them. */
    private async trusted(
        path: string,
        entry: EntryRecord,
        map: ResumeMap,
        within: RangeSet
    ): Promise<RangeSet> {
        const readAll = this.options.resume === 'full-checksum';
        const have = new RangeSet();
        const doubtful: number[] = [];
        for (const range of within.ranges()) {
            for (let chunk = range.start; chunk < range.end; chunk++) {
                if (map.proven.has(chunk) && !readAll) {
                    have.add(chunk, chunk + 1);
                } else {
                    doubtful.push(chunk);
                }
            }
        }
        const sample = this.options.resume === 'sparse-checksum' ? sampleChunks(chunksOf(have)) : [];
        for (const { chunk, hash } of await this.hashChunks(path, entry, [...doubtful, ...sample])) {
            if (Buffer.compare(hash, map.hashes.get(chunk)!) === 0) {
                have.add(chunk, chunk + 1);
            } else if (have.has(chunk)) {
                // A chunk that was proven is wrong: then nothing here is as the checkpoint says.
                return new RangeSet();
            }
        }
        return have;
    }

    private checksOf(map: ResumeMap, have: RangeSet): ChunkHash[] {
        const level = this.options.resume;
        const chunks = level === 'attributes' ? [] : chunksOf(have);
        const checked = level === 'sparse-checksum' ? sampleChunks(chunks) : chunks;
        return checked.map(chunk => ({ chunk, hash: map.hashes.get(chunk)! }));
    }

    /** Hashes of those chunks that can be read whole. */
    private async hashChunks(
        path: string,
        entry: EntryRecord,
        chunks: readonly number[]
    ): Promise<ChunkHash[]> {
        if (chunks.length === 0) {
            return [];
        }
        const file: OpenFile = await this.options.store.open(path, 'read');
        const hashes: ChunkHash[] = [];
        const buffer = Buffer.allocUnsafeSlow(Math.min(entry.chunkBytes, entry.sizeBytes));
        try {
            for (const chunk of chunks) {
                const range = chunkRange(entry.sizeBytes, entry.chunkBytes, chunk);
                const bytes = buffer.subarray(0, range.end - range.start);
                if ((await file.read(bytes, range.start)) === bytes.length) {
                    hashes.push({ chunk, hash: createHash('sha256').update(bytes).digest() });
                }
            }
        } finally {
            await file.close();
        }
        return hashes;
    }
}

function chunksOf(set: RangeSet): number[] {
    return set
        .ranges()
        .flatMap(range => Array.from({ length: range.end - range.start }, (_, i) => range.start + i));
}
