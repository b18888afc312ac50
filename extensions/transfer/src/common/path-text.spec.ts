import { expect } from 'chai';
import * as fc from 'fast-check';
import { elideName, elidePath, elidePlaces } from './path-text';

/** Every character has the width 1. */
const measure = (text: string): number => Array.from(text).length;

describe('texts that are cut in the middle', () => {
    const paths: ReadonlyArray<readonly [string, number, string]> = [
        ['/home/ana/Work/2026/cut', 23, '/home/ana/Work/2026/cut'],
        ['/home/ana/Work/2026/cut', 22, '/home/…/Work/2026/cut'],
        ['/home/ana/Work/2026/cut', 20, '/home/…/2026/cut'],
        ['/home/ana/Work/2026/cut', 12, '/home/…/cut'],
        ['/home/ana/Work/2026/cut', 10, '…/cut'],
        ['/home/ana/Work/2026/cut', 3, 'cut'],
        ['Demo:/Media/Work/2026/', 18, 'Demo:/…/2026/'],
        ['Demo:/Media/Work/2026/', 20, 'Demo:/Media/…/2026/'],
        ['C:\\Users\\ana\\Work', 16, 'C:\\Users\\…\\Work'],
        ['C:\\Users\\ana\\Work', 10, 'C:\\…\\Work'],
        ['/a folder with a long name', 12, 'a folde…name'],
        ['Your desktop', 7, 'Your…op'],
        ['Demo:/', 6, 'Demo:/'],
        ['Demo:/', 5, 'Dem…/'],
        ['', 5, '']
    ];
    for (const [path, room, text] of paths) {
        it(`shows "${path}" in ${room} as "${text}"`, () =>
            expect(elidePath(path, room, measure)).to.equal(text));
    }

    it('keeps the extension of a name', () => {
        expect(elideName('a very long name of a file 0042.mov', 20, measure)).to.equal(
            'a very long …042.mov'
        );
        expect(elideName('film.mov', 6, measure)).to.equal('f….mov');
        expect(elideName('film.mov', 3, measure)).to.equal('…ov');
        expect(elideName('film.mov', 0, measure)).to.equal('…');
    });

    it('gives both places their share of the room, and what one does not need to the other', () => {
        expect(elidePlaces('Demo:/', '/home/ana/Work/cut', 30, measure)).to.equal(
            'Demo:/ → /home/ana/Work/cut'
        );
        expect(elidePlaces('Demo:/', '/home/ana/Work/cut', 22, measure)).to.equal('Demo:/ → /home/…/cut');
        expect(elidePlaces('/home/ana/Work/cut', 'Demo:/', 22, measure)).to.equal('/home/…/cut → Demo:/');
        expect(elidePlaces('/home/ana/Work/cut', 'Demo:/Media/2026/reels', 30, measure)).to.equal(
            '/home/…/cut → Demo:/…/reels'
        );
    });

    it('cuts the place on this computer before it leaves out the account of the other', () => {
        expect(elidePlaces('/root/films', 'Demo server:/Upload here', 38, measure)).to.equal(
            '/root/films → Demo server:/Upload here'
        );
        for (const room of [37, 34]) {
            expect(elidePlaces('/root/films', 'Demo server:/Upload here', room, measure)).to.equal(
                '…/films → Demo server:/Upload here'
            );
            expect(elidePlaces('Demo server:/Upload here', '/root/films', room, measure)).to.equal(
                'Demo server:/Upload here → …/films'
            );
        }
        expect(elidePlaces('/root/films', 'Demo server:/Upload here', 33, measure)).to.equal(
            '/root/films → Upload here'
        );
        expect(elidePlaces('C:\\films', '/Upload/here', 20, measure)).to.equal('C:\\films → …/here');
    });

    it('takes no more room than there is, uses it, and tears no character apart', () => {
        fc.assert(
            fc.property(fc.fullUnicodeString(), fc.integer({ min: 1, max: 40 }), (text, room) => {
                for (const elide of [elideName, elidePath]) {
                    const shown = elide(text, room, measure);
                    expect(measure(shown)).to.be.at.most(room);
                    expect(/[\ud800-\udbff](?![\udc00-\udfff])/.test(shown)).to.equal(false);
                    if (measure(text) <= room) {
                        expect(shown).to.equal(text);
                    }
                }
                expect(measure(elideName(text, room, measure))).to.equal(Math.min(room, measure(text)));
            })
        );
    });
});
