import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { CommandLine, isAlive, JobJson } from '../support/command-line';
import { PASSWORD, TransferBench } from '../support/transfer-bench';
import { leftovers, snapshotTree, writeNoise } from '../support/trees';

const BIG = 200_000_000;

describe('command connect', function () {
    this.timeout(180_000);
    let server: TransferBench;
    let connect: CommandLine;

    before(async () => {
        server = await TransferBench.start();
        writeNoise(join(server.local, 'small.bin'), 1, 3_000_000);
        writeNoise(join(server.local, 'big.bin'), 2, BIG);
    });
    after(() => server?.dispose());
    beforeEach(async () => {
        connect = new CommandLine({
            'connect.transfers.retry.interval': 1,
            'connect.transfers.existingFiles': 'overwrite'
        });
        await connect.signIn(server);
    });
    afterEach(() => connect.dispose());

    const local = (name: string): string => join(server.local, name);
    const started = async (...args: string[]): Promise<JobJson> =>
        (await connect.jobs('transfer', 'start', ...args))[0];
    /** Bytes moved since the transfer began, at least. */
    const moving =
        (id: string) =>
        (jobs: readonly JobJson[]): boolean =>
            jobs.some(job => job.id === id && job.state === 'transferring' && job.bytes.done > 2_000_000);

    it('sends, receives, lists and shows, with the result as exit code', async () => {
        const sent = await connect.run('transfer', 'start', local('small.bin'), 'Bench:/in', '--wait');
        expect(sent, sent.stderr).to.include({ exitCode: 0 });
        expect(sent.stdout).to.contain('small.bin').and.contain('Completed, verified');
        expect(
            fs.readFileSync(join(server.root, 'in', 'small.bin')).equals(fs.readFileSync(local('small.bin')))
        ).to.equal(true);

        const [back] = await connect.jobs('transfer', 'start', 'bench:/in', 'back', '--wait');
        expect(back).to.deep.include({ state: 'completed', verified: true, direction: 'receive' });
        expect(back.sources).to.deep.equal(['Bench:/in']);
        expect(snapshotTree(join(connect.folder, 'back'))).to.deep.equal({
            in: snapshotTree(server.root).in,
            'in/small.bin': snapshotTree(join(server.root, 'in'))['small.bin']
        });

        const jobs = await connect.jobs();
        expect(jobs.map(({ name }) => name)).to.deep.equal(['in', 'small.bin']);
        const shown = await connect.run('transfer', 'show', back.id.slice(0, 6));
        expect(shown.stdout).to.contain(back.id).and.contain('Completed, verified');
        const table = await connect.run('transfer', 'list');
        expect(table.stdout.split('\n')[0]).to.match(/^ID +STATE +DONE +NAME/);
        await connect.run('transfer', 'clear');
        expect(await connect.jobs()).to.deep.equal([]);
    });

    it('changes the rate mid-way, stops and resumes, and sends nothing twice', async () => {
        const { id } = await started(local('big.bin'), 'Bench:/limited', '--target-rate', '20M', '--now');
        await connect.until(moving(id));
        await connect.run('transfer', 'limit', id, '--target-rate', '400M');
        const fast = await connect.until(jobs => jobs.some(job => job.id === id && job.rateBps > 60e6));
        expect(fast[0].rate.targetBps).to.equal(400e6);
        await connect.run('transfer', 'stop', id);
        const [stopped] = await connect.until(jobs => jobs[0].state === 'stopped');
        expect(stopped.bytes.done).to.be.greaterThan(2_000_000).and.lessThan(BIG);
        await connect.run('transfer', 'resume', id);
        const watched = await connect.run('transfer', 'watch', id);
        expect(watched.exitCode, watched.stderr).to.equal(0);
        expect(snapshotTree(join(server.root, 'limited'))['big.bin'].sha256).to.equal(
            snapshotTree(server.local)['big.bin'].sha256
        );
        expect(leftovers(join(server.root, 'limited'))).to.deep.equal([]);
    });

    it('retries what failed, and says by exit codes what became of it', async () => {
        await server.server.end();
        const failed = await connect.run('transfer', 'start', local('small.bin'), 'Bench:/retried', '--wait');
        expect(failed.exitCode, failed.stdout).to.equal(2);
        const [job] = await connect.jobs();
        expect(job).to.include({ state: 'failed' });
        expect(job.error!.code).to.equal('transfer.connect-refused');
        await server.startServer();
        await connect.run('transfer', 'retry', '--all');
        expect((await connect.run('transfer', 'watch', job.id)).exitCode).to.equal(0);
        const again = await connect.json<{ error: { code: string } }>(['transfer', 'retry', job.id], 5);
        expect(again.error.code).to.equal('transfer.job-state');
    });

    it('tells every change as a line of JSON', async () => {
        const watch = connect.begin('transfer', 'watch', '--json');
        await watch.untilOutput(/"ready"/);
        const { id } = await started(local('small.bin'), 'Bench:/watched', '--wait');
        await connect.run('transfer', 'remove', id);
        await watch.untilOutput(/"removed"/);
        const { stdout, exitCode } = await watch.end('SIGINT');
        expect(exitCode).to.equal(130);
        const events = stdout
            .trim()
            .split('\n')
            .map(line => JSON.parse(line) as { event: string; id?: string; job?: JobJson });
        expect(events.map(({ event }) => event).filter(event => event !== 'job')).to.deep.equal([
            'queue',
            'ready',
            'removed'
        ]);
        const states = events.filter(({ job }) => job?.id === id).map(({ job }) => job!.state);
        expect(states.at(-1)).to.equal('completed');
        expect(events.at(-1)).to.deep.equal({ event: 'removed', id });
    });

    it('starts one backend, however many commands want one', async () => {
        await connect.run('backend', 'stop');
        expect(await connect.backend()).to.equal(undefined);
        const lists = await Promise.all([1, 2, 3].map(() => connect.run('transfer', 'list')));
        expect(lists.map(({ exitCode }) => exitCode)).to.deep.equal([0, 0, 0]);
        expect((await connect.backend())!.kind).to.equal('headless');
    });

    it('loses nothing when the backend is killed, and needs nothing to be cleaned up', async () => {
        const { id } = await started(local('big.bin'), 'Bench:/killed', '--target-rate', '100M');
        await started(local('small.bin'), 'Bench:/killed', '--priority', 'low');
        await connect.run(
            'transfer',
            'stop',
            (await connect.jobs()).find(job => job.name === 'small.bin')!.id
        );
        for (let round = 0; round < 2; round++) {
            await connect.until(moving(id));
            const { pid } = (await connect.backend())!;
            process.kill(pid, 'SIGKILL');
            // the password was in the memory of the one that was killed
            const jobs = await connect.until(all =>
                all.some(job => job.id === id && job.state === 'needs-user')
            );
            expect(jobs.map(({ name }) => name).sort()).to.deep.equal(['big.bin', 'small.bin']);
            expect((await connect.backend())!.pid).not.to.equal(pid);
            expect((await connect.run('transfer', 'watch', id)).exitCode).to.equal(4);
            await connect.feed(PASSWORD, 'accounts', 'sign-in', 'Bench', '--password-stdin');
            await connect.run('transfer', 'resume', '--all');
        }
        expect(
            (await connect.run('transfer', 'watch', ...(await connect.jobs()).map(job => job.id))).exitCode
        ).to.equal(0);
        expect(snapshotTree(join(server.root, 'killed'))).to.deep.equal({
            'big.bin': snapshotTree(server.local)['big.bin'],
            'small.bin': snapshotTree(server.local)['small.bin']
        });
        expect(leftovers(join(server.root, 'killed'))).to.deep.equal([]);
    });

    it('ends by itself when there is nothing to do', async () => {
        await connect.run('backend', 'stop');
        const idle = new CommandLine({}, { CONNECT_IDLE_EXIT: '1s' });
        try {
            await idle.run('transfer', 'list');
            const { pid } = (await idle.backend())!;
            while (isAlive(pid)) {
                await new Promise(next => setTimeout(next, 50));
            }
            expect(fs.readFileSync(join(idle.home, 'logs', 'backend.log'), 'utf8')).to.contain('ends: idle');
            expect(await idle.backend()).to.equal(undefined);
        } finally {
            await idle.dispose();
        }
    });
});
