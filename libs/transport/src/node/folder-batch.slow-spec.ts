import { expect } from 'chai';
import { promises as fs } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ConnectError, encodePathBytes, fsPath } from '@connect/base';
import { ConfinedFileStore } from './confined-file-store';
import { FileStat, FileStore } from './file-store';
import { FolderBatch, ListedEntry } from './folder-batch';
import { LocalFileStore } from './local-file-store';
import { loadNativeAddon, NativeFiles } from './native-addon';

const addon = loadNativeAddon(process.env).addon;
const why = addon?.syncFiles ? '' : ' (needs the native addon built)';

/** Everything that is told of an entry. */
function facts(stat: FileStat): FileStat {
    const { kind, sizeBytes, mtimeMs, mtimeNs, mode, inode, device, uid, gid, atimeNs } = stat;
    const { bornNs, allocatedBytes } = stat;
    return {
        ...{ kind, sizeBytes, mtimeMs, mtimeNs, mode, inode, device, uid, gid, atimeNs },
        ...{ bornNs, allocatedBytes }
    };
}

describe(`work on many files of a folder${why}`, () => {
    let dir: string;
    let store: FileStore;
    let batch: FolderBatch;

    before(function () {
        if (why) {
            this.skip();
        }
    });

    beforeEach(async () => {
        dir = await fs.mkdtemp(join(tmpdir(), 'connect-batch-'));
        await fs.mkdir(join(dir, 'root/folder'), { recursive: true });
        store = new ConfinedFileStore(join(dir, 'root'));
        batch = (await store.batch!('/folder'))!;
    });

    afterEach(async () => {
        await batch?.close();
        await store?.dispose();
        await fs.rm(dir, { recursive: true, force: true });
    });

    const inside = (name: string): string => join(dir, 'root/folder', name);

    async function listAll(): Promise<ListedEntry[]> {
        const all: ListedEntry[] = [];
        for (let some = await batch.next(); some.count > 0; some = await batch.next()) {
            all.push(...Array.from({ length: some.count }, (_, i) => some.entry(i)));
        }
        return all;
    }

    function codes(results: ReadonlyArray<unknown>): unknown[] {
        return results.map(result => (result instanceof ConnectError ? result.code : 'ok'));
    }

    it('lists a large folder in steps, with the facts the store gives one by one', async () => {
        const names = Array.from({ length: 3000 }, (_, i) => `file number ${i}`).concat('not utf-8 \udcff');
        await Promise.all(names.map(name => fs.writeFile(fsPath(inside(name)), name)));
        await fs.symlink('nowhere', inside('link'));
        await fs.mkdir(inside('sub'));
        const listed = await listAll();
        expect(listed.map(({ name }) => name).sort()).to.deep.equal([...names, 'link', 'sub'].sort());
        for (const name of ['file number 7', 'not utf-8 \udcff', 'link', 'sub']) {
            const { stat } = listed.find(entry => entry.name === name)!;
            expect(facts(stat!)).to.deep.equal(await store.lstat(`/folder/${name}`));
        }
    });

    it('makes files with content, mode and time, and none where something is', async () => {
        await fs.writeFile(inside('taken'), 'mine');
        await fs.symlink('elsewhere', inside('link'));
        const files = ['a', 'taken', 'link', 'empty'].map(name => ({
            name,
            bytes: Buffer.from(name === 'empty' ? '' : `content of ${name}`),
            mode: 0o640,
            mtimeNs: 1_234_567_890_123_456_789n
        }));
        const results = await batch.write(files);
        expect(codes(results)).to.deep.equal(['ok', 'files.exists', 'files.exists', 'ok']);
        expect(facts(results[0] as FileStat)).to.deep.equal(await store.lstat('/folder/a'));
        expect((results[0] as FileStat).mtimeNs).to.equal(1_234_567_890_123_456_789n);
        expect((results[0] as FileStat).mode).to.equal(0o640 & ~process.umask());
        expect(await fs.readFile(inside('a'), 'utf8')).to.equal('content of a');
        expect(await fs.readFile(inside('taken'), 'utf8')).to.equal('mine');
        expect((await fs.readdir(inside('.'))).sort()).to.deep.equal(['a', 'empty', 'link', 'taken']);
    });

    it('makes empty files with mode and time, and none where something is', async () => {
        await fs.writeFile(inside('taken'), 'mine');
        await fs.symlink('elsewhere', inside('link'));
        const names = ['a', 'taken', 'link', 'not utf-8 \udcff'];
        const errors = await batch.makeEmpty({
            names: encodePathBytes(names.map(name => `${name}\0`).join('')),
            mtimes: BigInt64Array.of(1n, 2n, 3n, -1_500_000_001n),
            modes: Uint16Array.of(0o640, 0o600, 0o600, 0o7777)
        });
        expect(errors.map(error => error?.code)).to.deep.equal([
            ...[undefined, 'files.exists', 'files.exists', undefined]
        ]);
        const made = await store.lstat('/folder/a');
        expect(made).to.include({ sizeBytes: 0, mtimeNs: 1n, mode: 0o640 & ~process.umask() });
        const { mtimeNs, mode } = await store.lstat('/folder/not utf-8 \udcff');
        expect({ mtimeNs, mode }).to.deep.equal({ mtimeNs: -1_500_000_001n, mode: 0o777 & ~process.umask() });
        expect(await fs.readFile(inside('taken'), 'utf8')).to.equal('mine');
        expect((await fs.readdir(inside('.'))).length).to.equal(4);
    });

    it('lists empty files together, without those that are none', async () => {
        await fs.writeFile(inside('empty'), '', { mode: 0o604 });
        await fs.writeFile(fsPath(inside('not utf-8 \udcff')), '');
        await fs.writeFile(inside('full'), 'x');
        await fs.symlink('empty', inside('link'));
        await fs.mkdir(inside('sub'));
        const listing = await batch.next();
        const files = listing.emptyFiles('elsewhere')!;
        const found = Array.from({ length: files.count }, (_, i) => files.fileOf(i));
        expect(found.map(({ path }) => path).sort()).to.deep.equal([
            ...['elsewhere/empty', 'elsewhere/not utf-8 \udcff']
        ]);
        const at = found.findIndex(({ path }) => path.endsWith('/empty'));
        const { mtimeNs, mode } = await store.lstat('/folder/empty');
        expect({ mtimeNs: files.mtimes[at], mode: files.modes[at] }).to.deep.equal({ mtimeNs, mode });
        const kinds = Array.from({ length: listing.count }, (_, i) => [
            listing.entry(i).name,
            listing.isEmptyFile(i)
        ]);
        expect(Object.fromEntries(kinds)).to.deep.equal({
            ...{ empty: true, 'not utf-8 \udcff': true, full: false, link: false, sub: false }
        });
        await fs.rm(inside('empty'));
        await fs.rm(fsPath(inside('not utf-8 \udcff')));
        const again = (await store.batch!('/folder'))!;
        expect((await again.next()).emptyFiles('')).to.equal(undefined);
        await again.close();
    });

    it('keeps times before 1970', async () => {
        const [stat] = await batch.write([
            { name: 'old', bytes: Buffer.from('x'), mode: 0o600, mtimeNs: -1_500_000_001n }
        ]);
        expect((stat as FileStat).mtimeNs).to.equal(-1_500_000_001n);
    });

    it('reads files whole, and tells of those that are shorter, links or no files', async () => {
        await fs.writeFile(inside('a'), 'first');
        await fs.writeFile(inside('short'), 'x');
        await fs.symlink('a', inside('link'));
        await fs.mkdir(inside('sub'));
        await fs.writeFile(inside('b'), 'second, and more');
        const target = Buffer.alloc(5 + 4 + 5 + 5 + 6);
        const results = await batch.read(['a', 'short', 'link', 'sub', 'b'], [5, 4, 5, 5, 6], target);
        expect(results.map(result => result instanceof ConnectError)).to.deep.equal([
            ...[false, true, true, true, false]
        ]);
        expect(target.subarray(0, 5).toString()).to.equal('first');
        expect(target.subarray(-6).toString()).to.equal('second');
        expect((results[4] as FileStat).sizeBytes).to.equal(16);
        const none = await batch.read(['a', 'link', 'sub', 'gone'], [0, 0, 0, 0], Buffer.alloc(0));
        expect((none[0] as FileStat).sizeBytes).to.equal(5);
        expect(none.slice(1).every(result => result instanceof ConnectError)).to.equal(true);
    });

    it('renames what is meant, replacing files, and nothing else', async () => {
        const made = await batch.write(
            ['p1', 'p2', 'p3', 'p4'].map(name => ({
                name,
                bytes: Buffer.from(name),
                mode: 0o600,
                mtimeNs: 1n
            }))
        );
        await fs.writeFile(inside('final 1'), 'old');
        await fs.mkdir(inside('final 3'));
        await fs.rm(inside('p4'));
        await fs.rename(inside('p2'), inside('moved away'));
        await fs.writeFile(inside('p2'), 'of somebody else');
        const results = await batch.rename(
            made.map((own, i) => ({ from: `p${i + 1}`, to: `final ${i + 1}`, own: own as FileStat }))
        );
        expect(codes(results)).to.deep.equal([
            ...['ok', 'files.not-found', 'files.is-a-directory', 'files.not-found']
        ]);
        expect(await fs.readFile(inside('final 1'), 'utf8')).to.equal('p1');
        expect(await fs.readFile(inside('p2'), 'utf8')).to.equal('of somebody else');
    });

    it('makes the content of placed files durable, and tells of those that are others now', async () => {
        const placed = await batch.place(
            [1, 2, 3].map(i => ({
                name: `p${i}`,
                finalName: `final ${i}`,
                bytes: Buffer.from(`content ${i}`),
                mode: 0o600,
                mtimeNs: 1n
            }))
        );
        await fs.rm(inside('p1'));
        await fs.rename(inside('p2'), inside('moved away'));
        await fs.writeFile(inside('p2'), 'of somebody else');
        const errors = await placed.sync([2, 1, 0]);
        expect(errors.map(error => error?.code)).to.deep.equal([
            ...[undefined, 'files.not-found', 'files.not-found']
        ]);
        await batch.syncFolder();
    });

    it('places files in two steps, telling of each what is in its way', async () => {
        await fs.writeFile(inside('p2'), 'of somebody else');
        await fs.mkdir(inside('final 3'));
        const placed = await batch.place(
            [1, 2, 3, 4].map(i => ({
                name: `p${i}`,
                finalName: `final ${i}`,
                bytes: Buffer.from(`content ${i}`),
                mode: 0o600,
                mtimeNs: 1n
            }))
        );
        expect(placed.errors.map(error => error?.code)).to.deep.equal([
            ...[undefined, 'files.exists', undefined, undefined]
        ]);
        expect(placed.device).to.equal(batch.device);
        expect(facts(placed.stat(3))).to.deep.equal(await store.lstat('/folder/p4'));
        const errors = await placed.name([3, 2, 0]);
        expect(errors.map(error => error?.code)).to.deep.equal([
            ...[undefined, 'files.is-a-directory', undefined]
        ]);
        expect((await fs.readdir(inside('.'))).sort()).to.deep.equal([
            ...['final 1', 'final 3', 'final 4', 'p2', 'p3']
        ]);
        expect(await fs.readFile(inside('final 4'), 'utf8')).to.equal('content 4');
    });

    it('refuses names that are no single component, and stays in the folder it opened', async () => {
        for (const name of ['', '.', '..', '../x', 'a/b', '/etc/passwd']) {
            const error = await batch
                .write([{ name, bytes: Buffer.from('x'), mode: 0o600, mtimeNs: 0n }])
                .catch(found => found);
            expect(error, JSON.stringify(name)).to.be.instanceOf(ConnectError);
        }
        await fs.rename(inside('.'), join(dir, 'root/other'));
        await fs.symlink(dir, join(dir, 'root/folder'));
        await batch.write([{ name: 'x', bytes: Buffer.from('x'), mode: 0o600, mtimeNs: 0n }]);
        expect(await fs.readdir(join(dir, 'root/other'))).to.deep.equal(['x']);
        const outside = await store.batch!('/folder').catch(error => error.code);
        expect(outside).to.equal('transfer.outside-root');
    });

    it('syncs the file system it is on', async () => {
        expect(batch.device).to.equal((await store.lstat('/folder')).device);
        await batch.syncFileSystem();
    });

    it('opens folders of the machine as well, through links', async () => {
        await fs.symlink('root/folder', join(dir, 'link'));
        await fs.writeFile(inside('a'), '');
        const local = (await new LocalFileStore().batch(join(dir, 'link')))!;
        const listing = await local.next();
        expect(listing.count).to.equal(1);
        expect(listing.entry(0).name).to.equal('a');
        await local.close();
        const missing = await new LocalFileStore().batch(join(dir, 'nothing')).catch(error => error.code);
        expect(missing).to.equal('files.not-found');
    });

    it('takes no nonsense', () => {
        const files = addon as NativeFiles;
        const name = Buffer.from('a\0');
        const one = new BigInt64Array(1);
        const many = new BigInt64Array(4097);
        const calls: Array<() => unknown> = [
            () => files.readFolder(-1),
            () => files.readFolder('1' as never),
            () => files.readFiles(0, Buffer.from('a'), one, Buffer.alloc(1)),
            () => files.readFiles(0, name, BigInt64Array.of(2n), Buffer.alloc(1)),
            () => files.readFiles(0, name, BigInt64Array.of(-1n), Buffer.alloc(1)),
            () => files.readFiles(0, name, one, undefined as never),
            () => files.writeFiles(0, name, one, [Buffer.alloc(1)]),
            () => files.writeFiles(0, name, new BigInt64Array(2), []),
            () => files.writeFiles(0, name, new BigInt64Array(2), ['x' as never]),
            () => files.makeEmptyFiles(-1, name, one, Uint16Array.of(0)),
            () => files.makeEmptyFiles(0, name, one, new Uint16Array(2)),
            () => files.makeEmptyFiles(0, name, new BigInt64Array(2), new Uint16Array(2)),
            () => files.makeEmptyFiles(0, Buffer.from('a\0b'), new BigInt64Array(2), new Uint16Array(2)),
            () => files.makeEmptyFiles(0, Buffer.from('..\0'), one, Uint16Array.of(0)),
            () => files.makeEmptyFiles(0, Buffer.from('\0'), one, Uint16Array.of(0)),
            () => files.makeEmptyFiles(0, Buffer.from('a/b\0'), one, Uint16Array.of(0)),
            () => files.makeEmptyFiles(0, name, one, [0] as never),
            () => files.makeEmptyFiles(0, Buffer.from('a\0'.repeat(4097)), many, new Uint16Array(4097)),
            () => files.renameFiles(0, name, one),
            () => files.renameFiles(0, Buffer.from('a\0b\0'), one),
            () => files.syncFiles(0, name, one),
            () => files.syncFiles(0, Buffer.from('a/b\0'), new BigInt64Array(2)),
            () => files.syncFileSystem(1.5),
            () => files.findData(0, 5, 4),
            () => files.findData(0, -1, 4)
        ];
        calls.forEach((call, i) => expect(call, `call ${i}`).to.throw(TypeError));
    });
});
