import { expect } from 'chai';
import { numberedName } from './numbered-name';

const ROWS: ReadonlyArray<readonly [string, number, string]> = [
    ['reel.mov', 1, 'reel.mov'],
    ['reel.mov', 2, 'reel (2).mov'],
    ['reel (2).mov', 2, 'reel (2) (2).mov'],
    ['a.tar.gz', 3, 'a.tar (3).gz'],
    ['README', 2, 'README (2)'],
    ['.profile', 2, '.profile (2)'],
    ['ends.', 2, 'ends (2).'],
    ['\udcff.x', 2, '\udcff (2).x']
];

describe('numbered names', () => {
    for (const [name, number, expected] of ROWS) {
        it(`${JSON.stringify(name)} ${number} → ${JSON.stringify(expected)}`, () => {
            expect(numberedName(name, number)).to.equal(expected);
        });
    }
});
