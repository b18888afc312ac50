import { decodePathBytes, fsPath, seededRandom } from '@connect/base';
import { createCipheriv, createHash, type Cipheriv } from 'node:crypto';
import * as fs from 'node:fs';

/** Names that programs get wrong: white space, quoting, Unicode forms, length, option look-alikes, raw bytes. */
export const HURTING_NAMES: readonly string[] = [
    ' leading and trailing ',
    `quotes ' " and \\ backslash`,
    'emoji 😀🎬',
    'nfc-é',
    'nfd-é',
    '-leading-dash',
    '--option=value',
    'new\nline',
    'tab\tand%41percent#hash?query&amp;',
    '$(touch pwned) `id` ;&|',
    'x'.repeat(255),
    '日本'.repeat(42)
];

/** What a tree holds, ready to compare: path → kind, bytes and time. */
export type TreeSnapshot = Record<
    string,
    { kind: string; sizeBytes: number; sha256?: string; mtimeMs?: number }
>;

const NOISE_SLICE_BYTES = 16_000_000;

/** A cipher makes noise a hundred times as fast as a generator of numbers: tests are not to load the machine by it. */
function noiseMaker(seed: number): Cipheriv {
    const key = Buffer.alloc(16);
    key.writeDoubleLE(seed);
    return createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
}

/** `sizeBytes` of reproducible noise. */
export function noise(seed: number, sizeBytes: number): Buffer {
    return noiseMaker(seed).update(Buffer.alloc(sizeBytes));
}

/** Writes a file with a whole-second time of its own, so that a lost mtime is seen. */
export function writeNoise(path: string, seed: number, sizeBytes: number): void {
    const maker = noiseMaker(seed);
    const zeros = Buffer.alloc(Math.min(sizeBytes, NOISE_SLICE_BYTES));
    const file = fs.openSync(fsPath(path), 'w');
    for (let left = sizeBytes; left > 0; left -= zeros.length) {
        fs.writeSync(file, maker.update(zeros.subarray(0, left)));
    }
    fs.closeSync(file);
    const mtimeSec = 1_500_000_000 + (seed % 100_000);
    fs.utimesSync(fsPath(path), mtimeSec, mtimeSec);
}

/** `count` files of 0 to `maxBytes` bytes, evenly spread, in folders of a hundred. */
export function makeSmallFiles(folder: string, count: number, seed = 1, maxBytes = 6000): void {
    const random = seededRandom(seed);
    for (let i = 0; i < count; i++) {
        const sub = `${folder}/d${Math.floor(i / 100)}`;
        fs.mkdirSync(sub, { recursive: true });
        writeNoise(`${sub}/file-${i}.bin`, seed + i, random.nextUint32() % (maxBytes + 1));
    }
}

/** One small file for every hurting name, and a folder of each name with a file inside. */
export function makeHurtingNames(folder: string): void {
    fs.mkdirSync(`${folder}/folders`, { recursive: true });
    HURTING_NAMES.forEach((name, index) => {
        writeNoise(`${folder}/${name}`, 7000 + index, 100 + index);
        fs.mkdirSync(`${folder}/folders/${name}`);
        writeNoise(`${folder}/folders/${name}/inside`, 8000 + index, 10);
    });
    fs.mkdirSync(`${folder}/empty folder`);
    fs.writeFileSync(`${folder}/empty file`, '');
    fs.utimesSync(`${folder}/empty file`, 1_400_000_000, 1_400_000_000);
}

/** A file whose name is not valid UTF-8. */
export function makeRawName(folder: string): void {
    writeNoise(`${folder}/${decodePathBytes(Buffer.from([0x72, 0x61, 0x77, 0xff, 0xfe]))}`, 9000, 77);
}

/** Everything below `folder`: hash and mtime of files, names of folders, targets of links. */
export function snapshotTree(folder: string): TreeSnapshot {
    const found: TreeSnapshot = {};
    const visit = (relative: string): void => {
        const absolute = relative ? `${folder}/${relative}` : folder;
        for (const raw of fs.readdirSync(fsPath(absolute), { encoding: 'buffer' })) {
            const name = decodePathBytes(raw);
            const path = relative ? `${relative}/${name}` : name;
            const full = fsPath(`${folder}/${path}`);
            const stat = fs.lstatSync(full);
            if (stat.isDirectory()) {
                found[path] = { kind: 'directory', sizeBytes: 0 };
                visit(path);
            } else if (stat.isSymbolicLink()) {
                found[path] = { kind: `link to ${fs.readlinkSync(full)}`, sizeBytes: 0 };
            } else {
                found[path] = {
                    kind: 'file',
                    sizeBytes: stat.size,
                    sha256: hashFile(full),
                    mtimeMs: Math.floor(stat.mtimeMs / 1000) * 1000
                };
            }
        }
    };
    visit('');
    return found;
}

/** Paths below `folder` that a finished transfer must not leave. */
export function leftovers(folder: string): string[] {
    return Object.keys(snapshotTree(folder)).filter(path => /\.(partial|aspera-ckpt)/.test(path));
}

function hashFile(path: string | Buffer): string {
    const hash = createHash('sha256');
    const handle = fs.openSync(path, 'r');
    const buffer = Buffer.allocUnsafe(1 << 20);
    for (let read = fs.readSync(handle, buffer); read > 0; read = fs.readSync(handle, buffer)) {
        hash.update(buffer.subarray(0, read));
    }
    fs.closeSync(handle);
    return hash.digest('hex');
}
