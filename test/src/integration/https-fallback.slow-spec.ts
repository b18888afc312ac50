import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { createSocket, Socket } from 'node:dgram';
import * as fs from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { ManagementEar } from '../support/management-ear';
import { distantBench } from '../support/distant-bench';
import { CONNECT_SERVER, Finished, mustRun, RunningProgram } from '../support/processes';
import { Squid, squidUnavailable } from '../support/squid';
import { TcpRelay } from '../support/tcp-relay';
import { PASSWORD, TransferBench } from '../support/transfer-bench';
import { leftovers, makeSmallFiles, snapshotTree, writeNoise } from '../support/trees';

const BIG_BYTES = 60_000_000;
/** So large that what a way holds when it breaks, which does not depend on the file, is a small share of it. */
const FILM_BYTES = 250_000_000;
/** Share of the bytes that may cross the network again because the way changed or broke. */
const SENT_TWICE = 0.02;

function expectDone(result: Finished): void {
    expect(result.exitCode, `${result.stderr}\n${result.stdout}`).to.equal(0);
}

function expectFailure(result: Finished, code: string): void {
    expect(result.exitCode).not.to.equal(0);
    expect(result.stderr).to.include(code);
}

/** What every suite starts from: one large file and some small ones, the same at both ends. */
function fillBoth(bench: TransferBench, filmBytes = BIG_BYTES): void {
    writeNoise(join(bench.local, 'film.mov'), 3, filmBytes);
    makeSmallFiles(join(bench.local, 'tree'), 200, 5, 20_000);
    fs.cpSync(bench.local, bench.root, { recursive: true, preserveTimestamps: true });
}

const DIRECTIONS = ['upload', 'download'] as const;

/** Sends or receives the large file to a folder that is not there yet; where it lands. */
function startCopy(
    bench: TransferBench,
    direction: (typeof DIRECTIONS)[number],
    args: readonly string[],
    overrides?: Parameters<TransferBench['send']>[3]
): { readonly program: RunningProgram; readonly target: string } {
    const name = `copy-${Math.random().toString(36).slice(2)}`;
    return direction === 'upload'
        ? {
              program: bench.send([join(bench.local, 'film.mov')], `/${name}/`, args, overrides),
              target: join(bench.root, name)
          }
        : {
              program: bench.receive(['/film.mov'], `${join(bench.local, name)}/`, args, overrides),
              target: join(bench.local, name)
          };
}

function expectWhole(bench: TransferBench, target: string): void {
    const expected = fs.readFileSync(join(bench.local, 'film.mov'));
    expect(fs.readFileSync(join(target, 'film.mov')).equals(expected), 'every byte').to.equal(true);
    expect(leftovers(target)).to.deep.equal([]);
}

