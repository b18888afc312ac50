// The folder that the demo server grants, with something to try.
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const MEGABYTE = 1_000_000;

/** Makes `folder` when it is not there; what a user did with it later is left as it is. */
export function ensureDemoArea(folder) {
    if (existsSync(folder)) {
        return;
    }
    const unfinished = `${folder}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(join(unfinished, 'Upload here'), { recursive: true });
    writeFileSync(join(unfinished, 'Welcome.txt'), WELCOME);
    fill(join(unfinished, 'tiny'), 200, 2_000);
    fill(join(unfinished, 'small'), 10, MEGABYTE);
    fill(join(unfinished, 'large'), 1, 100 * MEGABYTE);
    renameSync(unfinished, folder);
}

function fill(folder, count, sizeBytes) {
    mkdirSync(folder);
    for (let number = 1; number <= count; number++) {
        const name = `sample-${String(number).padStart(String(count).length, '0')}.dat`;
        writeFileSync(join(folder, name), content(`${folder}/${name}`, sizeBytes));
    }
}

/** Bytes that do not compress and differ from file to file. */
function content(seed, sizeBytes) {
    const block = createHash('shake256', { outputLength: Math.min(sizeBytes, MEGABYTE) })
        .update(seed)
        .digest();
    const bytes = Buffer.alloc(sizeBytes, block);
    for (let at = 0, number = 0; at + 4 <= sizeBytes; at += MEGABYTE) {
        bytes.writeUInt32BE(number++, at);
    }
    return bytes;
}

const WELCOME = `This is the demo server that came with Connect. It runs on your own machine.

Drag a file or a folder from the explorer onto "Upload here", or drag one of the folders
beside this file to the explorer:

  tiny    200 files of 2 kB
  small   10 files of 1 MB
  large   one file of 100 MB
`;
