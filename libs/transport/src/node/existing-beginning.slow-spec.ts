import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { randomBytes } from 'crypto';
import { promises as fs } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ResumeLevel } from '../proto/overwrite-decision';
import { runTransfer, TransferOutcome } from '../testing/transfer-harness';
import { LocalFileStore } from './local-file-store';

const MIB = 1024 * 1024;
const SIZE = 5 * MIB + 777;

interface Row {
    readonly there: string;
    /** What is at the target, of the content of the source. */
    readonly make: (content: Buffer) => Buffer;
    readonly size?: number;
    readonly resume?: ResumeLevel;
    /** Bytes that cross the network; undefined: it is taken for another file. */
    readonly moved?: number;
}

const ROWS: readonly Row[] = [
    { there: 'three chunks of it', make: all => all.subarray(0, 3 * MIB), moved: SIZE - 3 * MIB },
    { there: 'three and a half', make: all => all.subarray(0, 3.5 * MIB), moved: SIZE - 3 * MIB },
    { there: 'all but a byte', make: all => all.subarray(0, SIZE - 1), moved: SIZE - 5 * MIB },
    { there: 'all of it, of another time', make: all => all, moved: 0 },
    { there: 'nothing', make: () => Buffer.alloc(0), moved: SIZE },
    { there: 'half a chunk', make: all => all.subarray(0, MIB / 2), moved: SIZE },
    { there: 'half of a small one', make: all => all.subarray(0, 500), size: 1000, moved: 1000 },
    // of so many, hashes are told before all of it was read
    { there: 'seventy chunks', make: all => all.subarray(0, 70 * MIB), size: 72 * MIB, moved: 2 * MIB },
    { there: 'seventy chunks, all of it', make: all => all, size: 70 * MIB, moved: 0 },
    {
        there: 'seventy chunks, the last one wrong',
        make: all => changed(all.subarray(0, 70 * MIB), 69.5 * MIB),
        size: 72 * MIB
    },
    { there: 'a wrong first chunk', make: all => changed(all.subarray(0, 3 * MIB), 5) },
    { there: 'a wrong last chunk', make: all => changed(all.subarray(0, 3 * MIB), 3 * MIB - 1) },
    {
        there: 'a wrong byte after the last chunk',
        make: all => changed(all.subarray(0, 3.5 * MIB), 3.2 * MIB)
    },
    { there: 'as many bytes, one wrong', make: all => changed(all, SIZE - 1) },
    { there: 'something longer', make: all => Buffer.concat([all, Buffer.from('x')]) },
    { there: 'a small one with a wrong byte', make: all => changed(all.subarray(0, 500), 499), size: 1000 },
    { there: 'three chunks, trusted by nobody', make: all => all.subarray(0, 3 * MIB), resume: 'none' }
];

describe('a file that is there and may be the beginning of another', () => {
    const store = new LocalFileStore();
    let folder: string;
    let source: string;
    let target: string;
    beforeEach(async () => {
        folder = await fs.mkdtemp(join(tmpdir(), 'connect-beginning-'));
        source = join(folder, 'reel.mov');
        target = join(folder, 'to');
        await fs.mkdir(target);
    });
    afterEach(() => fs.rm(folder, { recursive: true, force: true }));

    const run = (resume: ResumeLevel = 'attributes', cutAfterBytes?: number): Promise<TransferOutcome> =>
        runTransfer({
            sender: { store, sources: [{ path: source }] },
            receiver: { store, destination: target, overwrite: 'resume', resume, fsync: 'never' },
            ...(cutAfterBytes === undefined ? {} : { link: { seed: 1, cutAfterBytes } })
        });

    for (const { there, make, size = SIZE, resume, moved } of ROWS) {
        it(`${moved === undefined ? 'is left alone' : `is completed by ${moved} bytes`}: ${there}`, async () => {
            const content = randomBytes(size);
            await fs.writeFile(source, content);
            const before = make(content);
            await fs.writeFile(join(target, 'reel.mov'), before);
            await fs.utimes(join(target, 'reel.mov'), 1000, 1000);
            const { received, sent, dataBytes } = await run(resume);
            // of what is there, whole chunks, or all of it when nothing is missing
            const read = before.length === size ? size : Math.floor(before.length / MIB) * MIB;
            expect(await fs.readdir(target), 'nothing is left beside it').to.deep.equal(['reel.mov']);
            const after = await fs.readFile(join(target, 'reel.mov'));
            if (moved === undefined) {
                expect(failures(received)).to.deep.equal(['transfer.target-differs']);
                expect(after.equals(before), 'untouched').to.equal(true);
                expect((await fs.stat(join(target, 'reel.mov'))).mtimeMs).to.equal(1_000_000);
            } else {
                expect(failures(received)).to.deep.equal([]);
                expect(after.equals(content)).to.equal(true);
                expect(dataBytes).to.equal(moved);
                expect(comparedBytes(received), 'the receiver has read').to.equal(read);
                expect(comparedBytes(sent), 'the sender heard so, and compared').to.equal(2 * read);
            }
        });
    }

    it('is completed by a second run when the first is cut off, and each byte comes once', async () => {
        const content = randomBytes(20 * MIB);
        await fs.writeFile(source, content);
        await fs.writeFile(join(target, 'reel.mov'), content.subarray(0, 8 * MIB));
        const first = await run('attributes', 5 * MIB);
        expect(first.received).to.be.instanceOf(ConnectError);
        const untouched = await fs.readFile(join(target, 'reel.mov'));
        expect(untouched.equals(content.subarray(0, 8 * MIB))).to.equal(true);
        const second = await run();
        expect(failures(second.received)).to.deep.equal([]);
        expect((await fs.readFile(join(target, 'reel.mov'))).equals(content)).to.equal(true);
        expect(first.dataBytes + second.dataBytes).to.be.lessThan(14 * MIB);
        expect(second.dataBytes, 'goes on with what the first brought').to.be.lessThan(12 * MIB);
    });

    it('is compared with the holes of a sparse source, too', async () => {
        const file = await fs.open(source, 'w');
        await file.write(randomBytes(MIB), 0, MIB, 0);
        await file.truncate(8 * MIB);
        await file.close();
        const content = await fs.readFile(source);
        await fs.writeFile(join(target, 'reel.mov'), changed(content.subarray(0, 3.5 * MIB), 3.4 * MIB));
        expect(failures((await run()).received)).to.deep.equal(['transfer.target-differs']);
        await fs.writeFile(join(target, 'reel.mov'), content.subarray(0, 3.5 * MIB));
        expect(failures((await run()).received)).to.deep.equal([]);
        expect((await fs.readFile(join(target, 'reel.mov'))).equals(content)).to.equal(true);
    });
});

function changed(bytes: Buffer, at: number): Buffer {
    const copy = Buffer.from(bytes);
    const index = Math.floor(at);
    copy[index] = copy[index]! ^ 0xff;
    return copy;
}

/** All that was begun was compared to its end. */
function comparedBytes(outcome: TransferOutcome['received']): number {
    if (outcome instanceof ConnectError) {
        throw outcome;
    }
    const { bytes, of } = outcome.compared ?? { bytes: 0, of: 0 };
    expect(bytes).to.equal(of);
    return bytes;
}

function failures(outcome: TransferOutcome['received']): string[] {
    if (outcome instanceof ConnectError) {
        throw outcome;
    }
    return outcome.failures.map(({ error }) => error.code);
}
