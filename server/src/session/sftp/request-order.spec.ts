import { expect } from 'chai';
import { Footprint, mayRunTogether } from './request-order';
import { Request } from './sftp-protocol';

const read = (handle: string, start: number, end: number): Footprint => ({
    type: Request.Read,
    handle,
    start,
    end
});
const write = (handle: string, start: number, end: number): Footprint => ({
    type: Request.Write,
    handle,
    start,
    end
});
const append = (handle: string): Footprint => ({ type: Request.Write, handle, start: 0 });
const by = (type: Request, handle?: string): Footprint => ({ type, handle });

const rows: Array<[description: string, a: Footprint, b: Footprint, together: boolean]> = [
    ['two reads of the same bytes', read('1', 0, 9), read('1', 0, 9), true],
    ['writes of different bytes', write('1', 0, 9), write('1', 9, 12), true],
    ['writes of bytes they share', write('1', 0, 9), write('1', 8, 12), false],
    ['writes of the same bytes of two handles', write('1', 0, 9), write('2', 0, 9), true],
    ['a read of bytes that are being written', read('1', 0, 9), write('1', 8, 12), false],
    ['a read of other bytes', read('1', 0, 8), write('1', 8, 12), true],
    ['two writes to the end', append('1'), append('1'), false],
    ['a read and a write to the end', read('1', 0, 9), append('1'), false],
    ['looks', by(Request.Stat), by(Request.Lstat), true],
    ['a look and a read', by(Request.Stat), read('1', 0, 9), true],
    ['a look and a write', by(Request.Stat), write('1', 0, 9), false],
    ['facts of a handle and a write', by(Request.Fstat, '1'), write('1', 0, 9), false],
    ['pages of one listing', by(Request.Readdir, '1'), by(Request.Readdir, '1'), false],
    ['pages of two listings', by(Request.Readdir, '1'), by(Request.Readdir, '2'), true],
    ['a page and a look', by(Request.Readdir, '1'), by(Request.Stat), true],
    ['a page and a write', by(Request.Readdir, '1'), write('2', 0, 1), false],
    ['a close and a write', by(Request.Close, '1'), write('1', 0, 1), false],
    ['an open and a read', by(Request.Open), read('1', 0, 1), false],
    ['a removal and a look', by(Request.Remove), by(Request.Stat), false],
    ['two renames', by(Request.Rename), by(Request.Rename), false],
    ['an unknown request and a look', by(77 as Request), by(Request.Stat), false]
];

describe('order of SFTP requests', () => {
    for (const [description, a, b, together] of rows) {
        it(`${together ? 'lets run together' : 'keeps in order'}: ${description}`, () => {
            expect(mayRunTogether(a, b)).to.equal(together);
            expect(mayRunTogether(b, a)).to.equal(together);
        });
    }
});
