import { ConnectError, RangeSet } from '@connect/base';
import { chunkCount, sampleChunks } from '../proto/chunk-plan';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { ChunkHash, EntryRecord, SkipReason } from '../proto/meta-records';
import { decideOverwrite, OverwriteRule, ResumeLevel } from '../proto/overwrite-decision';
import { isSmallName, PartialNames, PartialSuffixes, plainNames } from '../proto/partial-names';
import { joinPath } from '../proto/placement';
import { BootId, ResumeMap, sameIdentity } from '../proto/resume-map';
import type { ComparisonWatch } from './comparison-watch';
import type { EarlyChecks } from './early-checks';
import { AdoptedRecords } from './file-sink';
import { FileStat, FileStore } from './file-store';
import { adoptedChunks, isSiblingName, mergeCheckpoints, readSiblings } from './multi/sibling-checkpoints';
import {
    chunksOf,
    chunksWithin,
    hashChunks,
    lstatIfThere,
    removeIfThere,
    uniqueNames
} from './partial-files';
import { inspectPair, UnfinishedPair } from './partial-ownership';
import { LeftPartial, smallNamesFor } from './small-file';
import { TargetFolder } from './target-folders';

/** What the receiver wants of a file. */
export type FileDecision =
    | { readonly action: 'skip'; readonly reason: SkipReason }
    /** The finished file's hashes, for the sender to compare. */
    | { readonly action: 'compare'; readonly hashes: readonly ChunkHash[] }
    | { readonly action: 'send' }
    /** To be received under another name. */
    | { readonly action: 'rename' }
    /** What is there may be the beginning of it. */
    | { readonly action: 'continue'; readonly existing: FileStat };

/** The unfinished form of a file, old or to be made. */
export interface UnfinishedFile {
    readonly names: PartialNames;
    /** What the checkpoint says, when it is gone on with. */
    readonly resume: ResumeMap | undefined;
    readonly have: RangeSet;
    /** For the sender to check before `have` counts; empty when the checkpoint is believed. */
    readonly checks: readonly ChunkHash[];
    /** What the sessions of an earlier run recorded, each for itself. */
    readonly adopted: AdoptedRecords;
}

export interface DeciderOptions {
    readonly store: FileStore;
    /** Of the session. A checkpoint may hold others. */
    readonly hash: HashAlgorithm;
    readonly overwrite: OverwriteRule;
    readonly resume: ResumeLevel;
    readonly suffixes: PartialSuffixes;
    readonly boot: BootId;
    readonly comparison: ComparisonWatch;
}

/** Whether this run uses a path for something else than the file in question. */
export type IsTaken = (path: string) => boolean;

/** Looks at what is at the target and decides. Changes nothing but left-overs of earlier runs. */
export class FileDecider {
    constructor(private readonly options: DeciderOptions) {}

