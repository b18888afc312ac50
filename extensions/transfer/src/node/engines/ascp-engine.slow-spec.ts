import type { ServerEndpoint, TransferTask } from '@connect/api';
import {
    describeTransferEngine,
    type EngineFixture
} from '@connect/api/lib/testing/describe-transfer-engine';
import { ConnectError, fsPath } from '@connect/base';
import { ConnectHome } from '@connect/security/lib/node/connect-home';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { ascpCalls, writeAscpStandIn, type AscpWorld } from '../../testing/ascp-world';
import { childPrograms } from '../../testing/child-programs';
import { sha1Fingerprint } from './ascp-command';
import { AscpEngine } from './ascp-engine';

const PASSWORD = 'correct horse battery staple';
const HOST_KEY = Buffer.from('a public key').toString('base64');
const FINGERPRINT = 'SHA256:known';

/** A stand-in for ascp in a folder of its own, and an engine that is told of it. */
class World {
    readonly folder = fs.mkdtempSync(path.join(tmpdir(), 'connect-ascp-spec-'));
    readonly near = path.join(this.folder, 'near');
    readonly facts: AscpWorld;
    readonly program: string;
    readonly engine = new AscpEngine();

    constructor(part: Partial<AscpWorld> = {}) {
        this.facts = {
            root: path.join(this.folder, 'far'),
            password: PASSWORD,
            hostKeySha1: sha1Fingerprint(HOST_KEY),
            record: path.join(this.folder, 'record'),
            ...part
        };
        this.program = writeAscpStandIn(path.join(this.folder, 'installed'), this.facts);
        const home = new ConnectHome();
        Object.assign(home, { root: path.join(this.folder, 'home') });
        Object.assign(this.engine, {
            home,
            preferences: { 'connect.general.loggingLevel': 'trace' },
            enginePreferences: { 'connect.engines.ascp.path': this.program }
        });
    }

    task(part: Partial<TransferTask> & Pick<TransferTask, 'direction' | 'sources'>): TransferTask {
        return {
            jobId: 'job',
            endpoint: {
                ...{ host: 'aspera.example', sshPort: 33001, udpPort: 33001, user: 'ana', kind: 'aspera' },
                ...{ hostKeyFingerprint: FINGERPRINT, hostKey: HOST_KEY }
            },
            credentials: { password: PASSWORD },
            destination: part.direction === 'send' ? '/got' : path.join(this.near, 'got'),
            rate: { targetBps: 200_000_000, minBps: 0, policy: 'fixed' },
            overwrite: 'diff',
            resume: 'attributes',
            ...part
        };
    }

    put(end: 'near' | 'far', relativePath: string, bytes: Uint8Array): string {
        const file = path.join(end === 'near' ? this.near : this.facts.root, relativePath);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(fsPath(file), bytes);
        return end === 'near' ? file : `/${relativePath}`;
    }

    got(end: 'near' | 'far', relativePath: string): Uint8Array | undefined {
        const file = path.join(end === 'near' ? this.near : this.facts.root, 'got', relativePath);
        return fs.existsSync(fsPath(file)) ? Uint8Array.from(fs.readFileSync(fsPath(file))) : undefined;
    }

    dispose(): void {
        fs.rmSync(this.folder, { recursive: true, force: true });
    }
}

/** The contract gives another SHA-256 for a wrong key; what ascp compares follows from it. */
function withKeyOfFingerprint(task: TransferTask): TransferTask {
    const endpoint = task.endpoint as ServerEndpoint;
    return endpoint.hostKeyFingerprint === FINGERPRINT
        ? task
        : { ...task, endpoint: { ...endpoint, hostKey: Buffer.from('another key').toString('base64') } };
}

