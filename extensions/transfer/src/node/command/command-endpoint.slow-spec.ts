import { ConnectError } from '@connect/base';
import { AccountService } from '@connect/security/lib/common/account-protocol';
import { ConnectHome } from '@connect/security/lib/node/connect-home';
import { ILogger } from '@theia/core/lib/common/logger';
import { MockLogger } from '@theia/core/lib/common/test/mock-logger';
import { controlConnection } from '@connect/transport/lib/control/control-connection';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { HelloRequest, ProveRequest, WatchRequest, type OwnerKind } from '../../common/command-protocol';
import type { Job, JobDelta, TransferClient } from '../../common/transfer-protocol';
import { TransferServiceImpl } from '../transfer-service';
import { BackendClient } from './backend-client';
import { CommandEndpoint } from './command-endpoint';
import { commandPaths } from './command-paths';
import { OwnerLockStore } from './owner-lock-store';
import { newNonce, proofOf, readKey } from './peer-proof';
import { BackendKind, StoreOwner } from './store-owner';

const QUEUE = { limits: { manual: {}, automatic: {} }, scheduled: false };

/** A backend whose services only note what they were asked. */
class Backend {
    readonly calls: unknown[][] = [];
    readonly clients = new Set<TransferClient>();
    readonly owner: StoreOwner;
    readonly endpoint: CommandEndpoint;
    blocked: ConnectError | undefined;

    constructor(root: string, kind: OwnerKind) {
        const container = new Container();
        const home = new ConnectHome();
        Object.assign(home, { root });
        const note =
            (name: string, result?: unknown) =>
            async (...args: unknown[]): Promise<unknown> => {
                this.calls.push([name, ...args]);
                return result;
            };
        const transfers = {
            setClient: (client: TransferClient) => this.clients.add(client),
            removeClient: (client: TransferClient) => this.clients.delete(client),
            snapshot: note('snapshot', { revision: 5, jobs: [], queue: QUEUE }),
            pauseAll: note('pauseAll'),
            stop: async () => {
                throw new ConnectError('transfer.job-unknown', 'gone', { id: 'x' });
            },
            dispose: note('dispose')
        };
        container.bind(ConnectHome).toConstantValue(home);
        container.bind(ILogger).to(MockLogger);
        container.bind(BackendKind).toConstantValue(kind);
        container.bind(TransferServiceImpl).toConstantValue(transfers as unknown as TransferServiceImpl);
        container
            .bind(AccountService)
            .toConstantValue({ list: note('list', []) } as unknown as AccountService);
        container.bind(StoreOwner).toSelf().inSingletonScope();
        container.bind(CommandEndpoint).toSelf().inSingletonScope();
        this.owner = container.get(StoreOwner);
        this.endpoint = container.get(CommandEndpoint);
        this.endpoint.initialize();
        this.endpoint.onDidAskToLeave(() => this.owner.release());
    }

    acquire(): Promise<void> {
        return this.owner.acquire(error => (this.blocked = error));
    }
}

