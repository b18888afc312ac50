import { expect } from 'chai';
import * as fc from 'fast-check';
import { allocateBandwidth, type RateDemand } from './bandwidth-allocation';

const demand = (id: string, targetBps: number, minBps = 0): RateDemand => ({ id, targetBps, minBps });
const shares = (demands: RateDemand[], limitBps?: number): number[] => [
    ...allocateBandwidth(demands, limitBps).values()
];

const ROWS: ReadonlyArray<readonly [string, RateDemand[], number | undefined, number[]]> = [
    ['nobody', [], 100, []],
    ['no limit: everybody its target', [demand('a', 300), demand('b', 50)], undefined, [300, 50]],
    ['equals share equally', [demand('a', 300), demand('b', 300), demand('c', 300)], 90, [30, 30, 30]],
    [
        'who wants little gets it, the others share the rest',
        [demand('a', 10), demand('b', 300), demand('c', 300)],
        100,
        [10, 45, 45]
    ],
    ['a minimum is kept at the cost of the others', [demand('a', 300, 80), demand('b', 300)], 100, [80, 20]],
    [
        'minima above the limit are shared fairly',
        [demand('a', 300, 80), demand('b', 300, 80), demand('c', 300, 5)],
        100,
        [48, 47, 5]
    ],
    ['the last bits go somewhere', [demand('a', 300), demand('b', 300), demand('c', 300)], 100, [34, 33, 33]],
    ['a limit of nothing', [demand('a', 300, 10)], 0, [0]]
];

const demands = fc
    .array(
        fc
            .record({
                target: fc.integer({ min: 0, max: 10_000 }),
                share: fc.double({ min: 0, max: 1, noNaN: true })
            })
            .map(({ target, share }) => ({ targetBps: target, minBps: Math.floor(target * share) })),
        { minLength: 1, maxLength: 12 }
    )
    .map(list => list.map((each, i) => ({ id: `j${i}`, ...each })));

describe('sharing of a bandwidth limit', () => {
    for (const [description, list, limit, expected] of ROWS) {
        it(description, () => {
            expect(shares(list, limit)).to.deep.equal(expected);
        });
    }

    it('uses the limit, no more, and treats nobody worse than need be', () => {
        fc.assert(
            fc.property(demands, fc.integer({ min: 0, max: 60_000 }), (list, limit) => {
                const got = allocateBandwidth(list, limit);
                const total = [...got.values()].reduce((a, b) => a + b, 0);
                const wanted = list.reduce((a, each) => a + each.targetBps, 0);
                const minima = list.reduce((a, each) => a + each.minBps, 0);
                expect(total, 'all of the limit that is wanted').to.equal(Math.min(limit, wanted));
                for (const each of list) {
                    const share = got.get(each.id)!;
                    expect(share).to.be.at.most(each.targetBps);
                    if (minima <= limit) {
                        expect(share).to.be.at.least(each.minBps);
                    }
                    // whoever has less than another has all it wants, or the other one only its minimum
                    for (const other of list) {
                        const more = got.get(other.id)!;
                        const cap = minima > limit ? each.minBps : each.targetBps;
                        if (more > share + 1 && share < cap) {
                            expect(
                                minima <= limit && more === other.minBps,
                                `${share} beside ${more}`
                            ).to.equal(true);
                        }
                    }
                }
            })
        );
    });
});
