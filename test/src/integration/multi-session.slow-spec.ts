import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, join } from 'node:path';
import { CONNECT_CP, run, RunningProgram } from '../support/processes';
import { PASSWORD, TransferBench } from '../support/transfer-bench';
import { leftovers, makeSmallFiles, snapshotTree, TreeSnapshot, writeNoise } from '../support/trees';

type Direction = 'send' | 'receive';

const BIG_BYTES = 60_000_000;
const SPARSE_BYTES = 100e9;
const THRESHOLD = ['--multi-session-threshold', '20000000', '--multi-session-interval', '0'];
/** Slow enough that there is a middle to kill in. */
const SLOW = ['-l', '120M'];

/** Real clients and servers; two servers with one storage stand for the nodes of a cluster. */
describe('a transfer of several sessions (kills need /proc)', function () {
    this.timeout(180_000);
    let bench: TransferBench;
    let node: TransferBench;
    let expected: TreeSnapshot;
    let totalBytes: number;
    let count = 0;
    const running = new Set<RunningProgram>();

    before(async () => {
        bench = await TransferBench.start();
        node = await TransferBench.start();
        fs.rmdirSync(node.root);
        fs.symlinkSync(bench.root, node.root);
        for (const folder of [bench.local, bench.root]) {
            fs.mkdirSync(join(folder, 'tree/deep/er'), { recursive: true });
            fs.mkdirSync(join(folder, 'tree/empty'));
        }
        writeNoise(join(bench.local, 'tree/big'), 3, BIG_BYTES + 7);
        writeNoise(join(bench.local, 'tree/deep/er/large'), 4, 24_000_000);
        writeNoise(join(bench.local, 'tree/whole'), 5, 5_000_000);
        makeSmallFiles(join(bench.local, 'tree/deep/small'), 300, 42, 20_000);
        fs.chmodSync(join(bench.local, 'tree/deep/er'), 0o750);
        fs.utimesSync(join(bench.local, 'tree/deep/er'), 1_400_000_000, 1_400_000_000);
        fs.cpSync(join(bench.local, 'tree'), join(bench.root, 'tree'), {
            recursive: true,
            preserveTimestamps: true
        });
        fs.chmodSync(join(bench.root, 'tree/deep/er'), 0o750);
        fs.utimesSync(join(bench.root, 'tree/deep/er'), 1_400_000_000, 1_400_000_000);
        expected = snapshotTree(join(bench.local, 'tree'));
        totalBytes = Object.values(expected).reduce((sum, entry) => sum + entry.sizeBytes, 0);
    });

    afterEach(async () => {
        await Promise.all([...running].map(program => program.end('SIGKILL')));
        running.clear();
    });

    after(async () => {
        await bench?.dispose();
        await node?.dispose();
    });

    /** connect-cp to the given servers; without -O, as their UDP ports differ. */
    const copy = (args: readonly string[], servers: readonly TransferBench[]): RunningProgram => {
        const hosts = servers.map(({ address }) => `127.0.0.1:${address.sshPort}`).join(',');
        const keys = servers.map(({ address }) => address.fingerprint).join(',');
        const program = run(
            process.execPath,
            [CONNECT_CP, '--host', hosts, '--user', 'ana', '--check-sshfp', keys, ...args],
            {
                env: {
                    ...process.env,
                    CONNECT_HOME: join(bench.folder, 'home'),
                    ASPERA_SCP_PASS: PASSWORD
                }
            }
        );
        running.add(program);
        return program;
    };

    const moving = (
        direction: Direction,
        target: string,
        options: readonly string[],
        servers: readonly TransferBench[] = [bench]
    ): RunningProgram => {
        const paths =
            direction === 'send'
                ? ['--mode=send', ...options, join(bench.local, 'tree'), `/${target}/`]
                : ['--mode=recv', ...options, '/tree', `${join(bench.local, target)}/`];
        return copy([...THRESHOLD, ...paths], servers);
    };

    const folderOf = (direction: Direction, target: string): string =>
        join(direction === 'send' ? bench.root : bench.local, target);

    const succeed = async (program: RunningProgram): Promise<string> => {
        const { exitCode, stdout, stderr } = await program.finished;
        expect(exitCode, stderr).to.equal(0);
        return stdout;
    };

    const expectWhole = (direction: Direction, target: string): void => {
        const folder = folderOf(direction, target);
        expect(snapshotTree(join(folder, 'tree'))).to.deep.equal(expected);
        expect(leftovers(folder)).to.deep.equal([]);
        const { mode, mtimeMs } = fs.statSync(join(folder, 'tree/deep/er'));
        expect([mode & 0o777, Math.round(mtimeMs / 1000)]).to.deep.equal([0o750, 1_400_000_000]);
        fs.rmSync(folder, { recursive: true });
    };

    for (const direction of ['send', 'receive'] as const) {
        const name = (): string => `${direction}-${++count}`;

        it(`${direction}: three sessions, a tree with files below and above the threshold`, async () => {
            const target = name();
            const out = await succeed(moving(direction, target, ['--sessions', '3', '-l', '1G']));
            expect(out).to.include('303 done');
            expectWhole(direction, target);
        });

        it(`${direction}: a second run finds everything in place`, async () => {
            const target = name();
            await succeed(moving(direction, target, ['--sessions', '2', '-l', '1G']));
            const out = await succeed(moving(direction, target, ['--sessions', '3', '-l', '1G']));
            expect(out).to.include('303 skipped').and.include('; 0 ');
            expectWhole(direction, target);
        });

        it(`${direction}: a single file gets the name of the destination`, async () => {
            const target = folderOf(direction, name());
            const paths =
                direction === 'send'
                    ? [
                          '--mode=send',
                          join(bench.local, 'tree/big'),
                          `/${target.slice(bench.root.length + 1)}`
                      ]
                    : ['--mode=recv', '/tree/big', target];
            await succeed(copy([...THRESHOLD, '--sessions', '3', '-l', '1G', ...paths], [bench]));
            expect(fs.readFileSync(target).equals(fs.readFileSync(join(bench.local, 'tree/big')))).to.equal(
                true
            );
        });

        it(`${direction}: a sparse file is split by its data; its holes are neither sent nor written`, async function () {
            const source = join(folderOf(direction === 'send' ? 'receive' : 'send', name()));
            const islands = makeSparse(source);
            if (!islands) {
                this.skip();
            }
            const target = folderOf(direction, name());
            const paths =
                direction === 'send'
                    ? ['--mode=send', source, `/${basename(target)}`]
                    : ['--mode=recv', `/${basename(source)}`, target];
            const options = [...THRESHOLD, '--sessions', '2', '-l', '1G', '-k', '3', ...paths];
            const out = await succeed(copy(options, [bench]));
            expect(out).to.include('1 done');
            expect(out).to.match(/; 2\d(\.\d)? MB in /);
            const { size, blocks } = fs.statSync(target);
            expect(size).to.equal(SPARSE_BYTES);
            expect(blocks * 512).to.be.lessThan(40_000_000);
            for (const [at, bytes] of islands) {
                expect(readAt(target, at, bytes.length).equals(bytes), `data at ${at}`).to.equal(true);
            }
            const again = await succeed(copy(options, [bench]));
            expect(again).to.include('1 skipped').and.include('; 0 ');
            fs.rmSync(source);
            fs.rmSync(target);
        });

        it(`${direction}: a session that is killed is replaced by the others`, async () => {
            const target = name();
            const program = moving(direction, target, ['--sessions', '3', ...SLOW]);
            await untilThere(folderOf(direction, target), totalBytes * 0.3, program);
            const victim = childrenOf(program.child.pid!)[1]!;
            process.kill(victim, 'SIGKILL');
            await succeed(program);
            expectWhole(direction, target);
        });

        it(`${direction}: a session whose server end is killed is replaced by the others`, async () => {
            const target = name();
            const program = moving(direction, target, ['--sessions', '3', ...SLOW]);
            await untilThere(folderOf(direction, target), totalBytes * 0.3, program);
            process.kill(sessionsOf(bench.server)[0]!, 'SIGKILL');
            await succeed(program);
            expectWhole(direction, target);
        });

        const resumes = [
            { first: ['--sessions', '3'], then: ['--sessions', '2'] },
            { first: ['--sessions', '2'], then: [] },
            { first: [], then: ['--sessions', '3'] },
            { first: ['--sessions', '2'], then: ['--sessions', '5'] }
        ];
        for (const { first, then } of resumes) {
            it(`${direction}: killed with ${first[1] ?? 1}, ${then[1] ?? 1} go on and do not send it again`, async () => {
                const target = name();
                const program = moving(direction, target, [...first, ...SLOW]);
                await untilThere(folderOf(direction, target), totalBytes * 0.6, program);
                const workers = childrenOf(program.child.pid!);
                const served = sessionsOf(bench.server);
                program.kill();
                await program.finished;
                await untilGone(workers);
                await untilGone(served);
                const out = await succeed(moving(direction, target, [...then, '-l', '1G']));
                expect(megabytesMoved(out)).to.be.below((totalBytes * 0.6) / 1e6);
                expectWhole(direction, target);
            });
        }
    }

    it('goes through several addresses of one storage', async () => {
        const program = moving('send', 'nodes', ['--sessions', '4', ...SLOW], [bench, node]);
        await until(() => [bench, node].every(({ server }) => sessionsOf(server).length === 2), program);
        await succeed(program);
        expectWhole('send', 'nodes');
    });

    it('goes on with the other address when one is not there', async () => {
        const gone = { ...node, address: { ...node.address, sshPort: 1 } } as TransferBench;
        await succeed(moving('send', 'half', ['--sessions', '2', '-l', '1G'], [gone, bench]));
        expectWhole('send', 'half');
    });

    it('is one transfer when its processes are started one by one', async () => {
        const programs = ['3:3', '1:3', '2:3'].map(number =>
            moving('send', 'single', ['-C', number, '-l', '200M'])
        );
        const ends = await Promise.all(programs.map(program => program.finished));
        expect(
            ends.map(end => end.exitCode),
            ends.map(end => end.stderr).join()
        ).to.deep.equal([0, 0, 0]);
        expectWhole('send', 'single');
    });

    it('keeps to its target rate, whatever the number of sessions', async () => {
        const begin = performance.now();
        await succeed(moving('send', 'paced', ['--sessions', '3', '-l', '100M']));
        // a bound that only a sum of three whole rates could break
        const leastMs = (totalBytes * 8000) / 100e6 / 1.5;
        expect(performance.now() - begin).to.be.above(leastMs);
        expectWhole('send', 'paced');
    });
});

