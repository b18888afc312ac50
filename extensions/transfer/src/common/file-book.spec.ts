import { expect } from 'chai';
import { FileBook } from './file-book';

const done = (path: string) => ({ path, state: 'done' as const, sizeBytes: 1 });
const failed = (path: string) => ({ path, state: 'failed' as const, note: 'no' });
const paths = (book: FileBook, start = 0, count = 100): string[] =>
    book.page(start, count).files.map(file => file.path);

describe('files of a job', () => {
    it('come with what failed first, then what is under way, then the newest', () => {
        const book = new FileBook();
        book.settle(done('a'));
        book.settle(failed('b'));
        book.settle(done('c'));
        book.work('d');
        expect(paths(book)).to.deep.equal(['b', 'd', 'c', 'a']);
        expect(paths(book, 1, 2)).to.deep.equal(['d', 'c']);
        expect(paths(book, 3, 9)).to.deep.equal(['a']);
        expect(paths(book, 9, 9)).to.deep.equal([]);
    });

    it('are listed once, as they ended last', () => {
        const book = new FileBook();
        book.work('a');
        book.settle(failed('a'));
        book.settle(done('a'));
        expect(book.page(0, 9).files).to.deep.equal([done('a')]);
        book.work('a');
        expect(book.count.rows).to.equal(1);
    });

    it('are forgotten when there are too many, the oldest first, and counted', () => {
        const book = new FileBook({ failed: 2, settled: 3 });
        for (let i = 0; i < 10; i++) {
            book.settle(done(`d${i}`));
            book.settle(failed(`f${i}`));
        }
        expect(paths(book)).to.deep.equal(['f9', 'f8', 'd9', 'd8', 'd7']);
        expect(book.count).to.include({ rows: 5, forgotten: 15 });
    });

    it('have not failed any more when they are tried again', () => {
        const book = new FileBook();
        book.settle(failed('a'));
        book.settle(done('b'));
        book.retry();
        expect(paths(book)).to.deep.equal(['b']);
    });

    it('tell by a number that something changed, and only then', () => {
        const book = new FileBook();
        const seen = new Set<number>();
        const note = (): void => void seen.add(book.count.revision);
        note();
        book.work('a');
        note();
        book.work('a');
        note();
        book.settle(done('a'));
        note();
        book.work(undefined);
        note();
        expect(seen.size).to.equal(3);
    });
});