async function fixture(): Promise<EngineFixture> {
    const world = new World();
    const { engine } = world;
    const start = engine.start.bind(engine);
    engine.start = (task, listener) => start(withKeyOfFingerprint(task), listener);
    const before = new Set(childPrograms().map(({ pid }) => pid));
    return {
        engine,
        task: part => world.task(part),
        put: async (end, relativePath, bytes) => world.put(end, relativePath, bytes),
        got: async (end, relativePath) => world.got(end, relativePath),
        drive: work => work,
        programs: () => childPrograms().filter(({ pid }) => !before.has(pid)),
        dispose: async () => world.dispose()
    };
}

describeTransferEngine('ascp', fixture);

describe('ascp engine', () => {
    const worlds: World[] = [];
    const open = (part?: Partial<AscpWorld>): World => {
        const world = new World(part);
        worlds.push(world);
        return world;
    };
    afterEach(() => worlds.splice(0).forEach(world => world.dispose()));

    const quiet = { onProgress: () => undefined, onFileFailed: () => undefined, onLog: () => undefined };
    const run = (world: World, part: Partial<TransferTask> = {}): Promise<unknown> => {
        const source = world.put('near', 'a', Buffer.from('a'));
        const task = world.task({ direction: 'send', sources: [source], ...part });
        return world.engine.start(task, quiet).finished.catch((error: unknown) => error);
    };

    it('describes the program, its version and its licence', async () => {
        const world = open();
        expect(await world.engine.describe()).to.deep.equal({
            purpose: 'Aspera servers',
            program: world.program,
            version: 'IBM Aspera Connect version 4.2.8.540',
            licence: `License max rate=(unlimited), account no.=1, license no.=1, product=2; ${path.join(world.folder, 'installed/etc/aspera-license')}`
        });
    });

    it('says what is wrong with the program', async () => {
        const world = open();
        fs.writeFileSync(world.program, '#!/bin/sh\nexit 3\n');
        expect((await world.engine.describe()).problem).to.contain('does not run');
        fs.rmSync(world.program);
        expect((await world.engine.describe()).problem).to.contain(world.program);
        const task = world.task({ direction: 'send', sources: ['/a'] });
        expect(world.engine.refuses(task)).to.contain(world.program);
        expect(
            await Promise.resolve()
                .then(() => run(world))
                .catch((error: unknown) => error)
        ).to.have.property('code', 'transfer.engine-missing');
    });

    it('gives secrets to the environment, and the way through a proxy to the command line', async () => {
        const world = open();
        const faspProxy = { kind: 'dnat', host: 'proxy', port: 9092, user: 'pia', secure: true } as const;
        await run(world, {
            route: { httpsFallback: false, faspProxy },
            credentials: { password: PASSWORD, token: 'a-token', faspProxyPassword: 'hush' }
        });
        const { args, environment } = ascpCalls(world.facts).at(-1)!;
        expect(args).to.include.members(['--proxy=dnats://pia@proxy:9092', '--host=aspera.example']);
        expect(environment).to.deep.equal({
            ASPERA_SCP_PASS: PASSWORD,
            ASPERA_SCP_TOKEN: 'a-token',
            ASPERA_PROXY_PASS: 'hush'
        });
        expect(args.join(' ')).to.not.match(/a-token|hush|correct/);
    });

    it('does not say that anybody compared the bytes', async () => {
        expect(await run(open()))
            .to.have.property('unverified')
            .that.contains('hashes');
    });

    it('tells of a failure by its number, with the words of the program', async () => {
        const world = open({ refusal: { number: 30, text: 'License expired' } });
        const error = (await run(world)) as ConnectError;
        expect(error).to.include({ code: 'engine.licence', message: 'License expired', kind: 'permanent' });
        expect(error.data).to.deep.equal({ ascp: 30 });
    });

    it('says what a program said that ended before it reported anything', async () => {
        const world = open({ deadWords: 'ascp: no licence file found\n' });
        const error = (await run(world)) as ConnectError;
        expect(error).to.have.property('code', 'transfer.engine-missing');
        expect(error.message).to.contain('no licence file found');
    });
});
