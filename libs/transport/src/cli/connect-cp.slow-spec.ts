import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { createServer, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { PlainSshHost, PlainSshHostOptions } from '../testing/plain-ssh-host';
import { newSshKeyPair } from '../node/ssh-key-pair';
import { encodeFrame, FrameFields, FrameParser } from './management-frames';

const PROGRAM = resolve(__dirname, '../../bin/connect-cp.js');
const LAUNCHER = resolve(__dirname, '../../bin/connect-cp');
const SNAPSHOT = resolve(__dirname, '../../dist/snapshot/connect-cp.blob');
const PASSWORD = 'open sesame';

interface Finished {
    readonly code: number | null;
    readonly out: string;
    readonly err: string;
}

describe('connect-cp against a host with plain SSH', () => behavesAt([process.execPath, PROGRAM]));

if (fs.existsSync(SNAPSHOT)) {
    describe('connect-cp from its snapshot against a host with plain SSH', () => behavesAt([LAUNCHER]));
} else {
    it.skip('connect-cp from its snapshot (none was made: node scripts/snapshot.mjs)');
}

function behavesAt(program: readonly string[]): void {
    let folder: string;
    let hosts: PlainSshHost[];
    let managers: Manager[];

    beforeEach(() => {
        folder = fs.mkdtempSync(join(tmpdir(), 'connect-cp-'));
        hosts = [];
        managers = [];
    });

    afterEach(async () => {
        await Promise.all([...hosts, ...managers].map(item => item.stop()));
        fs.rmSync(folder, { recursive: true, force: true });
    });

    const start = async (options: Partial<PlainSshHostOptions> = {}): Promise<PlainSshHost> => {
        const command = [...program, '--server'];
        const environment = { HOME: join(folder, 'far') };
        fs.mkdirSync(join(folder, 'far'), { recursive: true });
        const host = await PlainSshHost.start({ command, environment, password: PASSWORD, ...options });
        hosts.push(host);
        return host;
    };

    const copy = (host: PlainSshHost, args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCopy =>
        new RunningCopy([...program, '-P', String(host.port), ...args], {
            CONNECT_HOME: join(folder, 'home'),
            ASPERA_SCP_PASS: PASSWORD,
            ...env
        });

    const manage = async (): Promise<Manager> => {
        const manager = await Manager.start();
        managers.push(manager);
        return manager;
    };

    const trusted = (host: PlainSshHost): string[] => ['--check-sshfp', host.fingerprint];

    const write = (name: string, sizeBytes: number): string => {
        const path = join(folder, name);
        fs.mkdirSync(resolve(path, '..'), { recursive: true });
        fs.writeFileSync(path, randomBytes(sizeBytes));
        return path;
    };

    it('sends a folder to the home folder there and brings it back', async () => {
        const host = await start();
        write('tree/big.bin', 5_000_000);
        write('tree/deep/er/small file.txt', 10);
        write('tree/empty', 0);
        const rate = ['-l', '200M', ...trusted(host)];
        const sent = await copy(host, [...rate, join(folder, 'tree'), 'me@127.0.0.1:in/']).finished;
        expect(sent.code, sent.err).to.equal(0);
        expect(listing(join(folder, 'far/in/tree'))).to.deep.equal(listing(join(folder, 'tree')));
        const back = await copy(host, [...rate, 'me@127.0.0.1:in/tree', `${folder}/back/`]).finished;
        expect(back.code, back.err).to.equal(0);
        expect(listing(join(folder, 'back/tree'))).to.deep.equal(listing(join(folder, 'tree')));
        // the far ends are gone soon after their channels
        while (host.children.size > 0) {
            await new Promise(resume => setTimeout(resume, 10));
        }
    });

    it('logs in where the only cipher is the one that is made in WebAssembly', async () => {
        const host = await start({ cipher: 'chacha20-poly1305@openssh.com' });
        const file = write('one', 100_000);
        const { code, err } = await copy(host, ['-l', '200M', ...trusted(host), file, 'me@127.0.0.1:in/'])
            .finished;
        expect(code, err).to.equal(0);
        expect(fs.readFileSync(join(folder, 'far/in/one')).equals(fs.readFileSync(file))).to.equal(true);
    });

    it('lists what became of each file, with hashes, as sender and as receiver', async () => {
        const host = await start();
        const small = write('tree/small', 1000);
        const large = write('tree/large', 2_500_000);
        const list = ['--file-manifest', 'json', '--file-manifest-path', join(folder, 'lists')];
        list.push('--file-checksum', 'sha-256');
        const args = ['-l', '200M', ...list, ...trusted(host)];
        const sent = await copy(host, [...args, join(folder, 'tree'), 'me@127.0.0.1:in/']).finished;
        expect(sent.code, sent.err).to.equal(0);
        const back = await copy(host, [...args, 'me@127.0.0.1:in/tree', `${folder}/back/`]).finished;
        expect(back.code, back.err).to.equal(0);
        const again = await copy(host, [...args, 'me@127.0.0.1:in/tree', `${folder}/back/`]).finished;
        expect(again.code, again.err).to.equal(0);

        const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
        const bytes = fs.readFileSync(large);
        const pieces = [0, 1, 2].map(i => sha256(bytes.subarray(i << 20, (i + 1) << 20)));
        const expected = [
            `done tree/large sha256:${sha256(Buffer.concat(pieces)).toString('hex')}`,
            `done tree/small sha256:${sha256(fs.readFileSync(small)).toString('hex')}`
        ];
        const skipped = ['skipped:same tree/large undefined', 'skipped:same tree/small undefined'];
        const lists = fs.readdirSync(join(folder, 'lists')).map(name => {
            expect(name).to.match(/^connect-transfer-.*-manifest\.jsonl$/);
            const lines = fs
                .readFileSync(join(folder, 'lists', name), 'utf8')
                .trim()
                .split('\n');
            const rows = lines.map(line => JSON.parse(line) as Record<string, string>);
            return rows.map(({ outcome, path, hash }) => `${outcome} ${path} ${hash}`).sort();
        });
        expect(lists).to.have.deep.members([expected, expected, skipped]);
    });

    it('filters where it sends, here and there, and removes what has arrived', async () => {
        const host = await start();
        const all = ['tree/a.txt', 'tree/b.tmp', 'tree/deep/c.txt', 'tree/out/d.txt', 'tree/late/e.txt'];
        all.forEach(name => write(name, 2000));
        const rate = ['-l', '200M', ...trusted(host)];
        const rules = ['-E', '*.tmp', '-E', 'out/', '--exclude-older-than=-3600', '--skip-special-files'];
        const removal = ['--remove-after-transfer', '--remove-empty-directories'];
        fs.utimesSync(join(folder, 'tree/late/e.txt'), 1000, 1000);
        const options = [...rate, ...rules, ...removal];
        const sent = await copy(host, [...options, join(folder, 'tree'), 'me@127.0.0.1:in/']).finished;
        expect(sent.code, sent.err).to.equal(0);
        const names = (path: string): string[] =>
            listing(join(folder, path)).map(line => line.split(' ')[0]!);
        const arrived = names('far/in/tree');
        expect(arrived.join()).to.include('a.txt').and.include('c.txt');
        expect(arrived.join()).not.to.match(/b\.tmp|d\.txt|e\.txt/);
        const left = fs.readdirSync(join(folder, 'tree'), { recursive: true }).sort();
        expect(left).to.deep.equal(['b.tmp', 'late', 'late/e.txt', 'out', 'out/d.txt']);

        // the same the other way: the far end applies the rules, and removes
        ['b.tmp', 'out/d.txt'].forEach(name => write(`far/in/tree/${name}`, 2000));
        const whole = ['--remove-empty-source-directory', 'me@127.0.0.1:in/tree', `${folder}/back/`];
        const back = await copy(host, [...options, ...whole]).finished;
        expect(back.code, back.err).to.equal(0);
        expect(names('back/tree')).to.deep.equal(arrived);
        const kept = fs.readdirSync(join(folder, 'far/in'), { recursive: true }).sort();
        expect(kept).to.deep.equal(['tree', 'tree/b.tmp', 'tree/out', 'tree/out/d.txt']);
        const last = await copy(host, [...rate, ...removal, ...whole]).finished;
        expect(last.code, last.err).to.equal(0);
        expect(fs.readdirSync(join(folder, 'far/in'))).to.deep.equal([]);
    });

    it('asks for a host key it does not know, keeps one it may accept, and never takes another', async () => {
        const host = await start();
        const source = write('a', 3);
        const args = [source, 'me@127.0.0.1:a'];
        const unknown = await copy(host, args).finished;
        expect(unknown.code).to.equal(51);
        expect(unknown.err).to.include('transfer.host-key-unknown').and.include(host.fingerprint);
        expect((await copy(host, ['--accept-new-host-key', ...args]).finished).code).to.equal(0);
        expect((await copy(host, args).finished).code).to.equal(0);
        const known = join(folder, 'home/known_hosts');
        fs.writeFileSync(known, fs.readFileSync(known, 'utf8').replace(/SHA256:.*/, 'SHA256:other'));
        const changed = await copy(host, ['--accept-new-host-key', ...args]).finished;
        expect(changed.err).to.include('transfer.host-key-mismatch');
        expect(changed.code).to.equal(51);
    });

    it('logs in with a token, and with a key that has a passphrase', async () => {
        const pair = newSshKeyPair({
            passphrase: 'key words',
            cipher: 'aes256-ctr',
            rounds: 16
        });
        const host = await start({ password: undefined, token: 'T-42', publicKey: pair.public });
        const source = write('a', 3);
        const args = [...trusted(host), source, 'me@127.0.0.1:a'];
        const secrets = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ ASPERA_SCP_PASS: '', ...env });
        const byToken = await copy(host, args, secrets({ ASPERA_SCP_TOKEN: 'T-42' })).finished;
        expect(byToken.code, byToken.err).to.equal(0);
        const wrong = await copy(host, args, secrets({ ASPERA_SCP_TOKEN: 'T-43' })).finished;
        expect(wrong.code).to.equal(19);
        const key = { ASPERA_SCP_KEY: pair.private, ASPERA_SCP_PASS: 'key words' };
        const byKey = await copy(host, args, key).finished;
        expect(byKey.code, byKey.err).to.equal(0);
        const keyFile = join(folder, 'id');
        fs.writeFileSync(keyFile, pair.private);
        const byFile = await copy(host, ['-i', keyFile, ...args], { ASPERA_SCP_PASS: 'key words' }).finished;
        expect(byFile.code, byFile.err).to.equal(0);
        const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
        const pem = stranger.export({ type: 'pkcs1', format: 'pem' }).toString();
        expect((await copy(host, args, secrets({ ASPERA_SCP_KEY: pem })).finished).code).to.equal(19);
    });

    it('says that the host has no such program', async () => {
        const host = await start({ command: ['/bin/sh', '-c', 'echo connect-cp: not found >&2; exit 127'] });
        const result = await copy(host, [...trusted(host), write('a', 3), 'me@127.0.0.1:a']).finished;
        expect(result.err).to.include('transfer.engine-missing').and.include('not found');
        expect(result.code).to.equal(50);
    });

    it('reports to a managing program and obeys it', async () => {
        const host = await start();
        const manager = await manage();
        const source = write('big.bin', 30_000_000);
        const run = copy(host, [
            ...['-q', '-l', '20M', '-M', String(manager.port), ...trusted(host)],
            ...[source, 'me@127.0.0.1:big.bin']
        ]);
        await manager.until(frame => frame['Type'] === 'STATS' && Number(frame['Bytescont']) > 0);
        manager.send({ Type: 'RATE', Rate: '400000' });
        const changed = await manager.until(
            frame => frame['Type'] === 'NOTIFICATION' && frame['Rate'] === '400000'
        );
        expect(changed['Adaptive']).to.equal('Fixed');
        const done = await manager.until(frame => frame['Type'] === 'DONE');
        expect(done).to.include({ TransfersPassed: '1', TransfersFailed: '0', FileBytes: '30000000' });
        const result = await run.finished;
        expect(result).to.deep.equal({ code: 0, out: '', err: '' });
        const types = new Set(manager.frames.map(frame => frame['Type']));
        expect([...types]).to.include.members(['INIT', 'SESSION', 'NOTIFICATION', 'STATS', 'STOP', 'DONE']);
    });

    it('stops when it is told to, by frame or by signal, and goes on later without sending again', async () => {
        const host = await start();
        const manager = await manage();
        const source = write('big.bin', 40_000_000);
        const args = ['-M', String(manager.port), ...trusted(host), source, 'me@127.0.0.1:big.bin'];
        const cancelled = copy(host, ['-l', '80M', ...args]);
        await manager.until(frame => Number(frame['Bytescont']) > 8_000_000);
        manager.send({ Type: 'CANCEL' });
        expect((await cancelled.finished).code).to.equal(28);
        const interrupted = copy(host, ['-l', '80M', ...args]);
        await manager.until(frame => Number(frame['Bytescont']) > 20_000_000);
        interrupted.kill('SIGINT');
        expect((await interrupted.finished).code).to.equal(28);
        expect(fs.existsSync(join(folder, 'far/big.bin.partial'))).to.equal(true);
        const last = await copy(host, ['-l', '400M', ...args]).finished;
        expect(last.code, last.err).to.equal(0);
        const done = await manager.until(frame => frame['Type'] === 'DONE');
        expect(Number(done['StartByte'])).to.be.greaterThan(15_000_000);
        expect(fs.readFileSync(join(folder, 'far/big.bin')).equals(fs.readFileSync(source))).to.equal(true);
        expect(fs.readdirSync(join(folder, 'far'))).to.deep.equal(['big.bin']);
    });

    it('comes to its end over UDP when the connection is lost, and the far end ends, too', async () => {
        const host = await start();
        const manager = await manage();
        const source = write('big.bin', 20_000_000);
        const run = copy(host, [
            ...['-l', '20M', '-M', String(manager.port), ...trusted(host)],
            ...[source, 'me@127.0.0.1:big.bin']
        ]);
        await manager.until(frame => Number(frame['Bytescont']) > 0);
        const children = [...host.children].map(child => new Promise(ended => child.once('close', ended)));
        host.cut();
        const result = await run.finished;
        expect(result.code, result.err).to.equal(0);
        await Promise.all(children);
    });
}

