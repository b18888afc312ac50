import type { TransferTask } from '@connect/api';
import {
    describeTransferEngine,
    type EngineFixture
} from '@connect/api/lib/testing/describe-transfer-engine';
import { fsPath } from '@connect/base';
import { ConnectHome } from '@connect/security/lib/node/connect-home';
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { systemClock } from '@connect/base';
import { ConflictCollector } from '../../common/existing-files';
import { childPrograms } from '../../testing/child-programs';
import { RealServer, SERVER_PASSWORD } from '../../testing/real-server';
import { ConnectCpEngine, findConnectCp } from './connect-cp-engine';
import { HttpsEngine } from './https-engine';
import { ProgramLock } from './program-lock';

function makeEngine(folder: string, settings: object = {}): ConnectCpEngine {
    return withHome(new ConnectCpEngine(), folder, settings);
}

function withHome(engine: ConnectCpEngine, folder: string, settings: object = {}): ConnectCpEngine {
    const home = new ConnectHome();
    Object.assign(home, { root: path.join(folder, 'home') });
    Object.assign(engine, { home, preferences: { 'connect.general.loggingLevel': 'info', ...settings } });
    return engine;
}

function taskFor(
    server: RealServer,
    part: Partial<TransferTask> & Pick<TransferTask, 'direction' | 'sources'>
): TransferTask {
    return {
        jobId: 'job',
        endpoint: {
            host: '127.0.0.1',
            sshPort: server.sshPort,
            udpPort: server.udpPort,
            user: 'ana',
            hostKeyFingerprint: server.fingerprint
        },
        credentials: { password: SERVER_PASSWORD },
        destination: part.direction === 'send' ? '/got' : path.join(server.folder, 'got'),
        rate: { targetBps: 200_000_000, minBps: 0, policy: 'fixed' },
        overwrite: 'diff',
        resume: 'attributes',
        ...part
    };
}

/** What a backend would start the program with. */
const placeIn = (home: string): object => {
    const runFolder = path.join(home, 'var', 'run');
    fs.mkdirSync(runFolder, { recursive: true });
    return {
        node: process.execPath,
        script: findConnectCp(),
        runFolder,
        extraArgs: [],
        isLogged: () => false
    };
};

async function fixture(make: (folder: string) => ConnectCpEngine = makeEngine): Promise<EngineFixture> {
    const server = await RealServer.start();
    const local = path.join(server.folder, 'local');
    const before = new Set(childPrograms().map(({ pid }) => pid));
    return {
        engine: make(server.folder),
        programs: () => childPrograms().filter(({ pid }) => !before.has(pid)),
        task: part => taskFor(server, part),
        put: async (end, relativePath, bytes) => {
            const file = path.join(end === 'near' ? local : server.root, relativePath);
            fs.mkdirSync(path.dirname(file), { recursive: true });
            fs.writeFileSync(fsPath(file), bytes);
            return end === 'near' ? file : `/${relativePath}`;
        },
        got: async (end, relativePath) => {
            const file = path.join(end === 'near' ? server.folder : server.root, 'got', relativePath);
            return fs.existsSync(fsPath(file)) ? Uint8Array.from(fs.readFileSync(fsPath(file))) : undefined;
        },
        drive: work => work,
        dispose: () => server.dispose()
    };
}

describeTransferEngine('connect-cp', () => fixture());
describeTransferEngine('HTTPS', () => fixture(folder => withHome(new HttpsEngine(), folder)));

