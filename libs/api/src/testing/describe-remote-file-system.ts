import { ConnectError, ErrorCode } from '@connect/base';
import { expect } from 'chai';
import { RemoteFileSystem } from '../remote-file-system';

/** A file system under test. Its root is empty and everything is allowed. */
export interface RemoteFileSystemFixture {
    readonly fileSystem: RemoteFileSystem;
    /** Makes a symbolic link by other means; needed where the storage has links. */
    makeLink?(path: string, target: string): Promise<void>;
    /** Frees what {@link fileSystem} needs; its `dispose` was called before. */
    dispose(): Promise<void>;
}

const encoder = new TextEncoder();
const bytes = (text: string): Uint8Array => encoder.encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);

/** Names that have broken programs before; each must come back exactly as it was given. */
export const HARD_NAMES: ReadonlyArray<{ readonly description: string; readonly name: string }> = [
    { description: 'spaces', name: ' two  spaces ' },
    { description: 'quotes', name: `it's "quoted"` },
    { description: 'an emoji', name: '🎬 reel 👩‍👩‍👧.mov' },
    { description: 'a composed letter (NFC)', name: 'caf\u00e9' },
    { description: 'a decomposed letter (NFD)', name: 'cafe\u0301' },
    { description: '255 bytes', name: 'n'.repeat(255) },
    { description: 'a leading dash', name: '-rf' },
    { description: 'a newline', name: 'first\nsecond' },
    { description: 'characters of URIs', name: '100% #1?&+;=@:%2F' },
    { description: 'a backslash', name: 'a\\b' },
    { description: 'a drive letter', name: 'C:' },
    { description: 'shell characters', name: '$(rm -rf *) | `x` > [a-z]{1,2}!~' },
    { description: 'a leading dot', name: '.hidden' },
    { description: 'three dots', name: '...' }
];

/**
 * The specification of {@link RemoteFileSystem}, run against one implementation.
 *
 * @param create makes a fresh fixture for each test
 * @param traits what the storage under test has; only that is asked for
 */
export function describeRemoteFileSystem(
    implementation: string,
    create: () => Promise<RemoteFileSystemFixture>,
    traits: { readonly symbolicLinks?: boolean } = {}
): void {
    describe(`RemoteFileSystem: ${implementation}`, () => {
        let fixture: RemoteFileSystemFixture;
        const files = (): RemoteFileSystem => fixture.fileSystem;

        beforeEach(async () => {
            fixture = await create();
        });

        afterEach(async () => {
            fixture.fileSystem.dispose();
            await fixture.dispose();
        });

        describeReading(files);
        describeWriting(files);
        describeFolders(files);
        describeRename(files);
        describeDelete(files);
        describeNames(files);
        if (traits.symbolicLinks) {
            describeLinks(() => fixture);
        }
    });
}

async function names(files: RemoteFileSystem, path: string): Promise<string[]> {
    const listing = await files.list(path, 10_000);
    return listing.entries.map(entry => entry.name).sort();
}

async function expectCode(work: Promise<unknown>, ...codes: ErrorCode[]): Promise<void> {
    let outcome: unknown = 'resolved';
    try {
        await work;
    } catch (error) {
        outcome = error;
    }
    expect(outcome, `should reject with ${codes.join(' or ')}`).to.be.instanceOf(ConnectError);
    expect(codes).to.include((outcome as ConnectError).code);
}

