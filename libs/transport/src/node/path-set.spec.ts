import { expect } from 'chai';
import { PathSet } from './path-set';

describe('set of paths', () => {
    it('holds what was added, once, and nothing else', () => {
        const set = new PathSet();
        expect(set.has('a')).to.equal(false);
        for (const path of ['a', 'a/b', 'a', '']) {
            set.add(path);
        }
        expect(set.size).to.equal(3);
        expect(['a', 'a/b', '', 'b', 'a/'].map(path => set.has(path))).to.deep.equal([
            true,
            true,
            true,
            false,
            false
        ]);
    });

    it('grows', () => {
        const set = new PathSet();
        for (let i = 0; i < 5000; i++) {
            set.add(`folder/file ${i}`);
        }
        expect(set.size).to.equal(5000);
        for (let i = 0; i < 10_000; i++) {
            expect(set.has(`folder/file ${i}`), String(i)).to.equal(i < 5000);
        }
    });

    it('tells names apart that are no text', () => {
        const set = new PathSet();
        set.add('\udcff');
        expect(['\udcff', '\udcfe', '\ufffd'].map(path => set.has(path))).to.deep.equal([true, false, false]);
    });
});
