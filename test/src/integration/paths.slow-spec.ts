import { seededRandom } from '@connect/base';
import { UdpRelay } from '@connect/transport/lib/testing/udp-relay';
import { expect } from 'chai';
import { join } from 'node:path';
import { EmulatedLink, emulatedLinkUnavailable } from '../support/emulated-link';
import { RunningProgram } from '../support/processes';
import { TransferBench } from '../support/transfer-bench';
import { snapshotTree, writeNoise } from '../support/trees';

const SIZE_BYTES = 30_000_000;
const SOME_BYTES = 5_000_000;
const pause = (forMs: number): Promise<void> => new Promise(resume => setTimeout(resume, forMs));

/** The program ended well, and what lies there is what was sent. */
async function expectEqual(program: RunningProgram, bench: TransferBench, folder: string): Promise<void> {
    const { exitCode, stderr } = await program.finished;
    expect(exitCode, stderr).to.equal(0);
    expect(snapshotTree(join(bench.root, folder))).to.deep.equal(snapshotTree(bench.local));
}

describe('connect-cp over a path that misbehaves (needs root, /dev/net/tun, gcc, ip and nft)', () => {
    let link: EmulatedLink | undefined;
    let bench: TransferBench;
    let source: string;

    before(async function () {
        if (emulatedLinkUnavailable()) {
            return this.skip();
        }
        link = new EmulatedLink({ rtt: 20, rate: '100mbit', queue: '500KB' });
        const { serverPrefix, clientPrefix, serverAddress: host } = link;
        bench = await TransferBench.start({ host, serverPrefix, clientPrefix });
        source = join(bench.local, 'source.bin');
        writeNoise(source, 3, SIZE_BYTES);
    });

    after(async () => {
        await bench?.dispose();
        link?.dispose();
    });

    const send = (folder: string): RunningProgram =>
        bench.send([source], `/${folder}/`, ['-l', '80M', '--policy', 'fixed']);

    it('survives ten seconds of a dead path without sending anything twice that arrived', async () => {
        const before = link!.clientBytes;
        const program = send('dead');
        await link!.untilSent(SOME_BYTES);
        link!.set({ loss: 100 });
        await pause(10_000);
        link!.set({ loss: 0 });
        await expectEqual(program, bench, 'dead');
        expect(link!.clientBytes - before).to.be.below(SIZE_BYTES * 1.25);
    });

    it('copes with reordering and duplicates, and takes neither for loss for long', async () => {
        link!.set({ reorder: 5, 'reorder-delay': 8, duplicate: 3 });
        const before = link!.clientBytes;
        await expectEqual(send('mixed'), bench, 'mixed');
        expect(link!.clientBytes - before).to.be.below(SIZE_BYTES * 1.25);
        link!.set({ reorder: 0, duplicate: 0 });
    });

    it('finds out what fits when the path carries less than the interface and says nothing', async () => {
        link!.swallowAbove(1300);
        const before = link!.clientBytes;
        await expectEqual(send('narrow'), bench, 'narrow');
        expect(link!.clientBytes - before).to.be.below(SIZE_BYTES * 1.25);
        link!.swallowNothing();
    });

    it('goes on when the path becomes narrower on the way', async () => {
        const program = send('narrower');
        await link!.untilSent(SOME_BYTES);
        link!.swallowAbove(1300);
        await expectEqual(program, bench, 'narrower');
        link!.swallowNothing();
    });
});

describe('connect-cp behind a NAT that forgets', () => {
    let bench: TransferBench;

    before(async () => {
        bench = await TransferBench.start();
        writeNoise(join(bench.local, 'source.bin'), 4, SIZE_BYTES);
    });

    after(() => bench.dispose());

    for (const mode of ['send', 'receive'] as const) {
        it(`goes on from other addresses and ports: ${mode}`, async () => {
            const clean = { loss: 0, reorder: 0, overtakers: 0 };
            const relay = await UdpRelay.start(bench.address.udpPort, clean, seededRandom(1));
            const args = ['-l', '80M', '--policy', 'fixed'];
            const ports = { udpPort: relay.port };
            const program =
                mode === 'send'
                    ? bench.send([join(bench.local, 'source.bin')], '/sent/', args, ports)
                    : bench.receive(['/sent/source.bin'], join(bench.folder, 'back/'), args, ports);
            for (const address of ['127.0.0.2', '127.0.0.3']) {
                const until = relay.passed + 5000;
                while (relay.passed < until) {
                    await pause(20);
                }
                await relay.forgetClients(address);
            }
            const { exitCode, stderr } = await program.finished;
            expect(exitCode, stderr).to.equal(0);
            const there = join(bench.folder, mode === 'send' ? 'root/sent' : 'back');
            expect(snapshotTree(there)).to.deep.equal(snapshotTree(bench.local));
            await relay.close();
        });
    }
});