describe('connect-cp over HTTPS', function () {
    this.timeout(180_000);
    let bench: TransferBench;
    let silent: Socket;

    before(async () => {
        bench = await TransferBench.start();
        fillBoth(bench);
        const key = join(bench.folder, 'key');
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
        const args = ['user', 'key', 'add', 'ana', '--key-file', `${key}.pub`, '--data', bench.data];
        await mustRun(process.execPath, [CONNECT_SERVER, ...args]);
        // a UDP port that takes everything and answers nothing
        silent = createSocket('udp4');
        await new Promise<void>(resolve => silent.bind(0, '127.0.0.1', resolve));
    });
    after(async () => {
        silent?.close();
        await bench?.dispose();
    });

    const blocked = (): string[] => ['-O', String(silent.address().port), '--udp-timeout', '1'];
    const forced = (port = bench.address.httpsPort): string[] => [
        ...['-y', 'F', '-t', String(port)],
        ...['--check-https-fp', bench.address.httpsFingerprint]
    ];

    for (const direction of DIRECTIONS) {
        it(`brings an ${direction} home when nothing answers over UDP, and says which way`, async () => {
            const ear = await ManagementEar.open();
            const { program, target } = startCopy(bench, direction, [...blocked(), ...ear.option]);
            const result = await program.finished;
            ear.close();
            expectDone(result);
            expectWhole(bench, target);
            expect(result.stdout).to.match(/UDP.*\n.*going on over HTTPS\n.*HTTPS \d+/);
            const ways = ear.frames.map(frame => frame['X-Path']).filter(way => way !== undefined);
            expect(ways).to.deep.equal(['UDP', 'HTTPS']);
            expect(Number(ear.last('DONE')['X-BytesSent'])).to.be.at.most(BIG_BYTES * (1 + SENT_TWICE));
        });
    }

    it('needs no password for that: who logged in by key goes on', async () => {
        const key = join(bench.folder, 'key');
        const { program, target } = startCopy(bench, 'upload', [...blocked(), '-i', key], { password: '' });
        expectDone(await program.finished);
        expectWhole(bench, target);
    });

    for (const direction of DIRECTIONS) {
        it(`sends nothing over UDP when it is told to, ${direction}, and logs in by key`, async () => {
            const ear = await ManagementEar.open();
            const args = ['-y', 'H', '-i', join(bench.folder, 'key'), ...ear.option];
            // nobody is asked for the certificate, and no UDP port is right
            const { program, target } = startCopy(bench, direction, args, { password: '', udpPort: 1 });
            expectDone(await program.finished);
            ear.close();
            expectWhole(bench, target);
            expect(ear.last('SESSION')).to.include({ 'X-Path': 'HTTPS', Port: '0' });
            expect(ear.frames.map(frame => frame['X-Path']).filter(Boolean)).to.not.include('UDP');
        });
    }

    it('fails as before when it may not', async () => {
        const { program } = startCopy(bench, 'upload', [...blocked(), '-y', '0']);
        expectFailure(await program.finished, 'transfer.udp-blocked');
    });

    it('works without SSH, for trees, times and names included', async () => {
        const closed = { sshPort: 1 };
        const args = ['-t', String(bench.address.httpsPort), ...forced().slice(-2)];
        const tree = join(bench.local, 'tree');
        expectDone(await bench.send([tree], '/without/', args, closed).finished);
        expect(snapshotTree(join(bench.root, 'without/tree'))).to.deep.equal(snapshotTree(tree));
        const back = join(bench.folder, 'back');
        expectDone(await bench.receive(['/without/tree'], `${back}/`, forced()).finished);
        expect(snapshotTree(join(back, 'tree'))).to.deep.equal(snapshotTree(tree));
    });

    it('refuses a certificate other than the expected one, and one that nobody vouches for', async () => {
        const wrong = ['-y', 'F', '-t', String(bench.address.httpsPort)];
        const other = [...wrong, '--check-https-fp', bench.address.fingerprint];
        expectFailure(await startCopy(bench, 'upload', other).program.finished, 'transfer.host-key-mismatch');
        expectFailure(await startCopy(bench, 'upload', wrong).program.finished, 'transfer.host-key-unknown');
    });

    for (const direction of DIRECTIONS) {
        it(`goes on after broken connections, ${direction}`, async () => {
            const relay = await TcpRelay.start(bench.address.httpsPort);
            const ear = await ManagementEar.open();
            const { program, target } = startCopy(bench, direction, [
                ...forced(relay.port),
                ...['-l', '60M', ...ear.option]
            ]);
            for (let cut = 1; cut <= 3; cut++) {
                await ear.until(() => relay.passedBytes > (cut * BIG_BYTES) / 5);
                relay.cutAll();
            }
            const result = await program.finished;
            ear.close();
            await relay.close();
            expectDone(result);
            expectWhole(bench, target);
            expect(result.stdout.match(/HTTPS/g), 'one session').to.have.lengthOf(1);
            const sent = Number(ear.last('DONE')['X-BytesSent']);
            expect(sent).to.be.at.most(BIG_BYTES * (1 + 3 * SENT_TWICE));
        });

        it(`goes on when the HTTPS process is killed, and SSH does not notice, ${direction}`, async () => {
            const ear = await ManagementEar.open();
            const { program, target } = startCopy(bench, direction, [
                ...forced(),
                ...['-l', '60M', ...ear.option]
            ]);
            const other = startCopy(bench, direction, ['-l', '60M']);
            await ear.until(() => Number(ear.frames.at(-1)?.['Bytescont'] ?? 0) > BIG_BYTES / 3);
            process.kill(httpsPid(bench), 'SIGKILL');
            const result = await program.finished;
            ear.close();
            expectDone(result);
            expectWhole(bench, target);
            expect(Number(ear.last('DONE')['X-BytesSent'])).to.be.at.most(BIG_BYTES * 1.1);
            expectDone(await other.program.finished);
            expectWhole(bench, other.target);
        });
    }

    it('changes its rate while it runs', async () => {
        const ear = await ManagementEar.open();
        const { program, target } = startCopy(bench, 'upload', [...forced(), '-l', '8M', ...ear.option]);
        await ear.until(() => Number(ear.frames.at(-1)?.['Bytescont'] ?? 0) > 1_000_000);
        ear.order({ Type: 'RATE', Rate: '400000' });
        expectDone(await program.finished);
        const rates = ear.frames.filter(frame => frame['Type'] === 'NOTIFICATION' && frame['X-Policy']);
        ear.close();
        expectWhole(bench, target);
        expect(rates.at(-1)?.['Rate']).to.equal('400000');
    });

    it('filters and removes at either end, as far as the user may', async () => {
        const tree = join(bench.local, 'movable');
        fs.mkdirSync(tree);
        ['a', 'b', 'c.tmp'].forEach((name, seed) => writeNoise(join(tree, name), seed, 3000));
        const rules = ['--remove-after-transfer', '--remove-empty-directories', '-E', '*.tmp'];
        expectDone(await bench.send([tree], '/moved/', [...forced(), ...rules]).finished);
        expect(fs.readdirSync(tree)).to.deep.equal(['c.tmp']);
        const there = join(bench.root, 'moved/movable');
        expect(fs.readdirSync(there).sort()).to.deep.equal(['a', 'b']);
        const keeper = ['user', 'add', 'keeper', '--root', bench.root, '--no-delete', '--data', bench.data];
        await mustRun(process.execPath, [CONNECT_SERVER, ...keeper, '--password-stdin'], PASSWORD);
        const back = `${join(bench.folder, 'moved-back')}/`;
        const args = [...forced(), ...rules];
        const refused = await bench.receive(['/moved/movable'], back, args, { user: 'keeper' }).finished;
        expectFailure(refused, 'permission-denied');
        expect(fs.readdirSync(there).sort()).to.deep.equal(['a', 'b']);
        writeNoise(join(there, 'd.tmp'), 4, 10);
        expectDone(await bench.receive(['/moved/movable'], back, args).finished);
        expect(fs.readdirSync(there)).to.deep.equal(['d.tmp']);
        expect(fs.readdirSync(join(back, 'movable')).sort()).to.deep.equal(['a', 'b']);
    });

    it('grants no direction and no folder that the user does not have', async () => {
        const args = ['user', 'add', 'reader', '--root', join(bench.root, 'tree'), '--no-upload'];
        await mustRun(
            process.execPath,
            [CONNECT_SERVER, ...args, '--data', bench.data, '--password-stdin'],
            PASSWORD
        );
        const reader = { user: 'reader' };
        expectFailure(
            await startCopy(bench, 'upload', forced(), reader).program.finished,
            'transfer.direction-forbidden'
        );
        const outside = bench.receive(['/../film.mov'], `${join(bench.folder, 'x')}/`, forced(), reader);
        expect((await outside.finished).exitCode).not.to.equal(0);
        expect(fs.existsSync(join(bench.folder, 'x/film.mov'))).to.equal(false);
    });

    it('shows who has no login nothing but 401, wherever they ask', async () => {
        const paths = [
            '/',
            '/v1/sessions',
            '/v1/sessions/0123456789abcdef',
            '/v1/sessions/x/data',
            '/%2e%2e/'
        ];
        for (const path of paths) {
            for (const method of ['GET', 'POST', 'HEAD', 'PATCH', 'OPTIONS', 'DELETE', 'PUT']) {
                expect(await status(bench, method, path), `${method} ${path}`).to.equal(401);
            }
        }
        expect(await status(bench, 'GET', '/', { 'x-large': 'a'.repeat(30_000) })).to.equal(431);
    });

    // last: it locks out the address
    it('refuses an address after too many wrong passwords, as SSH does', async () => {
        const login = (password: string): Promise<number> =>
            status(bench, 'POST', '/v1/sessions', {
                authorization: `Basic ${Buffer.from(`ana:${password}`).toString('base64')}`
            });
        fs.writeFileSync(join(bench.data, 'connect-server.json'), JSON.stringify({ maxLoginFailures: 2 }));
        await bench.server.end();
        await bench.startServer();
        expect(await login('wrong')).to.equal(401);
        expect(await login('wrong')).to.equal(401);
        expect(await login(PASSWORD)).to.equal(429);
        const { program } = startCopy(bench, 'upload', forced());
        expectFailure(await program.finished, 'transfer.authentication-failed');
    });
});