    /** @throws ConnectError when the file cannot be received for what is there now. */
    async decide(
        folder: TargetFolder,
        name: string,
        entry: EntryRecord,
        early: EarlyChecks,
        isContested = false
    ): Promise<FileDecision> {
        const path = joinPath(folder.path, name);
        const existing =
            folder.isNew && !isContested ? undefined : await lstatIfThere(this.options.store, path);
        const verdict = decideOverwrite(entry, existing, this.options.overwrite, this.options.resume);
        if (verdict.action === 'fail') {
            const sides =
                verdict.code === 'transfer.target-differs' && existing
                    ? `: ${sizeAndTime(existing)} there, ${sizeAndTime(entry)} at the source`
                    : '';
            throw new ConnectError(verdict.code, `${path}: ${verdict.message}${sides}`);
        }
        if (verdict.action === 'continue') {
            return { action: 'continue', existing: existing! };
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
        const { store, hash, comparison } = this.options;
        const hashes = await hashChunks(store, path, hash, entry, chunks, comparison, early);
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
        const { names, partial, state } = await this.usablePair(folder, name, isTaken);
        const partialPath = joinPath(folder.path, names.partial);
        const usable =
            this.options.resume !== 'none' &&
            state &&
            state !== 'damaged' &&
            sameIdentity(state.identity, entry);
        const others = await this.siblingNames(folder, name);
        if (usable && partial?.kind === 'file') {
            const own = { partialPath, partial };
            const { store, boot } = this.options;
            const siblings = await readSiblings(store, folder.path, name, others, own, entry, boot);
            const merged = mergeCheckpoints(
                state,
                siblings.filter(({ map }) => map.hash === state.hash)
            );
            const have = await this.trusted(
                partialPath,
                entry,
                merged,
                chunksWithin(merged, partial.sizeBytes)
            );
            const checks = await this.checksOf(partialPath, entry, merged, have);
            // A partial file of which nothing can be used is begun anew, like one of another version of the source.
            if (!have.isEmpty) {
                const chunks = adoptedChunks(state.hashes, merged).filter(({ chunk }) => have.has(chunk));
                const adopted = { chunks, paths: siblings.map(item => item.path) };
                return { names, resume: state, have, checks, adopted };
            }
        }
        for (const other of others) {
            await removeIfThere(this.options.store, joinPath(folder.path, other));
        }
        if (partial) {
            await removeIfThere(this.options.store, partialPath);
        }
        if (state) {
            await removeIfThere(this.options.store, joinPath(folder.path, names.checkpoint));
        }
        const adopted = { chunks: [], paths: [] };
        return { names, resume: undefined, have: new RangeSet(), checks: [], adopted };
    }

    /** Finds what an earlier run wrote of a file of one chunk, all of it; its hash is for the sender to check. */
    async findSmall(
        folder: TargetFolder,
        name: string,
        entry: EntryRecord
    ): Promise<{ readonly left: LeftPartial; readonly check: ChunkHash } | undefined> {
        const { store, suffixes, resume } = this.options;
        const found = await this.leftovers(folder);
        if (resume === 'none' || entry.sizeBytes === 0 || found.size === 0) {
            return undefined;
        }
        const names = smallNamesFor(name, entry, suffixes);
        for (const other of found) {
            const path = joinPath(folder.path, other);
            const stat = isSmallName(other, names.ofSource, names)
                ? await lstatIfThere(store, path)
                : undefined;
            if (stat?.kind === 'file' && stat.sizeBytes === entry.sizeBytes) {
                const [check] = await this.hashIfThere(path, entry);
                if (check) {
                    return { left: { name: other, stat }, check };
                }
            }
        }
        return undefined;
    }

    /** Removes what earlier runs left of a file that is now at its place. */
    async removeLeftovers(folder: TargetFolder, name: string, isTaken: IsTaken): Promise<void> {
        const { suffixes, store, boot } = this.options;
        const found = await this.leftovers(folder);
        if (found.size === 0) {
            return;
        }
        const small = smallNamesFor(name, { sizeBytes: 0, mtimeNs: 0n, mode: 0 }, suffixes);
        const unique = uniqueNames(name, suffixes);
        const names = [...found].filter(
            other =>
                isSmallName(other, small.ofName, small) ||
                isSiblingName(other, name, suffixes) ||
                other === unique.partial ||
                other === unique.checkpoint
        );
        const plain = plainNames(name, suffixes);
        // A partial file without a checkpoint may be anybody's.
        const mayBeOurs =
            plain && found.has(plain.checkpoint) && !isTaken(joinPath(folder.path, plain.partial));
        if (mayBeOurs && (await inspectPair(store, folder.path, name, plain, boot)).owner === 'us') {
            names.push(plain.partial, plain.checkpoint);
        }
        for (const path of names
            .map(other => joinPath(folder.path, other))
            .filter(other => !isTaken(other))) {
            await removeIfThere(store, path);
        }
    }

    /** The plain names when they are free or hold the state of an earlier run, else names that nobody else uses. */
    private async usablePair(
        folder: TargetFolder,
        name: string,
        isTaken: IsTaken
    ): Promise<UnfinishedPair & { readonly names: PartialNames }> {
        const { store, suffixes, boot } = this.options;
        const plain = plainNames(name, suffixes);
        if (
            plain &&
            ![plain.partial, plain.checkpoint].some(other => isTaken(joinPath(folder.path, other)))
        ) {
            const pair = await inspectPair(store, folder.path, name, plain, boot);
            if (pair.owner !== 'other') {
                return { ...pair, names: plain };
            }
        }
        const names = uniqueNames(name, suffixes);
        return { ...(await inspectPair(store, folder.path, name, names, boot)), names };
    }

    /** Checkpoints that the sessions of an earlier run may have kept of the file. */
    private async siblingNames(folder: TargetFolder, name: string): Promise<string[]> {
        const { suffixes } = this.options;
        return [...(await this.leftovers(folder))].filter(other => isSiblingName(other, name, suffixes));
    }

    private leftovers(folder: TargetFolder): Promise<ReadonlySet<string>> {
        const { suffixes } = this.options;
        return folder.leftovers([suffixes.partial, suffixes.checkpoint]);
    }

    /** Another run that is alive may have given the file its name meanwhile. */
    private async hashIfThere(path: string, entry: EntryRecord): Promise<ChunkHash[]> {
        try {
            return await hashChunks(this.options.store, path, this.options.hash, entry, [0]);
        } catch (error) {
            if (ConnectError.is(error, 'files.not-found')) {
                return [];
            }
            throw error;
        }
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
        const read = [...doubtful, ...sample];
        const { store, comparison } = this.options;
        for (const { chunk, hash } of await hashChunks(store, path, map.hash, entry, read, comparison)) {
            if (Buffer.compare(hash, map.hashes.get(chunk)!) === 0) {
                have.add(chunk, chunk + 1);
            } else if (have.has(chunk)) {
                // A chunk that was proven is wrong: then nothing here is as the checkpoint says.
                return new RangeSet();
            }
        }
        return have;
    }

    /** Hashes for the sender, which knows those of the session only. */
    private async checksOf(
        path: string,
        entry: EntryRecord,
        map: ResumeMap,
        have: RangeSet
    ): Promise<ChunkHash[]> {
        const level = this.options.resume;
        const chunks = level === 'attributes' ? [] : chunksOf(have);
        const checked = level === 'sparse-checksum' ? sampleChunks(chunks) : chunks;
        const { store, hash: algorithm, comparison } = this.options;
        return map.hash === algorithm
            ? checked.map(chunk => ({ chunk, hash: map.hashes.get(chunk)! }))
            : hashChunks(store, path, algorithm, entry, checked, comparison);
    }
}

/** For the one who is to choose between two files. */
function sizeAndTime(file: { readonly sizeBytes: number; readonly mtimeNs: bigint }): string {
    const time = new Date(Number(file.mtimeNs / 1_000_000n));
    // what no calendar holds is still a file
    return `${file.sizeBytes} bytes${Number.isNaN(time.getTime()) ? '' : ` of ${time.toISOString()}`}`;
}
