import { randomFillSync } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command';

/** What is moved: one file or one folder, called `name` in the folder of sources. */
export interface Work {
    readonly name: string;
    readonly kind: 'file' | 'tree';
    readonly files: number;
    readonly sizeBytes: number;
    /** Of a file with holes: where its data lies. Everything else is a hole, and shall be one when it has arrived. */
    readonly extents?: readonly { readonly start: number; readonly bytes: number }[];
}

const FILES_PER_FOLDER = 1000;
const PIECE_BYTES = 8 << 20;

/** A file that cannot be compressed. */
export function makeFile(folder: string, name: string, sizeBytes: number): Work {
    const path = join(folder, name);
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const handle = fs.openSync(path, 'w');
    for (let at = 0; at < sizeBytes; at += PIECE_BYTES) {
        randomFillSync(piece);
        fs.writeSync(handle, piece, 0, Math.min(PIECE_BYTES, sizeBytes - at));
    }
    fs.closeSync(handle);
    return { name, kind: 'file', files: 1, sizeBytes };
}

/** A file that is nothing but holes, except for a piece at its beginning, one in its middle and one at its end. */
export function makeSparseFile(folder: string, name: string, sizeBytes: number): Work {
    const starts = [0, Math.floor(sizeBytes / 2), sizeBytes - PIECE_BYTES];
    const extents = starts.map(start => ({ start, bytes: PIECE_BYTES }));
    const handle = fs.openSync(join(folder, name), 'w');
    for (const { start, bytes } of extents) {
        fs.writeSync(handle, randomFillSync(Buffer.allocUnsafe(bytes)), 0, bytes, start);
    }
    fs.closeSync(handle);
    return { name, kind: 'file', files: 1, sizeBytes, extents };
}

/** `files` files of `fileBytes` bytes each, a thousand to a folder. */
export function makeTree(folder: string, name: string, files: number, fileBytes: number): Work {
    const bytes = randomFillSync(Buffer.allocUnsafe(fileBytes + 4096));
    for (let i = 0; i < files; i++) {
        const sub = join(folder, name, `d${Math.floor(i / FILES_PER_FOLDER)}`);
        if (i % FILES_PER_FOLDER === 0) {
            fs.mkdirSync(sub, { recursive: true });
        }
        const at = i % 4096;
        fs.writeFileSync(join(sub, `f${i}.bin`), bytes.subarray(at, at + fileBytes));
    }
    return { name, kind: 'tree', files, sizeBytes: files * fileBytes };
}

/** Why what arrived is not what was sent, or undefined when every byte is equal. */
export async function difference(work: Work, sources: string, target: string): Promise<string | undefined> {
    const [from, to] = [join(sources, work.name), join(target, work.name)];
    if (work.extents) {
        return sparseDifference(work, from, to);
    }
    const command = work.kind === 'file' ? ['cmp', from, to] : ['diff', '-rq', from, to];
    const { exitCode, stdout, stderr } = await runCommand(command);
    return exitCode === 0 ? undefined : (stdout + stderr).split('\n')[0];
}

/** As {@link difference}, without reading what is a hole: a hundred gigabytes of zeros take minutes to compare. */
function sparseDifference({ sizeBytes, extents = [] }: Work, from: string, to: string): string | undefined {
    const { size, blocks } = fs.statSync(to);
    const dataBytes = extents.reduce((sum, { bytes }) => sum + bytes, 0);
    if (size !== sizeBytes || blocks * 512 > dataBytes + PIECE_BYTES) {
        return `${size} bytes arrived and take up ${blocks * 512}, instead of ${sizeBytes} and ${dataBytes}`;
    }
    const read = (path: string, start: number, bytes: number): Buffer => {
        const handle = fs.openSync(path, 'r');
        const piece = Buffer.alloc(bytes);
        fs.readSync(handle, piece, 0, bytes, start);
        fs.closeSync(handle);
        return piece;
    };
    const wrong = extents.find(
        ({ start, bytes }) => !read(from, start, bytes).equals(read(to, start, bytes))
    );
    return wrong && `the data at ${wrong.start} differs`;
}

/** How much of a work has arrived while it is being moved. Looking at it costs next to nothing, however many files. */
export class Progress {
    private readonly inodesBefore: number;

    /** The target is empty now. */
    constructor(
        private readonly target: string,
        private readonly work: Work
    ) {
        this.inodesBefore = usedInodes(target);
    }

    /** In [0, 1]: of a file its bytes, holes not counted; of a tree its files. */
    share(): number {
        const { kind, files, sizeBytes } = this.work;
        const share =
            kind === 'tree'
                ? (usedInodes(this.target) - this.inodesBefore) / files
                : this.arrivedBytes() / sizeBytes;
        return Math.min(1, Math.max(0, share));
    }

    /** Of files, holes not counted. */
    arrivedBytes(): number {
        return arrivedBytes(this.target);
    }
}

function usedInodes(folder: string): number {
    const { files, ffree } = fs.statfsSync(folder);
    return files - ffree;
}

function arrivedBytes(folder: string): number {
    let total = 0;
    for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
        if (entry.isFile()) {
            const stat = fs.statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
            total += stat ? Math.min(stat.size, stat.blocks * 512) : 0;
        }
    }
    return total;
}
