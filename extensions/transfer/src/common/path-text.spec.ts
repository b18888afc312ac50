import { expect } from 'chai';
import * as fc from 'fast-check';
import { cutName, cutPath, isLongHead } from './path-text';

describe('texts that are cut in the middle', () => {
    const paths: ReadonlyArray<readonly [string, string, string]> = [
        ['/home/ana/Work/cut', '/home/ana/Work', '/cut'],
        ['Demo:/Media/2026/', 'Demo:/Media', '/2026/'],
        ['C:\\Users\\ana', 'C:\\Users', '\\ana'],
        ['Demo:/', 'Demo', ':/'],
        ['Your desktop', 'Your des', 'ktop'],
        ['', '', '']
    ];
    for (const [path, head, tail] of paths) {
        it(`keeps the end of "${path}"`, () => expect(cutPath(path)).to.deep.equal({ head, tail }));
    }

    it('keeps the extension of a name', () => {
        expect(cutName('a very long name of a file 0042.mov').tail).to.equal('le 0042.mov');
    });

    it('keeps no room for the head of a short name: it would stand apart from its tail', () => {
        for (const name of ['tree', 'a.bin']) {
            expect(isLongHead(cutName(name).head), name).to.equal(false);
        }
        expect(isLongHead(cutName('film.mov').head)).to.equal(true);
    });

    it('leaves out nothing and tears no character apart', () => {
        fc.assert(
            fc.property(fc.fullUnicodeString(), text => {
                for (const { head, tail } of [cutPath(text), cutName(text)]) {
                    expect(head + tail).to.equal(text);
                    expect(tail.length).to.be.at.most(28);
                    expect(/^[\udc00-\udfff]/.test(tail)).to.equal(false);
                }
            })
        );
    });
});
