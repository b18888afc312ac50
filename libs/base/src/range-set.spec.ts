import { expect } from 'chai';
import * as fc from 'fast-check';
import { RangeSet } from './range-set';

const LIMIT = 64;

const operation = fc.record({
    kind: fc.constantFrom('add' as const, 'include' as const, 'delete' as const),
    start: fc.nat(LIMIT),
    length: fc.nat(12)
});

const members = (set: RangeSet): number[] =>
    set.ranges().flatMap(range => Array.from({ length: range.end - range.start }, (_, i) => range.start + i));

describe('RangeSet', () => {
    it('agrees with a naive set of integers under any sequence of operations', () => {
        fc.assert(
            fc.property(
                fc.array(operation, { maxLength: 40 }),
                fc.nat(LIMIT),
                fc.nat(20),
                (operations, at, span) => {
                    const set = new RangeSet();
                    const naive = new Set<number>();
                    for (const { kind, start, length } of operations) {
                        const span = Array.from({ length }, (_, i) => start + i);
                        if (kind === 'add') {
                            const fresh = set.add(start, start + length);
                            expect(
                                fresh.flatMap(r => span.filter(v => v >= r.start && v < r.end))
                            ).to.deep.equal(span.filter(v => !naive.has(v)));
                            span.forEach(v => naive.add(v));
                        } else if (kind === 'include') {
                            set.include(start, start + length);
                            span.forEach(v => naive.add(v));
                        } else {
                            set.delete(start, start + length);
                            span.forEach(v => naive.delete(v));
                        }
                    }
                    const sorted = [...naive].sort((a, b) => a - b);
                    expect(members(set)).to.deep.equal(sorted);
                    expect(set.ranges().every(({ end }) => !naive.has(end))).to.equal(true);
                    expect(set.size).to.equal(naive.size);
                    expect(set.has(at)).to.equal(naive.has(at));
                    const probe = Array.from({ length: span }, (_, i) => at + i);
                    expect(set.covers(at, at + span)).to.equal(probe.every(v => naive.has(v)));
                    const missing = set
                        .gaps(at, at + span)
                        .flatMap(r => probe.filter(v => v >= r.start && v < r.end));
                    expect(missing).to.deep.equal(probe.filter(v => !naive.has(v)));
                }
            )
        );
    });

    it('merges touching ranges, so that a stream received in order stays one range', () => {
        const set = new RangeSet();
        for (let i = 0; i < 1000; i++) {
            set.add(i * 10, i * 10 + 10);
        }
        expect(set.rangeCount).to.equal(1);
        expect(set.contiguousEnd(0)).to.equal(10_000);
    });

    it('takes the lowest part first and no more than asked', () => {
        const set = RangeSet.of([5, 9], [20, 30]);
        expect(set.takeFirst(3)).to.deep.equal({ start: 5, end: 8 });
        expect(set.takeFirst(3)).to.deep.equal({ start: 8, end: 9 });
        expect(set.takeFirst(100)).to.deep.equal({ start: 20, end: 30 });
        expect(set.takeFirst(1)).to.equal(undefined);
    });
});