const noSquid = squidUnavailable();

describe('connect-cp over HTTPS through a real squid (needs squid)', function () {
    this.timeout(120_000);
    const login = { user: 'pia', password: 'p:@ss/word' };
    let bench: TransferBench;
    let open: Squid;
    let guarded: Squid;

    before(async function () {
        if (noSquid) {
            return this.skip();
        }
        bench = await TransferBench.start();
        fillBoth(bench);
        open = await Squid.start();
        guarded = await Squid.start(login);
    });
    after(async () => {
        await open?.dispose();
        await guarded?.dispose();
        await bench?.dispose();
    });

    const named = (): string[] => [
        ...['-t', String(bench.address.httpsPort)],
        ...['--check-https-fp', bench.address.httpsFingerprint]
    ];

    for (const direction of DIRECTIONS) {
        it(`takes an ${direction} through a proxy when SSH cannot be reached, and says so`, async () => {
            const ear = await ManagementEar.open();
            const args = [...named(), '-x', `http://127.0.0.1:${open.port}`, ...ear.option];
            const { program, target } = startCopy(bench, direction, args, { sshPort: 1 });
            const result = await program.finished;
            ear.close();
            expectDone(result);
            expectWhole(bench, target);
            expect(result.stdout).to.include(`through proxy 127.0.0.1:${open.port}`);
            expect(ear.last('SESSION')).to.include({
                'X-Path': 'HTTPS',
                'X-Proxy': `127.0.0.1:${open.port}`
            });
            expect(open.log).to.include(`CONNECT 127.0.0.1:${bench.address.httpsPort}`);
        });
    }

    it('logs in at the proxy, with the password in the environment', async () => {
        const args = [...named(), '-y', 'F', '-x', `http://${login.user}@127.0.0.1:${guarded.port}`];
        const env = { ASPERA_PROXY_PASS: login.password };
        const { program, target } = startCopy(bench, 'upload', args, { env });
        expectDone(await program.finished);
        expectWhole(bench, target);
        expect(guarded.log).to.include(login.user);
    });

    it('says that the proxy refuses a login', async () => {
        const args = [...named(), '-y', 'F', '-x', `http://${login.user}:wrong@127.0.0.1:${guarded.port}`];
        const result = await startCopy(bench, 'upload', args).program.finished;
        expectFailure(result, 'transfer.proxy-refused');
        expect(result.stderr).to.include('The proxy 127.0.0.1').and.not.to.include('wrong@');
    });
});

