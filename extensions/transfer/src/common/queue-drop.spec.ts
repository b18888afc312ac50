import { expect } from 'chai';
import { dropPlace } from './queue-drop';
import { moveInQueue, queuePositions, type QueueEntry } from './queue';

const WAITING = ['a', 'b', 'c', 'd'];
const JOBS = [
    { id: 'runs', state: 'transferring' as const },
    ...WAITING.map((id, i) => ({ id, state: 'queued' as const, position: i + 1 })),
    { id: 'done', state: 'completed' as const }
];

/** The queue after some were let go. */
function after(moved: readonly string[], id: string, isAfter: boolean): string {
    const entries = WAITING.map((each, i): QueueEntry => {
        return { id: each, state: 'queued', queueRank: i, priority: 'normal' };
    });
    const ids = new Set(moved);
    const places = moveInQueue(entries, ids, dropPlace(JOBS, ids, { id, after: isAfter })!);
    return [...queuePositions(entries.map(entry => ({ ...entry, ...places.get(entry.id) }))).keys()].join('');
}

describe('waiting transfers that are dragged', () => {
    it('land where they are let go', () => {
        expect(after(['d'], 'a', false)).to.equal('dabc');
        expect(after(['d'], 'a', true)).to.equal('adbc');
        expect(after(['a'], 'd', true)).to.equal('bcda');
        expect(after(['a'], 'c', false)).to.equal('bacd');
        expect(after(['a', 'd'], 'c', false)).to.equal('badc');
        expect(after(['a', 'b'], 'b', true), 'on one of themselves').to.equal('abcd');
    });

    it('land nowhere beside what does not wait', () => {
        for (const id of ['runs', 'done', 'gone']) {
            expect(dropPlace(JOBS, new Set(['a']), { id, after: true }), id).to.equal(undefined);
        }
    });
});
