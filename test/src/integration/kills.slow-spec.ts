import { Random, seededRandom } from '@connect/base';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { distantBench } from '../support/distant-bench';
import { RunningProgram } from '../support/processes';
import { leftovers, makeSmallFiles, snapshotTree, TreeSnapshot, writeNoise } from '../support/trees';

const BIG_FILE_BYTES = 300_000_000;
const KILLS_PER_TRANSFER = 3;
/** A run that has sent so much has its session: the processes that wait for one are not what is to be killed. */
const BEGUN_BYTES = 1_000_000;

type Victim = 'client' | 'session' | 'server';
type Direction = 'send' | 'receive';

/** Share of the job's bytes that crossed the network again because of one kill. */
const sentTwice: number[] = [];

/**
 * `kill -9` at random moments. Bytes are counted at the network interfaces, where nobody can forget them.
 * Between the kill and the resume nothing is repaired by hand.
 */
describe('kill -9 during a transfer (needs root, ip and nft)', function () {
    this.timeout(300_000);
    const random = seededRandom(20261122);

    const far = distantBench(bench => {
        for (const folder of [bench.local, bench.root]) {
            fs.mkdirSync(join(folder, 'big'));
            fs.mkdirSync(join(folder, 'tree'));
        }
        writeNoise(join(bench.local, 'big/film.mov'), 3, BIG_FILE_BYTES);
        makeSmallFiles(join(bench.local, 'tree'), 2000, 42, 200_000);
        fs.cpSync(bench.local, bench.root, { recursive: true, preserveTimestamps: true });
    });

    const rows: Array<{ what: 'big' | 'tree'; direction: Direction; victim: Victim }> = [
        { what: 'big', direction: 'send', victim: 'client' },
        { what: 'big', direction: 'send', victim: 'session' },
        { what: 'big', direction: 'receive', victim: 'client' },
        { what: 'big', direction: 'receive', victim: 'server' },
        { what: 'tree', direction: 'send', victim: 'client' },
        { what: 'tree', direction: 'send', victim: 'server' },
        { what: 'tree', direction: 'receive', victim: 'client' },
        { what: 'tree', direction: 'receive', victim: 'session' }
    ];

    for (const [index, { what, direction, victim }] of rows.entries()) {
        it(`${direction} of ${what}: ${victim} killed ${KILLS_PER_TRANSFER} times, every byte right at the end`, async () => {
            const name = `${direction}-${what}-${index}`;
            const target = join(direction === 'send' ? far.bench.root : far.bench.local, name);
            const start = (): RunningProgram =>
                direction === 'send'
                    ? far.bench.send([join(far.bench.local, what)], `/${name}/`, ['-l', '300M'])
                    : far.bench.receive([`/${what}`], `${target}/`, ['-l', '300M']);
            const expected = snapshotTree(join(far.bench.local, what));
            const sender = direction === 'send' ? 'client' : 'server';
            const before = far.pair.payloadSent(sender);
            const sent = (): number => far.pair.payloadSent(sender) - before;

            const done = await killAndResume(start, victim, sizeOf(expected), sent, random);

            expect(done).to.equal(true);
            expect(snapshotTree(join(target, what))).to.deep.equal(expected);
            expect(leftovers(target)).to.deep.equal([]);
            sentTwice.push((sent() - sizeOf(expected)) / sizeOf(expected) / KILLS_PER_TRANSFER);
            fs.rmSync(target, { recursive: true });
        });
    }

    it('sends no more than 2% of the bytes twice, in the median', () => {
        const sorted = [...sentTwice].sort((a, b) => a - b);
        const median = sorted[Math.floor(sorted.length / 2)];
        const percent = sorted.map(share => (share * 100).toFixed(2)).join(', ');
        expect(sorted).to.have.lengthOf(rows.length);
        expect(median, `percent per kill: ${percent}`).to.be.at.most(0.02);
    });

    async function killAndResume(
        start: () => RunningProgram,
        victim: Victim,
        totalBytes: number,
        sent: () => number,
        random: Random
    ): Promise<boolean> {
        const moments = Array.from(
            { length: KILLS_PER_TRANSFER },
            () => totalBytes * (0.02 + 0.8 * random.nextFloat())
        );
        for (const moment of moments.sort((a, b) => a - b)) {
            const begun = sent() + BEGUN_BYTES;
            const program = start();
            await untilSent(Math.max(moment, begun), sent, program);
            await kill(victim, program);
        }
        return (await start().finished).exitCode === 0;
    }

    async function kill(victim: Victim, program: RunningProgram): Promise<void> {
        if (victim === 'client') {
            program.kill();
        } else if (victim === 'session') {
            childrenOf(far.bench.server.child.pid!).forEach(pid => process.kill(pid, 'SIGKILL'));
        } else {
            far.bench.server.kill();
            await far.bench.server.finished;
        }
        const { exitCode } = await program.finished;
        expect(exitCode, 'a killed transfer is no success').not.to.equal(0);
        if (victim === 'server') {
            await far.bench.startServer();
        }
    }
});

async function untilSent(bytes: number, sent: () => number, program: RunningProgram): Promise<void> {
    while (sent() < bytes && program.child.exitCode === null && program.child.signalCode === null) {
        await new Promise(next => setTimeout(next, 5));
    }
}

function childrenOf(pid: number): number[] {
    const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
}

function sizeOf(snapshot: TreeSnapshot): number {
    return Object.values(snapshot).reduce((sum, entry) => sum + entry.sizeBytes, 0);
}
