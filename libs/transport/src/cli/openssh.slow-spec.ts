import { ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { OpenSshHost, openSshUnavailable } from '../testing/open-ssh-host';

const PROGRAM = resolve(__dirname, '../../bin/connect-cp.js');
const reason = openSshUnavailable();

interface Finished {
    readonly code: number | null;
    readonly out: string;
    readonly err: string;
}

(reason ? describe.skip : describe)(`connect-cp with OpenSSH's sshd${reason ? ` (${reason})` : ''}`, () => {
    let folder: string;
    let host: OpenSshHost | undefined;

    beforeEach(() => {
        folder = fs.mkdtempSync(join(tmpdir(), 'connect-openssh-'));
        fs.mkdirSync(join(folder, 'bin'));
        fs.mkdirSync(join(folder, 'far'));
    });

    afterEach(async () => {
        await host?.stop();
        host = undefined;
        fs.rmSync(folder, { recursive: true, force: true });
    });

    /** A host whose PATH has our program, as a script of these lines before it. */
    const start = async (
        environment: Record<string, string> = {},
        ...lines: string[]
    ): Promise<OpenSshHost> => {
        const script = join(folder, 'bin/connect-cp');
        const call = `exec '${process.execPath}' '${PROGRAM}' "$@"`;
        fs.writeFileSync(script, ['#!/bin/sh', ...lines, call, ''].join('\n'), { mode: 0o755 });
        const path = `${join(folder, 'bin')}:/usr/bin:/bin`;
        host = await OpenSshHost.start(join(folder, 'ssh'), {
            PATH: path,
            HOME: join(folder, 'far'),
            ...environment
        });
        return host;
    };

    const copy = (...args: string[]): { child: ChildProcess; finished: Promise<Finished> } => {
        const at = ['-P', String(host!.port), '-i', host!.keyFile, '--check-sshfp', host!.fingerprint];
        const child = spawn(process.execPath, [PROGRAM, ...at, ...args], {
            env: { ...process.env, CONNECT_HOME: join(folder, 'home') },
            stdio: ['ignore', 'pipe', 'pipe']
        });
        let out = '';
        let err = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
        const finished = new Promise<Finished>(done => child.on('close', code => done({ code, out, err })));
        return { child, finished };
    };

    const write = (name: string, sizeBytes: number): string => {
        const path = join(folder, name);
        fs.mkdirSync(resolve(path, '..'), { recursive: true });
        fs.writeFileSync(path, randomBytes(sizeBytes));
        return path;
    };

    const same = (left: string, right: string): boolean =>
        fs.readFileSync(join(folder, left)).equals(fs.readFileSync(join(folder, right)));

    it('sends a folder there and brings it back, whatever the login shell says first', async () => {
        await start({}, 'echo "Welcome! You have mail."', 'echo "quota: 97 %" >&2');
        write('tree/big.bin', 3_000_000);
        write('tree/deep/small', 10);
        const there = `${host!.account}:${folder}/far/in/`;
        const sent = await copy('-l', '200M', join(folder, 'tree'), there).finished;
        expect(sent.code, sent.err).to.equal(0);
        expect(same('tree/big.bin', 'far/in/tree/big.bin')).to.equal(true);
        expect(same('tree/deep/small', 'far/in/tree/deep/small')).to.equal(true);
        const back = await copy('-l', '200M', `${there}tree`, `${folder}/back/`).finished;
        expect(back.code, back.err).to.equal(0);
        expect(same('tree/big.bin', 'back/tree/big.bin')).to.equal(true);
    });

    it('goes on where it was when the far end is killed', async () => {
        await start({}, `echo $$ > '${join(folder, 'pid')}'`);
        const source = write('big.bin', 20_000_000);
        const partial = join(folder, 'far/big.bin.partial');
        const target = `${host!.account}:${folder}/far/big.bin`;
        const first = copy('-l', '40M', source, target);
        while (!fs.existsSync(partial) || fs.statSync(partial).blocks * 512 < 8_000_000) {
            await new Promise(later => setTimeout(later, 20));
        }
        process.kill(Number(fs.readFileSync(join(folder, 'pid'), 'utf8')), 'SIGKILL');
        const killed = await first.finished;
        expect(killed.err).to.include('transfer.connection-lost');
        expect(killed.code).to.equal(16);
        const second = await copy('-l', '400M', source, target).finished;
        expect(second.code, second.err).to.equal(0);
        const [, movedMegabytes] = /Files: 1 done; ([\d.]+) MB/.exec(second.out) ?? [];
        expect(Number(movedMegabytes)).to.be.greaterThan(1).and.lessThan(15);
        expect(same('big.bin', 'far/big.bin')).to.equal(true);
        expect(fs.readdirSync(join(folder, 'far'))).to.deep.equal(['big.bin']);
    });

    it('listens on the ports that the host allows, else from the one the client asks for', async () => {
        const log = (name: string): string => fs.readFileSync(join(folder, name, 'connect-cp.log'), 'utf8');
        await start({ CONNECT_UDP_PORTS: '41231-41232' });
        const source = write('a', 3);
        const target = `${host!.account}:${folder}/far/`;
        ['one', 'two'].forEach(name => fs.mkdirSync(join(folder, name)));
        const one = await copy('-O', '43001', '-L', join(folder, 'one'), source, target).finished;
        expect(one.code, one.err).to.equal(0);
        expect(log('one')).to.match(/UDP 4123[12],/);
        await host!.stop();
        fs.rmSync(join(folder, 'ssh'), { recursive: true });
        await start();
        const two = await copy('-O', '43001', '-L', join(folder, 'two'), source, target).finished;
        expect(two.code, two.err).to.equal(0);
        expect(log('two')).to.match(/UDP 430\d\d,/);
    });

    it('says what is wrong: no program, no such ports, no login, an account without a shell', async () => {
        await start({ CONNECT_UDP_PORTS: 'many' });
        const target = `${host!.account}:${folder}/far/`;
        const source = write('a', 3);
        const ports = await copy(source, target).finished;
        expect(ports.err).to.include('CONNECT_UDP_PORTS is not a range of ports');
        fs.writeFileSync(join(folder, 'bin/connect-cp'), '#!/bin/sh\necho This account is closed.\nexit 1\n');
        const closed = await copy(source, target).finished;
        expect(closed.err).to.include('transfer.connection-lost').and.include('This account is closed.');
        fs.rmSync(join(folder, 'bin/connect-cp'));
        const missing = await copy(source, target).finished;
        expect(missing.err).to.include('transfer.engine-missing').and.include('not found');
        expect(missing.err).to.include('PATH');
        expect(missing.code).to.equal(50);
        const stranger = join(folder, 'stranger');
        spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', stranger]);
        const refused = await copy('-i', stranger, source, target).finished;
        expect(refused.err).to.include('transfer.authentication-failed');
        expect(refused.code).to.equal(19);
    });
});
