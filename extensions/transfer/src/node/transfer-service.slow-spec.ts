import { TransferEngine, type AccountSession } from '@connect/api';
import { MemoryEngine } from '@connect/api/lib/testing/memory-engine';
import { ConnectError, systemClock } from '@connect/base';
import { AccountService } from '@connect/security/lib/common/account-protocol';
import { consumeFromRpc } from '@connect/security/lib/common/rpc-errors';
import { AccountSessions } from '@connect/security/lib/node/account-sessions';
import { ConnectDatabaseStore } from '@connect/security/lib/node/connect-database-store';
import { CredentialStore } from '@connect/security/lib/node/credential-store';
import { ConnectHome } from '@connect/security/lib/node/connect-home';
import { ContributionProvider } from '@theia/core/lib/common/contribution-provider';
import { Emitter } from '@theia/core/lib/common/event';
import { ILogger } from '@theia/core/lib/common/logger';
import { AbstractChannel } from '@theia/core/lib/common/message-rpc/channel';
import type { WriteBuffer } from '@theia/core/lib/common/message-rpc/message-buffer';
import {
    Uint8ArrayReadBuffer,
    Uint8ArrayWriteBuffer
} from '@theia/core/lib/common/message-rpc/uint8-array-message-buffer';
import { ConnectionHandler } from '@theia/core/lib/common/messaging/handler';
import { RpcProxyFactory } from '@theia/core/lib/common/messaging/proxy-factory';
import { PreferenceService } from '@theia/core/lib/common/preferences/preference-service';
import { MockLogger } from '@theia/core/lib/common/test/mock-logger';
import { BackendApplicationContribution } from '@theia/core/lib/node/backend-application';
import { ConnectionContainerModule } from '@theia/core/lib/node/messaging/connection-container-module';
import { Container, type ContainerModule } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { JobList } from '../common/job-list';
import {
    MONITOR_SERVICE_PATH,
    type MonitorService,
    type MonitorUpdate,
    type WindowClient
} from '../common/monitor-protocol';
import { EnginePreferences } from '../common/engine-preferences';
import { TransferPreferences } from '../common/transfer-preferences';
import {
    TRANSFER_SERVICE_PATH,
    type Job,
    type JobDelta,
    type TransferService
} from '../common/transfer-protocol';
import { ConnectCpEngine } from './engines/connect-cp-engine';
import { ConnectLogBook } from './logs/connect-log-book';
import { StagingArea } from './staging-area';
import { StagingEndpoint } from './staging-endpoint';
import backendModule from './transfer-backend-module';
import { TransferServiceImpl } from './transfer-service';

/** Two of them back to back carry the real encoding of Theia's RPC. */
class PipeChannel extends AbstractChannel {
    peer: PipeChannel;

    override getWriteBuffer(): WriteBuffer {
        const buffer = new Uint8ArrayWriteBuffer();
        buffer.onCommit(bytes =>
            setImmediate(() => this.peer.onMessageEmitter.fire(() => new Uint8ArrayReadBuffer(bytes)))
        );
        return buffer;
    }
}

/** A proxy over the wire of what answers at the path. */
function connect<T extends object>(
    handlers: readonly ConnectionHandler[],
    servicePath: string,
    client?: WindowClient
): T {
    const [near, far] = [new PipeChannel(), new PipeChannel()];
    [near.peer, far.peer] = [far, near];
    handlers.find(({ path: each }) => each === servicePath)!.onConnection(near);
    const factory = new RpcProxyFactory<T>(client);
    const service = consumeFromRpc<T>(factory.createProxy());
    factory.listen(far);
    return service;
}

/** A backend of the real module, with accounts and settings of its own and an engine in memory. */
class Backend {
    readonly container = new Container();
    readonly engine = new MemoryEngine(systemClock, { password: 'secret', fingerprint: 'SHA256:k' });
    readonly removed = new Emitter<string>();
    resets = 0;

