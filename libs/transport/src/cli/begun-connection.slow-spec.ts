import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { AddressInfo, createServer, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { beginTable } from './begin-table';
import { addressOf } from './multi-command';
import { parseCommandLine } from './options';

const BEGIN = process.env['CONNECT_BEGIN'] ?? resolve(__dirname, '../../native/build/Release/connect_begin');
const LAUNCHER = resolve(__dirname, '../../bin/connect-cp');
const SNAPSHOT_BEGIN = resolve(__dirname, '../../dist/snapshot/begin');
const TARGET = 'me@127.0.0.1:/in';

if (fs.existsSync(BEGIN)) {
    describe('program that begins the connection before Node starts', beginsConnections);
} else {
    it.skip('program that begins the connection before Node starts (it was not built)');
}

if (fs.existsSync(SNAPSHOT_BEGIN)) {
    describe('connect-cp with a connection that was begun before it', usesConnections);
} else {
    it.skip(
        'connect-cp with a connection that was begun before it (no snapshot, or no program that begins it)'
    );
}

function beginsConnections(): void {
    let folder: string;
    let server: Server;
    let port: number;

    before(async () => {
        folder = fs.mkdtempSync(join(tmpdir(), 'connect-begin-'));
        fs.writeFileSync(join(folder, 'options'), beginTable());
        fs.writeFileSync(
            join(folder, 'node'),
            '#!/bin/sh\nprintf "%s\\0" "${CONNECT_CP_CONNECTION-}" "$@"\nexit 3\n',
            { mode: 0o755 }
        );
        server = createServer(socket => socket.destroy());
        await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
        ({ port } = server.address() as AddressInfo);
    });

    after(async () => {
        await new Promise(done => server.close(done));
        fs.rmSync(folder, { recursive: true, force: true });
    });

    const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}, options = 'options'): string => {
        const words = [join(folder, options), String(args.length), join(folder, 'node'), 'program'];
        const done = spawnSync(BEGIN, [...words, ...args], {
            env: { PATH: process.env['PATH'], ...env },
            encoding: 'utf8'
        });
        expect(done.stderr).to.equal('');
        expect(done.status).to.equal(3);
        const [connection, ...given] = done.stdout.split('\0');
        expect(given.slice(0, -1)).to.deep.equal(['program', ...args]);
        return connection!;
    };

    /** Where the program itself would connect to first, if that is clear. */
    const wanted = (args: readonly string[]): string | undefined => {
        try {
            const readFile = (): Buffer => Buffer.from('a\n');
            const command = parseCommandLine(args, { folder: '/', localUser: 'me', nowSeconds: 0, readFile });
            if (command.kind !== 'transfer' || command.multi || command.socksProxy) {
                return undefined;
            }
            const to = addressOf(command, 1);
            return command.fallback.mode === 'always' ? undefined : `${to.port} ${to.host}`;
        } catch {
            return undefined;
        }
    };

    const P = (): string[] => ['-P', String(port)];
    const begun: ReadonlyArray<readonly [string, () => string[]]> = [
        ['a host before a path', () => [...P(), 'file', TARGET]],
        ['a host before a source', () => [...P(), TARGET, 'file']],
        ['sources of one host', () => [...P(), TARGET, 'me@127.0.0.1:b', '.']],
        ['no user', () => [...P(), 'file', '127.0.0.1:']],
        ['--host', () => [...P(), '--mode', 'send', '--host', '127.0.0.1', 'a:b', '/']],
        ['--host=', () => [`--ssh-port=${port}`, '--mode=send', '--host=127.0.0.1', 'file', '/']],
        ['values that are joined to their options', () => [`-P${port}`, '-l300M', '-q', 'file', TARGET]],
        ['values that look like options', () => [...P(), '-E', '--host', '-u', '-P', 'file', TARGET]],
        ['options after paths', () => ['file', TARGET, ...P()]],
        [
            'a list of sources beside a host',
            () => [...P(), '--file-list=x', '--mode=send', '--host=127.0.0.1', '/']
        ],
        ['HTTPS as a way out', () => [...P(), '-y', '1', 'file', TARGET]],
        ['options of ascp', () => [...P(), '-v', '-g', '5', 'file', TARGET]]
    ];
    for (const [title, args] of begun) {
        it(`begins one for ${title}`, () => {
            expect(run(args())).to.match(new RegExp(`^[3-9] ${wanted(args())}$`));
        });
    }

    const left: ReadonlyArray<readonly [string, () => string[]]> = [
        ['nothing', () => []],
        ['no host', () => [...P(), 'file', 'other']],
        ['a name', () => [...P(), 'file', 'me@localhost:/in']],
        ['several hosts', () => [...P(), '127.0.0.2:a', '127.0.0.1:b', '.']],
        ['several nodes', () => [...P(), '--mode=send', '--host=127.0.0.1', '--host=127.0.0.2', 'file', '/']],
        ['nodes with commas', () => [...P(), '--mode=send', '--host=127.0.0.1,127.0.0.2', 'file', '/']],
        ['a port beside the host', () => ['--mode=send', `--host=127.0.0.1:${port}`, 'file', '/']],
        ['two ports', () => ['-P', '1', ...P(), 'file', TARGET]],
        ['a port that is none', () => ['-P', '70000', 'file', TARGET]],
        ['a port with a sign', () => ['-P', `+${port}`, 'file', TARGET]],
        ['a slash before the colon', () => [...P(), 'file', './127.0.0.1:/in']],
        ['a proxy', () => [...P(), '--proxy', 'socks5://127.0.0.2', 'file', TARGET]],
        ['HTTPS from the start', () => [...P(), '-y', 'H', 'file', TARGET]],
        ['HTTPS from the start, joined', () => [...P(), '-yF', 'file', TARGET]],
        ['several sessions', () => [...P(), '--sessions', '2', 'file', TARGET]],
        ['one of several sessions', () => [...P(), '-C', '2:3', 'file', TARGET]],
        ['the far end', () => [...P(), '--server', 'file', TARGET]],
        ['the version', () => [...P(), '-A', 'file', TARGET]],
        ['help', () => [...P(), '--help', 'file', TARGET]],
        ['an option nobody knows', () => [...P(), '--what', 'file', TARGET]],
        ['flags in one word', () => [...P(), '-qp', 'file', TARGET]],
        ['a value for a flag', () => [...P(), '--quiet=1', 'file', TARGET]],
        ['a value that is missing', () => ['file', TARGET, '-P']],
        ['an end of options', () => [...P(), '--', 'file', TARGET]],
        ['paths from a list', () => [...P(), '--file-list=x', TARGET]],
        ['a path in base64', () => [...P(), '--dest64', 'file', TARGET]],
        ['a host that is too long', () => [...P(), 'file', `${'1'.repeat(500)}:/in`]]
    ];
    for (const [title, args] of left) {
        it(`leaves it to the program for ${title}`, () => {
            expect(run(args())).to.equal('');
        });
    }

    it('leaves it to the program where one of several sessions is started', () => {
        expect(run([...P(), 'file', TARGET], { CONNECT_CP_COORDINATOR: 'x' })).to.equal('');
    });

    it('hands on no word about a connection that is not its own', () => {
        expect(run([], { CONNECT_CP_CONNECTION: '3 22 127.0.0.1' })).to.equal('');
    });

    it('starts the program without a table, too', () => {
        expect(run([...P(), 'file', TARGET], {}, 'missing')).to.equal('');
    });

    it('tells when there is no Node', () => {
        const done = spawnSync(BEGIN, [join(folder, 'options'), '1', join(folder, 'gone'), 'a'], {
            encoding: 'utf8'
        });
        expect(done.status).to.equal(127);
        expect(done.stderr).to.include('gone');
    });

    for (const words of [
        [],
        ['options'],
        ['options', '0'],
        ['options', '1', 'node'],
        ['options', '-1', 'node']
    ]) {
        it(`begins nothing when it is called with ${words.length} words: ${words.join(' ')}`, () => {
            expect(spawnSync(BEGIN, words).status).to.equal(2);
        });
    }
}