class RunningCopy {
    private readonly child;
    readonly finished: Promise<Finished>;

    constructor([file, ...args]: readonly string[], env: NodeJS.ProcessEnv) {
        this.child = spawn(file!, args, {
            env: { ...process.env, ...env },
            stdio: ['ignore', 'pipe', 'pipe']
        });
        let out = '';
        let err = '';
        this.child.stdout.on('data', text => (out += text));
        this.child.stderr.on('data', text => (err += text));
        this.finished = new Promise(done => this.child.on('close', code => done({ code, out, err })));
    }

    kill(signal: NodeJS.Signals): void {
        this.child.kill(signal);
    }
}

/** The program at the other end of `-M`. */
class Manager {
    readonly frames: FrameFields[] = [];
    private readonly waiters = new Set<() => void>();
    private taken = 0;
    private socket: Socket | undefined;

    private constructor(private readonly server: Server) {}

    static async start(): Promise<Manager> {
        const server = createServer();
        await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
        const manager = new Manager(server);
        server.on('connection', socket => {
            const parser = new FrameParser();
            manager.socket = socket;
            socket.on('error', () => undefined);
            socket.setEncoding('utf8').on('data', text => {
                manager.frames.push(...parser.push(String(text)));
                manager.waiters.forEach(wake => wake());
            });
        });
        return manager;
    }

    get port(): number {
        return (this.server.address() as { port: number }).port;
    }

    /** The next frame, after the last one found, that fits. */
    async until(fits: (frame: FrameFields) => boolean): Promise<FrameFields> {
        for (;;) {
            while (this.taken < this.frames.length) {
                const frame = this.frames[this.taken++]!;
                if (fits(frame)) {
                    return frame;
                }
            }
            await new Promise<void>(wake => {
                const once = (): void => {
                    this.waiters.delete(once);
                    wake();
                };
                this.waiters.add(once);
            });
        }
    }

    send(fields: FrameFields): void {
        this.socket!.write(encodeFrame(fields));
    }

    async stop(): Promise<void> {
        this.socket?.destroy();
        await new Promise<void>(closed => this.server.close(() => closed()));
    }
}

function listing(folder: string): string[] {
    return fs
        .readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .sort()
        .map(name => {
            const path = join(folder, name);
            const stat = fs.statSync(path);
            const content = stat.isFile() ? fs.readFileSync(path).toString('base64') : '';
            return `${name} ${stat.isFile() ? Math.round(stat.mtimeMs) : ''} ${content}`;
        });
}
