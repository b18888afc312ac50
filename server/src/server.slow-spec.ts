import { expect } from 'chai';
import { createSocket } from 'dgram';
import { once } from 'events';
import { readFileSync, statSync, writeFileSync } from 'fs';
import { connect } from 'net';
import { join } from 'path';
import { Client, ClientChannel } from 'ssh2';
import {
    childrenOf,
    exec,
    isListening,
    isRunning,
    PASSWORD,
    ServerFixture,
    until
} from './testing/server-fixture';

/** Stands in for the far end of a transfer: says what it was launched with, and does as its input says. */
const STAND_IN = `
process.on('message', message => {
    process.stdout.write(JSON.stringify({ message, cwd: process.cwd(), env: Object.keys(process.env) }) + '\\n');
    if (message.type === 'launch') process.send({ type: 'registered', sessionId: '00000000000000ab' });
});
process.stdin.on('data', text => {
    const word = String(text).trim();
    if (word === 'crash') process.exit(7);
    if (word === 'hang' || word === 'stay') process.stdin.removeAllListeners('end');
    if (word === 'stay') process.on('SIGTERM', () => process.send({ type: 'detached' }));
    if (word === 'killed') process.kill(process.pid, 'SIGKILL');
    process.stdout.write('echo ' + word + '\\n');
});
process.stdin.on('end', () => process.exit(0));
`;

