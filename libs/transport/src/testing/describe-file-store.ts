import { expect } from 'chai';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'fs/promises';
import { execFileSync } from 'child_process';
import { tmpdir } from 'os';
import { join } from 'path';
import { ConnectError, decodePathBytes, ErrorCode, fsPath } from '@connect/base';
import { FileEntry, FileStat, FileStore } from '../node/file-store';

/** A store to be tested, and where its files are. */
export interface FileStoreUnderTest {
    readonly store: FileStore;
    /** What `at('x')` is called in the store, e.g. `/x`. */
    readonly prefix: string;
}

/** Asserts that `work` fails with this code. */
export async function expectCode(code: ErrorCode, work: Promise<unknown>): Promise<void> {
    const outcome = await work.then(
        value => `nothing (${String(value)})`,
        error => (error instanceof ConnectError ? error.code : `a foreign error: ${String(error)}`)
    );
    expect(outcome).to.equal(code);
}

/** All that a listing yields. */
export async function entriesOf(store: FileStore, path: string): Promise<FileEntry[]> {
    const entries: FileEntry[] = [];
    for await (const entry of store.list(path)) {
        entries.push(entry);
    }
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Writes a file through the store. */
export async function put(store: FileStore, path: string, text: string): Promise<void> {
    const file = await store.open(path, 'create');
    try {
        await file.write(Buffer.from(text), 0);
        await file.truncate(Buffer.byteLength(text));
    } finally {
        await file.close();
    }
}

/** Reads a file through the store. */
export async function get(store: FileStore, path: string): Promise<string> {
    const file = await store.open(path, 'read');
    try {
        const target = Buffer.alloc((await file.stat()).sizeBytes);
        await file.read(target, 0);
        return target.toString();
    } finally {
        await file.close();
    }
}

/**
 * What every {@link FileStore} on a disk has to do. `make` is given a fresh folder of this machine; the suite looks at
 * it from outside with `node:fs`.
 */
export function describeFileStore(name: string, make: (realDir: string) => FileStoreUnderTest): void {
    describe(`file store: ${name}`, () => {
        let realDir: string;
        let store: FileStore;
        let at: (path: string) => string;
        const real = (path: string): string => join(realDir, path);

        beforeEach(async () => {
            realDir = await mkdtemp(join(tmpdir(), 'connect-store-'));
            const made = make(realDir);
            store = made.store;
            at = path => `${made.prefix}/${path}`;
        });
        afterEach(async () => {
            await store.dispose();
            await rm(realDir, { recursive: true, force: true });
        });

        it('writes at positions in any order and reads them back', async () => {
            const file = await store.open(at('a'), 'create');
            await Promise.all([file.write(Buffer.from('world'), 6), file.write(Buffer.from('hello '), 0)]);
            await file.sync(true);
            const target = Buffer.alloc(20);
            expect(await file.read(target, 0)).to.equal(11);
            expect(await file.read(target, 50)).to.equal(0);
            await file.close();
            await file.close();
            expect(await readFile(real('a'), 'utf8')).to.equal('hello world');
        });

        it('writes several parts as if they were one', async () => {
            const file = await store.open(at('a'), 'create');
            const texts = ['one ', '', 'two ', 'x'.repeat(100_000), ' three'];
            await file.write(Buffer.from('zero'), 0);
            await file.writeParts(
                texts.map(text => Buffer.from(text)),
                5
            );
            await file.writeParts([Buffer.from('_')], 4);
            await file.writeParts([], 0);
            await file.close();
            expect(await readFile(real('a'), 'utf8')).to.equal(`zero_${texts.join('')}`);
            await expectCode('files.failed', file.writeParts([Buffer.from('x'), Buffer.from('y')], 0));
        });

        it('keeps content with create and write, refuses with create-new what is there', async () => {
            await put(store, at('a'), 'content');
            for (const access of ['create', 'write'] as const) {
                await (await store.open(at('a'), access)).close();
            }
            expect(await get(store, at('a'))).to.equal('content');
            await expectCode('files.exists', store.open(at('a'), 'create-new'));
            await expectCode('files.not-found', store.open(at('b'), 'write'));
            await expectCode('files.not-found', store.open(at('b'), 'read'));
            await (await store.open(at('b'), 'create-new', 0o640)).close();
            expect((await store.stat(at('b'))).mode & 0o666).to.equal(0o640);
        });

        it('refuses work on a closed file, so that a reused handle number hurts nobody', async () => {
            const file = await store.open(at('a'), 'create');
            await file.close();
            await expectCode('files.failed', file.write(Buffer.from('x'), 0));
        });

        it('opens regular files only, and never waits for a pipe', async () => {
            await mkdir(real('folder'));
            execFileSync('mkfifo', [real('pipe')]);
            for (const access of ['read', 'write'] as const) {
                await expectCode('files.is-a-directory', store.open(at('folder'), access));
                await expectCode('transfer.not-regular', store.open(at('pipe'), access));
            }
            expect((await store.lstat(at('pipe'))).kind).to.equal('other');
        });

        it('tells facts of files, folders and links', async () => {
            await put(store, at('file'), '12345');
            await store.makeDirectory(at('folder'));
            await store.makeLink('file', at('link'));
            const outside = await stat(real('file'), { bigint: true });
            const inside = await store.stat(at('link'));
            expect(inside).to.include({
                kind: 'file',
                sizeBytes: 5,
                mtimeNs: outside.mtimeNs,
                inode: outside.ino
            });
            expect((await store.lstat(at('link'))).kind).to.equal('symlink');
            expect((await store.stat(at('folder'))).kind).to.equal('directory');
            expect((await store.stat(at(''))).kind).to.equal('directory');
            expect(await store.readLink(at('link'))).to.equal('file');
            await expectCode('files.not-found', store.stat(at('none')));
            await expectCode('files.not-a-directory', store.stat(at('file/below')));
            await expectCode('files.failed', store.readLink(at('file')));
        });

        it('sets times to the microsecond and modes, by path and by handle, through links', async () => {
            await put(store, at('file'), 'x');
            await store.makeLink('file', at('link'));
            const micros = (value: FileStat): bigint => value.mtimeNs / 1000n;
            await store.setTimes(at('link'), 1_000_500_000n, 1_700_000_000_123_456_000n);
            await store.setMode(at('link'), 0o604);
            const first = await store.stat(at('file'));
            expect([micros(first), first.mode]).to.deep.equal([1_700_000_000_123_456n, 0o604]);
            expect(first.atimeNs / 1000n).to.equal(1_000_500n);
            const file = await store.open(at('file'), 'write');
            await file.setTimes(0n, 999_999_999n);
            await file.setMode(0o600);
            const second = await file.stat();
            expect([micros(second), second.mode]).to.deep.equal([999_999n, 0o600]);
            await file.setTimes(0n, -86_400_000_000_000n);
            expect((await file.stat()).mtimeNs).to.equal(-86_400_000_000_000n);
            await file.close();
            await store.makeDirectory(at('folder'));
            await store.setTimes(at('folder'), 0n, 5_000_000_000n);
            await store.setMode(at('folder'), 0o700);
            const third = await store.stat(at('folder'));
            expect([micros(third), third.mode]).to.deep.equal([5_000_000n, 0o700]);
        });

        it('lists a folder with kinds, large ones and empty ones too', async () => {
            await store.makeDirectory(at('many'));
            await Promise.all(Array.from({ length: 600 }, (_, i) => writeFile(real(`many/${i}`), '')));
            expect(await entriesOf(store, at('many'))).to.have.length(600);
            await store.makeDirectory(at('empty'));
            expect(await entriesOf(store, at('empty'))).to.deep.equal([]);
            await store.makeLink('empty', at('link'));
            expect(await entriesOf(store, at('link'))).to.deep.equal([]);
            expect(await entriesOf(store, at(''))).to.deep.equal([
                { name: 'empty', kind: 'directory' },
                { name: 'link', kind: 'symlink' },
                { name: 'many', kind: 'directory' }
            ]);
            for await (const entry of store.list(at('many'))) {
                expect(entry.kind).to.equal('file');
                break;
            }
            await put(store, at('file'), '');
            await expectCode('files.not-a-directory', entriesOf(store, at('file')));
            await expectCode('files.not-found', entriesOf(store, at('none')));
        });

        it('carries any name a disk takes', async () => {
            const names = [
                'a b',
                '"\'`$x',
                '😀',
                'e\u0301',
                '\u00e9',
                '-rf',
                'a\nb',
                '\\',
                '...',
                'x'.repeat(255),
                decodePathBytes(Buffer.from([0x66, 0xff, 0xc3])),
                '%41',
                '~',
                '*'
            ];
            for (const each of names) {
                await put(store, at(each), each);
                await store.makeDirectory(at(`${each.slice(0, 250)}.d`));
                await put(store, at(`${each.slice(0, 250)}.d/${each}`), 'below');
            }
            const found = (await entriesOf(store, at(''))).filter(entry => entry.kind === 'file');
            expect(found.map(entry => entry.name)).to.have.members(names);
            for (const each of names) {
                expect(await get(store, at(each))).to.equal(Buffer.from(each).toString());
                expect(await readFile(fsPath(`${realDir}/${each}`), 'utf8')).to.equal(
                    Buffer.from(each).toString()
                );
                await store.removeFile(at(each));
            }
            await expectCode('transfer.path-too-long', store.open(at('x'.repeat(256)), 'create'));
            await expectCode('transfer.illegal-name', store.open(at('a\0b'), 'create'));
        });

        it('makes and removes folders one level at a time', async () => {
            await store.makeDirectory(at('a'));
            await expectCode('files.exists', store.makeDirectory(at('a')));
            await expectCode('files.not-found', store.makeDirectory(at('b/c')));
            await store.makeDirectory(at('a/b'), 0o700);
            expect((await store.stat(at('a/b'))).mode).to.equal(0o700);
            await expectCode('files.not-empty', store.removeDirectory(at('a')));
            await store.removeDirectory(at('a/b'));
            await store.removeDirectory(at('a'));
            await expectCode('files.not-found', store.removeDirectory(at('a')));
            await put(store, at('file'), '');
            await expectCode('files.not-a-directory', store.removeDirectory(at('file')));
        });

        it('removes links, not what they point to', async () => {
            await put(store, at('file'), 'x');
            await store.makeDirectory(at('folder'));
            await store.makeLink('file', at('a'));
            await store.makeLink('folder', at('b'));
            await store.removeFile(at('a'));
            await expectCode('files.not-a-directory', store.removeDirectory(at('b')));
            await store.removeFile(at('b'));
            await expectCode('files.is-a-directory', store.removeFile(at('folder')));
            expect((await entriesOf(store, at(''))).map(entry => entry.name)).to.deep.equal([
                'file',
                'folder'
            ]);
        });

        it('renames atomically over a file, and whole folders', async () => {
            await put(store, at('a'), 'new');
            await put(store, at('b'), 'old');
            await store.rename(at('a'), at('b'));
            expect(await get(store, at('b'))).to.equal('new');
            await store.makeDirectory(at('x'));
            await put(store, at('x/f'), '1');
            await store.rename(at('x'), at('y'));
            expect(await get(store, at('y/f'))).to.equal('1');
            await expectCode('files.not-found', store.lstat(at('x/f')));
            await store.makeDirectory(at('x'));
            await put(store, at('x/f'), '2');
            expect(await readFile(real('x/f'), 'utf8')).to.equal('2');
            expect(await readFile(real('y/f'), 'utf8')).to.equal('1');
            await expectCode('files.not-found', store.rename(at('none'), at('c')));
            await expectCode('files.is-a-directory', store.rename(at('b'), at('y')));
        });

        it('never writes through a final link, but reads through it', async () => {
            await put(store, at('file'), 'x');
            await store.makeLink('file', at('link'));
            await store.makeLink('missing', at('dangling'));
            for (const access of ['write', 'create', 'create-new'] as const) {
                await expectCode('files.exists', store.open(at('link'), access));
                await expectCode('files.exists', store.open(at('dangling'), access));
            }
            expect(await get(store, at('link'))).to.equal('x');
            await expectCode('files.not-found', get(store, at('dangling')));
            await expectCode('files.exists', store.makeLink('file', at('link')));
            await store.rename(at('link'), at('file'));
            expect((await store.lstat(at('file'))).kind).to.equal('symlink');
        });

        it('follows chains of links and finds loops', async () => {
            await store.makeDirectory(at('d'));
            await put(store, at('d/f'), 'x');
            await symlink('d', real('l1'));
            await symlink('./l1/../l1', real('l2'));
            await symlink('../l2/f', real('d/back'));
            expect(await get(store, at('l2/back'))).to.equal('x');
            await symlink('loop-b', real('loop-a'));
            await symlink('loop-a', real('loop-b'));
            for (const path of ['loop-a', 'loop-a/x']) {
                await expectCode('transfer.link-loop', store.stat(at(path)));
                await expectCode('transfer.link-loop', store.open(at(path), 'read'));
            }
            await expectCode('transfer.link-loop', store.open(at('loop-a/x'), 'create'));
        });

        it('tells free space and syncs folders', async () => {
            expect(await store.freeBytes(at(''))).to.be.greaterThan(0);
            await store.makeDirectory(at('a'));
            await store.syncDirectory(at('a'));
            await expectCode('files.not-found', store.syncDirectory(at('none')));
        });
    });
}
