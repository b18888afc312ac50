import { expect } from 'chai';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'fs/promises';
import { tmpdir } from 'os';
import { join } from 'path';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { describeFileStore, entriesOf, expectCode, get, put } from '../testing/describe-file-store';
import { ConfinedFileStore } from './confined-file-store';
import { Confinement } from './held-directory';
import { LocalFileStore } from './local-file-store';

describeFileStore('local', realDir => ({ store: new LocalFileStore(), prefix: realDir }));

const confinements: Confinement[] = process.platform === 'linux' ? ['handles', 'names'] : ['names'];

for (const confinement of confinements) {
    const make = (rootDir: string): ConfinedFileStore => new ConfinedFileStore(rootDir, { confinement });

    describeFileStore(`confined by ${confinement}`, realDir => ({ store: make(realDir), prefix: '' }));

    describe(`confinement by ${confinement}`, () => {
        let outside: string;
        let root: string;
        let store: ConfinedFileStore;

        beforeEach(async () => {
            outside = await mkdtemp(join(tmpdir(), 'connect-confined-'));
            root = join(outside, 'root');
            await mkdir(join(root, 'sub/deep'), { recursive: true });
            await writeFile(join(outside, 'secret'), 'secret');
            await writeFile(join(root, 'sub/file'), 'inside');
            await symlink('/', join(root, 'to-system'));
            await symlink(outside, join(root, 'absolute'));
            await symlink('..', join(root, 'above'));
            await symlink('../secret', join(root, 'file-above'));
            await symlink('sub/../../secret', join(root, 'detour'));
            await symlink('above', join(root, 'chain'));
            await symlink('../none', join(root, 'dangling'));
            await symlink('../sub/../sub/file', join(root, 'sub/fine'));
            await symlink('/sub/file', join(root, 'absolute-inside'));
            store = make(root);
        });
        afterEach(async () => {
            await store.dispose();
            await rm(outside, { recursive: true, force: true });
        });

        const leaving = [
            '/..',
            '/../secret',
            '../secret',
            '/sub/../../secret',
            '/sub/deep/../../../secret',
            '/to-system/etc/passwd',
            '/absolute/secret',
            '/above/secret',
            '/chain/secret',
            '/sub/deep/../../above/secret'
        ];
        for (const path of leaving) {
            it(`refuses every operation on ${path}`, async () => {
                const operations: Array<() => Promise<unknown>> = [
                    () => store.stat(path),
                    () => store.lstat(path),
                    () => entriesOf(store, path),
                    () => store.open(path, 'read'),
                    () => store.open(path, 'write'),
                    () => store.open(path, 'create'),
                    () => store.open(path, 'create-new'),
                    () => store.makeDirectory(path),
                    () => store.rename(path, '/x'),
                    () => store.rename('/sub/file', path),
                    () => store.removeFile(path),
                    () => store.removeDirectory(path),
                    () => store.readLink(path),
                    () => store.makeLink('sub', path),
                    () => store.setTimes(path, 0n, 0n),
                    () => store.setMode(path, 0o777),
                    () => store.syncDirectory(path),
                    () => store.freeBytes(path)
                ];
                for (const operation of operations) {
                    await expectCode('transfer.outside-root', operation());
                }
            });
        }

        for (const path of [
            '/to-system',
            '/absolute',
            '/above',
            '/file-above',
            '/detour',
            '/chain',
            '/dangling',
            '/absolute-inside'
        ]) {
            it(`follows ${path} nowhere, but shows and removes the link itself`, async () => {
                await expectCode('transfer.outside-root', store.stat(path));
                await expectCode('transfer.outside-root', store.open(path, 'read'));
                await expectCode('transfer.outside-root', entriesOf(store, path));
                await expectCode('transfer.outside-root', store.setMode(path, 0o777));
                await expectCode('files.exists', store.open(path, 'create'));
                expect((await store.lstat(path)).kind).to.equal('symlink');
                expect(await store.readLink(path)).to.be.a('string');
                await store.removeFile(path);
                expect(await readFile(join(outside, 'secret'), 'utf8')).to.equal('secret');
                expect(await readdir(outside)).to.have.members(['root', 'secret']);
            });
        }

        it('follows what stays inside, and treats the root as the top of all', async () => {
            expect(await get(store, '/sub/fine')).to.equal('inside');
            expect(await get(store, '/sub/deep/../file')).to.equal('inside');
            expect(await get(store, '//sub/./file')).to.equal('inside');
            expect((await entriesOf(store, '/')).map(entry => entry.name)).to.include('sub');
            await expectCode('files.exists', store.makeDirectory('/'));
            await expectCode('files.permission-denied', store.removeDirectory('/'));
            await expectCode('files.permission-denied', store.rename('/', '/sub/x'));
            await expectCode('files.permission-denied', store.rename('/sub', '/'));
        });

        it('makes no link that leads out', async () => {
            for (const target of ['/etc/passwd', '/', '../..', '../../secret', 'deep/../../../secret']) {
                await expectCode('transfer.outside-root', store.makeLink(target, '/sub/new'));
            }
            for (const target of ['file', '../sub/file', '..', 'deep/../..', 'not/there/yet']) {
                await store.makeLink(target, '/sub/new');
                expect(await store.readLink('/sub/new')).to.equal(target);
                await store.removeFile('/sub/new');
            }
            await expectCode('transfer.illegal-name', store.makeLink('', '/sub/new'));
        });

        it('tells no real path in its errors', async () => {
            const error = await store.open('/none', 'read').catch((reason: Error) => reason);
            expect((error as Error).message).to.equal('/none: no such file or folder');
        });

        it('works when the root appears later, and when it is itself reached by a link', async () => {
            const late = make(join(outside, 'late'));
            await expectCode('files.not-found', late.stat('/'));
            await symlink('root', join(outside, 'late'));
            expect(await get(late, '/sub/file')).to.equal('inside');
            await late.dispose();
            await expectCode('internal', late.stat('/'));
        });

        it('notices at once what it changes itself, also by another name of the folder', async () => {
            await put(store, '/sub/deep/f', '1');
            await symlink('sub', join(root, 'alias'));
            await store.rename('/alias/deep', '/alias/old');
            await expectCode('files.not-found', store.open('/sub/deep/f', 'create'));
            await store.makeDirectory('/sub/deep');
            await put(store, '/sub/deep/f', '2');
            expect(await readFile(join(root, 'sub/old/f'), 'utf8')).to.equal('1');
            expect(await readFile(join(root, 'sub/deep/f'), 'utf8')).to.equal('2');
        });
    });
}

describe('confined file store: folders kept open (Linux)', () => {
    it('takes a name anew after a while, and lets go of everything in the end', async function () {
        if (process.platform !== 'linux') {
            this.skip();
        }
        const root = await mkdtemp(join(tmpdir(), 'connect-held-'));
        const handles = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
        const before = await handles();
        const clock = new VirtualClock();
        const store = new ConfinedFileStore(root, { clock });
        for (let i = 0; i < 100; i++) {
            await store.makeDirectory(`/d${i}`);
            await put(store, `/d${i}/f`, String(i));
        }
        expect((await handles()) - before).to.be.within(1, 40);
        await rename(join(root, 'd99'), join(root, 'moved'));
        await mkdir(join(root, 'd99'));
        clock.advance(1000);
        await put(store, '/d99/f', 'new');
        expect(await readFile(join(root, 'd99/f'), 'utf8')).to.equal('new');
        await Promise.all(
            ['/none/x', '/d1/none', '/../x', '/d1/f/x'].map(path => store.stat(path).catch(() => undefined))
        );
        await store.dispose();
        expect(await handles()).to.equal(before);
        await rm(root, { recursive: true });
    });
});
