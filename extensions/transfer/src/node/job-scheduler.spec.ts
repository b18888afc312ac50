import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { isRunning, transition, type JobEvent } from '../common/job-lifecycle';
import { World } from '../testing/scheduler-world';

const lost = new ConnectError('transfer.connection-lost', 'gone');

describe('job scheduler', () => {
    let world: World;
    beforeEach(() => {
        world = new World();
    });

    it('runs a job to its end and says so', async () => {
        world.add('a', 2_000_000);
        await world.run(1_000);
        expect(world.scheduler.get('a')).to.include({
            state: 'transferring',
            bytesTotal: 2_000_000,
            verified: false
        });
        await world.run(3_000);
        const job = world.scheduler.get('a')!;
        expect(job).to.include({
            state: 'completed',
            verified: true,
            bytesDone: 2_000_000,
            filesDone: 1,
            engineId: 'memory'
        });
        expect(job.endedMs).to.be.greaterThan(job.startedMs!);
        expect(world.engine.far.get('/in/a')).to.have.length(2_000_000);
        expect(world.store.records.get('a')!.state).to.equal('completed');
    });

    it('keeps to the limit and the order, and starts the next when one ends', async () => {
        ['a', 'b', 'c', 'd', 'e'].forEach(id => world.add(id));
        await world.run(500);
        expect(world.states()).to.deep.equal({
            a: 'transferring',
            b: 'transferring',
            c: 'transferring',
            d: 'queued',
            e: 'queued'
        });
        await world.run(10_000);
        expect(new Set(Object.values(world.states()))).to.deep.equal(new Set(['completed']));
        expect(world.engine.started).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
        expect(world.maxActive).to.equal(3);
    });

    it('starts one out of turn when told so', async () => {
        world.values = { ...world.values, 'connect.transfers.queue.max': 1 };
        ['a', 'b', 'c'].forEach(id => world.add(id));
        await world.run(100);
        world.scheduler.command('c', 'start-now');
        await world.run(100);
        expect(world.states()).to.deep.equal({ a: 'transferring', b: 'queued', c: 'transferring' });
    });

    it('stops a job, keeps what arrived, and goes on from there', async () => {
        world.add('a', 3_000_000);
        await world.run(1_500);
        world.scheduler.command('a', 'stop');
        expect(world.scheduler.get('a')!.state).to.equal('stopping');
        await world.run(100);
        expect(world.scheduler.get('a')).to.deep.include({ state: 'stopped' });
        expect(world.scheduler.get('a')!.error).to.equal(undefined);
        const arrived = world.engine.partials.get('/in/a')!;
        expect(arrived).to.be.greaterThan(1_000_000);
        world.scheduler.command('a', 'resume');
        await world.run(100);
        expect(world.scheduler.get('a')!.bytesDone).to.be.at.least(arrived);
        await world.run(4_000);
        expect(world.scheduler.get('a')).to.include({ state: 'completed', bytesDone: 3_000_000 });
    });

    it('stops a job whose engine is still being asked for', async () => {
        world.add('a');
        world.scheduler.command('a', 'stop');
        await world.run(200);
        expect(world.states()).to.deep.equal({ a: 'stopped' });
        expect(world.engine.active.size).to.equal(0);
    });

    it('tries again after passing failures, with growing waits, and gives up in the end', async () => {
        world.add('a', 50_000_000);
        await world.run(50);
        const waits: number[] = [];
        for (let i = 0; i < 3; i++) {
            world.engine.partials.clear();
            world.engine.interrupt('a', lost);
            await world.run(0);
            const job = world.scheduler.get('a')!;
            expect(job.state).to.equal('retrying');
            waits.push(Math.round((job.retryAtMs! - world.clock.wallNow()) / 1000));
            await world.run(job.retryAtMs! - world.clock.wallNow() - 100);
            expect(world.scheduler.get('a')!.state, 'not before its time').to.equal('retrying');
            await world.run(150);
        }
        expect(waits).to.deep.equal([30, 60, 120]);
        world.engine.partials.clear();
        world.engine.interrupt('a', lost);
        await world.run(0);
        expect(world.scheduler.get('a')).to.include({ state: 'failed', attempt: 4 });
        expect(world.scheduler.get('a')!.error!.code).to.equal('transfer.connection-lost');
    });

    it('counts a run that brought bytes as a new beginning', async () => {
        world.add('a', 50_000_000, { attempt: 3 });
        await world.run(1_000);
        world.engine.interrupt('a', lost);
        await world.run(0);
        expect(world.scheduler.get('a')).to.include({ state: 'retrying', attempt: 1 });
    });

    it('fails at once for what no retry can mend, and retries when told so', async () => {
        world.add('a', 5_000_000);
        await world.run(100);
        world.engine.interrupt('a', new ConnectError('transfer.no-space', 'full'));
        await world.run(0);
        expect(world.scheduler.get('a')).to.deep.include({ state: 'failed' });
        expect(world.scheduler.get('a')!.error!.code).to.equal('transfer.no-space');
        world.scheduler.command('a', 'retry');
        await world.run(6_000);
        const job = world.scheduler.get('a')!;
        expect(job).to.include({ state: 'completed', attempt: 0 });
        expect(job.error).to.equal(undefined);
    });

    it('waits for an answer without taking a place in the queue', async () => {
        world.values = { ...world.values, 'connect.transfers.queue.max': 1 };
        world.password = '';
        world.add('a');
        await world.run(100);
        expect(world.states()).to.deep.equal({ a: 'needs-user' });
        world.password = 'secret';
        world.add('b');
        await world.run(100);
        expect(world.states()).to.deep.equal({ a: 'needs-user', b: 'transferring' });
        world.scheduler.command('a', 'resume');
        await world.run(5_000);
        expect(world.states()).to.deep.equal({ a: 'completed', b: 'completed' });
    });

    it('takes a running job off the list once its engine has ended', async () => {
        world.add('a', 9_000_000, { stagingId: 'batch' });
        await world.run(500);
        world.scheduler.command('a', 'remove');
        expect(world.states()).to.deep.equal({ a: 'stopping' });
        await world.run(100);
        expect(world.states()).to.deep.equal({});
        expect(world.store.records.size).to.equal(0);
        expect(world.engine.active.size).to.equal(0);
        expect(world.released).to.deep.equal(['batch']);
    });

    it('lets go of staged files when the job is done, and not before', async () => {
        world.add('a', 1_000_000, { stagingId: 'batch' });
        await world.run(300);
        expect(world.released).to.deep.equal([]);
        expect([...world.scheduler.stagingIds()]).to.deep.equal(['batch']);
        await world.run(3_000);
        expect(world.released).to.deep.equal(['batch']);
    });

    it('clears what is finished and nothing else', async () => {
        world.add('a', 1);
        world.add('b', 50_000_000);
        await world.run(500);
        world.scheduler.clearFinished();
        expect(world.states()).to.deep.equal({ b: 'transferring' });
    });

    it('removes completed jobs by itself when the settings say so', async () => {
        world.values = {
            ...world.values,
            'connect.general.removeTransferListItems': 'automatically on success'
        };
        world.add('a', 1);
        await world.run(1_000);
        expect(world.states()).to.deep.equal({ a: 'completed' });
        await world.run(4_000);
        expect(world.states()).to.deep.equal({});
    });

    it('stops the jobs of a removed account and says why', async () => {
        world.values = { ...world.values, 'connect.transfers.queue.max': 1 };
        world.add('a', 9_000_000);
        world.add('b');
        await world.run(300);
        world.scheduler.accountRemoved('other');
        expect(world.states()).to.deep.equal({ a: 'transferring', b: 'queued' });
        world.scheduler.accountRemoved('acc');
        await world.run(100);
        expect(world.states()).to.deep.equal({ a: 'stopped', b: 'stopped' });
        expect(world.scheduler.get('a')!.error!.code).to.equal('security.account-unknown');
    });

    it('applies a new limit to what runs', async () => {
        world.add('a', 10_000_000);
        await world.run(500);
        world.values = { ...world.values, 'connect.bandwidth.targetRate': 800 };
        world.scheduler.settingsChanged();
        await world.run(500);
        expect(world.states()).to.deep.equal({ a: 'completed' });
    });

    it('names jobs and states it does not allow', () => {
        expect(() => world.scheduler.command('x', 'stop'))
            .to.throw(ConnectError)
            .with.property('code', 'transfer.job-unknown');
        world.add('a');
        expect(() => world.scheduler.command('a', 'retry-due'))
            .to.throw(ConnectError)
            .with.property('code', 'transfer.job-state');
    });

    it('goes on while the disk of the list is full, and stores what it missed', async () => {
        world.add('a', 2_000_000);
        world.add('b', 50_000_000);
        await world.run(500);
        world.store.isFull = true;
        expect(() => world.add('c'), 'a new job is refused').to.throw('full');
        await world.run(4_000);
        expect(world.states()).to.deep.equal({ a: 'completed', b: 'transferring' });
        expect(world.store.records.get('a')!.state).to.equal('transferring');
        world.store.isFull = false;
        await world.run(2_000);
        expect(world.store.records.get('a')!.state).to.equal('completed');
    });

    it('does not store every progress', async () => {
        world.add('a', 10_000_000);
        await world.run(9_000);
        expect(world.store.writes).to.be.lessThan(20);
    });

    it('goes on after the backend died, with every job once and nothing sent twice', async () => {
        world.values = { ...world.values, 'connect.transfers.queue.max': 2 };
        world.add('done', 10);
        await world.run(300);
        world.add('stopped', 5_000_000);
        await world.run(100);
        world.scheduler.command('stopped', 'stop');
        await world.run(100);
        world.add('running', 4_000_000);
        world.add('retrying', 4_000_000);
        await world.run(1_000);
        world.engine.interrupt('retrying', lost);
        await world.run(0);
        world.add('queued', 10);
        world.add('later', 10);
        world.restart();
        expect(world.states()).to.include({
            done: 'completed',
            stopped: 'stopped',
            running: 'preparing',
            retrying: 'retrying'
        });
        const arrived = world.engine.partials.get('/in/running')!;
        await world.run(60_000);
        expect(world.states()).to.deep.equal({
            done: 'completed',
            stopped: 'stopped',
            running: 'completed',
            retrying: 'completed',
            queued: 'completed',
            later: 'completed'
        });
        expect(arrived).to.be.greaterThan(500_000);
        expect(world.engine.started.filter(id => id === 'running')).to.have.length(1);
    });

    it('says that an answer is needed when the restarted backend has no password', async () => {
        world.add('a', 5_000_000);
        await world.run(1_000);
        world.password = '';
        world.restart();
        await world.run(100);
        expect(world.states()).to.deep.equal({ a: 'needs-user' });
        expect(world.scheduler.get('a')!.error!.code).to.equal('security.credentials-required');
    });

    it('survives any order of commands, failures and deaths: no job lost, none doubled, never above the limit', async function () {
        this.timeout(20_000);
        const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
        const events: readonly JobEvent[] = ['stop', 'resume', 'retry', 'restart', 'remove', 'retry-due'];
        const step = fc.oneof(
            fc.record({
                kind: fc.constant('command' as const),
                id: fc.constantFrom(...ids),
                event: fc.constantFrom(...events)
            }),
            fc.record({
                kind: fc.constant('fail' as const),
                id: fc.constantFrom(...ids),
                event: fc.constant('stop' as const)
            }),
            fc.record({
                kind: fc.constant('die' as const),
                id: fc.constant('a'),
                event: fc.constant('stop' as const)
            }),
            fc.record({
                kind: fc.constant('wait' as const),
                id: fc.constant('a'),
                event: fc.constant('stop' as const)
            })
        );
        await fc.assert(
            fc.asyncProperty(fc.array(step, { maxLength: 15 }), async steps => {
                const live = new World();
                live.values = { ...live.values, 'connect.transfers.queue.max': 2 };
                const removed = new Set<string>();
                ids.forEach(id => live.add(id, 400_000));
                for (const { kind, id, event } of steps) {
                    const job = live.scheduler.get(id);
                    if (kind === 'command' && job && transition(job.state, event)) {
                        live.scheduler.command(id, event);
                        if (event === 'remove') {
                            removed.add(id);
                        }
                    } else if (kind === 'fail') {
                        live.engine.interrupt(id, lost);
                    } else if (kind === 'die') {
                        live.restart();
                    }
                    await live.run(100);
                    const running = live.scheduler.all().filter(each => isRunning(each.state)).length;
                    expect(running).to.be.at.most(2);
                    expect(live.engine.active.size).to.be.at.most(running);
                }
                const expected = ids.filter(id => !removed.has(id));
                const states = live.states();
                expect(expected.filter(id => !(id in states))).to.deep.equal([]);
                live.restart();
                expect(Object.keys(live.states()).sort()).to.deep.equal(expected);
                await live.run(100_000);
                for (const [id, state] of Object.entries(live.states())) {
                    expect(['completed', 'stopped', 'failed'], id).to.include(state);
                }
            }),
            { numRuns: 25 }
        );
    });
});