function untilThere(folder: string, bytes: number, program: RunningProgram): Promise<void> {
    return until(() => allocatedBytes(folder) >= bytes, program);
}

/** Fails when the program is over before that. */
async function until(isSo: () => boolean, program: RunningProgram): Promise<void> {
    const isOver = (): boolean => program.child.exitCode !== null || program.child.signalCode !== null;
    while (!isSo() && !isOver()) {
        await new Promise(next => setTimeout(next, 5));
    }
    expect(isOver(), `over too early: ${program.stderr}`).to.equal(false);
}

/** What is on the disk, whatever the sizes of files with holes say. */
function allocatedBytes(path: string): number {
    try {
        const stat = fs.lstatSync(path);
        if (!stat.isDirectory()) {
            return stat.blocks * 512;
        }
        return fs.readdirSync(path).reduce((sum, name) => sum + allocatedBytes(join(path, name)), 0);
    } catch {
        // renamed between the two looks
        return 0;
    }
}

async function untilGone(pids: readonly number[]): Promise<void> {
    while (pids.some(pid => fs.existsSync(`/proc/${pid}`))) {
        await new Promise(next => setTimeout(next, 10));
    }
}

function childrenOf(pid: number): number[] {
    const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
}

/** Processes of a server that serve a session, and are not spare: those with a UDP socket. */
function sessionsOf(server: RunningProgram): number[] {
    const inodes = ['udp', 'udp6'].flatMap(table =>
        fs
            .readFileSync(`/proc/net/${table}`, 'utf8')
            .split('\n')
            .map(line => line.trim().split(/\s+/)[9])
    );
    const sockets = new Set(inodes.map(inode => `socket:[${inode}]`));
    return childrenOf(server.child.pid!).filter(pid =>
        fs.readdirSync(`/proc/${pid}/fd`).some(fd => sockets.has(linkAt(`/proc/${pid}/fd/${fd}`)))
    );
}

