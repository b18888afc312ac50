import { expect } from 'chai';
import { createHash, randomBytes } from 'crypto';
import { promises as fs } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ConnectError } from '@connect/base';
import { DEFAULT_SUFFIXES, FIRST_VARIANT } from '../proto/partial-names';
import { CheckpointEncoder } from '../proto/resume-map';
import {
    hookedStore,
    runTransfer,
    StoreHook,
    TransferOutcome,
    TransferSetup
} from '../testing/transfer-harness';
import { LocalFileStore } from './local-file-store';
import { SmallFileBatches } from './small-file-batches';
import { SyncRounds } from './sync-rounds';
import { SmallFile, smallNamesFor } from './small-file';
import { TransferSummary } from './transfer-types';

const MIB = 1024 * 1024;
const MTIME_MS = 1_600_000_000_123;

describe('what an earlier run left at the target', () => {
    const store = new LocalFileStore();
    let dir: string;
    let source: string;
    let target: string;

    beforeEach(async () => {
        dir = await fs.mkdtemp(join(tmpdir(), 'connect-leftovers-'));
        source = join(dir, 'source');
        target = join(dir, 'target');
        await fs.mkdir(source);
        await fs.mkdir(target);
    });

    afterEach(() => fs.rm(dir, { recursive: true, force: true }));

    function run(
        sources: readonly string[],
        overrides: Partial<TransferSetup['receiver']> = {},
        link: TransferSetup['link'] = {}
    ): Promise<TransferOutcome> {
        return runTransfer({
            sender: { store, sources: sources.map(path => ({ path })) },
            receiver: { store, destination: target, ...overrides },
            link
        });
    }

    async function write(name: string, content: Buffer): Promise<string> {
        const path = join(source, name);
        await fs.writeFile(path, content);
        await fs.utimes(path, MTIME_MS / 1000, MTIME_MS / 1000);
        return path;
    }

    function clean(outcome: TransferOutcome): TransferSummary {
        if (outcome.received instanceof ConnectError) {
            throw outcome.received;
        }
        expect(outcome.received.failures).to.deep.equal([]);
        return outcome.received;
    }

    /** A store of a process that is killed at a moment of the hook's choice. */
    function mortal(isKilledAt: (operation: Parameters<StoreHook>[0]) => boolean): LocalFileStore {
        let isDead = false;
        return hookedStore(store, operation => {
            isDead ||= isKilledAt(operation);
            if (isDead) {
                throw new ConnectError('transfer.disk-write', 'killed');
            }
        }) as LocalFileStore;
    }

    async function partialOf(name: string, content: Buffer): Promise<string> {
        const stat = await store.stat(join(source, name));
        const names = smallNamesFor(name, stat, DEFAULT_SUFFIXES);
        const rounds = new SyncRounds();
        const tools = {
            store,
            fsync: 'never',
            batches: new SmallFileBatches(store, rounds),
            rounds,
            mayMakeEmpty: false
        } as const;
        await new SmallFile(tools, target, names, stat, undefined).write(content);
        await rounds.dispose();
        return join(target, names.variant(FIRST_VARIANT));
    }

    describe('of small files', () => {
        it('none of those that were written is sent again, and nothing is left', async () => {
            const sizes = Array.from({ length: 300 }, (_, i) => 1 + ((i * 997) % 60_000));
            for (const [i, size] of sizes.entries()) {
                await write(`file ${i}`, randomBytes(size));
            }
            const total = sizes.reduce((sum, size) => sum + size, 0);
            // Flushing hangs as on a busy disk, until the process is gone.
            let syncs = 0;
            let die!: (error: ConnectError) => void;
            const death = new Promise<void>((_, reject) => (die = reject));
            const killed = hookedStore(store, operation =>
                operation === 'sync' && ++syncs > 60 ? death : undefined
            );
            const unfinished = run([source], { store: killed });
            const folder = join(target, 'source');
            await until(async () => (await presentBytes(folder).catch(() => 0)) === total);
            const partials = (await fs.readdir(folder)).filter(name => name.endsWith('.partial'));
            expect(partials.length).to.be.greaterThan(200);

            const again = await run([source]);
            expect(again.dataBytes).to.equal(0);
            const summary = clean(again);
            expect(summary.filesDone + summary.filesSkipped).to.equal(300);
            expect((await fs.readdir(folder)).sort()).to.deep.equal((await fs.readdir(source)).sort());
            for (const name of await fs.readdir(source)) {
                expect(
                    (await fs.readFile(join(folder, name))).equals(await fs.readFile(join(source, name)))
                ).to.equal(true);
                expect((await fs.stat(join(folder, name))).mtimeMs).to.be.closeTo(MTIME_MS, 0.01);
            }
            die(new ConnectError('transfer.disk-write', 'killed'));
            await unfinished;
            expect((await fs.readdir(folder)).sort()).to.deep.equal((await fs.readdir(source)).sort());
        });

        it('one whose content got lost, as in a power cut, is sent again', async () => {
            const content = randomBytes(50_000);
            const path = await write('x', content);
            const partial = await partialOf('x', Buffer.alloc(50_000));
            const outcome = await run([path]);
            clean(outcome);
            expect(outcome.dataBytes).to.equal(50_000);
            expect((await fs.readFile(join(target, 'x'))).equals(content)).to.equal(true);
            expect(await fs.readdir(target)).to.deep.equal(['x']);
            expect(partial).to.include('.partial');
        });

        it('one that is cut off, is of another version, or resuming is off: sent again and cleaned up', async () => {
            const content = randomBytes(50_000);
            const path = await write('x', content);
            await partialOf('x', content.subarray(0, 40_000));
            const cut = await run([path]);
            clean(cut);
            expect(cut.dataBytes).to.equal(50_000);
            expect(await fs.readdir(target)).to.deep.equal(['x']);

            await fs.rm(join(target, 'x'));
            await partialOf('x', content);
            await fs.utimes(path, 1_700_000_000, 1_700_000_000);
            const other = await run([path]);
            clean(other);
            expect(other.dataBytes).to.equal(50_000);
            expect(await fs.readdir(target)).to.deep.equal(['x']);

            await fs.rm(join(target, 'x'));
            await partialOf('x', content);
            const off = await run([path], { resume: 'none' });
            clean(off);
            expect(off.dataBytes).to.equal(50_000);
            expect(await fs.readdir(target)).to.deep.equal(['x']);
        });

        it('one that is whole is finished: flushed, then named, with the time of its source', async () => {
            const content = randomBytes(50_000);
            const path = await write('x', content);
            const partial = await partialOf('x', content);
            const now = Date.now() / 1000;
            await fs.utimes(partial, now, now);
            const steps: string[] = [];
            const traced = hookedStore(store, operation => void steps.push(operation));
            const outcome = await run([path], { store: traced });
            expect(outcome.dataBytes).to.equal(0);
            expect(clean(outcome).bytesResumed).to.equal(50_000);
            expect((await fs.stat(join(target, 'x'))).mtimeMs).to.be.closeTo(MTIME_MS, 0.01);
            expect(steps.indexOf('setTimes')).to.be.below(steps.indexOf('sync'));
            expect(steps.indexOf('sync')).to.be.within(0, steps.indexOf('rename'));
            expect(steps).not.to.include('write');
        });
    });

    describe('or a user did', () => {
        const precious = Buffer.from('precious '.repeat(1000));

        async function expectUntouched(path: string, checkpoint: Buffer): Promise<void> {
            clean(await run([path]));
            expect((await fs.readdir(target)).sort()).to.deep.equal(['x', 'x.aspera-ckpt', 'x.partial']);
            expect((await fs.readFile(join(target, 'x'))).equals(await fs.readFile(path))).to.equal(true);
            expect((await fs.readFile(join(target, 'x.partial'))).equals(precious)).to.equal(true);
            expect((await fs.readFile(join(target, 'x.aspera-ckpt'))).equals(checkpoint)).to.equal(true);
        }

        for (const size of [1000, 3 * MIB]) {
            it(`two files of the names we use are left alone, whatever is in them (source of ${size} bytes)`, async () => {
                const path = await write('x', randomBytes(size));
                await fs.writeFile(join(target, 'x.partial'), precious);
                const header = Buffer.from('434e434b50540d0a00000001', 'hex');
                for (const checkpoint of [Buffer.from('mine'), Buffer.alloc(0), header, randomBytes(5000)]) {
                    await fs.rm(join(target, 'x'), { force: true });
                    await fs.writeFile(join(target, 'x.aspera-ckpt'), checkpoint);
                    await expectUntouched(path, checkpoint);
                }
            });

            it(`a file that took the place of our partial file is left alone (source of ${size} bytes)`, async () => {
                const path = await write('x', randomBytes(size));
                const { sizeBytes, mtimeNs } = await store.stat(path);
                const { encoder, header } = CheckpointEncoder.create(
                    { sizeBytes, mtimeNs, chunkBytes: MIB },
                    randomBytes(16)
                );
                const nameTag = createHash('sha256').update('x').digest().subarray(0, 16);
                const records = [
                    encoder.place({ nameTag, inode: 1n, bornNs: 1n }),
                    encoder.chunk({ chunk: 0, hash: randomBytes(32) })
                ];
                const checkpoint = Buffer.concat([header, ...records]);
                await fs.writeFile(join(target, 'x.partial'), precious);
                await fs.writeFile(join(target, 'x.aspera-ckpt'), checkpoint);
                await expectUntouched(path, checkpoint);
            });
        }

        it('while we knew an unfinished file of that name: neither going on nor the end removes it', async () => {
            const path = await write('x', randomBytes(6 * MIB));
            await run([path], {}, { cutAfterBytes: 4 * MIB });
            const ours = await fs.readFile(join(target, 'x.aspera-ckpt'));
            await fs.rm(join(target, 'x.partial'));
            await fs.writeFile(join(target, 'x.partial'), precious);
            await expectUntouched(path, ours);
        });
    });

    it('goes on with an unfinished file that was copied elsewhere, by its content', async () => {
        const content = randomBytes(6 * MIB);
        const path = await write('x', content);
        await run([path], {}, { cutAfterBytes: 4 * MIB, reorder: 1 });
        for (const name of ['x.partial', 'x.aspera-ckpt']) {
            await fs.copyFile(join(target, name), join(dir, name));
            await fs.rm(join(target, name));
            await fs.copyFile(join(dir, name), join(target, name));
        }
        const outcome = await run([path]);
        expect(clean(outcome).bytesResumed).to.be.at.least(2 * MIB);
        expect((await fs.readFile(join(target, 'x'))).equals(content)).to.equal(true);
        expect(await fs.readdir(target)).to.deep.equal(['x']);
    });

    const killed: ReadonlyArray<readonly [string, number, readonly string[]]> = [
        ['written anything', 0, ['x.aspera-ckpt']],
        ['recorded anything', 2, ['x.aspera-ckpt', 'x.partial']]
    ];
    for (const [what, lastWrite, left] of killed) {
        it(`is removed when a run was killed before it had ${what}`, async () => {
            const path = await write('x', randomBytes(3 * MIB));
            let writes = 0;
            await run([path], { store: mortal(operation => operation === 'write' && ++writes > lastWrite) });
            expect((await fs.readdir(target)).sort()).to.deep.equal(left);
            clean(await run([path]));
            expect(await fs.readdir(target)).to.deep.equal(['x']);
        });
    }

    it('is left alone when it is an empty file that others may read, or somebody has taken the other name', async () => {
        const path = await write('x', randomBytes(3 * MIB));
        const checkpoint = join(target, 'x.aspera-ckpt');
        await fs.writeFile(checkpoint, '', { mode: 0o644 });
        clean(await run([path]));
        expect((await fs.readdir(target)).sort()).to.deep.equal(['x', 'x.aspera-ckpt']);
        await fs.rm(join(target, 'x'));
        await fs.chmod(checkpoint, 0o600);
        await fs.writeFile(join(target, 'x.partial'), '');
        clean(await run([path]));
        expect((await fs.readdir(target)).sort()).to.deep.equal(['x', 'x.aspera-ckpt', 'x.partial']);
    });

    it('is finished in the order that survives a power cut: bytes, times, flush, name, folder, result', async () => {
        for (const size of [20, 3 * MIB]) {
            const path = await write(`x${size}`, randomBytes(size));
            const steps: string[] = [];
            const traced = hookedStore(store, operation => void steps.push(operation));
            await runTransfer({
                sender: { store, sources: [{ path }] },
                receiver: { store: traced, destination: target },
                receiverEvents: { onFileDone: () => void steps.push('result') }
            });
            const order = ['write', 'setTimes', 'sync', 'rename', 'syncDirectory', 'result'];
            const places = order.map(step =>
                step === 'write' ? steps.lastIndexOf('write') : steps.lastIndexOf(step)
            );
            places[4] = steps.indexOf('syncDirectory');
            expect(places).to.deep.equal([...places].sort((a, b) => a - b));
            expect(places[0]).to.be.at.least(0);
        }
    });

    async function presentBytes(folder: string): Promise<number> {
        const names = await fs.readdir(folder);
        const sizes = await Promise.all(names.map(async name => (await fs.stat(join(folder, name))).size));
        return sizes.reduce((sum, size) => sum + size, 0);
    }

    async function until(isDone: () => Promise<boolean>): Promise<void> {
        while (!(await isDone())) {
            await new Promise(next => setTimeout(next, 10));
        }
    }
});
