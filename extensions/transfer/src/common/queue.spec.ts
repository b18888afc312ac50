import { expect } from 'chai';
import * as fc from 'fast-check';
import { isRunning } from './job-lifecycle';
import { goOnFirst, moveInQueue, nextToStart, queuePositions, type QueueEntry } from './queue';
import { JOB_PRIORITIES, JOB_STATES, type JobPriority, type QueueMove } from './transfer-protocol';

const job = (
    id: string,
    state: QueueEntry['state'],
    queueRank: number,
    priority: JobPriority = 'normal'
): QueueEntry => ({ id, state, queueRank, priority });

/** Ids in the order in which they would start, after a move. */
const after = (all: readonly QueueEntry[], ids: readonly string[], to: QueueMove): string[] => {
    const places = moveInQueue(all, new Set(ids), to);
    return [...queuePositions(all.map(entry => ({ ...entry, ...places.get(entry.id) }))).keys()];
};

const entries = fc.array(fc.constantFrom(...JOB_STATES), { maxLength: 30 }).chain(states =>
    fc
        .shuffledSubarray(
            states.map((_, i) => i),
            { minLength: states.length }
        )
        .chain(ranks =>
            fc
                .array(fc.constantFrom(...JOB_PRIORITIES), {
                    minLength: states.length,
                    maxLength: states.length
                })
                .map(priorities => states.map((state, i) => job(`j${i}`, state, ranks[i], priorities[i])))
        )
);

