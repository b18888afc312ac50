import { expect } from 'chai';
import { isHopeless } from './peer-run';

describe('a run of a peer', () => {
    const limits = { limitMs: 100_000, hopeAfterMs: 10_000, hopeFactor: 2 };
    const rows: Array<[string, number, number, boolean]> = [
        ['has hope before its time', 0, 9_999, false],
        ['has none with nothing done', 0, 10_000, true],
        ['has hope at the pace that takes twice the limit', 0.05, 10_000, false],
        ['has none below it', 0.0499, 10_000, true],
        ['has none when it falls behind later', 0.2, 50_000, true]
    ];
    for (const [what, share, elapsedMs, expected] of rows) {
        it(what, () => expect(isHopeless(share, elapsedMs, limits)).to.equal(expected));
    }
});