describe('connect-cp engine', () => {
    let server: RealServer;
    beforeEach(async () => {
        server = await RealServer.start();
    });
    afterEach(() => server.dispose());

    const listener = { onProgress: () => undefined, onFileFailed: () => undefined, onLog: () => undefined };
    const big = (): string => {
        const file = path.join(server.folder, 'big');
        fs.writeFileSync(file, Buffer.alloc(20_000_000, 7));
        return file;
    };
    const slow = { targetBps: 4_000_000, minBps: 0, policy: 'fixed' } as const;
    const runFiles = (): string[] => fs.readdirSync(path.join(server.folder, 'home', 'var', 'run'));
    const until = async (test: () => boolean): Promise<void> => {
        while (!test()) {
            await new Promise(resolve => setTimeout(resolve, 20));
        }
    };
    const pidOf = (): number => {
        const name = runFiles().find(file => file.endsWith('.pid'))!;
        return (
            JSON.parse(fs.readFileSync(path.join(server.folder, 'home', 'var', 'run', name), 'utf8')) as {
                pid: number;
            }
        ).pid;
    };

    it('reports what exists and differs without touching it, then does as it is told', async () => {
        const dir = path.join(server.folder, 'dir');
        const there = (name: string): string => path.join(server.root, 'got', 'dir', name);
        fs.mkdirSync(dir);
        fs.mkdirSync(path.dirname(there('x')), { recursive: true });
        fs.writeFileSync(path.join(dir, 'old.txt'), 'new content');
        fs.writeFileSync(path.join(dir, 'fresh.txt'), 'fresh');
        fs.writeFileSync(there('old.txt'), 'old');
        const collector = new ConflictCollector();
        const run = (overwrite: TransferTask['overwrite']): Promise<unknown> =>
            makeEngine(server.folder)
                .start(taskFor(server, { direction: 'send', sources: [dir], overwrite }), {
                    ...listener,
                    onFileFailed: failure => collector.add(failure)
                })
                .finished.catch((error: unknown) => error);
        expect(await run('report')).to.have.property('code', 'transfer.some-files-failed');
        expect(collector.question).to.deep.include({ count: 1 });
        expect(collector.question!.files[0].path).to.match(/old\.txt$/);
        expect(collector.question!.files[0].message).to.contain('3 bytes of').and.contain('11 bytes of');
        expect(fs.readFileSync(there('old.txt'), 'utf8')).to.equal('old');
        expect(fs.readFileSync(there('fresh.txt'), 'utf8')).to.equal('fresh');
        expect(await run('rename')).to.not.be.instanceOf(Error);
        expect(fs.readdirSync(path.dirname(there('x'))).sort()).to.deep.equal([
            'fresh.txt',
            'old (2).txt',
            'old.txt'
        ]);
        expect(fs.readFileSync(there('old (2).txt'), 'utf8')).to.equal('new content');
    });

    it('divides a transfer among several sessions when the settings say so', async () => {
        const settings = {
            'connect.transfers.multiSession.enabled': true,
            'connect.transfers.multiSession.sessions': 2,
            'connect.transfers.multiSession.threshold': 1,
            'connect.transfers.multiSession.splitLargerThan': 5,
            'connect.transfers.multiSession.startupInterval': 0
        };
        const run = makeEngine(server.folder, settings).start(
            taskFor(server, { direction: 'send', sources: [big()] }),
            listener
        );
        const { progress } = await run.finished;
        expect(progress).to.include({ bytesDone: 20_000_000, filesDone: 1, filesFailed: 0 });
        expect(
            fs.readFileSync(path.join(server.root, 'got', 'big')).equals(Buffer.alloc(20_000_000, 7))
        ).to.equal(true);
    });

    it('keeps secrets out of the command line, lists private, and leaves no file behind', async () => {
        const run = makeEngine(server.folder).start(
            taskFor(server, { direction: 'send', sources: [big()], rate: slow }),
            listener
        );
        const caught = run.finished.catch((error: unknown) => error);
        await until(
            () => fs.existsSync(path.join(server.folder, 'home', 'var', 'run')) && runFiles().length === 2
        );
        const pid = pidOf();
        expect(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
            .to.contain('--file-list=')
            .and.not.contain(SERVER_PASSWORD);
        for (const file of runFiles()) {
            expect(
                fs.statSync(path.join(server.folder, 'home', 'var', 'run', file)).mode & 0o077,
                file
            ).to.equal(0);
        }
        run.stop();
        expect(await caught).to.have.property('code', 'cancelled');
        expect(runFiles()).to.deep.equal([]);
    });

    it('says when the program is killed, and goes on from there', async () => {
        const engine = makeEngine(server.folder);
        const sources = [big()];
        let bytes = 0;
        const first = engine.start(
            taskFor(server, {
                direction: 'send',
                sources,
                rate: { ...slow, targetBps: 30_000_000 }
            }),
            {
                ...listener,
                onProgress: progress => (bytes = progress.bytesDone)
            }
        );
        const caught = first.finished.catch((error: unknown) => error);
        await until(() => bytes > 6_000_000);
        process.kill(pidOf(), 'SIGKILL');
        expect(await caught).to.have.property('code', 'transfer.connection-lost');
        const second = await engine.start(taskFor(server, { direction: 'send', sources }), listener).finished;
        expect(second.progress.bytesDone).to.equal(20_000_000);
        expect(second.progress.bytesSent).to.be.lessThan(17_000_000);
        expect(
            fs.readFileSync(path.join(server.root, 'got', 'big')).equals(Buffer.alloc(20_000_000, 7))
        ).to.equal(true);
    });

    it('ends by itself when the backend that started it is killed', async () => {
        const home = path.join(server.folder, 'home');
        const script = `
            const { ProgramRun } = require(${JSON.stringify(require.resolve('./program-run'))});
            const { connectCpProgram } = require(${JSON.stringify(require.resolve('./connect-cp-program'))});
            const { systemClock } = require('@connect/base');
            const [task, place] = ${JSON.stringify([taskFor(server, { direction: 'send', sources: [big()], rate: slow }), placeIn(home)])};
            const listener = { onProgress: progress => progress.bytesDone > 0 && console.log('flows'), onFileFailed() {}, onLog() {} };
            new ProgramRun(task, connectCpProgram(task, place), listener, { ...place, isLogged: () => false, clock: systemClock });`;
        const backend = spawn(process.execPath, ['-e', script], {
            stdio: ['ignore', 'pipe', 'inherit'],
            cwd: __dirname
        });
        await new Promise(resolve => backend.stdout.once('data', resolve));
        const pid = pidOf();
        backend.kill('SIGKILL');
        await until(() => !fs.existsSync(`/proc/${pid}`));
        const again = await makeEngine(server.folder).start(
            taskFor(server, { direction: 'send', sources: [path.join(server.folder, 'big')] }),
            listener
        ).finished;
        expect(again.progress.bytesDone).to.equal(20_000_000);
    });

    it('ends a program that an earlier backend left behind before it starts another', async () => {
        const folder = path.join(server.folder, 'locks');
        fs.mkdirSync(folder);
        const orphan = spawn(process.execPath, [
            '-e',
            'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("up")'
        ]);
        const gone = new Promise<string | null>(resolve =>
            orphan.once('exit', (_code, signal) => resolve(signal))
        );
        await new Promise(resolve => orphan.stdout.once('data', resolve));
        new ProgramLock(folder, 'job', systemClock).hold(orphan.pid!);
        await new ProgramLock(folder, 'job', systemClock).endPrevious();
        expect(await gone).to.equal('SIGKILL');
        expect(fs.readdirSync(folder)).to.deep.equal([]);
    });

    it('leaves alone a process that has got the number of an earlier one', async () => {
        const folder = path.join(server.folder, 'locks');
        fs.mkdirSync(folder);
        fs.writeFileSync(
            path.join(folder, 'connect-cp-job.pid'),
            JSON.stringify({ pid: process.pid, started: '1' })
        );
        await new ProgramLock(folder, 'job', systemClock).endPrevious();
        expect(fs.readdirSync(folder)).to.deep.equal([]);
    });

    it('names what is wrong when nobody answers', async () => {
        await server.down();
        const run = makeEngine(server.folder).start(
            taskFor(server, { direction: 'send', sources: [big()] }),
            listener
        );
        expect(await run.finished.catch((error: unknown) => error)).to.have.property(
            'code',
            'transfer.connect-refused'
        );
    });
});