describe('queue', () => {
    it('starts the first and no more than the limit', () => {
        const all = [
            job('c', 'queued', 3),
            job('a', 'queued', 1),
            job('r', 'transferring', 0),
            job('b', 'queued', 2)
        ];
        expect(nextToStart(all, { enabled: true, max: 3 })).to.deep.equal(['a', 'b']);
    });

    it('counts what was started by hand, and starts nothing more while the limit is passed', () => {
        const all = [
            job('x', 'preparing', 0),
            job('y', 'finishing', 1),
            job('z', 'stopping', 2),
            job('a', 'queued', 3)
        ];
        expect(nextToStart(all, { enabled: true, max: 2 })).to.deep.equal([]);
    });

    it('starts everything when queuing is off', () => {
        const all = [job('b', 'queued', 2), job('a', 'queued', 1), job('w', 'retrying', 0)];
        expect(nextToStart(all, { enabled: false, max: 1 })).to.deep.equal(['a', 'b']);
    });

    it('numbers the waiting from 1', () => {
        const all = [job('b', 'queued', 7), job('a', 'queued', 5), job('r', 'transferring', 1)];
        expect([...queuePositions(all)]).to.deep.equal([
            ['a', 1],
            ['b', 2]
        ]);
    });

    it('lets what ran go on before what waited, whatever was moved to the top, and changes no more than that', () => {
        const all = [
            job('x', 'transferring', 1),
            job('y', 'preparing', 2),
            job('top', 'queued', 2),
            job('by hand', 'transferring', 9),
            job('a', 'queued', 5),
            job('high', 'queued', 7, 'high'),
            job('high runs', 'transferring', 3, 'high')
        ];
        const ids = new Set(['x', 'y', 'by hand', 'high runs']);
        const ranks = goOnFirst(all, ids);
        expect([...ranks]).to.deep.equal([
            ['x', -1],
            ['y', 0],
            ['by hand', 1]
        ]);
        const waiting = all.map(entry => ({
            ...entry,
            state: 'queued' as const,
            queueRank: ranks.get(entry.id) ?? entry.queueRank
        }));
        expect([...queuePositions(waiting).keys()]).to.deep.equal([
            ...['high runs', 'high', 'x', 'y', 'by hand', 'top', 'a']
        ]);
        expect(goOnFirst(waiting, new Set()).size).to.equal(0);
    });

    it('lets what ran go on after what came before all that waits, and may wait again as well', () => {
        const all = [
            job('asks', 'needs-user', 1),
            job('asks too', 'needs-user', 2),
            job('held', 'queued', 3),
            job('x', 'transferring', 4),
            job('y', 'transferring', 5)
        ];
        const ranks = goOnFirst(all, new Set(['x', 'y']));
        const waiting = all.map(entry => ({
            ...entry,
            state: 'queued' as const,
            queueRank: ranks.get(entry.id) ?? entry.queueRank
        }));
        expect([...queuePositions(waiting).keys()]).to.deep.equal(['asks', 'asks too', 'x', 'y', 'held']);
        expect(new Set(waiting.map(({ queueRank }) => queueRank)).size).to.equal(waiting.length);
    });

    it('never brings the running ones above the limit, wastes no slot and keeps the order', () => {
        fc.assert(
            fc.property(entries, fc.integer({ min: 1, max: 8 }), (all, max) => {
                const started = nextToStart(all, { enabled: true, max });
                const running = all.filter(entry => isRunning(entry.state)).length;
                const queued = all.filter(entry => entry.state === 'queued');
                expect(started.length).to.equal(Math.min(queued.length, Math.max(0, max - running)));
                expect(started).to.deep.equal([...queuePositions(all).keys()].slice(0, started.length));
            })
        );
    });

    it('starts higher priorities first, and leaves out what is held without wasting its slot', () => {
        const all = [
            job('a', 'queued', 1),
            job('low', 'queued', 0, 'low'),
            job('b', 'queued', 2),
            job('high', 'queued', 9, 'high')
        ];
        expect(nextToStart(all, { enabled: false, max: 1 })).to.deep.equal(['high', 'a', 'b', 'low']);
        expect(nextToStart(all, { enabled: true, max: 2 }, id => id === 'high')).to.deep.equal(['a', 'b']);
    });

    const five = ['a', 'b', 'c', 'd', 'e'].map((id, i) => job(id, 'queued', i + 1));
    const moves: ReadonlyArray<readonly [string, string[], QueueMove, string]> = [
        ['up', ['c'], 'up', 'acbde'],
        ['up from the top: nothing', ['a'], 'up', 'abcde'],
        ['down', ['c'], 'down', 'abdce'],
        ['down from the bottom: nothing', ['e'], 'down', 'abcde'],
        ['to the top', ['d'], 'top', 'dabce'],
        ['to the bottom', ['b'], 'bottom', 'acdeb'],
        ['to a place', ['e'], 2, 'aebcd'],
        ['to a place beyond the end', ['a'], 99, 'bcdea'],
        ['to a place before the first', ['c'], -3, 'cabde'],
        ['several together, in their order', ['e', 'b'], 'top', 'beacd'],
        ['several up', ['b', 'c'], 'up', 'bcade'],
        ['several down', ['b', 'c'], 'down', 'adbce'],
        ['an unknown one: nothing', ['x'], 'top', 'abcde']
    ];
    for (const [description, ids, to, expected] of moves) {
        it(`moves ${description}`, () => {
            expect(after(five, ids, to).join('')).to.equal(expected);
        });
    }

    it('changes nothing but the place of what is moved', () => {
        expect([...moveInQueue(five, new Set(['e']), 2).keys()]).to.deep.equal(['e']);
    });

    it('lets a job that passes one of another priority take on that', () => {
        const all = [job('h', 'queued', 5, 'high'), job('n', 'queued', 1), job('l', 'queued', 1, 'low')];
        expect(moveInQueue(all, new Set(['n']), 'up').get('n')).to.deep.include({ priority: 'high' });
        expect(moveInQueue(all, new Set(['n']), 'down').get('n')).to.deep.include({ priority: 'low' });
        expect(moveInQueue(all, new Set(['h']), 2).get('h')).to.deep.include({ priority: 'normal' });
        expect(after(all, ['l'], 'top')).to.deep.equal(['l', 'h', 'n']);
    });

    it('numbers anew when no number is left between two neighbours', () => {
        const close = [job('x', 'queued', 1), job('y', 'queued', 1 + Number.EPSILON), job('a', 'queued', 2)];
        expect(after(close, ['a'], 2)).to.deep.equal(['x', 'a', 'y']);
        expect(moveInQueue(close, new Set(['a']), 2).size).to.equal(3);
    });

    it('puts what is moved where it is told, keeps the order of all else, and gives no place twice', () => {
        const move = fc.oneof(
            fc.constantFrom<QueueMove>('up', 'down', 'top', 'bottom'),
            fc.integer({ min: -2, max: 40 })
        );
        const chosen = fc.array(fc.nat(29).map(i => `j${i}`));
        fc.assert(
            fc.property(entries, chosen, move, (all, ids, to) => {
                const before = [...queuePositions(all).keys()];
                const now = after(all, ids, to);
                expect([...now].sort()).to.deep.equal([...before].sort());
                const moved = (id: string): boolean => ids.includes(id);
                expect(now.filter(id => !moved(id))).to.deep.equal(before.filter(id => !moved(id)));
                expect(now.filter(moved)).to.deep.equal(before.filter(moved));
                if (typeof to === 'number' && before.some(moved)) {
                    const first = Math.max(1, Math.min(to, now.length - now.filter(moved).length + 1));
                    expect(now.findIndex(moved) + 1).to.equal(first);
                }
                const places = moveInQueue(all, new Set(ids), to);
                const queued = all.filter(entry => entry.state === 'queued');
                const keys = queued.map(entry => {
                    const { priority, queueRank } = { ...entry, ...places.get(entry.id) };
                    return `${priority} ${queueRank}`;
                });
                expect(new Set(keys).size).to.equal(queued.length);
            })
        );
    });
});
