import { expect } from 'chai';
import { randomBytes } from 'crypto';
import { promises as fs, rmSync, mkdtempSync, openSync, ftruncateSync, fstatSync, closeSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ConnectError } from '@connect/base';
import { hookedStore, runTransfer, TransferOutcome, TransferSetup } from '../testing/transfer-harness';
import { FileAccess, OpenFile } from './file-store';
import { LocalFileStore } from './local-file-store';
import { nativeFiles } from './native-addon';
import { TransferSummary } from './transfer-types';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const SIZE = 100 * GIB + 4321;
/** Where there is data: at the start, across the border of two chunks, far away, and at the very end. */
const ISLANDS = [
    { at: 0, bytes: randomBytes(70_000) },
    { at: 5 * GIB - 5000, bytes: randomBytes(10_000) },
    { at: 77 * GIB + 123_456, bytes: randomBytes(3 * MIB) },
    { at: SIZE - 10, bytes: randomBytes(10) }
];

/** Why large files with holes cannot be made, or not be told from others, here; '' when they can. */
function obstacle(): string {
    if (!nativeFiles()) {
        return ' (needs the native addon built)';
    }
    const dir = mkdtempSync(join(tmpdir(), 'connect-sparse-'));
    try {
        const file = openSync(join(dir, 'probe'), 'w');
        ftruncateSync(file, SIZE);
        const { blocks } = fstatSync(file);
        closeSync(file);
        return blocks < 100 ? '' : ' (needs a file system with holes)';
    } catch {
        return ' (needs a file system that takes 100 GB files)';
    } finally {
        rmSync(dir, { recursive: true, force: true });
    }
}

/** Counts what is read of its files. */
class CountingStore extends LocalFileStore {
    readBytes = 0;

    override async open(path: string, access: FileAccess, mode?: number): Promise<OpenFile> {
        const file = await super.open(path, access, mode);
        const read = file.read.bind(file);
        file.read = async (bytes, position) => {
            const count = await read(bytes, position);
            this.readBytes += count;
            return count;
        };
        return file;
    }
}

const why = obstacle();