    constructor(
        readonly folder: string,
        public password: string | undefined = 'secret'
    ) {
        const { container } = this;
        container.load(backendModule);
        const home = new ConnectHome();
        Object.assign(home, { root: folder });
        container.bind(ConnectHome).toConstantValue(home);
        container.bind(ConnectDatabaseStore).toSelf().inSingletonScope();
        container.bind(CredentialStore).toSelf().inSingletonScope();
        container.bind(AccountSessions).toConstantValue(this.accounts());
        container.bind(AccountService).toConstantValue({} as AccountService);
        container.bind(ILogger).to(MockLogger);
        container.bind(PreferenceService).toConstantValue({} as PreferenceService);
        container.rebind(TransferPreferences).toConstantValue({
            ready: Promise.resolve(),
            onPreferenceChanged: new Emitter<never>().event,
            'connect.transfers.queue.max': 2
        } as unknown as TransferPreferences);
        container.rebind(EnginePreferences).toConstantValue({} as EnginePreferences);
        container.rebind(TransferEngine).toConstantValue(this.engine);
    }

    start(): void {
        this.container.get(TransferServiceImpl).onStart();
    }

    stop(): void {
        this.container.get(TransferServiceImpl).onStop();
        this.container.get(ConnectLogBook).close();
        this.container.get(ConnectDatabaseStore).close();
    }

    /** A window: a proxy over the wire, and the list that it keeps. */
    async open(): Promise<{
        service: TransferService;
        list: JobList;
        deltas: JobDelta[];
        until(test: (jobs: readonly Job[]) => boolean): Promise<void>;
        monitors: MonitorService;
        updates: MonitorUpdate[];
    }> {
        const handlers = this.connection();
        const list = new JobList();
        const deltas: JobDelta[] = [];
        const updates: MonitorUpdate[] = [];
        const changed = new Emitter<void>();
        const client: WindowClient = {
            onNews: ({ jobs, monitors }) => {
                updates.push(...(monitors ?? []));
                if (jobs) {
                    deltas.push(jobs);
                    list.apply(jobs);
                    changed.fire();
                }
            }
        };
        const service = connect<TransferService>(handlers, TRANSFER_SERVICE_PATH, client);
        const monitors = connect<MonitorService>(handlers, MONITOR_SERVICE_PATH);
        list.load(await service.snapshot());
        const until = (test: (jobs: readonly Job[]) => boolean): Promise<void> =>
            new Promise(resolve => {
                const look = (): void => {
                    if (test(list.jobs)) {
                        listening.dispose();
                        resolve();
                    }
                };
                const listening = changed.event(look);
                look();
            });
        return { service, list, deltas, until, monitors, updates };
    }

    /** What the backend makes for one more window that has connected. */
    private connection(): ConnectionHandler[] {
        const container = this.container.createChild() as Container;
        container.load(...this.container.getAll<ContainerModule>(ConnectionContainerModule));
        return container.getAll<ConnectionHandler>(ConnectionHandler);
    }

    private accounts(): AccountSessions {
        const session: AccountSession = {
            transferEndpoint: async () => ({
                endpoint: { host: 'h', sshPort: 1, udpPort: 1, user: 'u', hostKeyFingerprint: 'SHA256:k' },
                credentials: { password: this.password }
            }),
            dispose: () => undefined
        };
        return {
            onDidRemoveAccount: this.removed.event,
            stages: () => [],
            account: (id: string) => {
                if (id !== 'demo') {
                    throw new ConnectError('security.account-unknown', 'no such account');
                }
                return { id, name: 'Demo', typeId: 't', settings: {} };
            },
            reset: async () => {
                this.resets += 1;
            },
            session: async () => {
                if (this.password === undefined) {
                    throw new ConnectError('security.credentials-required', 'needs a password', {
                        missing: 'password'
                    });
                }
                return session;
            }
        } as unknown as AccountSessions;
    }
}