describe('connect-cp when UDP dies half way (needs root, ip and nft)', function () {
    this.timeout(180_000);

    const far = distantBench(bench => {
        fillBoth(bench, FILM_BYTES);
    });

    for (const direction of DIRECTIONS) {
        it(`finishes an ${direction} over HTTPS, and sends next to nothing twice`, async () => {
            const { program, target } = startCopy(far.bench, direction, ['-l', '100M', '--udp-timeout', '1']);
            await untilBytes(target, FILM_BYTES / 3);
            const sender = direction === 'upload' ? 'client' : 'server';
            far.pair.blockUdp();
            const result = await program.finished;
            far.pair.unblockUdp();
            expectDone(result);
            expectWhole(far.bench, target);
            expect(result.stdout).to.include('going on over HTTPS');
            expect(far.pair.payloadSent(sender) - sentBefore[sender]).to.be.at.most(
                FILM_BYTES * (1 + SENT_TWICE)
            );
        });

        it(`makes no file of an ${direction} twice, whatever the rule for files that exist`, async () => {
            const name = `many-${direction}`;
            const [from, to] =
                direction === 'upload'
                    ? [far.bench.local, far.bench.root]
                    : [far.bench.root, far.bench.local];
            makeSmallFiles(join(from, name), 300, 9, 200_000);
            fs.mkdirSync(join(to, `${name}-copy`));
            const target = join(to, `${name}-copy`, name);
            const args = ['-l', '30M', '--udp-timeout', '1', '--overwrite=rename'];
            const program =
                direction === 'upload'
                    ? far.bench.send([join(from, name)], `/${name}-copy/`, args)
                    : far.bench.receive([`/${name}`], `${join(to, `${name}-copy`)}/`, args);
            await untilBytes(target, 10_000_000);
            far.pair.blockUdp();
            const result = await program.finished;
            far.pair.unblockUdp();
            expectDone(result);
            expect(result.stdout).to.include('going on over HTTPS');
            expect(/Files: (.*);/.exec(result.stdout)?.[1]).to.equal('300 done');
            expect(snapshotTree(target)).to.deep.equal(snapshotTree(join(from, name)));
        });

        beforeEach(() => {
            sentBefore.client = far.pair.payloadSent('client');
            sentBefore.server = far.pair.payloadSent('server');
        });
    }
    const sentBefore = { client: 0, server: 0 };
});