describe('command socket', () => {
    let root: string;
    let backend: Backend;
    const open: Array<{ dispose(): void }> = [];
    beforeEach(async () => {
        root = fs.mkdtempSync(path.join(tmpdir(), 'connect-socket-'));
        backend = new Backend(root, 'headless');
        await backend.acquire();
    });
    afterEach(() => {
        open.splice(0).forEach(each => each.dispose());
        backend.owner.release();
        fs.rmSync(root, { recursive: true });
    });

    const client = async (): Promise<BackendClient> => {
        const opened = (await BackendClient.open(commandPaths(root)))!;
        open.push(opened);
        return opened;
    };
    /** A peer that says what it likes. */
    const stranger = async (): Promise<{
        socket: Socket;
        connection: MessageConnection;
        closed: Promise<void>;
    }> => {
        const socket = connect(commandPaths(root).socket);
        await new Promise(resolve => socket.once('connect', resolve));
        const connection = controlConnection(socket, socket);
        connection.onError(() => undefined);
        socket.on('error', () => undefined);
        connection.listen();
        open.push({ dispose: () => socket.destroy() });
        return { socket, connection, closed: new Promise(resolve => socket.once('close', () => resolve())) };
    };
    const failure = async (work: Promise<unknown>): Promise<{ code: string }> =>
        work.then(
            () => {
                throw new Error('did not fail');
            },
            (error: { code: string; data?: { code: string } }) => ({ code: error.data?.code ?? error.code })
        );

    it('is in a folder of the user, for the user alone', () => {
        const { folder, socket, key } = commandPaths(root);
        const mode = (file: string): number => fs.statSync(file).mode & 0o777;
        expect([mode(folder), mode(socket), mode(key)]).to.deep.equal([0o700, 0o600, 0o600]);
    });

    it('passes calls on, and failures back with their code', async () => {
        const { transfers, accounts, backend: hello } = await client();
        expect(hello).to.include({ kind: 'headless', pid: process.pid });
        await transfers.pauseAll();
        await transfers.pauseAll(5000);
        expect(await accounts.list()).to.deep.equal([]);
        expect(backend.calls).to.deep.equal([['pauseAll'], ['pauseAll', 5000], ['list']]);
        const error = await failure(transfers.stop(['x']));
        expect(error.code).to.equal('transfer.job-unknown');
    });

    it('offers nothing that is not named', async () => {
        const { transfers } = await client();
        const unnamed = transfers as unknown as { dispose(): Promise<void>; setClient(): Promise<void> };
        expect((await failure(unnamed.dispose())).code).to.equal('transfer.protocol');
        expect((await failure(unnamed.setClient())).code).to.equal('transfer.protocol');
        expect(backend.calls).to.deep.equal([]);
    });

    it('tells changes to those who watch, till they go', async () => {
        const watcher = await client();
        const deltas: JobDelta[] = [];
        const heard = new Promise<void>(resolve => {
            void watcher
                .watch(delta => {
                    deltas.push(delta);
                    resolve();
                })
                .then(snapshot => {
                    expect(snapshot).to.deep.equal({ revision: 5, jobs: [], queue: QUEUE });
                    const delta: JobDelta = { revision: 6, changed: [{ id: 'a' } as Job], removed: [] };
                    backend.clients.forEach(each => each.onDidChangeJobs(delta));
                });
        });
        await heard;
        expect(deltas).to.deep.equal([{ revision: 6, changed: [{ id: 'a' }], removed: [] }]);
        const gone = new Promise<void>(resolve => {
            const listening = backend.endpoint.onDidChangeConnections(() => {
                if (backend.endpoint.connections === 0) {
                    listening.dispose();
                    resolve();
                }
            });
        });
        watcher.dispose();
        await gone;
        expect(backend.clients.size).to.equal(0);
    });

    it('answers nobody who has not proved to be the user', async () => {
        for (const ask of [
            (peer: MessageConnection) => peer.sendRequest(WatchRequest, {}),
            (peer: MessageConnection) => peer.sendRequest('transfers/pauseAll', { args: [] }),
            (peer: MessageConnection) => peer.sendRequest('leave', {}),
            (peer: MessageConnection) => peer.sendRequest(ProveRequest, { proof: 'x'.repeat(43) })
        ]) {
            const { connection, closed } = await stranger();
            await connection.sendRequest(HelloRequest, { protocol: 1, nonce: newNonce() });
            expect((await failure(ask(connection))).code).to.equal('transfer.permission-denied');
            await closed;
        }
        expect(backend.calls).to.deep.equal([]);
    });

    it("does not take its own proof for the client's, nor an old one", async () => {
        const key = readKey(commandPaths(root).key)!;
        const first = await stranger();
        const hello = await first.connection.sendRequest(HelloRequest, { protocol: 1, nonce: newNonce() });
        const second = await stranger();
        const mirror = await second.connection.sendRequest(HelloRequest, { protocol: 1, nonce: hello.nonce });
        for (const proof of [
            mirror.proof,
            proofOf(key, 'backend', hello.nonce),
            proofOf(key, 'client', mirror.nonce)
        ]) {
            const peer = await stranger();
            await peer.connection.sendRequest(HelloRequest, { protocol: 1, nonce: newNonce() });
            expect((await failure(peer.connection.sendRequest(ProveRequest, { proof }))).code).to.equal(
                'transfer.permission-denied'
            );
        }
    });

    it('refuses another version, and is not moved by noise', async () => {
        const { connection } = await stranger();
        expect(
            (await failure(connection.sendRequest(HelloRequest, { protocol: 2, nonce: newNonce() }))).code
        ).to.equal('transfer.backend-missing');
        const noisy = await stranger();
        noisy.socket.write(`Content-Length: 99999999999\r\n\r\n${'x'.repeat(100_000)}`);
        noisy.socket.write('\0\0\0\0\r\n\r\n{"jsonrpc":"2.0"');
        noisy.socket.end();
        await (await client()).transfers.pauseAll();
    });

    it('is not taken for the backend of this user when it does not know the key', async () => {
        fs.writeFileSync(commandPaths(root).key, Buffer.alloc(32).toString('base64url'));
        expect((await failure(BackendClient.open(commandPaths(root)))).code).to.equal(
            'transfer.backend-missing'
        );
    });

    it('is given up when it says nothing', async () => {
        backend.owner.release();
        const paths = commandPaths(root);
        const mute = createServer(socket => open.push({ dispose: () => socket.destroy() }));
        await new Promise<void>(resolve => mute.listen(paths.socket, resolve));
        expect((await failure(BackendClient.open(paths, 50))).code).to.equal('transfer.backend-missing');
        mute.close();
    });

    it('can be reached below a folder whose name is too long for a socket (Linux)', async function () {
        if (process.platform !== 'linux') {
            this.skip();
        }
        const deep = path.join(root, 'd'.repeat(120), 'e'.repeat(120));
        const other = new Backend(deep, 'headless');
        await other.acquire();
        const reached = (await BackendClient.open(commandPaths(deep)))!;
        await reached.transfers.pauseAll();
        reached.dispose();
        other.owner.release();
        expect(other.calls).to.deep.equal([['pauseAll']]);
        expect(await BackendClient.open(commandPaths(deep))).to.equal(undefined);
    });

    it('refuses a home of another user (needs root)', async function () {
        if (process.geteuid?.() !== 0) {
            this.skip();
        }
        const { folder, socket } = commandPaths(root);
        fs.lchownSync(socket, 65534, 65534);
        expect((await failure(BackendClient.open(commandPaths(root)))).code).to.equal(
            'transfer.permission-denied'
        );
        fs.chownSync(folder, 65534, 65534);
        expect((await failure(BackendClient.open(commandPaths(root)))).code).to.equal(
            'transfer.permission-denied'
        );
        backend.owner.release();
        expect((await failure(new Backend(root, 'window').acquire())).code).to.equal(
            'transfer.permission-denied'
        );
    });

    describe('owner of the transfers', () => {
        it('gives way when it has no window and the other one has', async () => {
            const window = new Backend(root, 'window');
            await window.acquire();
            expect([backend.owner.owns, window.owner.owns]).to.deep.equal([false, true]);
            expect(window.blocked).to.equal(undefined);
            expect((await client()).backend.kind).to.equal('window');
            window.owner.release();
        });

        it('gives way to nobody when it has windows, and says so; the other one follows when it ends', async () => {
            const [first, second] = [new Backend(root, 'window'), new Backend(root, 'window')];
            await first.acquire();
            const following = second.acquire();
            while (!second.blocked) {
                await new Promise(resolve => setTimeout(resolve, 10));
            }
            expect(second.blocked).to.include({ code: 'transfer.store-in-use' });
            expect(second.blocked.message).to.contain(String(process.pid));
            const peer = await client();
            expect((await failure(peer.leave())).code).to.equal('not-supported');
            first.owner.release();
            await following;
            expect(second.owner.owns).to.equal(true);
            second.owner.release();
        });

        it('is not waited for by one that ends', async () => {
            const other = new Backend(root, 'headless');
            const waiting = other.acquire();
            other.owner.release();
            expect((await failure(waiting)).code).to.equal('cancelled');
        });

        it('is free at once after it was killed', async () => {
            const file = path.join(root, 'other.lock');
            const script = `new (require(${JSON.stringify(require.resolve('./owner-lock-store'))}).OwnerLockStore)(process.argv[1]).take(); console.log('held'); setInterval(() => 0, 1000);`;
            const holder = spawn(process.execPath, ['-e', script, file], {
                stdio: ['ignore', 'pipe', 'inherit']
            });
            await new Promise(resolve => holder.stdout.once('data', resolve));
            const lock = new OwnerLockStore(file);
            expect(lock.take()).to.equal(false);
            const gone = new Promise(resolve => holder.once('close', resolve));
            holder.kill('SIGKILL');
            await gone;
            expect(lock.take()).to.equal(true);
            lock.release();
            expect(new OwnerLockStore(file).take()).to.equal(true);
        });
    });
});
