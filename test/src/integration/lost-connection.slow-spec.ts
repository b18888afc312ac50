import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { distantBench } from '../support/distant-bench';
import { RunningProgram } from '../support/processes';
import { TcpRelay } from '../support/tcp-relay';
import { TransferBench } from '../support/transfer-bench';
import { leftovers, writeNoise } from '../support/trees';

type Direction = 'send' | 'receive';

const BYTES = 30_000_000;
const SLOW = ['-l', '40M'];

/** SSH goes through a relay that can be cut, UDP does not. */
describe('a transfer whose SSH connection is lost', function () {
    this.timeout(120_000);
    let bench: TransferBench;
    let relay: TcpRelay;
    let running: RunningProgram | undefined;
    let count = 0;
    let logStart = 0;

    /** What the server has logged of this kind since the test began. */
    const logged = (event: string): Array<Record<string, unknown>> =>
        bench.server.stderr
            .slice(logStart)
            .split('\n')
            .slice(0, -1)
            .map(line => JSON.parse(line) as Record<string, unknown>)
            .filter(entry => entry['event'] === event);

    const untilLogged = async (event: string): Promise<void> => {
        while (logged(event).length === 0) {
            await new Promise(next => setTimeout(next, 10));
        }
    };

    before(async () => {
        bench = await TransferBench.start();
        for (const folder of [bench.local, bench.root]) {
            writeNoise(join(folder, 'film'), 7, BYTES);
        }
    });

    beforeEach(async () => {
        logStart = bench.server.stderr.length;
        relay = await TcpRelay.start(bench.address.sshPort);
    });

    afterEach(async () => {
        await running?.end('SIGKILL');
        await relay.close();
    });

    after(() => bench?.dispose());

    const begin = (direction: Direction, args: readonly string[] = SLOW): [RunningProgram, string] => {
        const folder = direction === 'send' ? bench.root : bench.local;
        const target = `copy-${++count}`;
        const over = { sshPort: relay.port };
        running =
            direction === 'send'
                ? bench.send([join(bench.local, 'film')], `/${target}`, args, over)
                : bench.receive(['/film'], join(folder, target), args, over);
        return [running, join(folder, target)];
    };

    const expectWhole = async (program: RunningProgram, target: string): Promise<void> => {
        const { exitCode, stderr } = await program.finished;
        expect(exitCode, stderr).to.equal(0);
        const [copy, original] = [target, join(bench.local, 'film')].map(path => fs.readFileSync(path));
        expect(copy!.equals(original!)).to.equal(true);
        fs.rmSync(target);
        expect(leftovers(bench.root)).to.deep.equal([]);
    };

    for (const direction of ['send', 'receive'] as const) {
        it(`${direction}: goes on, with a new connection`, async () => {
            const [program, target] = begin(direction);
            await untilWritten(target, 5_000_000, program);
            relay.cutAll();
            await untilLogged('session-attached');
            expect(fs.existsSync(target), 'still under way').to.equal(false);
            await expectWhole(program, target);
            expect(relay.opened).to.equal(2);
            await untilLogged('session-ended');
            expect(logged('transfer-started')).to.have.lengthOf(1);
        });

        it(`${direction}: comes to its end when there is no other connection to be had`, async () => {
            const [program, target] = begin(direction);
            await untilWritten(target, 5_000_000, program);
            await relay.close();
            await expectWhole(program, target);
            expect(relay.opened).to.equal(1);
            await untilLogged('session-ended');
            expect(logged('transfer-ended')[0]).to.include({ filesDone: 1 }).and.not.have.property('error');
        });
    }

    it('is stopped over the new connection as over the first', async () => {
        const logs = join(bench.folder, 'logs');
        const [program, target] = begin('send', [...SLOW, '-L', logs]);
        await untilWritten(target, 5_000_000, program);
        // once more: what took the place of another is replaced, too
        for (const times of [1, 2]) {
            relay.cutAll();
            await untilSaid(join(logs, 'connect-cp.log'), 'has an SSH connection again', times);
        }
        await program.end('SIGINT');
        await untilLogged('session-ended');
        expect(logged('transfer-ended')[0]!['error']).to.equal('cancelled');
        expect(fs.existsSync(`${target}.partial`)).to.equal(true);
    });

    it('ends when the server permits no more, and is resumed by the next run', async () => {
        await bench.server.end();
        fs.writeFileSync(join(bench.data, 'connect-server.json'), JSON.stringify({ maxDetachedSec: 1 }));
        await bench.startServer();
        logStart = 0;
        const [program, target] = begin('send');
        await untilWritten(target, 5_000_000, program);
        await relay.close();
        await untilLogged('session-ended');
        expect(logged('transfer-ended')[0]!['error']).to.equal('transfer.connection-lost');
        await program.end();
        expect(fs.existsSync(`${target}.partial`)).to.equal(true);
    });
});

/** Bytes are counted at the network interfaces; the client's system cuts its own connection. */
describe('a lost SSH connection on a real path (needs root, ip, nft and a kernel with ss -K)', function () {
    this.timeout(120_000);

    const far = distantBench(bench => {
        writeNoise(join(bench.local, 'film'), 7, BYTES);
    });

    it('costs no byte twice beyond 2 %', async function () {
        const before = far.pair.payloadSent('client');
        const program = far.bench.send([join(far.bench.local, 'film')], '/film', SLOW);
        for (const share of [0.2, 0.5]) {
            while (
                far.pair.payloadSent('client') - before < share * BYTES &&
                program.child.exitCode === null
            ) {
                await new Promise(next => setTimeout(next, 5));
            }
            if (!far.pair.cutClientConnections()) {
                await program.end();
                return this.skip();
            }
        }
        const { exitCode, stderr } = await program.finished;
        expect(exitCode, stderr).to.equal(0);
        expect(far.bench.server.stderr.split('session-attached').length - 1).to.equal(2);
        const [copy, original] = [far.bench.root, far.bench.local].map(folder =>
            fs.readFileSync(join(folder, 'film'))
        );
        expect(copy!.equals(original!)).to.equal(true);
        expect((far.pair.payloadSent('client') - before) / BYTES).to.be.lessThan(1.02);
    });
});

async function untilSaid(log: string, words: string, times: number): Promise<void> {
    while (!fs.existsSync(log) || fs.readFileSync(log, 'utf8').split(words).length <= times) {
        await new Promise(next => setTimeout(next, 10));
    }
}

function sizeOf(path: string): number {
    return fs.existsSync(path) ? fs.statSync(path).size : 0;
}

async function untilWritten(target: string, bytes: number, program: RunningProgram): Promise<void> {
    while (sizeOf(`${target}.partial`) < bytes && program.child.exitCode === null) {
        await new Promise(next => setTimeout(next, 5));
    }
}
