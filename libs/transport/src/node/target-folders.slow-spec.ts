import { expect } from 'chai';
import { promises as fs } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { FileStore } from './file-store';
import { LocalFileStore } from './local-file-store';
import { SyncRounds } from './sync-rounds';
import { TargetFolders } from './target-folders';

const FACTS = { mtimeNs: 0n, mode: 0o755 };

describe('folders at the target', () => {
    let dir: string;
    let release: () => void;
    let folders: TargetFolders;
    let told: string[];
    let owners: Array<[path: string, uid: number, gid: number]>;

    beforeEach(async () => {
        dir = await fs.mkdtemp(join(tmpdir(), 'connect-folders-'));
        told = [];
        owners = [];
        const store = new LocalFileStore();
        const held = new Promise<void>(resolve => (release = resolve));
        const slow = Object.assign(Object.create(store) as FileStore, {
            makeDirectory: async (path: string, mode?: number): Promise<void> => {
                await held;
                await store.makeDirectory(path, mode);
            },
            setFolderOwner: (path: string, uid: number, gid: number): Promise<void> => {
                owners.push([path.slice(dir.length + 1), uid, gid]);
                return Promise.resolve();
            }
        });
        folders = new TargetFolders(slow, Promise.resolve(dir), 'auto', new SyncRounds(), () => undefined);
    });

    afterEach(() => fs.rm(dir, { recursive: true, force: true }));

    const announce = (...paths: string[]): void =>
        paths.forEach((path, index) => folders.announce(index, path, FACTS));
    const wait = (path: string): boolean => folders.whenKnown(path, () => told.push(path));

    it('are known to be new, with all that is in them, as soon as the outermost is made', async () => {
        announce('a', 'a/b', 'a/b/c', 'a/d');
        const made = folders.ensure('a');
        expect(['a', 'a/b/c', 'a/d', 'a/b'].map(wait)).to.deep.equal([true, true, true, true]);
        expect(told).to.deep.equal([]);
        release();
        await made;
        expect(told).to.have.members(['a', 'a/b', 'a/b/c', 'a/d']);
        expect(['a', 'a/b', 'a/b/c', 'a/d'].every(path => folders.isMadeHere(path))).to.equal(true);
        expect(wait('a/b')).to.equal(false);
        folders.announce(4, 'a/e', FACTS);
        expect(folders.isMadeHere('a/e')).to.equal(true);
    });

    it('are each asked for by itself where the one above was there before', async () => {
        await fs.mkdir(join(dir, 'a/b'), { recursive: true });
        announce('a', 'a/b', 'a/c');
        expect(['a', 'a/b', 'a/c'].map(wait)).to.deep.equal([true, true, true]);
        release();
        await folders.ensure('a');
        expect(told).to.deep.equal(['a']);
        await Promise.all([folders.ensure('a/b'), folders.ensure('a/c')]);
        expect(told).to.have.members(['a', 'a/b', 'a/c']);
        expect(['a', 'a/b', 'a/c'].map(path => folders.isMadeHere(path))).to.deep.equal([false, false, true]);
    });

    it('are each asked for by itself where another session may be quicker', async () => {
        ['a', 'a/b', 'a/c'].forEach((path, index) => folders.announce(index, path, { ...FACTS, work: 0 }));
        expect(['a', 'a/b', 'a/c'].map(wait)).to.deep.equal([true, true, true]);
        release();
        await folders.ensure('a');
        expect(told).to.deep.equal(['a']);
        folders.announce(3, 'a/d', { ...FACTS, work: 0 });
        expect(folders.isMadeHere('a/d')).to.equal(false);
        await fs.mkdir(join(dir, 'a/b'));
        await Promise.all([folders.ensure('a/b'), folders.ensure('a/c')]);
        expect(['a', 'a/b', 'a/c'].map(path => folders.isMadeHere(path))).to.deep.equal([true, false, true]);
    });

    it('get the owners that were told last, though other orders told of them before', async () => {
        release();
        ['a', 'a/b'].forEach((path, index) => folders.announce(index, path, { ...FACTS, work: 0, uid: 7 }));
        await folders.ensure('a/b');
        folders.announce(2, 'a/b', { ...FACTS, work: 1, uid: 8 });
        folders.announce(3, 'a', { ...FACTS, work: 2, uid: 9 });
        folders.settled(4);
        await folders.finish();
        expect(owners).to.have.deep.members([
            ['a/b', 8, -1],
            ['a', 9, -1]
        ]);
    });

    it('get them also when they are about to be finished with what was told before', async () => {
        release();
        ['a', 'b'].forEach((path, index) => folders.announce(index, path, { ...FACTS, work: 0, uid: 7 }));
        await Promise.all([folders.ensure('a'), folders.ensure('b')]);
        folders.announce(2, 'a', { ...FACTS, work: 1, uid: 8 });
        await folders.ensure('a');
        folders.settled(3);
        while (folders.isMadeHere('a')) {
            await new Promise(next => setImmediate(next));
        }
        await folders.finish();
        expect(owners).to.deep.equal([['a', 8, -1]]);
    });

    it('keep nobody waiting that cannot be made', async () => {
        await fs.writeFile(join(dir, 'a'), 'a file');
        announce('a');
        wait('a');
        release();
        const failure = await folders.ensure('a').catch((error: { code: string }) => error.code);
        expect(failure).to.equal('transfer.not-a-directory');
        expect(told).to.deep.equal(['a']);
        expect(folders.isMadeHere('a')).to.equal(false);
    });
});