describe('transfer service', () => {
    let folder: string;
    let backend: Backend;
    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(tmpdir(), 'connect-transfer-service-'));
        backend = new Backend(folder);
        backend.start();
    });
    afterEach(() => {
        backend.stop();
        fs.rmSync(folder, { recursive: true });
    });

    /** A file that the submission finds on disk and the engine in memory. */
    const file = (name: string, sizeBytes = 10): string => {
        const local = path.join(folder, name);
        fs.writeFileSync(local, 'x');
        backend.engine.near.set(local, new Uint8Array(sizeBytes));
        return `file://${local.split('/').map(encodeURIComponent).join('/')}`;
    };
    const failure = async (work: Promise<unknown>): Promise<ConnectError> =>
        work.then(
            () => {
                throw new Error('did not fail');
            },
            (error: unknown) => error as ConnectError
        );

    it('binds nothing that cannot be made', () => {
        const { container } = new Backend(folder);
        expect(container.getAll(BackendApplicationContribution)).to.not.be.empty;
        expect(container.getAll<ConnectionHandler>(ConnectionHandler)).to.not.be.empty;
        expect(container.get(ConnectCpEngine).id).to.equal('connect-cp');
        expect(container.get(StagingEndpoint)).to.be.instanceOf(StagingEndpoint);
        const engines = container.getNamed<ContributionProvider<TransferEngine>>(
            ContributionProvider,
            TransferEngine
        );
        expect(engines.getContributions().map(engine => engine.id)).to.deep.equal(['memory']);
    });

    it('takes a job over the wire, runs it and tells every window', async () => {
        const [first, second] = [await backend.open(), await backend.open()];
        const [job] = await first.service.submit({ sources: [file('a b\nc')], target: 'connect://demo/in' });
        expect(job).to.include({ name: 'a b\nc', accountName: 'Demo', direction: 'send', accountId: 'demo' });
        for (const window of [first, second]) {
            await window.until(jobs => jobs[0]?.state === 'completed');
            expect(window.list.jobs[0]).to.include({ verified: true, engineId: 'memory' });
        }
        expect(backend.engine.far.has('/in/a b\nc')).to.equal(true);
        await first.service.clearFinished();
        await second.until(jobs => jobs.length === 0);
    });

    it('receives into a folder of this computer', async () => {
        const { service, until } = await backend.open();
        backend.engine.far.set('/Media/é/x', new Uint8Array(3));
        await service.submit({ sources: ['connect://demo/Media/%C3%A9'], target: `file://${folder}/down` });
        await until(jobs => jobs[0]?.state === 'completed');
        expect(backend.engine.near.get(path.join(folder, 'down', 'é', 'x'))).to.have.length(3);
    });

    const refused: Array<[string, () => { sources: string[]; target: string; stagingId?: string }, string]> =
        [
            ['nothing', () => ({ sources: [], target: 'connect://demo/' }), 'usage'],
            ['local to local', () => ({ sources: [file('a')], target: `file://${folder}` }), 'usage'],
            [
                'account to account',
                () => ({ sources: ['connect://demo/a'], target: 'connect://demo/b' }),
                'usage'
            ],
            [
                'two accounts',
                () => ({ sources: ['connect://demo/a', 'connect://x/b'], target: `file://${folder}` }),
                'usage'
            ],
            [
                'two sources of one name',
                () => ({ sources: ['connect://demo/a/x', 'connect://demo/b/x'], target: `file://${folder}` }),
                'usage'
            ],
            [
                'an unknown account',
                () => ({ sources: [file('a')], target: 'connect://gone/' }),
                'security.account-unknown'
            ],
            [
                'a missing file',
                () => ({ sources: [`file://${folder}/none`], target: 'connect://demo/' }),
                'transfer.source-missing'
            ],
            [
                'a file as target',
                () => ({ sources: ['connect://demo/a'], target: file('a') }),
                'transfer.not-a-directory'
            ],
            [
                'an upload that is gone',
                () => ({
                    sources: [file('a')],
                    target: 'connect://demo/',
                    stagingId: '11111111-1111-1111-1111-111111111111'
                }),
                'usage'
            ]
        ];
    for (const [description, request, code] of refused) {
        it(`refuses ${description}, with code, and keeps no job`, async () => {
            const { service } = await backend.open();
            expect(await failure(service.submit(request()))).to.have.property('code', code);
            expect((await service.snapshot()).jobs).to.deep.equal([]);
        });
    }

    it('takes what lies below another source only once', async () => {
        const { service } = await backend.open();
        const sources = ['connect://demo/a', 'connect://demo/a/b', 'connect://demo/ab'];
        const [job] = await service.submit({ sources, target: `file://${folder}` });
        expect(job.sources).to.deep.equal(['connect://demo/a', 'connect://demo/ab']);
    });

    it('takes staged files, refuses others under their name, and removes them when the job is done', async () => {
        const { service, until } = await backend.open();
        const area = backend.container.get(StagingArea);
        const { stagingId, folder: staged } = await area.create();
        fs.writeFileSync(path.join(staged, 'd'), 'x');
        backend.engine.near.set(path.join(staged, 'd'), new Uint8Array(1));
        expect(
            await failure(service.submit({ sources: [file('a')], target: 'connect://demo/', stagingId }))
        ).to.have.property('code', 'usage');
        await service.submit({ sources: [`file://${staged}/d`], target: 'connect://demo/', stagingId });
        await until(jobs => jobs[0]?.state === 'completed');
        while (fs.existsSync(staged)) {
            await new Promise(resolve => setTimeout(resolve, 5));
        }
    });

    it('asks for what an account lacks, when a window wants to go on', async () => {
        backend.password = undefined;
        const { service, until } = await backend.open();
        const [job] = await service.submit({ sources: [file('a')], target: 'connect://demo/' });
        await until(jobs => jobs[0]?.state === 'needs-user');
        const error = await failure(service.resume([job.id]));
        expect(error).to.include({ code: 'security.credentials-required' });
        expect(error.data).to.include({ missing: 'password' });
        backend.password = 'secret';
        await service.resume([job.id]);
        await until(jobs => jobs[0]?.state === 'completed');
        expect(backend.resets).to.equal(2);
    });

    it('asks about existing files, and goes on with the answer', async () => {
        backend.engine.far.set('/in/a', new Uint8Array(3));
        const { service, until } = await backend.open();
        const [job] = await service.submit({
            sources: [file('a')],
            target: 'connect://demo/in',
            existing: 'ask'
        });
        await until(jobs => jobs[0]?.question?.count === 1);
        expect(backend.engine.far.get('/in/a')).to.have.length(3);
        await service.setExisting([job.id], 'overwrite');
        await until(jobs => jobs[0]?.state === 'completed');
        expect(backend.engine.far.get('/in/a')).to.have.length(10);
    });

    it('pauses all, orders the queue, and goes on, in sight of every window', async () => {
        const { service, list, until } = await backend.open();
        await service.pauseAll();
        await until(() => list.queue.paused !== undefined);
        const names = ['a', 'b', 'c', 'd'];
        const ids: string[] = [];
        for (const name of names) {
            const [job] = await service.submit({ sources: [file(name)], target: 'connect://demo/in' });
            ids.push(job.id);
        }
        await service.move([ids[3]], 'top');
        await service.setPriority([ids[2]], 'high');
        await service.setRate([ids[0]], { targetBps: 5e6 });
        await until(jobs => jobs.map(({ name, position }) => `${name}${position}`).join() === 'c1,d2,a3,b4');
        await service.resumeAll();
        await until(jobs => jobs.every(job => job.state === 'completed'));
        expect(backend.engine.started).to.deep.equal([ids[2], ids[3], ids[0], ids[1]]);
        expect(backend.engine.rates.get(ids[0])!.targetBps).to.equal(5e6);
        expect(list.queue.paused).to.equal(undefined);
        await service.restart([ids[0]]);
        await until(
            jobs => jobs.every(job => job.state === 'completed') && backend.engine.started.length === 5
        );
    });

    it('shows a window that has a monitor open how the job does', async () => {
        const { service, until, monitors, updates } = await backend.open();
        const other = await backend.open();
        const [{ id }] = await service.submit({
            sources: [file('a', 5_000_000)],
            target: 'connect://demo/in',
            rate: { targetBps: 20e6 }
        });
        const { revision } = await monitors.open(id);
        expect(revision).to.equal(0);
        await until(jobs => jobs.some(({ state }) => state === 'transferring'));
        await service.setRate([id], { targetBps: 80e6 });
        await until(jobs => jobs[0].state === 'completed');
        const whole = await monitors.open(id);
        expect(whole.now.rate.asked!.targetBps).to.equal(80e6);
        expect(whole.events.map(({ kind }) => kind)).to.deep.equal(['start', 'complete']);
        expect(whole.log.map(({ text }) => text)).to.include('queued -> preparing (start)');
        expect(updates[0]).to.include({ jobId: id, revision: 1 });
        expect(other.updates, 'a window that has none open').to.deep.equal([]);
        expect(await failure(monitors.open('nobody'))).to.have.property('code', 'transfer.job-unknown');
    });

    it('refuses what makes no sense', async () => {
        const { service } = await backend.open();
        const sources = [file('a')];
        const nonsense: Array<Promise<unknown>> = [
            service.pauseAll(-1),
            service.move([], 'sideways' as never),
            service.setPriority([], 'urgent' as never),
            service.setExisting([], 'maybe' as never),
            service.setRate([], { targetBps: 0 }),
            service.submit({ sources, target: 'connect://demo/', existing: 'maybe' as never })
        ];
        for (const refused of nonsense) {
            expect(await failure(refused)).to.have.property('code', 'usage');
        }
        expect(await failure(service.setPriority(['nobody'], 'high'))).to.have.property(
            'code',
            'transfer.job-unknown'
        );
    });

    it('treats every job it is told to before it complains', async () => {
        const { service, until } = await backend.open();
        const [job] = await service.submit({ sources: [file('a')], target: 'connect://demo/' });
        await until(jobs => jobs[0]?.state === 'completed');
        expect(await failure(service.stop([job.id]))).to.have.property('code', 'transfer.job-state');
        expect(await failure(service.remove(['nobody', job.id]))).to.have.property(
            'code',
            'transfer.job-unknown'
        );
        expect((await service.snapshot()).jobs).to.deep.equal([]);
    });

    it('goes on after a restart, with windows that notice', async () => {
        const { service, list, until } = await backend.open();
        await service.submit({ sources: [file('slow', 400_000_000)], target: 'connect://demo/' });
        await until(jobs => jobs[0]?.state === 'transferring' && jobs[0].bytesDone > 0);
        const { far, near, partials } = backend.engine;
        backend.stop();
        backend = new Backend(folder);
        far.forEach((bytes, name) => backend.engine.far.set(name, bytes));
        near.forEach((bytes, name) => backend.engine.near.set(name, bytes));
        partials.forEach((bytes, name) => backend.engine.partials.set(name, bytes));
        backend.start();
        const later = await backend.open();
        expect(later.list.jobs).to.have.length(1);
        expect(later.list.jobs[0].id).to.equal(list.jobs[0].id);
        await later.until(jobs => jobs[0].state === 'completed');
        expect(list.apply(later.deltas[0])).to.equal('gap');
    });

    it('tells a window at most four times per second', async () => {
        const { service, deltas, until } = await backend.open();
        const begin = performance.now();
        await service.submit({
            sources: [file('a', 100_000_000), file('b', 100_000_000)],
            target: 'connect://demo/'
        });
        await until(jobs => jobs[0]?.state === 'completed');
        expect(deltas.length).to.be.at.most(Math.ceil((performance.now() - begin) / 250) + 1);
    });

    it('says why when the list cannot be read', async () => {
        backend.stop();
        const broken = new Backend(fs.mkdtempSync(path.join(folder, 'broken-')));
        const database = broken.container.get(ConnectDatabaseStore);
        database.migrate('transfer', ['select 1', 'select 1', 'select 1']);
        broken.start();
        const error = await failure(broken.open());
        expect(error).to.have.property('code', 'not-supported');
        backend = broken;
    });

    it('is not stopped by a log that cannot be written', async () => {
        const { service, until } = await backend.open();
        fs.writeFileSync(path.join(folder, 'logs'), 'no folder');
        await service.submit({ sources: [file('a')], target: 'connect://demo/' });
        await until(jobs => jobs[0]?.state === 'completed');
    });

    it('logs what happens, and no secret', async () => {
        const { service, until } = await backend.open();
        await service.submit({ sources: [file('a')], target: 'connect://demo/' });
        await until(jobs => jobs[0]?.state === 'completed');
        backend.container.get(ConnectLogBook).close();
        const log = fs.readFileSync(path.join(folder, 'logs', 'connect-transfer.log'), 'utf8');
        expect(log).to.contain('queued -> preparing').and.contain('-> completed').and.not.contain('secret');
    });
});