function usesConnections(): void {
    let server: Server;
    let port: number;
    let sockets: Socket[];
    let said: string;
    /** The first connection has come and gone. */
    let over: Promise<void>;

    /** A host that hears the version of its client and hangs up. */
    beforeEach(async () => {
        sockets = [];
        said = '';
        let tellOver: () => void;
        over = new Promise(done => (tellOver = done));
        server = createServer(socket => {
            sockets.push(socket);
            socket.on('close', tellOver);
            socket.on('error', () => undefined).on('end', () => socket.destroy());
            socket.on('data', bytes => {
                said += String(bytes);
                socket.destroy();
            });
        });
        await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
        ({ port } = server.address() as AddressInfo);
    });

    afterEach(() => {
        sockets.forEach(socket => socket.destroy());
        server.close();
    });

    const start = (args: readonly string[]): Promise<{ code: number | null; err: string }> => {
        const { NODE_OPTIONS: _options, ...env } = process.env;
        const child = spawn(LAUNCHER, args, {
            env: { ...env, ASPERA_SCP_PASS: 'x', CONNECT_HOME: tmpdir() }
        });
        let err = '';
        child.stderr.setEncoding('utf8').on('data', text => (err += text));
        return new Promise(done => child.on('close', code => done({ code, err })));
    };

    it('takes the one that was begun, and makes no other', async () => {
        const { err } = await start(['-P', String(port), 'file', TARGET]);
        expect(said).to.match(/^SSH-2\.0-/);
        expect(sockets).to.have.length(1);
        expect(err).to.include('transfer.connection-lost');
    });

    it('closes one that it does not want', async () => {
        const { code, err } = await start(['-P', String(port), '-l', 'nothing', 'file', TARGET]);
        expect(err).to.include('usage');
        expect(code).to.not.equal(0);
        await over;
        expect(said).to.equal('');
        expect(sockets).to.have.length(1);
    });

    it('tells when nobody listens there', async () => {
        await new Promise(done => server.close(done));
        const { err } = await start(['-P', String(port), 'file', TARGET]);
        expect(err).to.include('transfer.connect-refused');
    });
}