describe('connect-server', () => {
    let server: ServerFixture;
    let clients: Client[];
    const login = async (...args: Parameters<ServerFixture['login']>): Promise<Client> => {
        const client = await server.login(...args);
        clients.push(client);
        return client;
    };
    const refused = async (...args: Parameters<ServerFixture['login']>): Promise<void> => {
        const outcome = await login(...args).then(
            () => 'logged in',
            (error: Error & { level?: string }) => error.level ?? error.message
        );
        expect(outcome).to.equal('client-authentication');
    };

    beforeEach(() => {
        server = new ServerFixture();
        clients = [];
        writeFileSync(join(server.folder, 'stand-in.js'), STAND_IN);
    });
    afterEach(async () => {
        clients.forEach(client => client.end());
        await server.dispose();
    });
    const startWithStandIn = (): Promise<void> =>
        server.start({ CONNECT_CP: join(server.folder, 'stand-in.js') });

    it('keeps its data readable by its owner only, and init changes nothing the second time', () => {
        const first = server.cli(['fingerprint']);
        server.cli(['init']);
        expect(server.cli(['fingerprint'])).to.equal(first);
        expect(statSync(server.data).mode & 0o777).to.equal(0o700);
        for (const file of ['host_ed25519', 'token.key', 'server.db', 'connect-server.json']) {
            expect(statSync(join(server.data, file)).mode & 0o777).to.equal(0o600);
        }
    });

    it('tells wrong use from failure, in words', () => {
        server.addUser('ana', '--no-delete', '--max-rate', '500M');
        const attempts: Array<[string[], RegExp]> = [
            [['user', 'add', 'ana', '--root', server.root], /already/],
            [['user', 'add', 'bob', '--root', join(server.root, 'none')], /not a folder/],
            [['user', 'add', 'b/b', '--root', server.root], /not a user name/],
            [['user', 'add', 'bob', '--root', server.root, '--max-rate', 'fast'], /not a rate/],
            [['user', 'limit', 'ana', '--policies', 'fast'], /list of policies/],
            [['user', 'limit', 'bob', '--policies', 'fair'], /no user/],
            [['user', 'permit', 'bob', '--owner'], /no user/],
            [['user', 'permit', 'ana'], /name a permission/],
            [['user', 'add', 'bob', '--root', server.root, '--password-stdin'], /no password/],
            [['user', 'remove', 'bob'], /no user/],
            [['token', 'create', 'ana', '--expires', 'soon'], /not a duration/],
            [['user', 'frobnicate'], /unknown command|error/]
        ];
        for (const [args, message] of attempts) {
            const output = server.tryCli(args);
            expect(output.stderr).to.match(message);
            expect([output.code, output.stdout]).to.deep.equal([2, '']);
        }
        const listed = (): string => server.cli(['user', 'list']).split('\n')[0];
        const line = (permissions: string): string =>
            `ana\t${server.root}\t${permissions}\tpassword\tmax 500 Mbps`;
        expect(listed()).to.equal(line('browse,download,upload,mkdir,rename'));
        server.cli(['user', 'permit', 'ana', '--owner', '--delete', '--no-mkdir']);
        expect(listed()).to.equal(line('browse,download,upload,rename,delete,owner'));
        server.configure({ sshPort: 'x' });
        expect(server.tryCli(['start']).stderr).to.match(/"sshPort" is not/);
    });

    it('lets in by password, key and token, and nobody else', async () => {
        server.addUser('ana');
        const keys = (['ed25519', 'rsa', 'ecdsa'] as const).map(type => server.newKey(type));
        const token = server.cli(['token', 'create', 'ana', '--expires', '1h']);
        const expired = server.cli(['token', 'create', 'ana', '--expires', '1s']);
        await server.start();
        await login();
        for (const key of keys) {
            await login({ password: undefined, privateKey: readFileSync(key) });
        }
        const byToken = { authHandler: ['keyboard-interactive' as const], tryKeyboard: true };
        await login({ ...byToken, password: token });
        const claims = JSON.parse(String(Buffer.from(expired.split('.')[0], 'base64url'))) as { exp: number };
        await until(() => Date.now() >= claims.exp * 1000);
        await refused({ ...byToken, password: expired });
        await refused({ ...byToken, password: PASSWORD });
        await refused({ password: 'wrong' });
        await refused({ username: 'nobody' });
        await refused({ password: undefined });
        const strange = join(server.folder, 'ana-ed25519');
        server.cli(['user', 'remove', 'ana']);
        await refused({ password: undefined, privateKey: readFileSync(strange) });
        expect(server.log).to.not.include(PASSWORD).and.not.include(token);
    }).timeout(60_000);

    it('refuses an address after too many failures, before it has said a word', async () => {
        server.addUser('ana');
        server.configure({ maxLoginFailures: 2 });
        await server.start();
        await refused({ password: 'wrong' });
        await refused({ password: 'wrong' });
        const outcome = await login().catch((error: Error) => error.message);
        expect(outcome).to.be.a('string');
        // the client may hear of it before the server's words have come through their pipe
        await until(() => server.log.includes('"reason":"failed logins"'));
    });

    it('bounds connections that do not log in, and the time they have for it', async () => {
        server.addUser('ana');
        server.configure({ maxUnauthenticatedPerAddress: 3, loginGraceSec: 3 });
        const privateKey = readFileSync(server.newKey('ed25519'));
        await server.start();
        const idle = Array.from({ length: 5 }, () =>
            connect(server.sshPort, '127.0.0.1').on('error', () => undefined)
        );
        // refused ones may end with a reset: only that they end counts
        await Promise.all(idle.map(socket => new Promise(closed => socket.resume().once('close', closed))));
        expect(server.log.match(/too many connections/g)).to.have.length(2);
        expect(server.log.match(/login-timeout/g)).to.have.length(3);
        // the server may hear a moment later than we do that those have ended
        const entered = (): Promise<boolean> =>
            login({ password: undefined, privateKey }).then(
                () => true,
                () => false
            );
        await until(entered);
    });

    it('runs the far end of a transfer and its version, and nothing else', async () => {
        server.addUser('ana', '--no-upload', '--max-rate', '300M');
        server.configure({ maxRateBps: 200e6, lockedRateBps: 70e6 });
        server.cli(['user', 'limit', 'ana', '--policies', 'low,fair', '--lock-rate', '50M']);
        server.cli(['user', 'limit', 'ana', '--max-rate', 'none']);
        expect(server.cli(['user', 'list']))
            .to.include('locked at 50')
            .and.include('policies low,fair');
        await startWithStandIn();
        const client = await login();
        expect(await exec(client, 'connect-cp --version')).to.include({
            code: 0,
            stdout: 'connect-cp 0.1.0\n'
        });
        for (const command of [
            'id',
            'connect-cp',
            'connect-cp --server; id',
            ' connect-cp --server',
            'connect-cp --server x',
            'connect-cp --attach'
        ]) {
            expect(await exec(client, command).catch((error: Error) => error.message)).to.match(
                /Unable to exec/
            );
        }
        expect(await exec(client, 'connect-cp --attach x; id')).to.include({ code: 1, stdout: '' });
        const shell = await new Promise(resolve => client.shell(error => resolve(error?.message)));
        expect(shell).to.be.a('string');
        const forward = await new Promise(resolve =>
            client.forwardOut('127.0.0.1', 1, '127.0.0.1', server.sshPort, error => resolve(error?.message))
        );
        expect(forward).to.be.a('string');
        const run = await exec(client, 'connect-cp --server', channel => channel.end());
        const { message, cwd, env } = JSON.parse(run.stdout) as {
            message: object;
            cwd: string;
            env: string[];
        };
        expect(message).to.deep.equal({
            type: 'launch',
            user: 'ana',
            rootDir: server.root,
            permissions: { upload: false, download: true, delete: true, owner: false },
            rateRules: { maxRateBps: 200e6, policies: ['low', 'fair'], lockedRateBps: 50e6 },
            maxDetachedMs: 600_000,
            udpPort: server.udpPort,
            udpHost: '127.0.0.1'
        });
        expect(cwd).to.equal('/');
        expect(env).to.not.include('CONNECT_CP').and.not.include('HOME');
    });

    it('outlives sessions that crash, are killed or do not end, and tells their clients', async () => {
        server.addUser('ana');
        await startWithStandIn();
        const client = await login();
        const say = (word: string) => (channel: ClientChannel) => void channel.write(word);
        expect(await exec(client, 'connect-cp --server', say('crash'))).to.include({ code: 7 });
        expect(await exec(client, 'connect-cp --server', say('killed'))).to.include({
            code: null,
            signal: 'SIGKILL'
        });
        const hanging = await login();
        void exec(hanging, 'connect-cp --server', say('hang'));
        await until(() => childrenOf(server.pid).length === 1);
        hanging.end();
        await until(() => childrenOf(server.pid).length === 0);
        expect(await exec(client, 'connect-cp --version')).to.include({ code: 0 });
    });

    it('hands the first datagrams of a session to it, and no others', async () => {
        server.addUser('ana');
        await startWithStandIn();
        const client = await login();
        const socket = createSocket('udp4');
        const packet = (sessionId: string): Buffer =>
            Buffer.from(`12000000${sessionId}${'ee'.repeat(32)}`, 'hex');
        let heard = '';
        const ended = exec(client, 'connect-cp --server', channel => {
            channel.on('data', (text: string) => (heard += text));
        });
        await until(() => heard.includes('launch'));
        const send = (bytes: Buffer): void => socket.send(bytes, server.udpPort, '127.0.0.1');
        await until(() => {
            send(packet('00000000000000ff'));
            send(Buffer.from('noise'));
            send(packet('00000000000000ab'));
            return heard.includes('datagram');
        });
        socket.close();
        expect(heard).to.not.include(JSON.stringify([...packet('00000000000000ff')]));
        client.end();
        await ended;
    });

    it('limits the sessions of a user and the channels of a connection', async () => {
        server.addUser('ana');
        server.configure({ maxSessionsPerUser: 2, maxChannelsPerConnection: 3 });
        await startWithStandIn();
        const client = await login();
        const running = [1, 2].map(() => exec(client, 'connect-cp --server'));
        await until(() => childrenOf(server.pid).length === 2);
        expect(await exec(client, 'connect-cp --server')).to.include({ code: 23 });
        const third = exec(client, 'connect-cp --server');
        expect(await third).to.include({ code: 23 });
        client.end();
        await Promise.all(running);
        await until(() => childrenOf(server.pid).length === 0);
        const again = await login();
        const held = [1, 2].map(() => exec(again, 'connect-cp --server'));
        await until(() => childrenOf(server.pid).length === 2);
        again.sftp(() => undefined);
        const fourth = await exec(again, 'connect-cp --version').catch((error: Error) => error.message);
        expect(fourth).to.match(/Channel open failure/);
        again.end();
        await Promise.all(held);
    });

    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
        it(`ends on ${signal}: clients told, sessions gone, ports free, exit code 0`, async () => {
            server.addUser('ana');
            await startWithStandIn();
            const client = await login();
            const session = exec(client, 'connect-cp --server');
            await until(() => childrenOf(server.pid).length === 1);
            const [child] = childrenOf(server.pid);
            const closed = once(client, 'close');
            const idle = connect(server.sshPort, '127.0.0.1')
                .on('error', () => undefined)
                .resume();
            await once(idle, 'connect');
            expect(await server.stop(signal)).to.equal(0);
            await Promise.all([session, closed]);
            expect(isRunning(child)).to.equal(false);
            expect(await isListening(server.sshPort)).to.equal(false);
            const socket = createSocket('udp4');
            socket.bind({ port: server.udpPort, address: '127.0.0.1', exclusive: true });
            await once(socket, 'listening');
            socket.close();
        });
    }

    it('ends though a session does not, and says so; nobody gets a new one meanwhile', async () => {
        server.addUser('ana');
        await startWithStandIn();
        const client = await login();
        let heard = '';
        const stays = exec(client, 'connect-cp --server', channel => {
            channel.on('data', (text: string) => (heard += text)).write('stay');
        });
        await until(() => heard.includes('echo stay'));
        const [child] = childrenOf(server.pid);
        // known to the server, not logged in
        const early = connect(server.sshPort, '127.0.0.1').on('error', () => undefined);
        await once(early, 'readable');
        const ended = server.stop();
        await until(() => server.log.includes('"stopping"'));
        const late = await login({ sock: early }).then(
            () => 'logged in',
            () => 'refused'
        );
        expect(late).to.equal('refused');
        expect(await exec(client, 'connect-cp --server')).to.include({
            code: 1,
            stderr: 'the server ends\n'
        });
        expect(await ended).to.equal(0);
        await stays;
        expect(isRunning(child)).to.equal(false);
        expect(server.log).to.include(`"for":"session of ana (pid ${child}); SSH connections"`);
        expect(server.log).to.include('"event":"session-killed"').and.not.include('session-detached');
    });

    it('takes its sessions along when it is killed', async () => {
        server.addUser('ana');
        await startWithStandIn();
        const client = await login();
        const session = exec(client, 'connect-cp --server').catch(() => undefined);
        await until(() => childrenOf(server.pid).length === 1);
        const [child] = childrenOf(server.pid);
        expect(await server.stop('SIGKILL')).to.equal('SIGKILL');
        await session;
        await until(() => !isRunning(child));
    });

    it('keeps processes ready for the next sessions, each for one, and leaves none behind', async () => {
        server.addUser('ana');
        server.configure({ spareSessions: 2 });
        await startWithStandIn();
        await until(() => childrenOf(server.pid).length === 2);
        const ready = childrenOf(server.pid);
        const client = await login();
        const sessions = [1, 2, 3].map(() => exec(client, 'connect-cp --server').catch(() => undefined));
        // three sessions, two of them in the processes that were there, and two new ones that wait
        await until(() => childrenOf(server.pid).length === 5);
        expect(childrenOf(server.pid)).to.include.members(ready);
        client.end();
        await Promise.all(sessions);
        await until(() => childrenOf(server.pid).length === 2);
        const spares = childrenOf(server.pid);
        expect(spares).to.not.include.members([ready[0]]).and.not.include.members([ready[1]]);
        expect(await server.stop()).to.equal(0);
        spares.forEach(spare => expect(isRunning(spare)).to.equal(false));
        await startWithStandIn();
        await until(() => childrenOf(server.pid).length === 2);
        const orphans = childrenOf(server.pid);
        await server.stop('SIGKILL');
        await until(() => !orphans.some(isRunning));
    });

    it('shares a machine with another server', async () => {
        const other = new ServerFixture();
        try {
            server.addUser('ana');
            other.addUser('ana');
            await Promise.all([server.start(), other.start()]);
            expect(other.sshPort).to.not.equal(server.sshPort);
            expect(other.fingerprint).to.not.equal(server.fingerprint);
            expect(await server.stop()).to.equal(0);
            clients.push(await other.login());
            const taken = other.tryCli(['start', '--host', '127.0.0.1', '--ssh-port', String(other.sshPort)]);
            expect(taken.code).to.equal(2);
            const port = String(other.udpPort);
            const udp = other.tryCli(['start', '--host', '127.0.0.1', '--ssh-port', '0', '--udp-port', port]);
            expect([udp.code, udp.stdout]).to.deep.equal([1, '']);
        } finally {
            await other.dispose();
        }
    });
});
