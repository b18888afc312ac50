import { expect } from 'chai';
import { EmptyFileSet } from './empty-file-set';
import { EmptyFiles, tellEmptyDone } from './empty-files';
import { OutgoingEmptyFiles } from './outgoing-empty-files';

/** Files of these names, whose times and modes tell them apart. */
function filesOf(folder: string, ...names: string[]): EmptyFiles {
    const all = names.map((name, i) => EmptyFiles.of({ path: name, mtimeNs: BigInt(i), mode: i }));
    const { names: bytes, mtimes, modes } = EmptyFiles.joined(all);
    return new EmptyFiles(folder, bytes, mtimes, modes);
}

const NAMES = ['a', 'not utf-8 \udcff', 'ä', 'x.partial', 'z'];

describe('EmptyFiles', () => {
    const files = filesOf('sub/folder', ...NAMES);

    it('tell each of them', () => {
        expect(files.count).to.equal(5);
        expect(files.fileOf(1)).to.deep.include({
            path: 'sub/folder/not utf-8 \udcff',
            sizeBytes: 0,
            mtimeNs: 1n
        });
        expect(filesOf('', 'a').pathOf(0)).to.equal('a');
    });

    it('are cut and joined', () => {
        const middle = files.slice(1, 4).slice(1, 3);
        expect([0, 1].map(i => middle.fileOf(i))).to.deep.equal([files.fileOf(2), files.fileOf(3)]);
        expect(middle.modes).to.deep.equal(Uint16Array.of(2, 3));
        const again = EmptyFiles.joined([files.slice(0, 2), middle, files.slice(4, 5)]);
        expect(again.names).to.deep.equal(files.names);
        expect(again.mtimes).to.deep.equal(files.mtimes);
    });

    it('tell the digest of no content when that is asked for', () => {
        const { digest } = files.withDigest('sha256').slice(2, 3).fileOf(0);
        expect(digest).to.equal('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    });

    it('know whether a name ends so', () => {
        const has = (text: string, of = files): boolean => of.hasNameEndingWith(Buffer.from(text));
        expect(has('.partial')).to.equal(true);
        expect(has('.partia')).to.equal(false);
        expect(has('.partial', files.slice(0, 3))).to.equal(false);
    });

    it('are told one by one to who listens so', () => {
        const told: string[] = [];
        tellEmptyDone({ onFileDone: file => told.push(file.path) }, files.slice(0, 2));
        expect(told).to.deep.equal([files.pathOf(0), files.pathOf(1)]);
        tellEmptyDone(
            { onFileDone: () => told.push('no'), onEmptyFilesDone: all => told.push(all.folder) },
            files
        );
        expect(told.at(-1)).to.equal('sub/folder');
    });
});

describe('EmptyFileSet', () => {
    it('knows what was added, in whatever pieces and however long the names are', () => {
        const set = new EmptyFileSet();
        const long = 'n'.repeat(200);
        const files = filesOf('folder', ...NAMES);
        set.add(files.slice(0, 1));
        expect(set.has('folder/a')).to.equal(true);
        expect(set.has('folder/z')).to.equal(false);
        set.add(files.slice(1, 5));
        set.add(filesOf('', long, `${long}2`));
        for (const path of [...NAMES.map(name => `folder/${name}`), long, `${long}2`]) {
            expect(set.has(path), path).to.equal(true);
        }
        for (const path of ['a', 'folder/', 'folder/b', `folder/${long}`, '']) {
            expect(set.has(path), path).to.equal(false);
        }
    });
});

describe('OutgoingEmptyFiles', () => {
    const paths = (files: EmptyFiles | undefined): string[] | undefined =>
        files && Array.from({ length: files.count }, (_, i) => files.nameOf(i));

    it('takes them in any pieces, each once', () => {
        const outgoing = new OutgoingEmptyFiles();
        outgoing.add(10, filesOf('f', ...NAMES));
        outgoing.add(20, filesOf('g', 'b', 'c'));
        expect(outgoing.size).to.equal(7);
        expect(outgoing.take(9, 11)).to.equal(undefined);
        expect(paths(outgoing.take(12, 13))).to.deep.equal([NAMES[2]]);
        expect(() => outgoing.take(12, 13)).to.throw('not outstanding');
        expect(() => outgoing.take(11, 14)).to.throw('not outstanding');
        // more than there are ends with the last one
        expect(paths(outgoing.take(21, 99))).to.deep.equal(['c']);
        expect(outgoing.size).to.equal(5);
    });

    it('forgets who is complete', () => {
        const outgoing = new OutgoingEmptyFiles();
        outgoing.add(0, filesOf('f', ...NAMES));
        expect(paths(outgoing.take(0, 2))).to.deep.equal(NAMES.slice(0, 2));
        expect(paths(outgoing.take(2, 5))).to.deep.equal(NAMES.slice(2));
        expect(outgoing.size).to.equal(0);
        expect(outgoing.take(0, 1)).to.equal(undefined);
    });
});