function describeReading(files: () => RemoteFileSystem): void {
    it('says what may be done', () => {
        expect(files().capabilities).to.deep.equal({
            browse: true,
            read: true,
            write: true,
            makeFolder: true,
            rename: true,
            delete: true
        });
    });

    it('has a root that is an empty folder', async () => {
        expect((await files().stat('/')).type).to.equal('directory');
        expect(await files().list('/', 10)).to.deep.equal({ entries: [], truncated: false });
    });

    it('tells type, size and time of a file', async () => {
        await files().write('/a.txt', bytes('hello'));
        const entry = await files().stat('/a.txt');
        expect(entry).to.include({ name: 'a.txt', type: 'file', sizeBytes: 5 });
        expect(Number.isFinite(entry.modifiedMs)).to.equal(true);
        expect((await files().list('/', 10)).entries[0]).to.deep.equal(entry);
    });

    it('rejects what is not there', async () => {
        await expectCode(files().stat('/missing'), 'files.not-found');
        await expectCode(files().read('/missing', 10), 'files.not-found');
        await expectCode(files().list('/missing', 10), 'files.not-found');
        await expectCode(files().stat('/missing/below'), 'files.not-found');
    });

    it('reads up to the limit and not beyond', async () => {
        await files().write('/five', bytes('12345'));
        expect(text(await files().read('/five', 5))).to.equal('12345');
        await expectCode(files().read('/five', 4), 'files.too-large');
    });

    it('reads files of any size piece by piece, where it offers that', async () => {
        const fileSystem = files();
        if (fileSystem.openRead) {
            const content = Uint8Array.from({ length: 100_000 }, (_none, i) => i % 251);
            await fileSystem.write('/f', content);
            const reader = await fileSystem.openRead('/f');
            expect(reader.sizeBytes).to.equal(content.length);
            const piece = await reader.read(70_000, 40_000);
            expect(Buffer.from(piece).equals(Buffer.from(content.subarray(70_000)))).to.equal(true);
            expect(await reader.read(100_000, 5)).to.have.length(0);
            await reader.close();
            await expectCode(fileSystem.openRead('/missing'), 'files.not-found');
        }
    });

    it('does not read a folder as a file, nor list a file as a folder', async () => {
        await files().makeFolder('/folder');
        await files().write('/file', bytes('x'));
        await expectCode(files().read('/folder', 10), 'files.is-a-directory');
        await expectCode(files().list('/file', 10), 'files.not-a-directory');
    });

    it('cuts a listing at the limit and says so', async () => {
        for (const name of ['a', 'b', 'c']) {
            await files().write(`/${name}`, bytes(name));
        }
        const cut = await files().list('/', 2);
        expect(cut.entries).to.have.length(2);
        expect(cut.truncated).to.equal(true);
        const whole = await files().list('/', 3);
        expect(whole.entries).to.have.length(3);
        expect(whole.truncated).to.equal(false);
    });
}

function describeWriting(files: () => RemoteFileSystem): void {
    it('writes and reads every byte value', async () => {
        const content = Uint8Array.from({ length: 1024 }, (_, index) => index % 256);
        await files().write('/bytes', content);
        expect([...(await files().read('/bytes', 1024))]).to.deep.equal([...content]);
    });

    it('writes more than fits in one message of a protocol', async () => {
        const content = new Uint8Array(700_001).map((_, index) => (index * 31) % 251);
        await files().write('/large', content);
        const read = await files().read('/large', 1_000_000);
        expect(read.byteLength).to.equal(content.byteLength);
        expect(read.every((byte, index) => byte === content[index])).to.equal(true);
    });

    it('replaces a file, also by a shorter and by an empty one, and leaves nothing beside it', async () => {
        for (const content of ['first version', 'second', '']) {
            await files().write('/note', bytes(content));
            expect(text(await files().read('/note', 100))).to.equal(content);
            expect(await names(files(), '/')).to.deep.equal(['note']);
        }
    });

    it('does not write where there is no folder, nor over a folder', async () => {
        await files().makeFolder('/folder');
        await files().write('/file', bytes('x'));
        await expectCode(files().write('/missing/a', bytes('x')), 'files.not-found');
        await expectCode(files().write('/folder', bytes('x')), 'files.is-a-directory');
        await expectCode(
            files().write('/file/a', bytes('x')),
            'files.not-a-directory',
            'files.not-found',
            'files.failed'
        );
        expect(await names(files(), '/')).to.deep.equal(['file', 'folder']);
        expect(await names(files(), '/folder')).to.deep.equal([]);
    });

    it('serves many requests at once', async () => {
        const all = Array.from({ length: 20 }, (_, index) => `f${index}`);
        await Promise.all(all.map(name => files().write(`/${name}`, bytes(name))));
        const contents = await Promise.all(all.map(name => files().read(`/${name}`, 100)));
        expect(contents.map(text)).to.deep.equal(all);
        expect(await names(files(), '/')).to.deep.equal([...all].sort());
    });
}

function describeFolders(files: () => RemoteFileSystem): void {
    it('makes folders inside folders', async () => {
        await files().makeFolder('/a');
        await files().makeFolder('/a/b');
        await files().write('/a/b/c', bytes('deep'));
        expect(await names(files(), '/a')).to.deep.equal(['b']);
        expect((await files().stat('/a/b')).type).to.equal('directory');
        expect(text(await files().read('/a/b/c', 10))).to.equal('deep');
    });

    it('does not make what exists, nor below what does not', async () => {
        await files().makeFolder('/a');
        await files().write('/file', bytes('x'));
        await expectCode(files().makeFolder('/a'), 'files.exists');
        await expectCode(files().makeFolder('/file'), 'files.exists');
        await expectCode(files().makeFolder('/missing/b'), 'files.not-found');
    });
}

