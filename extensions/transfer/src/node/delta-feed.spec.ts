import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { JobList } from '../common/job-list';
import { newRecord, toJob } from '../common/job-record';
import type { Job, JobDelta, QueueStatus } from '../common/transfer-protocol';
import { DELTA_INTERVAL_MS, DeltaFeed } from './delta-feed';

const STATUS: QueueStatus = { limits: { manual: {}, automatic: {} }, scheduled: false };

const job = (id: string, bytesDone: number): Job =>
    toJob(
        {
            ...newRecord({
                id,
                order: Number(id.slice(1)),
                name: id,
                direction: 'send',
                sources: [],
                target: '',
                accountId: 'a',
                accountName: 'A',
                createdMs: 0,
                stagingId: undefined
            }),
            bytesDone
        },
        { rateBps: 0, currentFile: '' }
    );

/** @param beats counts every beat, also those without a delta */
function setUp(beats: { count: number } = { count: 0 }): {
    clock: VirtualClock;
    jobs: Map<string, Job>;
    deltas: JobDelta[];
    feed: DeltaFeed;
} {
    const clock = new VirtualClock();
    const jobs = new Map<string, Job>();
    const deltas: JobDelta[] = [];
    const source = { get: (id: string) => jobs.get(id), all: () => [...jobs.values()], status: STATUS };
    const feed = new DeltaFeed(clock, source, delta => {
        beats.count += 1;
        if (delta) {
            deltas.push(delta);
        }
    });
    return { clock, jobs, deltas, feed };
}

describe('delta feed', () => {
    it('tells at most four times per second, however much happens', () => {
        const { clock, jobs, deltas, feed } = setUp();
        for (let i = 0; i < 1000; i++) {
            jobs.set('j1', job('j1', i));
            feed.touch('j1');
            clock.advance(10);
        }
        expect(deltas.length).to.be.within(39, 41);
        expect(deltas[deltas.length - 1].changed[0].bytesDone).to.be.greaterThan(970);
    });

    it('tells the first change after a quiet time at once', () => {
        const { clock, jobs, deltas, feed } = setUp();
        clock.advance(10_000);
        jobs.set('j1', job('j1', 1));
        feed.touch('j1');
        clock.advance(0);
        expect(deltas).to.have.length(1);
    });

    it('tells what holds for all jobs only when it changed, and then without any job', () => {
        const { clock, jobs, deltas, feed } = setUp();
        jobs.set('j1', job('j1', 1));
        feed.touch('j1');
        clock.advance(DELTA_INTERVAL_MS);
        feed.touchStatus();
        clock.advance(DELTA_INTERVAL_MS);
        expect(deltas.map(({ changed, queue }) => [changed.length, queue])).to.deep.equal([
            [1, undefined],
            [0, STATUS]
        ]);
        expect(feed.snapshot().queue).to.equal(STATUS);
    });

    it('is the one beat of all that is told, also where no job changed', () => {
        const beats = { count: 0 };
        const { clock, jobs, deltas, feed } = setUp(beats);
        const { revision } = feed.snapshot();
        for (let i = 0; i < 1000; i++) {
            feed.wake();
            if (i === 500) {
                jobs.set('j1', job('j1', i));
                feed.touch('j1');
            }
            clock.advance(10);
        }
        expect(beats.count).to.be.within(39, 41);
        expect(deltas.map(delta => delta.revision)).to.deep.equal([revision + 1]);
    });

    it('starts above the numbers of every backend before it', () => {
        const earlier = setUp();
        earlier.jobs.set('j1', job('j1', 1));
        for (let i = 0; i < 100; i++) {
            earlier.feed.touch('j1');
            earlier.clock.advance(DELTA_INTERVAL_MS);
        }
        const list = new JobList();
        list.load(earlier.feed.snapshot());
        const clock = new VirtualClock(earlier.clock.now() + 1);
        const later = new DeltaFeed(clock, { get: () => undefined, all: () => [], status: STATUS }, delta => {
            expect(list.apply(delta!)).to.equal('gap');
        });
        later.touch('j1');
        clock.advance(0);
    });

    it('keeps a window true that took its snapshot at any moment', () => {
        const step = fc.oneof(
            fc.record({
                kind: fc.constant('put' as const),
                id: fc.constantFrom('j1', 'j2', 'j3'),
                bytes: fc.nat(9)
            }),
            fc.record({
                kind: fc.constant('drop' as const),
                id: fc.constantFrom('j1', 'j2', 'j3'),
                bytes: fc.nat(9)
            }),
            fc.record({ kind: fc.constant('wait' as const), id: fc.constant(''), bytes: fc.nat(400) })
        );
        fc.assert(
            fc.property(fc.array(step, { maxLength: 40 }), fc.nat(39), (steps, snapshotAt) => {
                const { clock, jobs, deltas, feed } = setUp();
                const list = new JobList();
                let taken = 0;
                steps.forEach(({ kind, id, bytes }, index) => {
                    if (kind === 'put') {
                        jobs.set(id, job(id, bytes));
                        feed.touch(id);
                    } else if (kind === 'drop') {
                        jobs.delete(id);
                        feed.touch(id);
                    } else {
                        clock.advance(bytes);
                    }
                    if (index === snapshotAt) {
                        list.load(feed.snapshot());
                        taken = deltas.length;
                    }
                });
                fc.pre(steps.length > snapshotAt);
                clock.advance(1000);
                deltas
                    .slice(Math.max(0, taken - 1))
                    .forEach(delta => expect(list.apply(delta)).to.not.equal('gap'));
                const shown = Object.fromEntries(list.jobs.map(each => [each.id, each.bytesDone]));
                expect(shown).to.deep.equal(
                    Object.fromEntries([...jobs].map(([id, each]) => [id, each.bytesDone]))
                );
            })
        );
    });
});
