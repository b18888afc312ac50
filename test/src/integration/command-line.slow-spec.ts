import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { CommandLine, CONNECT, isAlive, JobJson } from '../support/command-line';
import { REPOSITORY, run } from '../support/processes';
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

    it('makes an account of a server that is given as an address, and asks nobody where there is nobody to ask', async () => {
        const { sshPort, udpPort, fingerprint } = server.address;
        const place = `ssh://ana@127.0.0.1:${sshPort}/by-address`;
        const fresh = new CommandLine();
        try {
            const begin = [
                'transfer',
                'start',
                local('small.bin'),
                place,
                '--udp-port',
                String(udpPort),
                '--wait'
            ];
            const unknown = await fresh.feed(PASSWORD, ...begin, '--password-stdin');
            expect(unknown.exitCode, unknown.stderr).to.equal(4);
            expect(unknown.stderr).to.contain(`Added the account “ana@127.0.0.1:${sshPort}”`);
            const other = await fresh.run(
                'transfer',
                'start',
                local('small.bin'),
                place,
                '--wait',
                '--fingerprint',
                `SHA256:${'x'.repeat(43)}`
            );
            expect(other.exitCode).to.equal(4);
            expect(other.stderr).to.contain(fingerprint);
            const known = await fresh.run(
                'transfer',
                'start',
                local('small.bin'),
                place,
                '--wait',
                '--fingerprint',
                fingerprint
            );
            expect(known.exitCode, known.stderr).to.equal(0);
            const { accounts } = await fresh.json<{ accounts: Array<{ name: string }> }>([
                'accounts',
                'list'
            ]);
            expect(accounts.map(({ name }) => name)).to.deep.equal([`ana@127.0.0.1:${sshPort}`]);
            expect(fs.readdirSync(join(server.root, 'by-address'))).to.deep.equal(['small.bin']);
            const log = fs.readFileSync(join(fresh.home, 'logs', 'backend.log'), 'utf8');
            expect(log).not.to.contain(PASSWORD);
        } finally {
            await fresh.dispose();
        }
    });

    it('asks at a terminal for the host key and the password, and does not show it (needs script)', async function () {
        if (!fs.existsSync('/usr/bin/script')) {
            this.skip();
        }
        const { sshPort, udpPort, fingerprint } = server.address;
        const place = `ssh://ana@127.0.0.1:${sshPort}/by-hand`;
        const fresh = new CommandLine();
        try {
            const command = [process.execPath, CONNECT, 'transfer', 'start', local('small.bin'), place];
            const line = [...command, '--udp-port', String(udpPort), '--wait']
                .map(word => `'${word}'`)
                .join(' ');
            const terminal = run('/usr/bin/script', ['-qec', line, '/dev/null'], {
                env: { ...fresh.env, TERM: 'xterm' },
                stdio: ['pipe', 'pipe', 'pipe']
            });
            const type = (text: string): void => void terminal.child.stdin!.write(`${text}\r`);
            await terminal.untilOutput(/Password of ana@\S+: /);
            type(PASSWORD);
            await terminal.untilOutput(/Trust it\? \(yes\/no\)/);
            type('yes');
            const { exitCode, stdout } = await terminal.finished;
            expect(exitCode, stdout).to.equal(0);
            expect(stdout).to.match(/Password of \S+: \r?\n/);
            expect(stdout)
                .to.contain(fingerprint)
                .and.contain('Completed, verified')
                .and.not.contain(PASSWORD);
            expect(fs.readdirSync(join(server.root, 'by-hand'))).to.deep.equal(['small.bin']);
        } finally {
            await fresh.dispose();
        }
    });

    it('takes a transfer spec from standard input', async () => {
        const { sshPort, udpPort } = server.address;
        const spec = {
            direction: 'send',
            remote_host: '127.0.0.1',
            remote_user: 'ana',
            ssh_port: sshPort,
            fasp_port: udpPort,
            source_root: server.local,
            paths: [{ source: 'small.bin' }],
            destination_root: '/by-spec',
            target_rate_kbps: 200_000,
            overwrite: 'never'
        };
        const done = await connect.feed(
            JSON.stringify(spec),
            'transfer',
            'start',
            '--spec',
            '-',
            '--wait',
            '--json'
        );
        expect(done.exitCode, done.stderr).to.equal(0);
        const [job] = (JSON.parse(done.stdout) as { jobs: Array<JobJson & { existing: string }> }).jobs;
        expect(job).to.deep.include({
            target: 'Bench:/by-spec',
            existing: 'skip',
            rate: { targetBps: 200e6 }
        });
        expect(fs.readdirSync(join(server.root, 'by-spec'))).to.deep.equal(['small.bin']);
    });

    it('says when a transfer wants to know something, and takes the answer', async () => {
        fs.mkdirSync(join(server.root, 'asked'));
        fs.writeFileSync(join(server.root, 'asked', 'small.bin'), 'other');
        const asked = await connect.run(
            'transfer',
            'start',
            local('small.bin'),
            'Bench:/asked',
            '--existing',
            'ask',
            '--wait'
        );
        expect(asked.exitCode, asked.stderr).to.equal(4);
        const [job] = await connect.jobs();
        expect(job.question!.count).to.equal(1);
        await connect.run('transfer', 'existing', 'overwrite', job.id);
        expect((await connect.run('transfer', 'watch', job.id)).exitCode).to.equal(0);
        expect(fs.statSync(join(server.root, 'asked', 'small.bin')).size).to.equal(3_000_000);
    });

    it('uses the transfer program that is asked for, and no other', async () => {
        const start = ['transfer', 'start', local('small.bin'), 'Bench:/engine', '--wait', '--engine'];
        expect((await connect.run(...start, 'no-such')).exitCode).to.equal(2);
        expect((await connect.jobs())[0].error!.code).to.equal('transfer.engine-missing');
        expect((await connect.run(...start, 'connect-cp')).exitCode).to.equal(0);
    });

    it('refuses what makes no sense, with 1 for wrong usage and 5 for what is not there', async () => {
        const cases: Array<[number, ...string[]]> = [
            [1, 'transfer', 'start', local('small.bin')],
            [1, 'transfer', 'start', local('small.bin'), '/tmp'],
            [1, 'transfer', 'start', local('small.bin'), 'Bench:/x', '--target-rate', 'fast'],
            [1, 'transfer', 'start', local('small.bin'), 'Bench:/x', '--existing', 'maybe'],
            [1, 'transfer', 'stop'],
            [1, 'transfer', 'list', '--state', 'odd'],
            [1, 'transfer', 'limit', 'abcdef'],
            [1, 'nonsense'],
            [5, 'transfer', 'start', local('small.bin'), 'Nobody:/x'],
            [5, 'transfer', 'show', 'abcdef'],
            [2, 'transfer', 'start', local('none.bin'), 'Bench:/x']
        ];
        for (const [exitCode, ...args] of cases) {
            const finished = await connect.run(...args);
            expect(finished.exitCode, args.join(' ')).to.equal(exitCode);
            expect(finished.stdout, args.join(' ')).to.equal('');
        }
        const { error } = await connect.json<{ error: { code: string; remedy: string } }>(
            ['transfer', 'show', 'abcdef'],
            5
        );
        expect(error).to.include({ code: 'transfer.job-unknown' });
        expect(error.remedy).not.to.equal('');
        const unknown = await connect.json<{ error: { code: string } }>(['transfer', 'start', '--odd'], 1);
        expect(unknown.error.code).to.equal('usage');
        expect(await connect.jobs()).to.deep.equal([]);
    });

    it('does not let another user in (needs root and setpriv)', async function () {
        if (process.geteuid?.() !== 0 || !fs.existsSync('/usr/bin/setpriv')) {
            this.skip();
        }
        await connect.run('transfer', 'list');
        // even where the folders were opened by mistake
        [connect.folder, connect.home, join(connect.home, 'var')].forEach(folder =>
            fs.chmodSync(folder, 0o755)
        );
        for (const mode of [0o700, 0o755]) {
            fs.chmodSync(join(connect.home, 'var', 'run'), mode);
            const nobody = run(
                '/usr/bin/setpriv',
                [
                    '--reuid=65534',
                    '--regid=65534',
                    '--clear-groups',
                    process.execPath,
                    CONNECT,
                    'transfer',
                    'list'
                ],
                { env: connect.env, cwd: '/' }
            );
            const finished = await nobody.finished;
            expect(finished.exitCode, finished.stderr).to.equal(6);
            expect(finished.stdout).to.equal('');
        }
    });

    it('runs as a service, without display, session bus and keychain, with a password that its manager keeps', async () => {
        const bare = { DISPLAY: undefined, DBUS_SESSION_BUS_ADDRESS: undefined, XDG_RUNTIME_DIR: undefined };
        const credentials = join(connect.folder, 'credentials');
        fs.mkdirSync(credentials, { mode: 0o700 });
        const { accounts } = await connect.json<{ accounts: Array<{ id: string }> }>(['accounts', 'list']);
        await connect.run('backend', 'stop');
        fs.writeFileSync(join(credentials, `connect.${accounts[0].id}`), PASSWORD, { mode: 0o600 });
        const environment = { ...bare, CREDENTIALS_DIRECTORY: credentials };
        const service = new CommandLine({}, environment, [], connect.home);
        const backend = service.begin('backend', '--idle-exit', 'never', '--stand-by');
        await backend.untilOutput(/runs the transfers/);
        const sent = await service.run('transfer', 'start', local('small.bin'), 'Bench:/service', '--wait');
        expect(sent.exitCode, sent.stdout + sent.stderr).to.equal(0);
        expect((await service.backend())!).to.deep.include({ kind: 'headless', pid: backend.child.pid });

        const second = service.begin('backend', '--stand-by');
        await second.untilOutput(/waits: process \d+/);
        expect((await service.run('backend')).exitCode, 'a third one').to.equal(6);
        const { exitCode, stdout } = await backend.end('SIGTERM');
        expect(exitCode).to.equal(0);
        expect(stdout).to.contain('ends: signal');
        await second.untilOutput(/runs the transfers/);
        expect((await service.jobs()).map(({ state }) => state)).to.deep.equal(['completed']);
        await second.end();
        await service.dispose();
    });

    it('comes with a unit for systemd that systemd accepts (needs systemd-analyze)', async function () {
        if (!fs.existsSync('/usr/bin/systemd-analyze')) {
            this.skip();
        }
        const unit = fs.readFileSync(join(REPOSITORY, 'extensions/transfer/systemd/connect.service'), 'utf8');
        // the program where it will be installed is not there
        const file = join(connect.folder, 'connect.service');
        fs.writeFileSync(file, unit.replace('%h/.local/bin/connect', CONNECT));
        const verified = await run('/usr/bin/systemd-analyze', ['--user', 'verify', file], {
            env: { ...connect.env, XDG_RUNTIME_DIR: connect.folder }
        }).finished;
        expect(verified, verified.stderr).to.include({ exitCode: 0, stdout: '', stderr: '' });
    });
});
