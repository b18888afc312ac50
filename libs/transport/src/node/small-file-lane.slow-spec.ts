import { expect } from 'chai';
import { randomBytes } from 'crypto';
import { promises as fs } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ConnectError } from '@connect/base';
import { DEFAULT_SUFFIXES, FIRST_VARIANT } from '../proto/partial-names';
import { runTransfer, TransferOutcome } from '../testing/transfer-harness';
import { WorkOrder } from '../proto/multi/work-order';
import { FileScanner } from './file-scanner';
import { FileStore } from './file-store';
import { FolderBatch, PlacedFiles } from './folder-batch';
import { LocalFileStore } from './local-file-store';
import { OrderFeed } from './multi/order-feed';
import { nativeFiles } from './native-addon';
import { smallNamesFor } from './small-file';

/** What was done to the target, in order. */
type Step = 'open' | 'write' | 'sync' | 'sync-each' | 'name' | 'lstat';

const FILES = 300;

describe('small files of a new folder [needs the built addon]', function () {
    let dir: string;
    let source: string;
    let steps: Step[];
    let failSync: boolean;
    /** Files that got their name with no flush since they were written. */
    let namedUnsafely: number;
    /** The most files of a batch that were flushed one by one. */
    let mostFlushedAlone: number;

    before(function () {
        if (!nativeFiles()) {
            this.skip();
        }
    });

    beforeEach(async () => {
        dir = await fs.mkdtemp(join(tmpdir(), 'connect-lane-'));
        source = join(dir, 'source');
        steps = [];
        failSync = false;
        namedUnsafely = 0;
        mostFlushedAlone = 0;
        await fs.mkdir(join(source, 'sub'), { recursive: true });
        for (let i = 0; i < FILES; i++) {
            await fs.writeFile(join(source, i % 2 ? 'sub' : '', `file ${i}`), randomBytes((i * 37) % 5000));
        }
        await fs.mkdir(join(dir, 'target'));
    });

    afterEach(() => fs.rm(dir, { recursive: true, force: true }));

    /** A store for the receiver that notes what is done in batches, and which files are looked at one by one. */
    function watched(): FileStore {
        const store = new LocalFileStore();
        const watchedBatch = async (path: string): Promise<FolderBatch | undefined> => {
            const batch = await store.batch(path);
            if (!batch) {
                return undefined;
            }
            const place = async (files: Parameters<FolderBatch['place']>[0]): Promise<PlacedFiles> => {
                const from = steps.push('write');
                const placed = await batch.place(files);
                const name: PlacedFiles['name'] = which => {
                    const flush = steps.slice(from).find(step => step === 'sync' || step === 'sync-each');
                    namedUnsafely += flush ? 0 : which.length;
                    steps.push('name');
                    return placed.name(which);
                };
                const sync: PlacedFiles['sync'] = which => {
                    mostFlushedAlone = Math.max(mostFlushedAlone, which.length);
                    steps.push(...which.map((): Step => 'sync-each'));
                    return placed.sync(which);
                };
                return { ...placed, name, sync };
            };
            const syncFileSystem = async (): Promise<void> => {
                steps.push('sync');
                if (failSync) {
                    throw new ConnectError('transfer.disk-write', 'of somebody');
                }
                await batch.syncFileSystem();
            };
            return Object.assign(Object.create(batch) as FolderBatch, { place, syncFileSystem });
        };
        return Object.assign(Object.create(store) as FileStore, {
            batch: watchedBatch,
            lstat: (path: string) => {
                steps.push('lstat');
                return store.lstat(path);
            },
            open: (...args: Parameters<FileStore['open']>) => {
                steps.push('open');
                return store.open(...args);
            }
        });
    }

    function run(): Promise<TransferOutcome> {
        return runTransfer({
            sender: { store: new LocalFileStore(), sources: [{ path: source }] },
            receiver: { store: watched(), destination: join(dir, 'target') }
        });
    }

    async function expectAll(outcome: TransferOutcome): Promise<void> {
        expect(outcome.received).not.to.be.instanceOf(ConnectError);
        expect(outcome.received).to.include({ filesDone: FILES, filesFailed: 0 });
        for (let i = 0; i < FILES; i++) {
            const path = join(i % 2 ? 'sub' : '', `file ${i}`);
            const [from, to] = [join(source, path), join(dir, 'target/source', path)];
            expect((await fs.readFile(to)).equals(await fs.readFile(from)), path).to.equal(true);
            expect((await fs.stat(to)).mtimeMs).to.be.closeTo((await fs.stat(from)).mtimeMs, 0.01);
        }
        const left = await fs.readdir(join(dir, 'target'), { recursive: true });
        expect(left.filter(name => name.endsWith('.partial'))).to.deep.equal([]);
    }

    it('go to their places in few steps: content, flush, names, flush', async () => {
        await expectAll(await run());
        expect(steps.filter(step => step === 'write').length).to.be.below(FILES / 10);
        // none is looked at: not even those that come while their folder is being made
        expect(steps.filter(step => step === 'lstat' || step === 'open').length).to.be.below(10);
        const first = steps.indexOf('name');
        expect(steps.slice(0, first)).to.include('write');
        expect(namedUnsafely).to.equal(0);
        // sixteen share a flush; only the first that come may be fewer
        expect(mostFlushedAlone).to.be.below(16);
        expect(steps.slice(first)).to.include('sync');
        expect(steps.filter(step => step === 'sync-each').length).to.be.below(FILES / 4);
    });

    it('are flushed one by one when the file system tells of an error, whoever caused it', async () => {
        failSync = true;
        await expectAll(await run());
        // one of them is empty: there is nothing of it to be flushed
        expect(steps.filter(step => step === 'sync-each').length).to.equal(FILES - 1);
    });

    it('meet what an earlier run left of one of them, and go on beside it', async () => {
        await expectAll(await run());
        const stored = new LocalFileStore();
        await fs.rm(join(dir, 'target/source'), { recursive: true });
        // A run that was killed left one of the names that files are written under; the folder is made anew meanwhile.
        let left: string | undefined;
        const store = Object.assign(Object.create(watched()) as FileStore, {
            makeDirectory: async (path: string, mode?: number) => {
                await stored.makeDirectory(path, mode);
                if (path.endsWith('/sub')) {
                    left = join(path, await nameOfPartial());
                    await fs.writeFile(left, 'left');
                }
            }
        });
        const outcome = await runTransfer({
            sender: { store: new LocalFileStore(), sources: [{ path: source }] },
            receiver: { store, destination: join(dir, 'target') }
        });
        expect(outcome.received).to.include({ filesDone: FILES, filesFailed: 0 });
        expect(await fs.readFile(left!, 'utf8')).to.equal('left');
        expect(await fs.readdir(join(dir, 'target/source/sub'))).to.have.length(FILES / 2 + 1);
    });

    /** A store in which somebody else is quicker to make a folder, with `file 1` in it. */
    function beaten(theirs: string): FileStore {
        return Object.assign(Object.create(watched()) as FileStore, {
            makeDirectory: async (path: string, mode?: number) => {
                if (path === theirs) {
                    await fs.mkdir(theirs);
                    await fs.writeFile(join(theirs, 'file 1'), 'of somebody else');
                }
                await new LocalFileStore().makeDirectory(path, mode);
            }
        });
    }

    it('are looked at one by one when somebody else has made their folder meanwhile', async () => {
        const theirs = join(dir, 'target/source/sub');
        const outcome = await runTransfer({
            sender: { store: new LocalFileStore(), sources: [{ path: source }] },
            receiver: { store: beaten(theirs), destination: join(dir, 'target'), overwrite: 'never' }
        });
        expect(outcome.received).to.include({ filesDone: FILES - 1, filesSkipped: 1, filesFailed: 0 });
        expect(await fs.readFile(join(theirs, 'file 1'), 'utf8')).to.equal('of somebody else');
        expect(await fs.readdir(theirs)).to.have.length(FILES / 2);
        expect((await fs.readFile(join(theirs, 'file 3'))).length).to.equal((3 * 37) % 5000);
    });

    it('travel once when another session was quicker to make the folder they are in', async () => {
        const theirs = join(dir, 'target/source/sub');
        const sender = new LocalFileStore();
        const orders = new OrderFeed(new FileScanner(sender, 'follow'));
        orders.start(2);
        const order = (work: number, kind: WorkOrder['kind'], path: string): WorkOrder => ({
            work,
            kind,
            path: join('source', path),
            sourcePath: join(source, path)
        });
        orders.add([order(0, 'directory', ''), order(0, 'directory', 'sub')]);
        let expectedBytes = 0;
        for (let i = 3; i < FILES; i += 2) {
            orders.add([order(i, 'file', `sub/file ${i}`)]);
            expectedBytes += (i * 37) % 5000;
        }
        orders.end();
        const outcome = await runTransfer({
            sender: { store: sender, sources: [], feed: orders },
            receiver: { store: beaten(theirs), destination: join(dir, 'target') }
        });
        expect(outcome.received).to.include({ filesFailed: 0, bytesTransferred: expectedBytes });
        expect(outcome.dataBytes).to.equal(expectedBytes);
        expect(await fs.readdir(theirs)).to.have.length(FILES / 2);
    });

    /** Under which the first file of the folder below is written. */
    async function nameOfPartial(): Promise<string> {
        const stat = await new LocalFileStore().lstat(join(source, 'sub/file 1'));
        return smallNamesFor('file 1', stat, DEFAULT_SUFFIXES).variant(FIRST_VARIANT);
    }
});
