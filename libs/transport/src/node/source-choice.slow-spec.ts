import { expect } from 'chai';
import { execFileSync } from 'child_process';
import { promises as fs } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ConnectError } from '@connect/base';
import { hookedStore, runTransfer, StoreHook, TransferOutcome } from '../testing/transfer-harness';
import { FilterRule } from '../proto/source-selection';
import { FileStore } from './file-store';
import { LocalFileStore } from './local-file-store';
import { SenderOptions } from './sender-options';
import { RemovalRules } from './source-removal';
import { TransferSummary } from './transfer-types';

const FILES: RemovalRules = { files: true, emptyFolders: false, sourceFolders: false };
const FOLDERS: RemovalRules = { files: true, emptyFolders: true, sourceFolders: false };
const ALL: RemovalRules = { files: true, emptyFolders: true, sourceFolders: true };

describe('what is sent of the sources, and what is removed of them', () => {
    const store = new LocalFileStore();
    let dir: string;
    let log: string[];
    beforeEach(async () => {
        dir = await fs.mkdtemp(join(tmpdir(), 'connect-choice-'));
        log = [];
        await make('tree/a.txt', 'tree/b.tmp', 'tree/deep/c.txt', 'tree/deep/d.tmp', 'tree/.git/config');
        await fs.mkdir(join(dir, 'tree/empty'));
    });
    afterEach(() => fs.rm(dir, { recursive: true, force: true }));

    async function make(...paths: string[]): Promise<void> {
        for (const path of paths) {
            await fs.mkdir(join(dir, path, '..'), { recursive: true });
            await fs.writeFile(join(dir, path), `this is ${path}`);
        }
    }

    interface Run extends Pick<SenderOptions, 'selection' | 'removal' | 'symlinks'> {
        readonly from?: FileStore;
        readonly sources?: readonly string[];
        readonly hook?: StoreHook;
    }

    function run({ from, sources, hook, ...options }: Run): Promise<TransferOutcome> {
        const paths = (sources ?? ['tree']).map(path => ({ path: join(dir, path) }));
        return runTransfer({
            sender: { store: from ?? store, sources: paths, ...options },
            receiver: {
                store: hook ? hookedStore(store, hook) : store,
                destination: join(dir, 'target/'),
                fsync: 'never'
            },
            senderEvents: { onLog: line => log.push(line) }
        });
    }

    async function move(options: Run): Promise<TransferSummary> {
        const { sent } = await run(options);
        if (sent instanceof Error) {
            throw sent;
        }
        return sent;
    }

    /** Files and folders (with a slash) below a folder. */
    async function below(path: string): Promise<string> {
        const found = await fs.readdir(join(dir, path), { recursive: true, withFileTypes: true });
        return found
            .map(entry => {
                const name = join(entry.parentPath, entry.name).slice(join(dir, path).length + 1);
                return entry.isDirectory() ? `${name}/` : name;
            })
            .sort()
            .join(' ');
    }

    const filters = (text: string): { filters: FilterRule[]; skipSpecial: boolean } => ({
        filters: text.split(' ').map(item => ({ include: item.startsWith('+'), pattern: item.slice(1) })),
        skipSpecial: false
    });
    const settled = (summary: TransferSummary): number[] => [summary.filesDone, summary.filesFailed];

    for (const isBatched of [true, false]) {
        it(`does not even open folders that are left out (${isBatched ? 'in batches' : 'one by one'})`, async () => {
            const opened: string[] = [];
            const watched = Object.assign(Object.create(store) as FileStore, {
                list: (path: string) => {
                    opened.push(path.slice(dir.length + 1));
                    return store.list(path);
                },
                batch: (path: string) => {
                    opened.push(path.slice(dir.length + 1));
                    return isBatched ? store.batch(path) : undefined;
                }
            });
            const summary = await move({ from: watched, selection: filters('-*.tmp -.git/') });
            expect(settled(summary)).to.deep.equal([2, 0]);
            expect(await below('target')).to.equal('tree/ tree/a.txt tree/deep/ tree/deep/c.txt tree/empty/');
            expect(new Set(opened)).to.deep.equal(new Set(['tree', 'tree/deep', 'tree/empty']));
        });
    }

    it('sends only what is included when everything else is left out', async () => {
        await move({ selection: filters('+*.tmp +/**/ -/**') });
        expect(await below('target')).to.equal(
            'tree/ tree/.git/ tree/b.tmp tree/deep/ tree/deep/d.tmp tree/empty/'
        );
    });

    it('leaves out sources themselves', async () => {
        await make('one.txt', 'two.tmp');
        const summary = await move({
            sources: ['one.txt', 'two.tmp', 'tree'],
            selection: filters('-*.tmp -tree/')
        });
        expect(settled(summary)).to.deep.equal([1, 0]);
        expect(await below('target')).to.equal('one.txt');
    });

    it('goes by the time of last change, of files only', async () => {
        for (const [path, seconds] of [
            ['tree/a.txt', 1000],
            ['tree/b.tmp', 2000],
            ['tree/deep/c.txt', 3000],
            ['tree/deep', 10],
            ['tree/empty', 5000]
        ] as const) {
            await fs.utimes(join(dir, path), seconds, seconds);
        }
        const selection = { filters: [], skipSpecial: false, oldestSeconds: 1500, newestSeconds: 3000 };
        await move({ selection });
        expect(await below('target')).to.equal(
            'tree/ tree/.git/ tree/b.tmp tree/deep/ tree/deep/c.txt tree/empty/'
        );
    });

    const HAS_PIPES = process.platform !== 'win32';
    (HAS_PIPES ? it : it.skip)(
        'leaves out special files without a word when asked to (needs mkfifo)',
        async () => {
            execFileSync('mkfifo', [join(dir, 'tree/pipe')]);
            const failing = await move({});
            expect(settled(failing)).to.deep.equal([5, 1]);
            expect(failing.failures[0]?.error.code).to.equal('transfer.not-regular');
            const selection = { filters: [], skipSpecial: true };
            expect(settled(await move({ selection }))).to.deep.equal([0, 0]);
        }
    );

    it('removes files that are in place, and keeps folders', async () => {
        const summary = await move({ removal: FILES, selection: filters('-*.tmp') });
        expect(summary.error).to.equal(undefined);
        expect(settled(summary)).to.deep.equal([3, 0]);
        expect(await below('tree')).to.equal('.git/ b.tmp deep/ deep/d.tmp empty/');
        expect(await below('target')).to.equal(
            'tree/ tree/.git/ tree/.git/config tree/a.txt tree/deep/ tree/deep/c.txt tree/empty/'
        );
    });

    it('removes folders that are empty then, except sources and what was left out', async () => {
        await fs.mkdir(join(dir, 'tree/out/in'), { recursive: true });
        const selection = filters('-d.tmp -out/');
        expect((await move({ removal: FOLDERS, selection })).error).to.equal(undefined);
        expect(await below('tree')).to.equal('deep/ deep/d.tmp out/ out/in/');
        expect((await move({ removal: ALL })).error).to.equal(undefined);
        expect(await below('')).to.match(/^target\/ /);
    });

    it('keeps the folder of a file that was named as a source', async () => {
        await make('alone/file');
        expect((await move({ sources: ['alone/file'], removal: ALL })).error).to.equal(undefined);
        expect(await below('alone')).to.equal('');
    });

    it('keeps what changed after it had been read', async () => {
        const summary = await move({
            removal: ALL,
            hook: async (operation, path) => {
                // All has been sent by then, and the receiver is about to say that it is in place.
                if (operation === 'rename' && path.includes('c.txt')) {
                    await fs.writeFile(join(dir, 'tree/deep/c.txt'), 'new words');
                }
            }
        });
        expect(settled(summary)).to.deep.equal([5, 0]);
        expect(summary.error?.code).to.equal('transfer.some-files-failed');
        expect(summary.error?.message).to.include('c.txt').and.include('changed');
        expect(log.join()).to.include('deep/c.txt was not removed');
        expect(await below('tree')).to.equal('deep/ deep/c.txt');
        expect(await fs.readFile(join(dir, 'tree/deep/c.txt'), 'utf8')).to.equal('new words');
        expect(await fs.readFile(join(dir, 'target/tree/deep/c.txt'), 'utf8')).to.equal(
            'this is tree/deep/c.txt'
        );
    });

    it('keeps files that failed, files that were skipped, and folders that could not be made', async () => {
        await make('target/tree/a.txt');
        await fs.copyFile(join(dir, 'tree/a.txt'), join(dir, 'target/tree/a.txt'));
        const { mtimeMs } = await fs.stat(join(dir, 'tree/a.txt'));
        await fs.utimes(join(dir, 'target/tree/a.txt'), mtimeMs / 1000, mtimeMs / 1000);
        const summary = await move({
            removal: ALL,
            hook: (operation, path) => {
                const fails =
                    (operation === 'rename' && path.includes('c.txt')) ||
                    (operation === 'makeDirectory' && path.endsWith('empty'));
                if (fails) {
                    throw new ConnectError('transfer.disk-write', 'no');
                }
            }
        });
        expect(settled(summary)).to.deep.equal([3, 2]);
        expect(summary.filesSkipped).to.equal(1);
        expect(await below('tree')).to.equal('a.txt deep/ deep/c.txt empty/');
    });

    it('keeps what lies behind a link, and removes links that were sent as such', async () => {
        await make('outside/x', 'outside/folder/y');
        await fs.symlink('../outside/x', join(dir, 'tree/link'));
        await fs.symlink('../outside/folder', join(dir, 'tree/way'));
        expect((await move({ removal: ALL })).error).to.equal(undefined);
        expect(await below('tree')).to.equal('link way');
        expect(await below('target/tree')).to.include('link way/ way/y');
        expect(await below('outside')).to.equal('folder/ folder/y x');
        await fs.rm(join(dir, 'target'), { recursive: true });
        expect((await move({ removal: ALL, symlinks: 'copy' })).error).to.equal(undefined);
        expect(await below('target/tree')).to.equal('link way');
        expect(await below('outside')).to.equal('folder/ folder/y x');
        expect(await below('')).not.to.match(/ tree/);
    });

    it('removes nothing when the transfer does not come to its end', async () => {
        const { sent } = await run({
            removal: ALL,
            hook: operation => {
                if (operation === 'rename') {
                    throw new ConnectError('transfer.no-space', 'full');
                }
            }
        });
        expect(sent).not.to.equal(undefined);
        expect(await below('tree')).to.equal('.git/ .git/config a.txt b.tmp deep/ deep/c.txt deep/d.tmp');
    });
});
