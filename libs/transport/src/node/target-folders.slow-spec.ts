import { expect } from 'chai';
import { promises as fs } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { FileStore } from './file-store';
import { LocalFileStore } from './local-file-store';
import { SyncRounds } from './sync-rounds';
import { TargetFolders } from './target-folders';

describe('folders at the target', () => {
    let dir: string;
    let release: () => void;
    let folders: TargetFolders;
    let told: string[];

    beforeEach(async () => {
        dir = await fs.mkdtemp(join(tmpdir(), 'connect-folders-'));
        told = [];
        const store = new LocalFileStore();
        const held = new Promise<void>(resolve => (release = resolve));
        const slow = Object.assign(Object.create(store) as FileStore, {
            makeDirectory: async (path: string, mode?: number): Promise<void> => {
                await held;
                await store.makeDirectory(path, mode);
            }
        });
        folders = new TargetFolders(slow, Promise.resolve(dir), 'auto', new SyncRounds(), () => undefined);
    });

    afterEach(() => fs.rm(dir, { recursive: true, force: true }));

    const announce = (...paths: string[]): void =>
        paths.forEach((path, index) => folders.announce(index, path, 0n, 0o755));
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
        folders.announce(4, 'a/e', 0n, 0o755);
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
