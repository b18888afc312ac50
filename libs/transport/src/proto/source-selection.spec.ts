import { expect } from 'chai';
import { FilterRule, SelectionRules, SourceSelection } from './source-selection';

const rules = (text: string): FilterRule[] =>
    text.split(' ').map(item => ({ include: item.startsWith('+'), pattern: item.slice(1) }));
const selection = (text: string, more: Partial<SelectionRules> = {}): SourceSelection =>
    new SourceSelection({ filters: text === '' ? [] : rules(text), skipSpecial: false, ...more });

describe('selection of sources', () => {
    const TABLE: ReadonlyArray<readonly [string, string, string]> = [
        ['', 'a a/', ''],
        ['-*.tmp', 'a.txt a/', 'a.tmp'],
        // An include rule alone leaves nothing out.
        ['+*.txt', 'a.txt b', ''],
        ['+*.txt +/**/ -/**', 'a.txt d/ d/e/ d/e/b.txt', 'b d/c .x'],
        ['+file2 -file[0-9]', 'file2 filea', 'file1 file3'],
        ['-file[0-9] +file2', 'filea', 'file1 file2'],
        ['-images/ +images/icons/', 'images/icons/', 'images/']
    ];
    for (const [text, admitted, left] of TABLE) {
        it(`by ${JSON.stringify(text)} takes the first rule that matches`, () => {
            const chosen = selection(text);
            const admits = (path: string): boolean =>
                chosen.admitsName(path.replace(/\/$/, ''), path.endsWith('/'));
            for (const path of admitted.split(' ').filter(Boolean)) {
                expect(admits(path), path).to.equal(true);
            }
            for (const path of left.split(' ').filter(Boolean)) {
                expect(admits(path), path).to.equal(false);
            }
        });
    }

    it('goes by time, to the nanosecond, with both ends included', () => {
        const chosen = selection('', { oldestSeconds: 100, newestSeconds: 200 });
        const admitted = [99_999_999_999n, 100_000_000_000n, 200_000_000_000n, 200_000_000_001n].map(time =>
            chosen.admitsTime(time)
        );
        expect(admitted).to.deep.equal([false, true, true, false]);
        expect(selection('').admitsTime(-5n)).to.equal(true);
    });
});
