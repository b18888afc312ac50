import { expect } from 'chai';
import { ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as net from 'node:net';
import * as path from 'node:path';
import { TemporaryHome } from '../testing/temporary-home';

const FIXTURE = path.resolve(__dirname, '../testing/backend-fixture.js');

interface Answer {
    readonly status: number;
    readonly headers: http.IncomingHttpHeaders;
    readonly body: string;
}

/** A backend process of its own and requests to it. */
class Backend {
    readonly urls: string[] = [];
    output = '';
    private readonly child: ChildProcess;
    private readonly waiting = new Set<() => void>();

    private constructor(home: string, port: number, env: NodeJS.ProcessEnv) {
        this.child = spawn(process.execPath, [FIXTURE, '--hostname=127.0.0.1', `--port=${port}`], {
            env: { ...process.env, CONNECT_HOME: home, THEIA_CONFIG_DIR: home, ...env },
            stdio: ['ignore', 'pipe', 'pipe', 'ipc']
        });
        this.child.on('message', (message: { type?: string; url?: string }) => {
            if (message.type === 'connect-login') {
                this.urls.push(String(message.url));
                this.waiting.forEach(wake => wake());
            }
        });
        for (const stream of [this.child.stdout, this.child.stderr]) {
            stream?.on('data', (text: Buffer) => (this.output += text.toString()));
        }
    }

    static async start(home: string, port = 0, env: NodeJS.ProcessEnv = {}): Promise<Backend> {
        const backend = new Backend(home, port, env);
        await backend.untilUrls(1);
        return backend;
    }

    get port(): number {
        return Number(new URL(this.urls[0]).port);
    }

    get host(): string {
        return `127.0.0.1:${this.port}`;
    }

    token(index: number): string {
        return this.urls[index].split('#')[1];
    }

    async untilUrls(count: number): Promise<void> {
        while (this.urls.length < count) {
            await new Promise<void>((wake, fail) => {
                this.waiting.add(wake);
                this.child.once('exit', () => fail(new Error(`the backend ended: ${this.output}`)));
            });
        }
    }

    request(
        target: string,
        headers: http.OutgoingHttpHeaders = {},
        method = 'GET',
        body = ''
    ): Promise<Answer> {
        return new Promise((resolve, reject) => {
            const options = {
                host: '127.0.0.1',
                port: this.port,
                path: target,
                method,
                headers,
                agent: false
            };
            const request = http.request(options, response => {
                let text = '';
                response.setEncoding('utf8').on('data', piece => (text += piece));
                response.on('end', () =>
                    resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
                );
            });
            request.once('error', reject).end(body);
        });
    }

    logIn(token: string, headers: http.OutgoingHttpHeaders = {}): Promise<Answer> {
        return this.request('/login', headers, 'POST', JSON.stringify({ token }));
    }

    /** First line of the answer to a WebSocket handshake. */
    upgrade(headers: Record<string, string>): Promise<string> {
        const lines = {
            Host: this.host,
            Connection: 'Upgrade',
            Upgrade: 'websocket',
            'Sec-WebSocket-Version': '13',
            'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
            ...headers
        };
        return new Promise((resolve, reject) => {
            const socket = net.connect(this.port, '127.0.0.1', () => {
                const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
                socket.write(`GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n${head.join('')}\r\n`);
            });
            socket.once('data', data => {
                resolve(data.toString('latin1').split('\r\n')[0]);
                socket.destroy();
            });
            socket.once('error', reject);
            socket.once('close', () => resolve('closed'));
        });
    }

    async end(): Promise<void> {
        if (this.child.exitCode === null) {
            const ended = new Promise(resolve => this.child.once('exit', resolve));
            this.child.kill('SIGTERM');
            await ended;
        }
    }
}

/** Cookie header of a browser that got these answers. */
function cookies(...answers: Answer[]): string {
    return answers
        .flatMap(({ headers }) => headers['set-cookie'] ?? [])
        .map(cookie => cookie.split(';')[0])
        .join('; ');
}

describe('login guard of a real backend', function () {
    this.timeout(60_000);
    let home: TemporaryHome;
    let backend: Backend;

    beforeEach(async () => {
        home = new TemporaryHome();
        backend = await Backend.start(home.root);
    });
    afterEach(async () => {
        await backend.end();
        home.remove();
    });

    it('answers no path without a login', async () => {
        for (const target of [
            '/',
            '/index.html',
            '/bundle.js',
            '/files/?uri=file:///etc/hostname',
            '/file-upload',
            '/hostedPlugin/x',
            '/login',
            '/logout',
            '//',
            '/socket.io/socket.io.js',
            '/socket.io/?EIO=4&transport=polling',
            `http://127.0.0.1:${backend.port}/`
        ]) {
            for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS']) {
                const { status, body } = await backend.request(target, {}, method);
                expect(status, `${method} ${target}`).to.equal(401);
                expect(body).not.to.contain('inside');
            }
        }
    });

    it('shows people a page that loads nothing else', async () => {
        const { status, headers, body } = await backend.request('/', { accept: 'text/html' });
        expect(status).to.equal(401);
        expect(headers['content-security-policy']).to.contain("default-src 'none'");
        expect(headers['set-cookie']).to.equal(undefined);
        expect(body)
            .to.contain('<label for="token">')
            .and.not.match(/(src|href)="(?!data:,")/);
    });

    it('lets in with the printed token once, and prints the next address', async () => {
        const login = await backend.logIn(backend.token(0));
        expect(login.status).to.equal(200);
        expect(login.headers['set-cookie']?.[0]).to.match(/HttpOnly; SameSite=Strict/);
        const inside = await backend.request('/', { cookie: cookies(login) });
        expect(inside).to.include({ status: 200, body: 'inside' });

        expect((await backend.logIn(backend.token(0))).status, 'second use').to.equal(401);
        await backend.untilUrls(2);
        expect(backend.token(1)).not.to.equal(backend.token(0));
        const file = path.join(home.runFolder, 'login-url');
        expect(fs.readFileSync(file, 'utf8').trim()).to.equal(backend.urls[1]);
        expect(fs.statSync(file).mode & 0o777).to.equal(0o600);
        expect((await backend.logIn(backend.token(1))).status, 'a second browser').to.equal(200);
        expect(backend.output).not.to.contain(backend.token(0)).and.not.contain(backend.token(1));
    });

    it('takes no login but a whole one, and no more than some', async () => {
        for (const body of [
            '',
            '{',
            'null',
            '[]',
            '{"token":1}',
            JSON.stringify({ token: backend.token(0).slice(1) })
        ]) {
            expect((await backend.request('/login', {}, 'POST', body)).status, body).to.equal(401);
        }
        const statuses: number[] = [];
        for (let attempt = 0; attempt < 6; attempt++) {
            statuses.push((await backend.logIn('wrong')).status);
        }
        expect(statuses).to.deep.equal([401, 401, 401, 401, 429, 429]);
    });

    it('refuses foreign hosts and origins even with the right cookie or token', async () => {
        const foreign: http.OutgoingHttpHeaders[] = [
            { host: `evil.example:${backend.port}` },
            { host: `evil.example:${backend.port}`, origin: `http://evil.example:${backend.port}` },
            { origin: 'http://evil.example' },
            { origin: 'null' }
        ];
        for (const headers of foreign) {
            expect((await backend.logIn(backend.token(0), headers)).status).to.equal(403);
        }
        const cookie = cookies(await backend.logIn(backend.token(0)));
        for (const headers of foreign) {
            expect((await backend.request('/', { ...headers, cookie })).status).to.equal(403);
        }
    });

    it('opens no WebSocket without session, with a wrong origin or a wrong host', async () => {
        const login = await backend.logIn(backend.token(0));
        const page = await backend.request('/', { cookie: cookies(login) });
        const session = cookies(login);
        const both = cookies(login, page);
        const origin = `http://${backend.host}`;
        const accepted = 'HTTP/1.1 101 Switching Protocols';
        expect(await backend.upgrade({ Cookie: both, Origin: origin })).to.equal(accepted);
        const evil = `evil.example:${backend.port}`;
        const refused: Array<Record<string, string>> = [
            { Origin: origin },
            { Cookie: cookies(page), Origin: origin },
            { Cookie: session.replace(/=.*/, '=wrong'), Origin: origin },
            { Cookie: both, Origin: 'http://evil.example' },
            { Cookie: both, Host: evil },
            { Cookie: both, Host: evil, Origin: `http://${evil}` }
        ];
        for (const headers of refused) {
            expect(await backend.upgrade(headers), JSON.stringify(headers)).to.match(/^HTTP\/1\.1 40[013]/);
        }
    });

    it('keeps the login over a restart, and ends it at a logout', async () => {
        const { port } = backend;
        const cookie = cookies(await backend.logIn(backend.token(0)));
        await backend.end();
        backend = await Backend.start(home.root, port);
        expect((await backend.request('/', { cookie })).body).to.equal('inside');

        const logout = await backend.request('/logout', { cookie }, 'POST');
        expect(logout.status).to.equal(200);
        expect(logout.headers['set-cookie']?.[0]).to.contain('Max-Age=0');
        expect((await backend.request('/', { cookie })).status).to.equal(401);
    });

    it('answers under the names it is told', async () => {
        await backend.end();
        backend = await Backend.start(home.root, 0, { THEIA_HOSTS: 'files.example' });
        const named = { host: 'files.example', origin: 'https://files.example' };
        const cookie = cookies(await backend.logIn(backend.token(0), named));
        expect((await backend.request('/', { ...named, cookie })).body).to.equal('inside');
    });

    it('stays on in a desktop backend that has no token of its own', async () => {
        await backend.end();
        backend = await Backend.start(home.root, 0, { THEIA_ELECTRON_TOKEN: '{"value":"x"}' });
        expect((await backend.request('/')).status).to.equal(401);
    });

    it('hides the demo server from windows', async () => {
        await backend.end();
        backend = await Backend.start(home.root, 0, { CONNECT_DEMO: '{"password":"hidden"}' });
        const cookie = cookies(await backend.logIn(backend.token(0)));
        const environment = await backend.request('/environment', { cookie });
        expect(environment.body).to.contain('CONNECT_HOME').and.not.contain('hidden');
        expect(backend.output).not.to.contain('hidden');
    });
});