function linkAt(path: string): string {
    try {
        return fs.readlinkSync(path);
    } catch {
        // closed between the two looks
        return '';
    }
}

/** Of the line a run ends with: payload that crossed the network. */
function megabytesMoved(out: string): number {
    const match = /; ([\d.]+) (bytes|B|kB|KB|MB|GB) in/.exec(out);
    const unit = { bytes: 1e-6, B: 1e-6, kB: 1e-3, KB: 1e-3, MB: 1, GB: 1e3 }[match?.[2] ?? ''];
    if (!match || unit === undefined) {
        throw new Error(`no amount in ${out}`);
    }
    return Number(match[1]) * unit;
}

/** A file with some islands of data in nothing; undefined where the file system has no holes. */
function makeSparse(path: string): Array<readonly [number, Buffer]> | undefined {
    const islands = [0, 5e9 - 5000, 77e9 + 123_456, SPARSE_BYTES - 4321].map(
        (at, i) => [at, randomBytes(i === 2 ? 20_000_000 : 4321)] as const
    );
    const file = fs.openSync(path, 'w');
    fs.ftruncateSync(file, SPARSE_BYTES);
    islands.forEach(([at, bytes]) => fs.writeSync(file, bytes, 0, bytes.length, at));
    const { blocks } = fs.fstatSync(file);
    fs.closeSync(file);
    return blocks * 512 < 40_000_000 ? islands : undefined;
}

function readAt(path: string, at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    const file = fs.openSync(path, 'r');
    fs.readSync(file, bytes, 0, length, at);
    fs.closeSync(file);
    return bytes;
}
