import { expect } from 'chai';
import * as fc from 'fast-check';
import { isRunning } from './job-lifecycle';
import { nextToStart, queuePositions, type QueueEntry } from './queue';
import { JOB_STATES } from './transfer-protocol';

const job = (id: string, state: QueueEntry['state'], order: number): QueueEntry => ({ id, state, order });

const entries = fc.array(fc.constantFrom(...JOB_STATES), { maxLength: 30 }).chain(states =>
    fc
        .shuffledSubarray(
            states.map((_, i) => i),
            { minLength: states.length }
        )
        .map(orders => states.map((state, i) => job(`j${i}`, state, orders[i])))
);

describe('queue', () => {
    it('starts the oldest first and no more than the limit', () => {
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

    it('never brings the running ones above the limit, wastes no slot and keeps the order', () => {
        fc.assert(
            fc.property(entries, fc.integer({ min: 1, max: 8 }), (all, max) => {
                const started = nextToStart(all, { enabled: true, max });
                const running = all.filter(entry => isRunning(entry.state)).length;
                const queued = all.filter(entry => entry.state === 'queued');
                expect(started.length).to.equal(Math.min(queued.length, Math.max(0, max - running)));
                const byOrder = queued.sort((a, b) => a.order - b.order).map(entry => entry.id);
                expect(started).to.deep.equal(byOrder.slice(0, started.length));
            })
        );
    });
});
