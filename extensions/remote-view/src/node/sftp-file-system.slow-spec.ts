import { AccountContext, AccountSession, ServerEndpoint } from '@connect/api';
import {
    describeRemoteFileSystem,
    RemoteFileSystemFixture
} from '@connect/api/lib/testing/describe-remote-file-system';
import { ConnectError, ErrorCode } from '@connect/base';
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DemoServer, PASSWORD, USER } from '../testing/demo-server';
import { TransferServerAccount } from './transfer-server-account';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);

interface Login {
    readonly password?: string;
    readonly trusted?: string;
    readonly port?: number;
}

function signIn(server: DemoServer, login: Login = {}): Promise<AccountSession> {
    const trusted = 'trusted' in login ? login.trusted : server.fingerprint;
    const context: AccountContext = { trustedHostKey: () => trusted };
    const port = String(login.port ?? server.sshPort);
    const settings = { host: '127.0.0.1', sshPort: port, udpPort: port, user: USER };
    return new TransferServerAccount().connect(settings, { password: login.password ?? PASSWORD }, context);
}

async function expectCode(work: Promise<unknown>, code: ErrorCode): Promise<ConnectError> {
    let outcome: unknown = 'resolved';
    try {
        await work;
    } catch (error) {
        outcome = error;
    }
    expect(outcome).to.be.instanceOf(ConnectError);
    expect((outcome as ConnectError).code).to.equal(code);
    return outcome as ConnectError;
}

describe('Transfer server account', function () {
    this.timeout(30_000);
    let server: DemoServer;

    before(async () => {
        server = await DemoServer.create();
        await server.start();
    });

    after(() => server.dispose());

    const freshRoot = async (): Promise<RemoteFileSystemFixture> => {
        for (const name of await readdir(server.root)) {
            await rm(join(server.root, name), { recursive: true, force: true });
        }
        const { files } = await signIn(server);
        return {
            fileSystem: files!,
            makeLink: (path, target) => symlink(target, join(server.root, path)),
            dispose: async () => undefined
        };
    };
    describeRemoteFileSystem('SFTP of connect-server', freshRoot, { symbolicLinks: true });

    it('says where transfers go, with the key of the host', async () => {
        const session = await signIn(server);
        const { endpoint, credentials } = await session.transferEndpoint!();
        const { hostKey } = endpoint as ServerEndpoint;
        const hash = createHash('sha256').update(Buffer.from(hostKey!, 'base64')).digest('base64');
        expect(`SHA256:${hash.replace(/=+$/, '')}`).to.equal(server.fingerprint);
        expect({ endpoint, credentials }).to.deep.equal({
            endpoint: {
                kind: 'connect',
                host: '127.0.0.1',
                sshPort: server.sshPort,
                udpPort: server.sshPort,
                user: USER,
                hostKeyFingerprint: server.fingerprint,
                hostKey
            },
            credentials: {
                password: PASSWORD,
                privateKey: undefined,
                passphrase: undefined,
                token: undefined
            }
        });
        session.dispose();
    });

    it('refuses a wrong password', async () => {
        const error = await expectCode(
            signIn(server, { password: 'wrong' }),
            'transfer.authentication-failed'
        );
        expect(JSON.stringify(error.toWire())).not.to.contain('wrong');
    });

    it('asks for a secret when there is none', async () => {
        await expectCode(signIn(server, { password: '' }), 'security.credentials-required');
    });

    it('asks about a host that is not known, and tells its key', async () => {
        const error = await expectCode(signIn(server, { trusted: undefined }), 'transfer.host-key-unknown');
        expect(error.data).to.include({
            host: '127.0.0.1',
            port: server.sshPort,
            fingerprint: server.fingerprint
        });
    });

    it('refuses a host whose key has changed', async () => {
        const error = await expectCode(
            signIn(server, { trusted: 'SHA256:another' }),
            'transfer.host-key-mismatch'
        );
        expect(error.data).to.include({ fingerprint: server.fingerprint });
    });

    it('says that nobody answers', async () => {
        const free = createServer().listen(0, '127.0.0.1');
        await new Promise(resolve => free.once('listening', resolve));
        const { port } = free.address() as { port: number };
        await new Promise(resolve => free.close(resolve));
        await expectCode(signIn(server, { port }), 'transfer.connect-refused');
    });

    it('keeps the permissions of a file that it saves, and follows a link to it', async () => {
        const folder = await mkdtemp(join(server.root, 'mode-'));
        const name = folder.slice(server.root.length);
        await writeFile(join(folder, 'script'), 'old');
        await chmod(join(folder, 'script'), 0o751);
        await symlink('script', join(folder, 'link'));
        const session = await signIn(server);
        await session.files!.write(`${name}/link`, bytes('new'));
        expect(await readFile(join(folder, 'script'), 'utf8')).to.equal('new');
        expect((await stat(join(folder, 'script'))).mode & 0o777).to.equal(0o751);
        expect((await readdir(folder)).sort()).to.deep.equal(['link', 'script']);
        session.dispose();
    });

    it('goes on after the server was restarted', async () => {
        await writeFile(join(server.root, 'kept'), 'still here');
        const session = await signIn(server);
        expect(text(await session.files!.read('/kept', 100))).to.equal('still here');
        await server.stop('SIGKILL');
        await expectCode(session.files!.read('/kept', 100), 'transfer.connect-refused');
        await server.start();
        expect(text(await session.files!.read('/kept', 100))).to.equal('still here');
        await session.files!.write('/kept', bytes('changed'));
        expect(await readFile(join(server.root, 'kept'), 'utf8')).to.equal('changed');
        session.dispose();
    });

    it('is closed for good when its account is', async () => {
        const session = await signIn(server);
        session.dispose();
        await expectCode(session.files!.list('/', 10), 'transfer.connection-lost');
    });
});