/** The process of the server that serves HTTPS, as its log names it. */
function httpsPid(bench: TransferBench): number {
    const pids = [...bench.server.stderr.matchAll(/"https-listening".*"pid":(\d+)/g)];
    return Number(pids.at(-1)![1]);
}

/** Blocks on disk of what is being written below `folder`. */
async function untilBytes(folder: string, bytes: number): Promise<void> {
    const sizeOf = (name: string): number =>
        (fs.lstatSync(join(folder, name), { throwIfNoEntry: false })?.blocks ?? 0) * 512;
    const written = (): number =>
        fs.existsSync(folder)
            ? (fs.readdirSync(folder, { recursive: true }) as string[]).reduce(
                  (sum, name) => sum + sizeOf(name),
                  0
              )
            : 0;
    while (written() < bytes) {
        await new Promise(resolve => setTimeout(resolve, 20));
    }
}

function status(
    bench: TransferBench,
    method: string,
    path: string,
    headers: Record<string, string> = {}
): Promise<number> {
    return new Promise((resolve, reject) => {
        const { httpsPort: port } = bench.address;
        const options = { host: '127.0.0.1', port, method, path, headers, rejectUnauthorized: false };
        request({ ...options, agent: false }, answer => {
            answer.resume();
            resolve(answer.statusCode ?? 0);
        })
            .on('error', reject)
            .end();
    });
}
