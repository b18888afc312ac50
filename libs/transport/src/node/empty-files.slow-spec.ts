import { expect } from 'chai';
import { promises as fs } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { EmptyFileFacts } from '../proto/empty-files-record';
import { OverwriteRule, ResumeLevel } from '../proto/overwrite-decision';
import { runTransfer, TransferOutcome, TransferSetup } from '../testing/transfer-harness';
import { FileStore } from './file-store';
import { BatchedFile, BatchedRename, PlacedFile } from './folder-batch';
import { LocalFileStore } from './local-file-store';
import { nativeFiles } from './native-addon';

const FILES = 2000;
const OLD = new Date(1_500_000_000_000);

/** What was done to the target. */
type Step = 'makeEmpty' | 'place' | 'write' | 'sync' | 'rename' | 'open' | 'create-new' | 'lstat';

for (const isBatched of [true, false]) {
    describe(`empty files ${isBatched ? 'in batches [needs the built addon]' : 'one by one'}`, function () {
        let dir: string;
        let source: string;
        let target: string;
        let steps: Step[];

        before(function () {
            if (isBatched && !nativeFiles()) {
                this.skip();
            }
        });

        beforeEach(async () => {
            dir = await fs.mkdtemp(join(tmpdir(), 'connect-empty-'));
            source = join(dir, 'source');
            target = join(dir, 'target/source');
            steps = [];
            await fs.mkdir(join(source, 'sub'), { recursive: true });
            await fs.mkdir(join(dir, 'target'));
        });

        afterEach(() => fs.rm(dir, { recursive: true, force: true }));

        async function make(count: number): Promise<void> {
            for (let i = 0; i < count; i++) {
                const path = join(source, i % 2 ? 'sub' : '', `file ${i}`);
                await fs.writeFile(path, '', { mode: i % 3 ? 0o640 : 0o600 });
                await fs.utimes(path, OLD, i);
            }
        }

        /** A store for the receiver that notes what is done. */
        function watched(): FileStore {
            const store = new LocalFileStore();
            const note = <A extends unknown[], R>(
                step: Step,
                work: (...args: A) => R
            ): ((...args: A) => R) => {
                return (...args) => {
                    steps.push(step);
                    return work(...args);
                };
            };
            const batch = async (path: string): ReturnType<LocalFileStore['batch']> => {
                const opened = await store.batch(path);
                return (
                    opened &&
                    Object.assign(Object.create(opened) as typeof opened, {
                        makeEmpty: note('makeEmpty', (files: EmptyFileFacts) => opened.makeEmpty(files)),
                        place: note('place', (files: readonly PlacedFile[]) => opened.place(files)),
                        write: note('write', (files: readonly BatchedFile[]) => opened.write(files)),
                        rename: note('rename', (files: readonly BatchedRename[]) => opened.rename(files)),
                        syncFileSystem: note('sync', () => opened.syncFileSystem())
                    })
                );
            };
            return Object.assign(Object.create(store) as FileStore, {
                batch: isBatched ? batch : undefined,
                rename: note('rename', (from: string, to: string) => store.rename(from, to)),
                lstat: note('lstat', (path: string) => store.lstat(path)),
                open: (...args: Parameters<FileStore['open']>) => {
                    steps.push(args[1] === 'create-new' ? 'create-new' : 'open');
                    return store.open(...args);
                }
            });
        }

        function run(receiver: Partial<TransferSetup['receiver']> = {}): Promise<TransferOutcome> {
            const sending = new LocalFileStore();
            const store = isBatched ? sending : Object.assign(sending, { batch: undefined });
            return runTransfer({
                sender: { store, sources: [{ path: source }] },
                receiver: { store: watched(), destination: join(dir, 'target'), ...receiver }
            });
        }

        async function expectAll(outcome: TransferOutcome, count: number): Promise<void> {
            expect(outcome.sent).to.include({ filesDone: count, filesFailed: 0, filesTotal: count });
            expect(outcome.received).to.include({ filesDone: count, filesFailed: 0, filesTotal: count });
            for (let i = 0; i < count; i++) {
                const { size, mtimeMs, mode } = await fs.stat(join(target, i % 2 ? 'sub' : '', `file ${i}`));
                const expected = { size: 0, mtimeMs: i * 1000, mode: i % 3 ? 0o640 : 0o600 };
                expect({ size, mtimeMs: Math.round(mtimeMs), mode: mode & 0o777 }).to.deep.equal(expected);
            }
            const left = await fs.readdir(join(dir, 'target'), { recursive: true });
            expect(left.filter(name => name.endsWith('.partial'))).to.deep.equal([]);
        }

        const counted = (...which: Step[]): number => steps.filter(step => which.includes(step)).length;

        it('get the names they keep at once, and nothing is asked for or sent', async () => {
            await make(FILES);
            const outcome = await run();
            await expectAll(outcome, FILES);
            expect(counted('rename', 'place', 'write', 'open', 'lstat')).to.be.below(10);
            expect(counted('create-new')).to.equal(isBatched ? 0 : FILES);
            expect(outcome.recordsToSender).to.be.below(FILES / 2);
            if (isBatched) {
                expect(counted('makeEmpty')).to.be.below(FILES / 100);
                expect(outcome.recordsToReceiver).to.be.below(FILES / 20);
                expect(steps.lastIndexOf('sync')).to.be.above(steps.lastIndexOf('makeEmpty'));
            } else {
                // an entry each
                expect(outcome.recordsToReceiver).to.be.below(FILES + 20);
            }
        });

        it('are skipped by the next run', async () => {
            await make(20);
            await run();
            expect((await run()).received).to.include({ filesDone: 0, filesSkipped: 20 });
        });

        const rules: Array<[OverwriteRule, ResumeLevel]> = [
            ['diff', 'attributes'],
            ['diff', 'full-checksum'],
            ['always', 'attributes'],
            ['resume', 'attributes']
        ];
        for (const [overwrite, resume] of rules) {
            it(`that a run could not finish are mended by the next: ${overwrite}, ${resume}`, async () => {
                await make(20);
                await run({ overwrite, resume });
                // a process that is killed leaves this
                await fs.utimes(join(target, 'file 2'), new Date(), new Date());
                await fs.utimes(join(target, 'sub/file 3'), new Date(), new Date());
                const outcome = await run({ overwrite, resume });
                expect(outcome.received).to.include({ filesFailed: 0 });
                expect(Math.round((await fs.stat(join(target, 'file 2'))).mtimeMs)).to.equal(2000);
                expect(Math.round((await fs.stat(join(target, 'sub/file 3'))).mtimeMs)).to.equal(3000);
            });
        }

        for (const overwrite of ['never', 'older', 'diff+older', 'report', 'rename'] as const) {
            it(`get their names last where the next run would not mend them: ${overwrite}`, async () => {
                await make(20);
                await expectAll(await run({ overwrite }), 20);
                expect(counted('makeEmpty')).to.equal(0);
                expect(counted('rename', 'place')).to.be.above(0);
            });
        }

        it('replace nothing that comes into their folder meanwhile, unless the rule says so', async () => {
            await make(20);
            await fs.writeFile(join(dir, 'elsewhere'), 'of somebody else');
            const meddled = (): FileStore =>
                Object.assign(Object.create(watched()) as FileStore, {
                    makeDirectory: async (path: string, mode?: number) => {
                        await new LocalFileStore().makeDirectory(path, mode);
                        if (path.endsWith('/sub')) {
                            await fs.writeFile(join(path, 'file 1'), 'of somebody else');
                            await fs.symlink(join(dir, 'elsewhere'), join(path, 'file 3'));
                            await fs.mkdir(join(path, 'file 5'));
                        }
                    }
                });
            const refused = await run({ store: meddled(), overwrite: 'resume' });
            // a link is no file, and there is more than nothing at the other: neither is the beginning of it
            expect(refused.received).to.include({ filesDone: 17, filesFailed: 3 });
            expect(await fs.readFile(join(target, 'sub/file 1'), 'utf8')).to.equal('of somebody else');
            expect((await fs.lstat(join(target, 'sub/file 3'))).isSymbolicLink()).to.equal(true);
            await fs.rm(target, { recursive: true });
            const replaced = await run({ store: meddled(), overwrite: 'always' });
            expect(replaced.received).to.include({ filesDone: 19, filesFailed: 1 });
            expect((await fs.lstat(join(target, 'sub/file 1'))).size).to.equal(0);
            expect((await fs.lstat(join(target, 'sub/file 3'))).isFile()).to.equal(true);
            expect(await fs.readFile(join(dir, 'elsewhere'), 'utf8')).to.equal('of somebody else');
        });

        it('are decided about when somebody else makes their folder meanwhile', async () => {
            await make(20);
            const theirs = join(target, 'sub');
            const store = Object.assign(Object.create(watched()) as FileStore, {
                makeDirectory: async (path: string, mode?: number) => {
                    if (path === theirs) {
                        await fs.mkdir(theirs);
                        await fs.writeFile(join(theirs, 'file 1'), 'of somebody else');
                    }
                    await new LocalFileStore().makeDirectory(path, mode);
                }
            });
            const outcome = await run({ store, overwrite: 'resume' });
            expect(outcome.received).to.include({ filesDone: 19, filesFailed: 1 });
            expect(await fs.readFile(join(theirs, 'file 1'), 'utf8')).to.equal('of somebody else');
            expect(await fs.readdir(theirs)).to.have.length(10);
        });

        it('may be called like unfinished files', async () => {
            await make(4);
            await fs.writeFile(join(source, 'file 0.partial'), '');
            await fs.writeFile(join(source, 'sub/large'), Buffer.alloc(3_000_000, 'x'));
            await fs.writeFile(join(source, 'sub/large.partial'), '');
            await fs.writeFile(join(source, 'sub/large.aspera-ckpt'), '');
            const outcome = await run();
            expect(outcome.received).to.include({ filesDone: 8, filesFailed: 0 });
            expect((await fs.readdir(join(target, 'sub'))).sort()).to.deep.equal([
                ...['file 1', 'file 3', 'large', 'large.aspera-ckpt', 'large.partial']
            ]);
            expect((await fs.stat(join(target, 'sub/large'))).size).to.equal(3_000_000);
            expect((await fs.stat(join(target, 'sub/large.partial'))).size).to.equal(0);
        });

        it('come with their digest where that is asked for', async () => {
            await make(4);
            const digests = new Set<string | undefined>();
            const events = {
                wantsDigests: true,
                onFileDone: ({ digest }: { digest?: string }) => digests.add(digest)
            };
            await runTransfer({
                sender: { store: new LocalFileStore(), sources: [{ path: source }] },
                receiver: { store: watched(), destination: join(dir, 'target') },
                senderEvents: events,
                receiverEvents: events
            });
            expect([...digests]).to.deep.equal([
                'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
            ]);
        });
    });
}
