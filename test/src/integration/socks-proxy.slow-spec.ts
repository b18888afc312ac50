import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Dante, danteUnavailable } from '../support/dante';
import { freePort } from '../support/free-port';
import { Finished } from '../support/processes';
import { TransferBench } from '../support/transfer-bench';
import { Stunnel, stunnelUnavailable } from '../support/stunnel';
import { makeSmallFiles, snapshotTree, writeNoise } from '../support/trees';

const FILM_BYTES = 30_000_000;
const LOGIN = { user: 'pia-proxy', password: 'p:@ss/ w0rd' };

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
        guarded = await Dante.start(LOGIN);
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

    it('logs in at the proxy, with the password in the environment', async () => {
        const args = ['-y', '0', '--proxy', `socks5://${LOGIN.user}@127.0.0.1:${guarded.port}`];
        const env = { ASPERA_PROXY_PASS: LOGIN.password };
        const tree = join(bench.local, 'tree');
        expectDone(await bench.send([tree], '/login/', args, { env }).finished);
        expect(snapshotTree(join(bench.root, 'login/tree'))).to.deep.equal(snapshotTree(tree));
        expect(guarded.log)
            .to.include(`username%${LOGIN.user}@`)
            .and.to.match(/pass\(1\): udp\/udpassociate \[/);
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

    it('says that the proxy refuses a login, and shows no password', async () => {
        const args = ['-y', '0', '--proxy', `socks5://nobody-here@127.0.0.1:${guarded.port}`];
        const env = { ASPERA_PROXY_PASS: 'hidden word' };
        const result = await bench.send([join(bench.local, 'tree')], '/x/', args, { env }).finished;
        expect(result.exitCode).not.to.equal(0);
        expect(result.stderr).to.include('transfer.proxy-refused').and.not.to.include('hidden');
    });

    it('says that a wrong password is refused, too', async () => {
        const args = ['-y', '0', '--proxy', `socks5://${LOGIN.user}@127.0.0.1:${guarded.port}`];
        const env = { ASPERA_PROXY_PASS: 'hidden word' };
        const result = await bench.send([join(bench.local, 'tree')], '/x/', args, { env }).finished;
        expect(result.stderr).to.include('transfer.proxy-refused').and.not.to.include('hidden');
    });

    it('says that there is no proxy', async () => {
        const args = ['-y', '0', '--proxy', `127.0.0.1:${await freePort()}`];
        const result = await bench.send([join(bench.local, 'tree')], '/x/', args).finished;
        expect(result.stderr).to.include('transfer.connect-refused').and.to.include('SOCKS proxy');
    });
});

describe('connect-cp through a SOCKS5 proxy inside TLS (needs root, dante-server and stunnel4)', function () {
    this.timeout(120_000);
    let bench: TransferBench;
    let dante: Dante;
    let stunnel: Stunnel;
    let tree: string;

    before(async function () {
        if (danteUnavailable() ?? stunnelUnavailable()) {
            return this.skip();
        }
        bench = await TransferBench.start();
        tree = join(bench.local, 'tree');
        fs.mkdirSync(tree);
        writeNoise(join(tree, 'film.mov'), 3, FILM_BYTES);
        dante = await Dante.start(LOGIN);
        stunnel = await Stunnel.start(dante.port);
    });
    after(async () => {
        await stunnel?.dispose();
        await dante?.dispose();
        await bench?.dispose();
    });

    const args = (host = '127.0.0.1'): string[] => [
        ...['-y', '0', '--proxy', `socks5s://${LOGIN.user}@${host}:${stunnel.port}`]
    ];
    const env = { ASPERA_PROXY_PASS: LOGIN.password };

    it('takes SSH through TLS and datagrams past it, there and back', async () => {
        const trusted = [...args(), '--check-proxy-fp', stunnel.fingerprint];
        const sent = await bench.send([tree], '/in/', trusted, { env }).finished;
        expect(sent.exitCode, sent.stderr).to.equal(0);
        expect(snapshotTree(join(bench.root, 'in/tree'))).to.deep.equal(snapshotTree(tree));
        const back = join(bench.folder, 'back');
        const received = await bench.receive(['/in/tree'], `${back}/`, trusted, { env }).finished;
        expect(received.exitCode, received.stderr).to.equal(0);
        expect(snapshotTree(join(back, 'tree'))).to.deep.equal(snapshotTree(tree));
        // of each run one for SSH and one that holds the relay of the datagrams
        expect(stunnel.log.match(/accepted connection/g)).to.have.lengthOf(4);
        expect(dante.log.match(/pass\(1\): udp\/udpassociate \[/g)).to.have.lengthOf(2);
    });

    it('believes an authority that vouches for the name of the proxy', async () => {
        const known = { ...env, NODE_EXTRA_CA_CERTS: stunnel.certificate };
        const result = await bench.send([tree], '/vouched/', args('localhost'), { env: known }).finished;
        expect(result.exitCode, result.stderr).to.equal(0);
    });

    it('tells its login to no other proxy', async () => {
        const before = dante.log;
        const wrong = [...args(), '--check-proxy-fp', bench.address.httpsFingerprint];
        const mismatch = await bench.send([tree], '/x/', wrong, { env }).finished;
        expect(mismatch.stderr).to.include('transfer.proxy-refused');
        const unknown = await bench.send([tree], '/x/', args(), { env }).finished;
        expect(unknown.stderr).to.include('transfer.proxy-refused');
        const plain = [...args().slice(0, -1), `socks5s://127.0.0.1:${dante.port}`];
        expect((await bench.send([tree], '/x/', plain, { env }).finished).exitCode).not.to.equal(0);
        expect(dante.log.slice(before.length)).to.not.include(LOGIN.user);
    });
});
