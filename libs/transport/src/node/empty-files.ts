import { decodePathBytes, encodePathBytes } from '@connect/base';
import { MIN_CHUNK_BYTES } from '../proto/chunk-plan';
import { EmptyFileFacts } from '../proto/empty-files-record';
import { EntryRecord } from '../proto/entry-record';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { joinPath, lastName, parentOf } from '../proto/placement';
import { FileDigest } from './file-digest';
import { TransferEvents, TransferFile } from './transfer-types';

/**
 * Empty files of one folder, from the scan to their results. Their names stay bytes and their facts stay in rows, from
 * one system call to the other: a million files are no objects, and whoever wants to hear of each has one made.
 */
export class EmptyFiles implements EmptyFileFacts {
    private texts: readonly string[] | undefined;

    /** @param digest of their content, when that is asked for; see `FileDigest` */
    constructor(
        /** Path of the folder below the destination, '' for the destination itself. */
        readonly folder: string,
        readonly names: Uint8Array,
        readonly mtimes: BigInt64Array,
        readonly modes: Uint16Array,
        private readonly digest?: string
    ) {}

    /** A single one. */
    static of({ path, mtimeNs, mode }: Pick<EntryRecord, 'path' | 'mtimeNs' | 'mode'>): EmptyFiles {
        const name = encodePathBytes(`${lastName(path)}\0`);
        return new EmptyFiles(parentOf(path), name, BigInt64Array.of(mtimeNs), Uint16Array.of(mode));
    }

    /** All of these, which are in one folder. */
    static joined(all: readonly EmptyFiles[]): EmptyFiles {
        if (all.length === 1) {
            return all[0]!;
        }
        const count = all.reduce((sum, files) => sum + files.count, 0);
        const mtimes = new BigInt64Array(count);
        const modes = new Uint16Array(count);
        let at = 0;
        for (const files of all) {
            mtimes.set(files.mtimes, at);
            modes.set(files.modes, at);
            at += files.count;
        }
        return new EmptyFiles(all[0]!.folder, Buffer.concat(all.map(({ names }) => names)), mtimes, modes);
    }

    get count(): number {
        return this.modes.length;
    }

    nameOf(i: number): string {
        this.texts ??= decodePathBytes(this.names).split('\0');
        return this.texts[i]!;
    }

    pathOf(i: number): string {
        return joinPath(this.folder, this.nameOf(i));
    }

    fileOf(i: number): TransferFile {
        return { path: this.pathOf(i), sizeBytes: 0, mtimeNs: this.mtimes[i]!, digest: this.digest };
    }

    /** The same, which tell the digest of their content. */
    withDigest(algorithm: HashAlgorithm): EmptyFiles {
        const digest = new FileDigest(0, MIN_CHUNK_BYTES, algorithm).text;
        return new EmptyFiles(this.folder, this.names, this.mtimes, this.modes, digest);
    }

    /** Files [from, to) of these. */
    slice(from: number, to: number): EmptyFiles {
        if (from === 0 && to === this.count) {
            return this;
        }
        const start = offsetOfName(this.names, from, 0);
        const end = offsetOfName(this.names, to - from, start);
        return new EmptyFiles(
            this.folder,
            this.names.subarray(start, end),
            this.mtimes.subarray(from, to),
            this.modes.subarray(from, to),
            this.digest
        );
    }

    /** Whether one of the names ends so. */
    hasNameEndingWith(suffix: Uint8Array): boolean {
        const ending = Buffer.concat([suffix, Buffer.of(0)]);
        return Buffer.from(this.names.buffer, this.names.byteOffset, this.names.length).includes(ending);
    }
}

/** Tells who listens that these were begun: together, or one by one. */
export function tellEmptyStarted(events: TransferEvents, files: EmptyFiles): void {
    if (events.onEmptyFilesStarted) {
        events.onEmptyFilesStarted(files);
    } else if (events.onFileStarted) {
        for (let i = 0; i < files.count; i++) {
            events.onFileStarted(files.fileOf(i));
        }
    }
}

/** As {@link tellEmptyStarted}, that they are done. */
export function tellEmptyDone(events: TransferEvents, files: EmptyFiles): void {
    if (events.onEmptyFilesDone) {
        events.onEmptyFilesDone(files);
    } else if (events.onFileDone) {
        for (let i = 0; i < files.count; i++) {
            events.onFileDone(files.fileOf(i));
        }
    }
}

/** Where the name after so many others begins. */
function offsetOfName(names: Uint8Array, skipped: number, from: number): number {
    let at = from;
    for (let left = skipped; left > 0; left--) {
        at = names.indexOf(0, at) + 1;
    }
    return at;
}
