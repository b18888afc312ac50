import { ERROR_CATALOG, ErrorCode } from '@connect/base';
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { distantBench } from '../support/distant-bench';
import { Finished } from '../support/processes';
import { TransferBench } from '../support/transfer-bench';
import { freePort } from '../support/free-port';
import { leftovers, noise, snapshotTree, writeNoise } from '../support/trees';

const isRoot = process.getuid?.() === 0;

/** The program said what went wrong, under its name and its number, and a person can read it. */
function expectFailure(result: Finished, code: ErrorCode): void {
    expect(result.stderr, 'what it says').to.include(code);
    expect(result.stderr, 'a sentence for people').to.match(/\w+ \w+/);
    expect(result.exitCode, `exit code; it said: ${result.stderr}`).to.equal(ERROR_CATALOG[code].ascp);
    expect(result.stderr, 'no stack traces').not.to.match(/\n\s+at .*:\d+:\d+/);
}

describe('connect-cp, when something is wrong', () => {
    let bench: TransferBench;
    let source: string;

    before(async () => {
        bench = await TransferBench.start();
        source = join(bench.local, 'source.bin');
        writeNoise(source, 1, 3_000_000);
    });

    after(() => bench.dispose());

    it('names a wrong password', async () => {
        const result = await bench.send([source], '/', [], { password: 'wrong' }).finished;
        expectFailure(result, 'transfer.authentication-failed');
        expect(result.stderr + result.stdout).not.to.include('wrong');
    });

    it('names an unknown user in the same words as a wrong password', async () => {
        expectFailure(
            await bench.send([source], '/', [], { user: 'nobody-here' }).finished,
            'transfer.authentication-failed'
        );
    });

    it('names an unknown host', async () => {
        const result = await bench.send([source], '/', [], { host: 'no-such-host.invalid' }).finished;
        expectFailure(result, 'transfer.host-unknown');
        expect(result.stderr).to.include('no-such-host.invalid');
    });

    it('names a refused port', async () => {
        expectFailure(
            await bench.send([source], '/', [], { sshPort: await freePort() }).finished,
            'transfer.connect-refused'
        );
    });

    it('refuses a host whose key is another one', async () => {
        const fingerprint = `SHA256:${'A'.repeat(43)}`;
        expectFailure(
            await bench.send([source], '/', [], { fingerprint }).finished,
            'transfer.host-key-mismatch'
        );
    });

    it('names a missing source and creates nothing', async () => {
        const result = await bench.send([join(bench.local, 'missing')], '/never/').finished;
        expectFailure(result, 'transfer.source-missing');
        expect(leftovers(bench.root)).to.deep.equal([]);
    });

    it('sends the rest when one of several sources is missing', async () => {
        const result = await bench.send([join(bench.local, 'missing'), source], '/partly/').finished;
        expectFailure(result, 'transfer.some-files-failed');
        expect(result.stderr).to.include('transfer.source-missing');
        expect(snapshotTree(join(bench.root, 'partly'))).to.deep.equal(snapshotTree(bench.local));
    });

    for (const target of ['/../outside/', '../../outside/', '/a/../../../outside/']) {
        it(`keeps ${target} inside the root or refuses it`, async () => {
            const result = await bench.send([source], target).finished;
            expectFailure(result, 'transfer.outside-root');
            expect(fs.existsSync(join(bench.folder, 'outside'))).to.equal(false);
        });
    }

    it('does not read through a link that leaves the root', async () => {
        fs.writeFileSync(join(bench.folder, 'secret.txt'), 'only for the host');
        fs.symlinkSync('../secret.txt', join(bench.root, 'escape.txt'));
        const target = join(bench.local, 'from-escape');
        const result = await bench.receive(['/escape.txt'], `${target}/`).finished;
        expectFailure(result, 'transfer.outside-root');
        expect(fs.existsSync(join(target, 'escape.txt'))).to.equal(false);
        fs.unlinkSync(join(bench.root, 'escape.txt'));
        fs.rmSync(target, { recursive: true, force: true });
    });

    it('reports a source that keeps changing and never mixes its versions', async function () {
        const changing = join(bench.folder, 'changing.bin');
        fs.writeFileSync(changing, noise(5, 40_000_000));
        const handle = fs.openSync(changing, 'r+');
        let round = 0;
        const writer = setInterval(
            () => fs.writeSync(handle, noise(100 + round++, 1 << 20), 0, 1 << 20, 0),
            20
        );
        const result = await bench.send([changing], '/changing/', ['-l', '200M']).finished;
        clearInterval(writer);
        fs.closeSync(handle);
        expectFailure(result, 'transfer.source-changed');
        expect(fs.existsSync(join(bench.root, 'changing/changing.bin'))).to.equal(false);
        fs.unlinkSync(changing);
    });

    describe('with a file system of its own (needs root to mount one)', () => {
        const mount = (type: string): string => {
            const place = join(bench.root, type);
            fs.mkdirSync(place, { recursive: true });
            execFileSync('mount', ['-t', 'tmpfs', '-o', type, 'tmpfs', place]);
            return place;
        };

        it('names a full disk, keeps what resuming needs, and finishes once there is room', async function () {
            if (!isRoot) {
                return this.skip();
            }
            const place = mount('size=1m');
            try {
                expectFailure(await bench.send([source], '/size=1m/').finished, 'transfer.no-space');
                expect(fs.existsSync(join(place, 'source.bin'))).to.equal(false);
                execFileSync('mount', ['-o', 'remount,size=16m', place]);
                expect((await bench.send([source], '/size=1m/').finished).exitCode).to.equal(0);
                expect(snapshotTree(place)).to.deep.equal(snapshotTree(bench.local));
            } finally {
                execFileSync('umount', [place]);
            }
        });

        it('names a read-only target', async function () {
            if (!isRoot) {
                return this.skip();
            }
            const place = mount('ro');
            try {
                expectFailure(await bench.send([source], '/ro/').finished, 'transfer.read-only');
            } finally {
                execFileSync('umount', [place]);
            }
        });
    });
});