function describeRename(files: () => RemoteFileSystem): void {
    it('renames a file and moves a folder with all that is in it', async () => {
        await files().makeFolder('/from');
        await files().makeFolder('/to');
        await files().write('/from/a', bytes('A'));
        await files().rename('/from/a', '/from/b');
        await files().rename('/from', '/to/from');
        expect(await names(files(), '/')).to.deep.equal(['to']);
        expect(text(await files().read('/to/from/b', 10))).to.equal('A');
    });

    it('never overwrites', async () => {
        await files().write('/a', bytes('A'));
        await files().write('/b', bytes('B'));
        await files().makeFolder('/folder');
        await expectCode(files().rename('/a', '/b'), 'files.exists');
        await expectCode(files().rename('/a', '/folder'), 'files.exists');
        await expectCode(files().rename('/folder', '/a'), 'files.exists');
        expect(text(await files().read('/a', 10))).to.equal('A');
        expect(text(await files().read('/b', 10))).to.equal('B');
    });

    it('rejects a missing source, a missing target folder, and a folder into itself', async () => {
        await files().makeFolder('/folder');
        await files().write('/a', bytes('A'));
        await expectCode(files().rename('/missing', '/b'), 'files.not-found');
        await expectCode(files().rename('/a', '/missing/a'), 'files.not-found');
        await expectCode(files().rename('/folder', '/folder/inside'), 'files.failed');
        expect(await names(files(), '/')).to.deep.equal(['a', 'folder']);
    });
}

function describeDelete(files: () => RemoteFileSystem): void {
    it('deletes a file and an empty folder', async () => {
        await files().write('/file', bytes('x'));
        await files().makeFolder('/folder');
        await files().delete('/file', { recursive: false });
        await files().delete('/folder', { recursive: false });
        expect(await names(files(), '/')).to.deep.equal([]);
    });

    it('deletes a folder that is not empty only when told so', async () => {
        await files().makeFolder('/a');
        await files().makeFolder('/a/b');
        await files().write('/a/b/c', bytes('x'));
        await files().write('/a/d', bytes('y'));
        await expectCode(files().delete('/a', { recursive: false }), 'files.not-empty');
        expect(text(await files().read('/a/b/c', 10))).to.equal('x');
        await files().delete('/a', { recursive: true });
        expect(await names(files(), '/')).to.deep.equal([]);
    });

    it('rejects what is not there, and the root', async () => {
        await files().write('/keep', bytes('x'));
        await expectCode(files().delete('/missing', { recursive: true }), 'files.not-found');
        await expectCode(files().delete('/', { recursive: true }), 'files.permission-denied', 'files.failed');
        expect(await names(files(), '/')).to.deep.equal(['keep']);
    });
}

function describeNames(files: () => RemoteFileSystem): void {
    for (const { description, name } of HARD_NAMES) {
        it(`keeps names with ${description}`, async () => {
            await files().write(`/${name}`, bytes(description));
            await files().makeFolder('/folder');
            expect(await names(files(), '/')).to.deep.equal([name, 'folder'].sort());
            expect(text(await files().read(`/${name}`, 1000))).to.equal(description);
            await files().rename(`/${name}`, `/folder/${name}`);
            expect(await names(files(), '/folder')).to.deep.equal([name]);
            await files().delete(`/folder/${name}`, { recursive: false });
            await files().makeFolder(`/${name}`);
            expect((await files().stat(`/${name}`)).type).to.equal('directory');
        });
    }

    it('keeps composed and decomposed names apart', async () => {
        await files().write('/caf\u00e9', bytes('NFC'));
        await files().write('/cafe\u0301', bytes('NFD'));
        expect(text(await files().read('/caf\u00e9', 10))).to.equal('NFC');
        expect(text(await files().read('/cafe\u0301', 10))).to.equal('NFD');
    });
}

function describeLinks(fixture: () => RemoteFileSystemFixture): void {
    it('shows the target of a link, and removes the link alone', async () => {
        const { fileSystem } = fixture();
        const makeLink = async (path: string, target: string): Promise<void> =>
            fixture().makeLink!(path, target);
        await fileSystem.makeFolder('/real');
        await fileSystem.write('/real/file', bytes('kept'));
        await makeLink('/folder-link', 'real');
        await makeLink('/file-link', 'real/file');
        await makeLink('/dangling', 'nowhere');
        const types = new Map(
            (await fileSystem.list('/', 10)).entries.map(entry => [entry.name, entry.type])
        );
        expect(types.get('folder-link')).to.equal('directory');
        expect(types.get('file-link')).to.equal('file');
        expect(types.get('dangling')).to.equal('symlink');
        await fileSystem.delete('/folder-link', { recursive: true });
        await fileSystem.delete('/file-link', { recursive: false });
        await fileSystem.delete('/dangling', { recursive: false });
        expect(await names(fileSystem, '/')).to.deep.equal(['real']);
        expect(text(await fileSystem.read('/real/file', 10))).to.equal('kept');
    });
}
