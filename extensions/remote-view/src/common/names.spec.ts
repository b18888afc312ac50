import { expect } from 'chai';
import { deleteQuestion, refusedName, shownName } from './names';

describe('shownName', () => {
    it('shows a name on one line and hides nothing', () => {
        expect(shownName('first\nsecond\t\u007f')).to.equal('first␊second␉␡');
        expect(shownName('bad \udcff byte')).to.equal('bad \ufffd byte');
        expect(shownName('🎬 it\'s "fine" cafe\u0301')).to.equal('🎬 it\'s "fine" cafe\u0301');
    });
});

describe('refusedName', () => {
    const taken = (name: string): boolean => name === 'taken';

    for (const [name, reason] of [
        ['', 'Type'],
        ['.', 'meaning'],
        ['..', 'meaning'],
        ['a/b', '/'],
        ['a\0b', '0'],
        ['é'.repeat(128), 'too long'],
        ['taken', 'already']
    ]) {
        it(`refuses ${JSON.stringify(name.slice(0, 10))}`, () => {
            expect(refusedName(name, taken)).to.contain(reason);
        });
    }

    for (const name of ['-rf', ' a ', '...', 'é'.repeat(127), '"\'#?%\\', 'Taken']) {
        it(`takes ${JSON.stringify(name.slice(0, 10))}`, () => {
            expect(refusedName(name, taken)).to.equal(undefined);
        });
    }
});

describe('deleteQuestion', () => {
    const file = (name: string): { name: string; isFolder: boolean } => ({ name, isFolder: false });

    it('names up to five items', () => {
        const question = deleteQuestion([file('a'), { name: 'b\nc', isFolder: true }], 'eu');
        expect(question.title).to.equal('Delete these 2 items from “eu”?');
        expect(question.lines).to.deep.equal(['a', 'b␊c/']);
        expect(question.warning).to.contain('cannot be undone').and.to.contain('Folders');
    });

    it('counts the rest', () => {
        const items = Array.from({ length: 1_209 }, (_, index) => file(`f${index}`));
        const question = deleteQuestion(items, 'eu');
        expect(question.title).to.contain('1,209 items');
        expect(question.lines).to.have.length(6);
        expect(question.lines[5]).to.equal('+ 1,204 more');
        expect(question.warning).not.to.contain('Folders');
    });

    it('asks about one', () => {
        expect(deleteQuestion([file('a')], 'eu').title).to.equal('Delete this item from “eu”?');
    });
});