describe('Transfer server account of a user who may upload, but not rename or delete', function () {
    this.timeout(30_000);

    for (const missing of ['--no-rename', '--no-delete']) {
        it(`leaves the old file and nothing else when it cannot save (${missing})`, async () => {
            const server = await DemoServer.create(missing);
            try {
                await writeFile(join(server.root, 'file'), 'kept');
                await server.start();
                const session = await signIn(server);
                await expectCode(session.files!.write('/file', bytes('x')), 'files.permission-denied');
                expect(await readdir(server.root)).to.deep.equal(['file']);
                expect(await readFile(join(server.root, 'file'), 'utf8')).to.equal('kept');
                session.dispose();
            } finally {
                await server.dispose();
            }
        });
    }
});

describe('Transfer server account of a user with few rights', function () {
    this.timeout(30_000);
    let server: DemoServer;

    before(async () => {
        server = await DemoServer.create('--no-upload', '--no-mkdir', '--no-rename', '--no-delete');
        await writeFile(join(server.root, 'file'), 'kept');
        await mkdir(join(server.root, 'folder'));
        await server.start();
    });

    after(() => server.dispose());

    it('knows from the login on what is not granted', async () => {
        const session = await signIn(server);
        expect(session.files!.capabilities).to.deep.equal({
            browse: true,
            read: true,
            write: false,
            makeFolder: false,
            rename: false,
            delete: false
        });
        session.dispose();
    });

    it('is refused by the server, and changes nothing', async () => {
        const session = await signIn(server);
        const files = session.files!;
        expect(text(await files.read('/file', 10))).to.equal('kept');
        await expectCode(files.write('/file', bytes('x')), 'files.permission-denied');
        await expectCode(files.write('/new', bytes('x')), 'files.permission-denied');
        await expectCode(files.makeFolder('/new'), 'files.permission-denied');
        await expectCode(files.rename('/file', '/other'), 'files.permission-denied');
        await expectCode(files.delete('/folder', { recursive: true }), 'files.permission-denied');
        expect((await readdir(server.root)).sort()).to.deep.equal(['file', 'folder']);
        session.dispose();
    });
});
