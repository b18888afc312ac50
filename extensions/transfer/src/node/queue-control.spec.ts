import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { World } from '../testing/scheduler-world';

const HOUR_MS = 3_600_000;
const TEN_MB = 10_000_000;

describe('control of the queue', () => {
    let world: World;
    beforeEach(() => {
        world = new World();
        world.values = { ...world.values, 'connect.transfers.queue.max': 1 };
    });

    const rates = (): Record<string, number> =>
        Object.fromEntries([...world.engine.rates].map(([id, rate]) => [id, rate.targetBps / 1e6]));

    it('starts jobs in the order they were moved to, higher priorities first', async () => {
        ['a', 'b', 'c', 'd', 'e'].forEach(id => world.add(id, 1000));
        world.scheduler.move(['e'], 'top');
        world.scheduler.move(['b'], 'down');
        world.scheduler.setPriority(['d'], 'high');
        await world.run(10_000);
        expect(world.engine.started).to.deep.equal(['a', 'd', 'e', 'c', 'b']);
    });

    it('runs fifty jobs three at a time, each once, in their order', async () => {
        world.values = { ...world.values, 'connect.transfers.queue.max': 3 };
        const ids = Array.from({ length: 50 }, (_, i) => `j${i}`);
        ids.forEach(id => world.add(id, 300_000));
        await world.run(20_000);
        expect(new Set(Object.values(world.states()))).to.deep.equal(new Set(['completed']));
        expect(world.maxActive).to.equal(3);
        expect(world.engine.started).to.deep.equal(ids);
    });

    it('keeps the order over a restart, and puts new jobs behind what was moved to the end', async () => {
        ['run', 'a', 'b'].forEach(id => world.add(id, TEN_MB));
        await world.run(100);
        world.scheduler.move(['a'], 'bottom');
        world.add('new');
        world.restart();
        await world.run(60_000);
        expect(world.engine.started).to.deep.equal(['run', 'b', 'a', 'new']);
    });

    for (const [what, interrupt] of [
        ['a restart', () => world.restart()],
        ['a kill', () => (world.kill(), world.restart())],
        [
            'a pause',
            async () => {
                world.scheduler.pauseAll();
                await world.run(100);
                world.scheduler.resumeAll();
            }
        ]
    ] as const) {
        it(`lets what ran go on after ${what} before what was moved to the top meanwhile`, async () => {
            world.values = { ...world.values, 'connect.transfers.queue.max': 2 };
            ['a', 'b', 'c', 'd', 'e'].forEach(id => world.add(id, TEN_MB));
            world.scheduler.command('e', 'start-now');
            await world.run(100);
            world.scheduler.move(['d'], 'top');
            world.scheduler.command('a', 'stop');
            await world.run(100);
            expect(world.states()).to.deep.equal({
                ...{ a: 'stopped', b: 'transferring', c: 'queued', d: 'queued', e: 'transferring' }
            });
            await interrupt();
            await world.run(100);
            expect(world.states()).to.include({ b: 'transferring', e: 'transferring', d: 'queued' });
            expect(world.scheduler.get('b')!.queueRank).to.be.below(world.scheduler.get('e')!.queueRank);
        });
    }

    it('pauses everything, keeps what arrived, and goes on when told', async () => {
        ['a', 'b'].forEach(id => world.add(id, 3_000_000));
        await world.run(1_000);
        world.scheduler.pauseAll();
        expect(world.states()).to.deep.equal({ a: 'pausing', b: 'queued' });
        await world.run(5_000);
        expect(world.states()).to.deep.equal({ a: 'queued', b: 'queued' });
        expect(world.scheduler.status.paused).to.deep.equal({});
        world.scheduler.command('b', 'start-now');
        await world.run(500);
        expect(world.states(), 'by hand all the same').to.deep.equal({ a: 'queued', b: 'transferring' });
        world.scheduler.resumeAll();
        await world.run(10_000);
        expect(world.states()).to.deep.equal({ a: 'completed', b: 'completed' });
        expect(world.scheduler.status.paused).to.equal(undefined);
    });

    it('goes on by itself after an hour, whatever happened to the backend meanwhile', async () => {
        world.add('a', TEN_MB);
        await world.run(1_000);
        const untilMs = world.clock.wallNow() + HOUR_MS;
        world.scheduler.pauseAll(HOUR_MS);
        world.restart();
        expect(world.scheduler.status.paused).to.deep.equal({ untilMs });
        await world.run(2_000);
        expect(world.states()).to.deep.equal({ a: 'queued' });
        world.clock.advance(HOUR_MS - 10_000);
        await world.run(1_000);
        expect(world.states()).to.deep.equal({ a: 'queued' });
        await world.run(10_000);
        expect(world.states().a).to.be.oneOf(['transferring', 'completed']);
        expect(world.store.paused).to.equal(undefined);
    });

    it('does not pause any more when the time was over before the backend started', async () => {
        world.add('a');
        world.scheduler.pauseAll(HOUR_MS);
        world.kill();
        world.clock.advance(HOUR_MS);
        world.restart();
        await world.run(3_000);
        expect(world.states()).to.deep.equal({ a: 'completed' });
    });

    it('begins again from the beginning, once', async () => {
        world.add('a', TEN_MB);
        await world.run(4_000);
        world.scheduler.command('a', 'stop');
        await world.run(100);
        expect(world.engine.partials.get('/in/a')).to.be.greaterThan(3_000_000);
        world.scheduler.command('a', 'restart');
        await world.run(300);
        expect(world.scheduler.get('a')!.bytesDone).to.be.within(1, 1_000_000);
        const record = world.store.records.get('a')!;
        expect(record.fromStart, 'a retry goes on from here').to.equal(false);
        world.engine.interrupt('a', new ConnectError('transfer.connection-lost', 'gone'));
        await world.run(31_000);
        expect(world.scheduler.get('a')!.bytesDone).to.be.greaterThan(300_000);
        await world.run(20_000);
        expect(world.states()).to.deep.equal({ a: 'completed' });
    });

    it('sends a completed job again, but not when its files came from a desktop and are gone', async () => {
        world.add('a', 1000);
        world.add('staged', 1000, { stagingId: 'batch' });
        await world.run(2_000);
        world.engine.far.delete('/in/a');
        world.scheduler.command('a', 'restart');
        await world.run(1_000);
        expect(world.engine.far.has('/in/a')).to.equal(true);
        expect(() => world.scheduler.command('staged', 'restart'))
            .to.throw(ConnectError)
            .with.property('code', 'transfer.source-missing');
    });

    it('shares one limit between what runs, at once when something changes', async () => {
        world.values = {
            ...world.values,
            'connect.transfers.queue.max': 3,
            'connect.bandwidth.targetRate': 100,
            'connect.bandwidth.manual.uploadLimit': 60,
            'connect.bandwidth.automatic.uploadLimit': 2
        };
        world.add('a', 1_000_000_000);
        await world.run(100);
        expect(rates()).to.deep.equal({ a: 60 });
        world.add('b', 1_000_000_000);
        world.add('sync', 1_000_000_000, { automatic: true });
        await world.run(100);
        expect(rates()).to.deep.equal({ a: 30, b: 30, sync: 2 });
        world.scheduler.setRate(['b'], { targetBps: 5e6 });
        expect(rates()).to.deep.equal({ a: 55, b: 5, sync: 2 });
        world.values = { ...world.values, 'connect.bandwidth.manual.uploadLimit': 0 };
        world.scheduler.settingsChanged();
        expect(rates()).to.deep.equal({ a: 100, b: 5, sync: 2 });
        world.values = { ...world.values, 'connect.bandwidth.manual.uploadLimit': 10 };
        world.scheduler.settingsChanged();
        world.scheduler.command('b', 'stop');
        await world.run(100);
        expect(rates().a).to.equal(10);
    });

    it('changes limits when the schedule says so', async () => {
        world.values = {
            ...world.values,
            'connect.bandwidth.schedule': [{ from: '00:00', to: '00:10', upload: 4 }]
        };
        const start = world.clock.wallNow() % 86_400_000;
        world.clock.advance(86_400_000 - start);
        world.scheduler.settingsChanged();
        world.add('a', 1_000_000_000);
        await world.run(100);
        expect(rates()).to.deep.equal({ a: 4 });
        expect(world.scheduler.status).to.deep.include({ scheduled: true });
        for (let minute = 0; minute < 9; minute++) {
            world.clock.advance(60_000);
        }
        expect(rates()).to.deep.equal({ a: 4 });
        const told = world.statusChanges;
        world.clock.advance(60_000);
        expect(rates()).to.deep.equal({ a: 8 });
        expect(world.scheduler.status).to.deep.include({ scheduled: false });
        expect(world.statusChanges).to.equal(told + 1);
    });

    it('lets automatic downloads wait for room on the disk, and says so', async () => {
        world.values = { ...world.values, 'connect.transfers.queue.max': 3 };
        world.disk = { freeBytes: 10, totalBytes: 1000 };
        world.engine.far.set('/sync', new Uint8Array(TEN_MB));
        const down = { automatic: true, direction: 'receive' as const, sources: ['/sync'], target: '/home' };
        world.add('down', 1, down);
        world.add('up', 1000, { automatic: true });
        world.add('own', 1000);
        await world.run(2_000);
        expect(world.states()).to.deep.equal({ down: 'queued', up: 'completed', own: 'completed' });
        expect(world.scheduler.get('down')!.hold).to.equal('disk-space');
        world.disk = { freeBytes: 500, totalBytes: 1000 };
        await world.run(31_000);
        expect(world.scheduler.get('down')).to.include({ state: 'transferring', hold: undefined });
        world.disk = { freeBytes: 49, totalBytes: 1000 };
        await world.run(31_000);
        expect(world.states().down).to.be.oneOf(['queued', 'completed']);
    });

    it('pauses a running automatic download when the disk fills up', async () => {
        world.engine.far.set('/sync', new Uint8Array(500_000_000));
        world.add('down', 1, { automatic: true, direction: 'receive', sources: ['/sync'], target: '/home' });
        await world.run(1_000);
        expect(world.states()).to.deep.equal({ down: 'transferring' });
        world.disk = { freeBytes: 49, totalBytes: 1000 };
        await world.run(31_000);
        expect(world.scheduler.get('down')).to.include({ state: 'queued', hold: 'disk-space' });
    });

    it('transfers all else, then asks about files that exist, without a slot, and goes on with the answer', async () => {
        const near = world.engine.near;
        const far = world.engine.far;
        for (const name of ['new', 'old', 'same']) {
            near.set(`/home/dir/${name}`, Buffer.from(`content of ${name}`));
        }
        far.set('/in/dir/old', Buffer.from('somebody else wrote this'));
        far.set('/in/dir/same', Buffer.from('content of same'));
        world.add('dir', 0, { sources: ['/home/dir'], existing: 'ask' });
        near.delete('/home/dir');
        world.add('next', 1000);
        await world.run(3_000);
        expect(world.states()).to.deep.equal({ dir: 'needs-user', next: 'completed' });
        expect(far.has('/in/dir/new')).to.equal(true);
        expect(String(far.get('/in/dir/old'))).to.equal('somebody else wrote this');
        expect(world.scheduler.get('dir')!.question).to.deep.equal({
            kind: 'existing-files',
            count: 1,
            files: [{ path: 'dir/old', message: '/in/dir/old differs' }]
        });
        world.restart();
        await world.run(1_000);
        expect(world.scheduler.get('dir'), 'the question outlives the backend').to.include({
            state: 'needs-user'
        });
        expect(world.scheduler.get('dir')!.question!.count).to.equal(1);
        world.scheduler.setExisting(['dir'], 'overwrite');
        await world.run(2_000);
        const { state, question, error } = world.scheduler.get('dir')!;
        expect({ state, question, error }).to.deep.equal({
            state: 'completed',
            question: undefined,
            error: undefined
        });
        expect(String(world.engine.far.get('/in/dir/old'))).to.equal('content of old');
    });

    const askingJob = async (): Promise<void> => {
        const { near, far } = world.engine;
        for (const name of ['a', 'b', 'c', 'sub/d']) {
            near.set(`/home/dir/${name}`, Buffer.from(`new ${name}`));
            far.set(`/in/dir/${name}`, Buffer.from(`old ${name}`));
        }
        world.add('dir', 0, { sources: ['/home/dir'], existing: 'ask' });
        near.delete('/home/dir');
        await world.run(3_000);
        expect(world.scheduler.get('dir')!.question!.count).to.equal(4);
    };
    const atTarget = (): string[] =>
        ['a', 'b', 'c', 'sub/d'].map(name => String(world.engine.far.get(`/in/dir/${name}`)));

    it('treats each file as it was answered, asks about the rest, and never again about these', async () => {
        await askingJob();
        world.scheduler.answer(
            'dir',
            [
                { path: 'dir/sub/d', rule: 'overwrite' },
                { path: 'dir/a', rule: 'skip' }
            ],
            undefined
        );
        await world.run(3_000);
        expect(atTarget()).to.deep.equal(['old a', 'old b', 'old c', 'new sub/d']);
        expect(world.scheduler.get('dir')!.question!.files.map(({ path }) => path)).to.deep.equal([
            'dir/b',
            'dir/c'
        ]);
        world.restart();
        world.scheduler.answer(
            'dir',
            [
                { path: 'dir/b', rule: 'skip' },
                { path: 'dir/c', rule: 'overwrite' }
            ],
            undefined
        );
        await world.run(3_000);
        expect(atTarget()).to.deep.equal(['old a', 'old b', 'new c', 'new sub/d']);
        expect(world.scheduler.get('dir'), 'what was answered with overwrite was brought').to.include({
            ...{ state: 'completed', filesFailed: 0, filesDone: 2, filesSkipped: 2, verified: true }
        });
        // what was skipped on purpose is sent when everything is to be sent again
        world.scheduler.command('dir', 'restart');
        await world.run(3_000);
        expect(atTarget()).to.deep.equal(['new a', 'new b', 'new c', 'new sub/d']);
    });

    it('keeps to what was answered about one file when a rule for all others follows', async () => {
        await askingJob();
        world.scheduler.answer('dir', [{ path: 'dir/b', rule: 'skip' }], 'overwrite');
        await world.run(3_000);
        expect(atTarget()).to.deep.equal(['new a', 'old b', 'new c', 'new sub/d']);
        expect(world.scheduler.get('dir')).to.include({ state: 'completed', filesDone: 3, filesSkipped: 1 });
        // the same by a rule for the whole job
        await askingAgain();
        world.scheduler.setExisting(['again'], 'overwrite');
        await world.run(3_000);
        expect(atTarget()).to.deep.equal(['new a', 'old b', 'new c', 'new sub/d']);
        expect(world.scheduler.get('again')!.state).to.equal('completed');
    });

    /** Another job for the same files, to which one was answered. */
    const askingAgain = async (): Promise<void> => {
        ['a', 'b', 'c', 'sub/d'].forEach(name =>
            world.engine.far.set(`/in/dir/${name}`, Buffer.from(`old ${name}`))
        );
        world.add('again', 0, { sources: ['/home/dir'], existing: 'ask' });
        await world.run(3_000);
        world.scheduler.answer('again', [{ path: 'dir/b', rule: 'skip' }], undefined);
        await world.run(3_000);
    };

    it('asks again about a file that could not be treated, and stops with its job', async () => {
        await askingJob();
        world.engine.near.delete('/home/dir/a');
        world.scheduler.answer(
            'dir',
            [
                { path: 'dir/a', rule: 'overwrite' },
                { path: '../x', rule: 'overwrite' }
            ],
            undefined
        );
        await world.run(3_000);
        expect(atTarget()[0]).to.equal('old a');
        expect(world.store.records.get('dir')!.answers).to.deep.include({
            path: 'dir/a',
            rule: 'overwrite',
            isApplied: false
        });
        world.engine.near.set('/home/dir/big', new Uint8Array(30_000_000));
        world.engine.far.set('/in/dir/big', new Uint8Array(3));
        world.scheduler.answer('dir', [{ path: 'dir/big', rule: 'overwrite' }], undefined);
        await world.run(1_000);
        world.scheduler.command('dir', 'stop');
        await world.run(1_000);
        expect(world.scheduler.get('dir')!.state).to.equal('stopped');
        expect(world.engine.active.size).to.equal(0);
    });

    it('counts as skipped what stays as it is, not what an earlier run brought', async () => {
        world.add('same', 1000);
        await world.run(2_000);
        expect(world.scheduler.get('same')).to.include({ filesDone: 1, filesSkipped: 0, verified: true });
        world.add('again', 0, { sources: ['/home/same'] });
        await world.run(2_000);
        expect(world.scheduler.get('again'), 'nothing came, so nothing is verified').to.include({
            ...{ state: 'completed', filesDone: 0, filesSkipped: 1, verified: false }
        });
        const { near } = world.engine;
        near.set('/home/two/first', Buffer.from('first'));
        near.set('/home/two/large', new Uint8Array(TEN_MB));
        world.add('two', 0, { sources: ['/home/two'] });
        near.delete('/home/two');
        await world.run(2_000);
        world.engine.interrupt('two', new ConnectError('transfer.connection-lost', 'gone'));
        await world.run(60_000);
        expect(world.scheduler.get('two')).to.include({ state: 'completed', filesDone: 2, filesSkipped: 0 });
    });

    it('takes a rule for a job that does not ask yet, and none for one that is gone', () => {
        world.add('a');
        world.scheduler.setExisting(['a'], 'skip');
        expect(world.store.records.get('a')!.existing).to.equal('skip');
        expect(() => world.scheduler.setExisting(['x', 'a'], 'overwrite'))
            .to.throw(ConnectError)
            .with.property('code', 'transfer.job-unknown');
        expect(world.store.records.get('a')!.existing, 'the others are treated').to.equal('overwrite');
    });

    it('stays cheap with a thousand queued jobs: what changes is stored and told, nothing else', async () => {
        world.values = { ...world.values, 'connect.transfers.queue.max': 3 };
        for (let i = 0; i < 1000; i++) {
            world.add(`j${i}`, 200_000);
        }
        const counted = async (
            work: () => unknown
        ): Promise<{ told: number; stored: number; writes: number }> => {
            const [changes, stored, writes] = [world.changes.length, world.store.stored, world.store.writes];
            await work();
            return {
                told: new Set(world.changes.slice(changes)).size,
                stored: world.store.stored - stored,
                writes: world.store.writes - writes
            };
        };
        await world.run(0);
        expect(await counted(() => world.scheduler.move(['j900'], 'top'))).to.deep.equal({
            told: 1,
            stored: 1,
            writes: 1
        });
        expect(await counted(() => world.scheduler.pauseAll())).to.deep.equal({
            told: 3,
            stored: 3,
            writes: 1
        });
        await world.run(100);
        const ids = Array.from({ length: 500 }, (_, i) => `j${i}`);
        expect(await counted(() => world.scheduler.commandAll(ids, 'stop'))).to.deep.equal({
            told: 500,
            stored: 500,
            writes: 1
        });
        world.scheduler.resumeAll();
        const started = world.engine.started.length;
        const run = await counted(() => world.run(1_000));
        const runs = world.engine.started.length - started;
        expect(runs).to.be.greaterThan(3);
        // each of them: start, flow, all sent, end, and the engine's name
        expect(run.stored).to.be.at.most(5 * (runs + 3));
        expect(run.told).to.be.at.most(runs + 3);
    });
});
