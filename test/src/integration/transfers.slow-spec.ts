import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { CONNECT_SERVER, Finished, mustRun, RunningProgram } from '../support/processes';
import { ManagementEar } from '../support/management-ear';
import { TransferBench } from '../support/transfer-bench';
import {
    HURTING_NAMES,
    leftovers,
    makeHurtingNames,
    makeRawName,
    makeSmallFiles,
    snapshotTree,
    writeNoise
} from '../support/trees';

/** Ended well: nothing on standard error but what a person expects, exit code 0. */
function expectDone(result: Finished): void {
    expect(result.exitCode, `${result.stderr}\n${result.stdout}`).to.equal(0);
}

describe('connect-cp with connect-server', () => {
    let bench: TransferBench;
    const local = (path: string): string => join(bench.local, path);
    const remote = (path: string): string => join(bench.root, path);

    before(async () => {
        bench = await TransferBench.start();
    });
    after(() => bench.dispose());
    beforeEach(() => {
        for (const folder of [bench.local, bench.root]) {
            fs.rmSync(folder, { recursive: true });
            fs.mkdirSync(folder);
        }
    });

    it('brings a tree of names that hurt there and back, every byte and time equal', async () => {
        fs.mkdirSync(local('tree'));
        makeHurtingNames(local('tree'));
        makeRawName(local('tree'));
        const expected = snapshotTree(local('tree'));
        expectDone(await bench.send([local('tree')], '/in/').finished);
        expect(snapshotTree(remote('in/tree'))).to.deep.equal(expected);
        expectDone(await bench.receive(['/in/tree'], `${local('back')}/`).finished);
        expect(snapshotTree(local('back/tree'))).to.deep.equal(expected);
    });

    for (const name of HURTING_NAMES) {
        it(`takes ${JSON.stringify(name).slice(0, 40)} as the name of a source and of a target folder`, async () => {
            fs.mkdirSync(local('x'));
            writeNoise(local(`x/${name}`), 4, 5000);
            expectDone(await bench.send([local(`x/${name}`)], `/${name}/`).finished);
            expect(snapshotTree(remote(name))).to.deep.equal(snapshotTree(local('x')));
            expectDone(await bench.receive([`/${name}/${name}`], `${local('back')}/`).finished);
            expect(snapshotTree(local('back'))).to.deep.equal(snapshotTree(local('x')));
        });
    }

    it('tells how far it has compared what is at the target, of a file that it goes on with', async () => {
        const beginning = 3 * 1_048_576;
        writeNoise(local('reel'), 1, beginning + 777);
        const compared = async (
            run: (options: readonly string[]) => Promise<Finished>
        ): Promise<string[]> => {
            const ear = await ManagementEar.open();
            try {
                expectDone(await run(['-q', '--overwrite=resume', ...ear.option]));
                const done = ear.last('DONE');
                return [done['X-BytesCompared'], done['X-BytesToCompare']];
            } finally {
                ear.close();
            }
        };
        fs.writeFileSync(remote('reel'), fs.readFileSync(local('reel')).subarray(0, beginning));
        expect(await compared(options => bench.send([local('reel')], '/', options).finished)).to.deep.equal([
            // there, and here
            String(2 * beginning),
            String(2 * beginning)
        ]);
        fs.mkdirSync(local('back'));
        fs.writeFileSync(local('back/reel'), fs.readFileSync(local('reel')).subarray(0, beginning));
        expect(
            await compared(options => bench.receive(['/reel'], `${local('back')}/`, options).finished)
        ).to.deep.equal([String(beginning), String(beginning)]);
    });

    it('brings several files and folders in one run', async () => {
        makeSmallFiles(local('many'), 300);
        fs.mkdirSync(local('more/deep/er'), { recursive: true });
        writeNoise(local('more/deep/er/one'), 1, 3_000_001);
        writeNoise(local('single'), 2, 1_048_576);
        fs.writeFileSync(local('empty'), '');
        fs.utimesSync(local('empty'), 1, 1);
        const sources = ['many', 'more', 'single', 'empty'];
        expectDone(await bench.send(sources.map(local), '/all/').finished);
        expect(snapshotTree(remote('all'))).to.deep.equal(snapshotTree(bench.local));
        const result = await bench.receive(
            sources.map(name => `/all/${name}`),
            `${local('back')}/`
        ).finished;
        expectDone(result);
        expect(snapshotTree(local('back'))).to.deep.equal(snapshotTree(remote('all')));
    });

    it('runs five transfers at once over one UDP port, each with its own bytes', async () => {
        const programs: RunningProgram[] = [];
        fs.mkdirSync(remote('fetch'), { recursive: true });
        for (let i = 0; i < 5; i++) {
            const file = i % 2 === 0 ? local(`file-${i}`) : remote(`fetch/file-${i}`);
            writeNoise(file, 100 + i, 8_000_000 + i);
            programs.push(
                i % 2 === 0
                    ? bench.send([file], `/sent-${i}/`, ['-l', '100M'])
                    : bench.receive([`/fetch/file-${i}`], `${local(`got-${i}`)}/`, ['-l', '100M'])
            );
        }
        (await Promise.all(programs.map(program => program.finished))).forEach(expectDone);
        for (let i = 0; i < 5; i++) {
            const [from, to] =
                i % 2 === 0
                    ? [local(`file-${i}`), remote(`sent-${i}`)]
                    : [remote(`fetch/file-${i}`), local(`got-${i}`)];
            const expected = { [`file-${i}`]: snapshotTree(join(from, '..'))[`file-${i}`] };
            expect(snapshotTree(to)).to.deep.equal(expected);
        }
        expect(leftovers(bench.root)).to.deep.equal([]);
    });

    it('sends nothing again that is there already', async () => {
        makeSmallFiles(local('many'), 50);
        expectDone(await bench.send([local('many')], '/').finished);
        const before = fs.statSync(remote('many/d0/file-1.bin')).ino;
        const again = await bench.send([local('many')], '/', ['-k', '1']).finished;
        expectDone(again);
        expect(fs.statSync(remote('many/d0/file-1.bin')).ino).to.equal(before);
    });

    it('fails in one direction only for a user who is granted the other', async () => {
        const reader = await TransferBench.start({ userOptions: ['--no-upload'] });
        try {
            writeNoise(join(reader.root, 'file'), 1, 1000);
            writeNoise(join(reader.local, 'mine'), 2, 1000);
            const refused = await reader.send([join(reader.local, 'mine')], '/').finished;
            expect(refused.exitCode).to.equal(34);
            expect(refused.stderr).to.include('transfer.direction-forbidden');
            expect(fs.readdirSync(reader.root)).to.deep.equal(['file']);
            expectDone(await reader.receive(['/file'], `${reader.local}/`).finished);
        } finally {
            await reader.dispose();
        }
    });

    it('removes what it sent only for a user who may delete, and by the rules of filters', async () => {
        const removal = ['--remove-after-transfer', '--remove-empty-directories'];
        const fill = (root: string): void => {
            fs.mkdirSync(join(root, 'tree/deep'), { recursive: true });
            ['tree/a', 'tree/b.tmp', 'tree/deep/c'].forEach((name, seed) =>
                writeNoise(join(root, name), seed, 500)
            );
        };
        const keeper = await TransferBench.start({ userOptions: ['--no-delete'] });
        try {
            fill(keeper.root);
            const refused = await keeper.receive(['/tree'], `${keeper.local}/`, removal).finished;
            expect(refused.stderr).to.include('permission-denied');
            expect(refused.exitCode).to.equal(5);
            expect(fs.readdirSync(join(keeper.root, 'tree'))).to.have.members(['a', 'b.tmp', 'deep']);
            // what is removed on this side is no affair of the server
            fill(keeper.local);
            expectDone(await keeper.send([join(keeper.local, 'tree')], '/in/', removal).finished);
            expect(fs.readdirSync(join(keeper.local, 'tree'))).to.deep.equal([]);
        } finally {
            await keeper.dispose();
        }
        fill(bench.root);
        expectDone(await bench.receive(['/tree'], `${bench.local}/`, [...removal, '-E', '*.tmp']).finished);
        expect(fs.readdirSync(remote('tree'))).to.deep.equal(['b.tmp']);
        expect(fs.readdirSync(local('tree')).sort()).to.deep.equal(['a', 'deep']);
    });

    it('filters with several sessions, too', async () => {
        makeSmallFiles(local('many'), 50);
        writeNoise(local('many/x.tmp'), 1, 100);
        const several = ['--sessions', '2', '-E', '*.tmp'];
        expectDone(await bench.send([local('many')], '/', several).finished);
        expect(fs.existsSync(remote('many/x.tmp'))).to.equal(false);
        fs.rmSync(local('many/x.tmp'));
        expect(snapshotTree(remote('many'))).to.deep.equal(snapshotTree(local('many')));
        writeNoise(remote('many/y.tmp'), 1, 100);
        expectDone(await bench.receive(['/many'], `${local('back')}/`, several).finished);
        expect(snapshotTree(local('back/many'))).to.deep.equal(snapshotTree(local('many')));
    });

    it("keeps to the server's cap, whatever is asked", async () => {
        const capped = await TransferBench.start({ userOptions: ['--max-rate', '20M'] });
        try {
            writeNoise(join(capped.local, 'file'), 1, 5_000_000);
            const startMs = Date.now();
            expectDone(await capped.send([join(capped.local, 'file')], '/', ['-l', '500M']).finished);
            // 40 Mbit at 20 Mbit/s: anything near a second would be without the cap.
            expect(Date.now() - startMs).to.be.greaterThan(1900);
        } finally {
            await capped.dispose();
        }
    });

    it("keeps to the server's locks, tells them, and takes no order against them", async () => {
        const locked = await TransferBench.start({
            userOptions: ['--policies', 'low', '--lock-rate', '30M']
        });
        const manager = createServer();
        try {
            writeNoise(join(locked.local, 'file'), 1, 5_000_000);
            await new Promise<void>(listening => manager.listen(0, '127.0.0.1', listening));
            let told = '';
            manager.once('connection', socket => {
                socket.setEncoding('utf8').on('data', (text: string) => {
                    const isFirst = !told.includes('SESSION');
                    told += text;
                    if (isFirst && told.includes('SESSION')) {
                        socket.write('FASPMGR 2\nType: RATE\nRate: 90000\nAdaptive: Fixed\n\n');
                    }
                });
            });
            const { port } = manager.address() as { port: number };
            const args = ['-M', String(port), '-l', '500M', '--policy', 'fixed'];
            expectDone(await locked.send([join(locked.local, 'file')], '/', args).finished);
            const rates = told
                .split('\n')
                .filter(line => /^(X-Policy|X-RateLocked|X-PolicyLocked):/.test(line));
            expect(new Set(rates)).to.have.all.keys(
                'X-Policy: low',
                'X-RateLocked: Yes',
                'X-PolicyLocked: Yes'
            );
            // SESSION, and the answer to the order
            expect(told.match(/^MinRate: /gm)).to.have.length.greaterThan(1);
            const [session] = told.split('\n\n').filter(frame => frame.includes('SESSION'));
            expect(session).to.include('\nRate: 30000\n').and.include('\nX-Policies: low\n');
        } finally {
            manager.close();
            await locked.dispose();
        }
    });

    it('logs in with a key and with a token', async () => {
        writeNoise(local('file'), 1, 1000);
        const key = join(bench.folder, 'key');
        await mustRun('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
        await mustRun(process.execPath, [
            CONNECT_SERVER,
            'user',
            'key',
            'add',
            'ana',
            '--key-file',
            `${key}.pub`,
            '--data',
            bench.data
        ]);
        const token = await mustRun(process.execPath, [
            CONNECT_SERVER,
            'token',
            'create',
            'ana',
            '--expires',
            '1h',
            '--data',
            bench.data
        ]);
        expectDone(
            await bench.send([local('file')], '/key/', ['-i', key], { env: { ASPERA_SCP_PASS: '' } }).finished
        );
        const env = { ASPERA_SCP_PASS: '', ASPERA_SCP_TOKEN: token.trim() };
        expectDone(await bench.send([local('file')], '/token/', [], { env }).finished);
        expect(fs.readdirSync(bench.root)).to.have.members(['key', 'token']);
    });

    it('serves on while datagrams of strangers rain on its port', async () => {
        writeNoise(local('file'), 1, 10_000_000);
        const socket = createSocket('udp4');
        const program = bench.send([local('file')], '/', ['-l', '50M']);
        const rain = setInterval(() => {
            for (let i = 0; i < 500; i++) {
                const bytes = randomBytes(1 + ((i * 7) % 1400));
                bytes[0] = 1;
                socket.send(bytes, bench.address.udpPort, bench.host);
            }
        }, 20);
        const result = await program.finished;
        clearInterval(rain);
        socket.close();
        expectDone(result);
        expect(snapshotTree(bench.root)).to.deep.equal(snapshotTree(bench.local));
    });
});