describe('connect-cp, when the network drops UDP (needs root, ip and nft)', () => {
    const far = distantBench(bench => {
        writeNoise(join(bench.local, 'source.bin'), 2, 30_000_000);
    });

    const source = (): string[] => [join(far.bench.local, 'source.bin')];

    it('says that UDP is blocked, and works as soon as it is not', async () => {
        far.pair.blockUdp();
        expectFailure(await far.bench.send(source(), '/', ['-y', '0']).finished, 'transfer.udp-blocked');
        far.pair.unblockUdp();
        expect((await far.bench.send(source(), '/').finished).exitCode).to.equal(0);
        expect(snapshotTree(far.bench.root)).to.deep.equal(snapshotTree(far.bench.local));
    });

    it('waits while the path is dead for a while and goes on by itself', async () => {
        const program = far.bench.send(source(), '/again/', ['-l', '80M']);
        await program.untilOutput(/./);
        far.pair.blockUdp();
        await new Promise(resume => setTimeout(resume, 5000));
        far.pair.unblockUdp();
        expect((await program.finished).exitCode, program.stderr).to.equal(0);
        expect(snapshotTree(join(far.bench.root, 'again'))).to.deep.equal(snapshotTree(far.bench.local));
    });

    it('goes on by itself when the network of the client was gone for ten seconds', async () => {
        const program = far.bench.send(source(), '/gone/', ['-l', '80M']);
        await program.untilOutput(/./);
        far.pair.setClientLink('down');
        await new Promise(resume => setTimeout(resume, 10_000));
        far.pair.setClientLink('up');
        expect((await program.finished).exitCode, program.stderr).to.equal(0);
        expect(snapshotTree(join(far.bench.root, 'gone'))).to.deep.equal(snapshotTree(far.bench.local));
    });
});
