import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Dante, danteUnavailable } from '../support/dante';
import { freePort } from '../support/free-port';
import { Finished } from '../support/processes';
import { Stunnel, stunnelUnavailable } from '../support/stunnel';
import { TransferBench } from '../support/transfer-bench';
import { makeSmallFiles, snapshotTree, writeNoise } from '../support/trees';

const FILM_BYTES = 30_000_000;

describe('connect-cp through a real SOCKS5 proxy (needs root and dante-server)', function () {
    this.timeout(120_000);
    let bench: TransferBench;
    let open: Dante;
    let guarded: Dante;

    before(async function () {
        if (danteUnavailable()) {
            return this.skip();
        }
        bench = await TransferBench.start();
        fs.mkdirSync(join(bench.local, 'tree'));
        writeNoise(join(bench.local, 'tree/film.mov'), 3, FILM_BYTES);
        makeSmallFiles(join(bench.local, 'tree/small'), 100, 5, 20_000);
        open = await Dante.start();
        guarded = await Dante.start(true);
    });
    after(async () => {
        await open?.dispose();
        await guarded?.dispose();
        await bench?.dispose();
    });

    function expectDone({ exitCode, stdout, stderr }: Finished): void {
        expect(exitCode, `${stderr}\n${stdout}`).to.equal(0);
    }

    it('takes SSH and datagrams through it, there and back', async () => {
        // so that nothing else could bring the data
        const args = ['-y', '0', '--proxy', `socks5://127.0.0.1:${open.port}`];
        const tree = join(bench.local, 'tree');
        expectDone(await bench.send([tree], '/in/', args).finished);
        expect(snapshotTree(join(bench.root, 'in/tree'))).to.deep.equal(snapshotTree(tree));
        const back = join(bench.folder, 'back');
        expectDone(await bench.receive(['/in/tree'], `${back}/`, args).finished);
        expect(snapshotTree(join(back, 'tree'))).to.deep.equal(snapshotTree(tree));
        expect(open.log.match(/pass\(1\): tcp\/connect \[/g), 'SSH').to.have.lengthOf(2);
        expect(open.log.match(/pass\(1\): udp\/udpassociate \[/g), 'datagrams').to.have.lengthOf(2);
    });

    it('says that the proxy refuses a login, and shows no password', async () => {
        const args = ['-y', '0', '--proxy', `socks5://nobody-here@127.0.0.1:${guarded.port}`];
        const env = { ASPERA_PROXY_PASS: 'hidden word' };
        const result = await bench.send([join(bench.local, 'tree')], '/x/', args, { env }).finished;
        expect(result.exitCode).not.to.equal(0);
        expect(result.stderr).to.include('transfer.proxy-refused').and.not.to.include('hidden');
    });

    it('says that there is no proxy', async () => {
        const args = ['-y', '0', '--proxy', `127.0.0.1:${await freePort()}`];
        const result = await bench.send([join(bench.local, 'tree')], '/x/', args).finished;
        expect(result.stderr).to.include('transfer.connect-refused').and.to.include('SOCKS proxy');
    });

    it('takes every one of several sessions through it', async () => {
        const before = open.log.match(/pass\(1\): udp\/udpassociate \[/g)?.length ?? 0;
        const several = ['--sessions', '2', '--multi-session-interval', '0'];
        const args = ['-y', '0', '--proxy', `socks5://127.0.0.1:${open.port}`, ...several];
        const tree = join(bench.local, 'tree');
        expectDone(await bench.send([tree], '/several/', args).finished);
        expect(snapshotTree(join(bench.root, 'several/tree'))).to.deep.equal(snapshotTree(tree));
        expect((open.log.match(/pass\(1\): udp\/udpassociate \[/g)?.length ?? 0) - before).to.equal(2);
    });

    it('speaks TLS with a stunnel before it (needs stunnel4)', async function () {
        if (stunnelUnavailable()) {
            return this.skip();
        }
        const stunnel = await Stunnel.start(open.port);
        try {
            const tree = join(bench.local, 'tree');
            const args = ['-y', '0', '--proxy', `socks5s://127.0.0.1:${stunnel.port}`];
            const unknown = await bench.send([tree], '/tls/', args).finished;
            expect(unknown.stderr).to.include('transfer.proxy-refused').and.include('DEPTH_ZERO');
            const other = ['--check-proxy-fp', '00'.repeat(32)];
            const wrong = await bench.send([tree], '/tls/', [...args, ...other]).finished;
            expect(wrong.stderr).to.include('transfer.proxy-refused').and.include('SHA256:AAAA');
            expect(fs.existsSync(join(bench.root, 'tls'))).to.equal(false);
            const known = ['--check-proxy-fp', stunnel.fingerprint];
            expectDone(await bench.send([tree], '/tls/', [...args, ...known]).finished);
            expect(snapshotTree(join(bench.root, 'tls/tree'))).to.deep.equal(snapshotTree(tree));
        } finally {
            await stunnel.dispose();
        }
    });
});
