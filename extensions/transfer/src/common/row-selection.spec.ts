import { expect } from 'chai';
import * as fc from 'fast-check';
import { moveFocus, NO_ROWS, pruneRows, selectRow, visibleRows, type RowSelection } from './row-selection';

const IDS = ['a', 'b', 'c', 'd', 'e'];
const ids = fc.shuffledSubarray(IDS);

describe('row selection', () => {
    it('toggles single rows and extends from the anchor', () => {
        let rows = selectRow(IDS, NO_ROWS, 'b', 'only');
        rows = selectRow(IDS, rows, 'd', 'toggle');
        expect([...rows.selected]).to.deep.equal(['b', 'd']);
        rows = selectRow(IDS, rows, 'e', 'range');
        expect([...rows.selected]).to.deep.equal(['d', 'e']);
        rows = selectRow(IDS, rows, 'c', 'range');
        expect([...rows.selected]).to.deep.equal(['c', 'd']);
    });

    it('stays on the list whatever the step', () => {
        fc.assert(
            fc.property(
                fc.array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(Infinity, -Infinity))),
                steps => {
                    let rows: RowSelection = NO_ROWS;
                    for (const step of steps) {
                        rows = moveFocus(IDS, rows, step, step % 2 === 0);
                        expect(IDS).to.include(rows.focused);
                        expect(rows.selected.has(rows.focused!)).to.equal(true);
                    }
                }
            )
        );
    });

    it('never holds a row that is gone', () => {
        fc.assert(
            fc.property(ids, fc.constantFrom(...IDS), fc.constantFrom(...IDS), (left, first, last) => {
                const rows = selectRow(IDS, selectRow(IDS, NO_ROWS, first, 'only'), last, 'range');
                const kept = pruneRows(IDS, left, rows);
                expect([...kept.selected].every(id => left.includes(id))).to.equal(true);
                expect(kept.focused === undefined).to.equal(left.length === 0);
                expect(kept.focused === undefined || left.includes(kept.focused)).to.equal(true);
            })
        );
    });

    it('draws every row in sight and few more', () => {
        fc.assert(
            fc.property(
                fc.nat(60_000),
                fc.integer({ min: 1, max: 2000 }),
                fc.nat(1000),
                (scrollTop, height, count) => {
                    const { start, end } = visibleRows(scrollTop, height, 52, count);
                    expect(start).to.be.at.least(0);
                    expect(end).to.be.at.most(count);
                    for (
                        let row = Math.floor(scrollTop / 52);
                        row * 52 < scrollTop + height && row < count;
                        row++
                    ) {
                        expect(row).to.be.within(start, end - 1);
                    }
                    expect(end - start).to.be.at.most(height / 52 + 15);
                }
            )
        );
    });
});