describe(`files with holes${why}`, () => {
    const store = new LocalFileStore();
    let dir: string;
    let source: string;
    let target: string;

    before(function () {
        if (why) {
            this.skip();
        }
    });

    beforeEach(async () => {
        dir = await fs.mkdtemp(join(tmpdir(), 'connect-sparse-'));
        source = join(dir, 'image');
        target = join(dir, 'target');
        await fs.mkdir(target);
        const file = await fs.open(source, 'w');
        await file.truncate(SIZE);
        for (const { at, bytes } of ISLANDS) {
            await file.write(bytes, 0, bytes.length, at);
        }
        await file.close();
    });

    afterEach(async () => {
        if (dir) {
            await fs.rm(dir, { recursive: true, force: true });
        }
    });

    function setup(more: Partial<TransferSetup> = {}): TransferSetup {
        return {
            sender: { store, sources: [{ path: source }] },
            receiver: { store, destination: target },
            ...more
        };
    }

    function received(outcome: TransferOutcome): TransferSummary {
        const { received: summary } = outcome;
        expect(summary, String(summary)).not.to.be.instanceOf(ConnectError);
        expect((summary as TransferSummary).error).to.equal(undefined);
        return summary as TransferSummary;
    }

    async function expectWhole(): Promise<void> {
        const stats = await fs.stat(join(target, 'image'));
        expect(stats.size).to.equal(SIZE);
        expect(stats.blocks * 512).to.be.lessThan(16 * MIB);
        const file = await fs.open(join(target, 'image'), 'r');
        try {
            for (const { at, bytes } of ISLANDS) {
                const found = Buffer.alloc(bytes.length);
                await file.read(found, 0, found.length, at);
                expect(found.equals(bytes), `data at ${at}`).to.equal(true);
                // and nothing behind it
                const after = Buffer.alloc(Math.min(1000, SIZE - at - bytes.length), 1);
                await file.read(after, 0, after.length, at + bytes.length);
                expect(after.every(byte => byte === 0)).to.equal(true);
            }
        } finally {
            await file.close();
        }
    }

    it('moves a file of 100 GB that is nearly empty by its data alone, and leaves the holes', async () => {
        const outcome = await runTransfer(setup());
        const summary = received(outcome);
        expect(outcome.dataBytes).to.be.lessThan(12 * MIB);
        expect(outcome.recordsToReceiver).to.be.lessThan(50);
        expect([summary.bytesDone, summary.bytesTotal]).to.deep.equal([SIZE, SIZE]);
        expect(summary.bytesTransferred).to.equal(outcome.dataBytes);
        await expectWhole();
    });

    it('moves a file that is nothing but a hole', async () => {
        await fs.truncate(source, 0);
        await fs.truncate(source, SIZE);
        const outcome = await runTransfer(setup());
        received(outcome);
        expect(outcome.dataBytes).to.equal(0);
        const { size, blocks } = await fs.stat(join(target, 'image'));
        expect([size, blocks]).to.deep.equal([SIZE, 0]);
    });

    it('goes on after an interruption without sending again what arrived', async () => {
        await runTransfer(setup({ link: { cutAfterBytes: 4 * MIB, reorder: 1 } }));
        expect(await fs.readdir(target)).to.include('image.partial');
        const outcome = await runTransfer(setup());
        const summary = received(outcome);
        expect(summary.bytesResumed).to.be.greaterThan(0);
        expect(outcome.dataBytes).to.be.lessThan(8 * MIB);
        await expectWhole();
    });

    it('puts zeros where an interrupted run left bytes that it had not recorded', async () => {
        await runTransfer(setup({ link: { cutAfterBytes: 4 * MIB, reorder: 1 } }));
        const partial = await fs.open(join(target, 'image.partial'), 'r+');
        await partial.write(Buffer.alloc(5000, 7), 0, 5000, 20 * GIB);
        await partial.close();
        received(await runTransfer(setup()));
        const file = await fs.open(join(target, 'image'), 'r');
        const found = Buffer.alloc(5000, 1);
        await file.read(found, 0, 5000, 20 * GIB);
        await file.close();
        expect(found.every(byte => byte === 0)).to.equal(true);
        await expectWhole();
    });

    for (const resume of ['sparse-checksum', 'full-checksum'] as const) {
        it(`compares with ${resume} without reading holes, and tells them by where they are`, async () => {
            received(await runTransfer(setup()));
            const [ours, theirs] = [new CountingStore(), new CountingStore()];
            const outcome = await runTransfer({
                sender: { store: ours, sources: [{ path: source }] },
                receiver: { store: theirs, destination: target, overwrite: 'diff', resume }
            });
            expect(received(outcome).filesSkipped).to.equal(1);
            expect(outcome.dataBytes).to.equal(0);
            expect(outcome.recordsToSender).to.be.lessThan(20);
            expect(ours.readBytes).to.be.lessThan(10 * MIB);
            expect(theirs.readBytes).to.be.lessThan(10 * MIB);
        });
    }

    it('finds data where the other end has a hole', async () => {
        received(await runTransfer(setup()));
        const { atime, mtime } = await fs.stat(source);
        const file = await fs.open(join(target, 'image'), 'r+');
        await file.write(Buffer.alloc(10, 1), 0, 10, 40 * GIB);
        await file.close();
        await fs.utimes(join(target, 'image'), atime, mtime);
        const outcome = await runTransfer(
            setup({ receiver: { store, destination: target, overwrite: 'diff', resume: 'full-checksum' } })
        );
        received(outcome);
        expect(outcome.dataBytes)
            .to.be.lessThan(12 * MIB)
            .and.greaterThan(MIB);
        await expectWhole();
        const found = Buffer.alloc(10, 1);
        const whole = await fs.open(join(target, 'image'), 'r');
        await whole.read(found, 0, 10, 40 * GIB);
        await whole.close();
        expect(found.equals(Buffer.alloc(10))).to.equal(true);
    });

    it('takes zeros that are written down for a hole that the other end has', async () => {
        received(await runTransfer(setup()));
        const { atime, mtime } = await fs.stat(source);
        const file = await fs.open(source, 'r+');
        await file.write(Buffer.alloc(2 * MIB), 0, 2 * MIB, 40 * GIB);
        await file.close();
        await fs.utimes(source, atime, mtime);
        const outcome = await runTransfer(
            setup({ receiver: { store, destination: target, overwrite: 'diff', resume: 'full-checksum' } })
        );
        expect(received(outcome).filesSkipped).to.equal(1);
        expect(outcome.dataBytes).to.equal(0);
    });

    it('reads everything where the system does not tell about holes', async () => {
        await fs.truncate(source, 0);
        await fs.truncate(source, 20 * MIB);
        const blind = hookedStore(store, () => undefined);
        const outcome = await runTransfer(setup({ sender: { store: blind, sources: [{ path: source }] } }));
        received(outcome);
        expect(outcome.dataBytes).to.equal(20 * MIB);
    });
});
