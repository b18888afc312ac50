import type { LiveTest } from '@connect/transfer/lib/common/diagnosis/diagnosis-protocol';
import { explainTest } from '@connect/transfer/lib/common/diagnosis/explain-test';
import { LiveTestRun } from '@connect/transfer/lib/node/diagnosis/live-test-run';
import type { TestTarget } from '@connect/transfer/lib/node/diagnosis/test-target';
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { Dante, danteUnavailable } from '../support/dante';
import { distantBench } from '../support/distant-bench';
import { mustRun } from '../support/processes';
import { Squid, squidUnavailable } from '../support/squid';
import { PASSWORD, TransferBench } from '../support/transfer-bench';
import { freePort } from '../support/free-port';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

function targetOf(bench: TransferBench, more: Partial<TestTarget> = {}): TestTarget {
    const { sshPort, udpPort, fingerprint } = bench.address;
    return {
        subjectName: 'Server',
        accountId: 'a',
        ...{ host: bench.host, sshPort, udpPort },
        login: { user: 'ana', credentials: { password: PASSWORD } },
        trustedHostKey: fingerprint,
        secrets: [PASSWORD],
        folders: [{ side: 'remote', path: '/', access: 'granted' }],
        ...more
    };
}

/** The same host, of which nothing but its place is known. */
function hostOf(bench: TransferBench, more: Partial<TestTarget> = {}): TestTarget {
    return targetOf(bench, {
        ...{ login: undefined, accountId: undefined, trustedHostKey: undefined, folders: [] },
        ...more
    });
}

async function tested(target: TestTarget): Promise<LiveTest> {
    const run = new LiveTestRun(target, () => undefined);
    await run.run();
    return run.state;
}

const statesOf = ({ stages }: LiveTest): Record<string, string> =>
    Object.fromEntries(stages.map(({ stage, state, error }) => [stage, error?.code ?? state]));
const evidenceOf = ({ stages }: LiveTest, stage: string): string =>
    stages.find(each => each.stage === stage)?.evidence.join('; ') ?? '';

describe('test of the way to a server', () => {
    let bench: TransferBench;

    before(async () => {
        bench = await TransferBench.start();
    });

    after(() => bench.dispose());

    it('passes every stage of a good way, with evidence, and leaves nothing behind', async () => {
        const test = await tested(targetOf(bench));
        expect(statesOf(test)).to.include({
            ...{ name: 'ok', tcp: 'ok', 'host-key': 'ok', login: 'ok', session: 'ok' },
            ...{ udp: 'ok', https: 'ok', permission: 'ok' }
        });
        expect(evidenceOf(test, 'udp')).to.match(
            /probes sent to 127\.0\.0\.1 port \d+, \d+ arrived; Round trip/
        );
        expect(evidenceOf(test, 'udp')).to.contain('IP packets of 1500 bytes pass');
        expect(evidenceOf(test, 'https')).to.contain('with the certificate that SSH has told');
        expect(evidenceOf(test, 'permission')).to.contain('A file was written to /');
        expect(evidenceOf(test, 'disk')).to.match(/free at \//);
        expect(explainTest(test).headline).to.equal('Nothing stands in the way');
        expect(fs.readdirSync(bench.root)).to.deep.equal([]);
        expect(JSON.stringify(test)).not.to.include(PASSWORD);
    });

    it('ends at a name that nobody knows', async () => {
        const test = await tested(targetOf(bench, { host: 'no-such-host.invalid' }));
        expect(statesOf(test)).to.include({
            name: 'transfer.host-unknown',
            ...{ tcp: 'not-reached', login: 'not-reached', udp: 'not-reached', https: 'not-reached' }
        });
        expect(evidenceOf(test, 'tcp')).to.contain('“Name (DNS)” comes before');
    });

    it('ends at a port that is closed', async () => {
        const test = await tested(targetOf(bench, { sshPort: await freePort() }));
        expect(statesOf(test)).to.include({
            ...{ name: 'ok', tcp: 'transfer.connect-refused', 'host-key': 'not-reached' },
            ...{ udp: 'not-reached', permission: 'not-reached' }
        });
    });

    it('ends at another host key, before the password is said', async () => {
        const trustedHostKey = `SHA256:${'A'.repeat(43)}`;
        const test = await tested(targetOf(bench, { trustedHostKey }));
        expect(statesOf(test)).to.include({
            ...{ tcp: 'ok', 'host-key': 'transfer.host-key-mismatch', login: 'not-reached' }
        });
        expect(evidenceOf(test, 'host-key'))
            .to.contain(bench.address.fingerprint)
            .and.contain(trustedHostKey);
        const { data } = test.stages.find(({ stage }) => stage === 'host-key')!.error!;
        expect(data).to.include({ fingerprint: bench.address.fingerprint, trusted: trustedHostKey });
        const unknown = await tested(targetOf(bench, { trustedHostKey: undefined }));
        expect(statesOf(unknown)).to.include({
            'host-key': 'transfer.host-key-unknown',
            login: 'not-reached'
        });
    });

    it('ends at a wrong password', async () => {
        const login = { user: 'ana', credentials: { password: 'wrong password' } };
        const test = await tested(targetOf(bench, { login, secrets: ['wrong password'] }));
        expect(statesOf(test)).to.include({
            ...{ 'host-key': 'ok', login: 'transfer.authentication-failed', session: 'not-reached' }
        });
        expect(JSON.stringify(test)).not.to.include('wrong password');
    });

    it('looks at a host without an account as far as it can', async () => {
        const test = await tested(
            targetOf(bench, {
                login: undefined,
                accountId: undefined,
                trustedHostKey: undefined,
                folders: []
            })
        );
        expect(statesOf(test)).to.include({
            ...{ name: 'ok', tcp: 'ok', 'host-key': 'not-tested', login: 'not-tested', udp: 'not-tested' }
        });
        expect(evidenceOf(test, 'host-key')).to.contain(bench.address.fingerprint);
    });

    it('finds that a folder of this computer has too little room', async function () {
        if (!isRoot) {
            return this.skip();
        }
        const path = join(bench.folder, 'full');
        fs.mkdirSync(path);
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]);
        try {
            const folders = [{ side: 'local', path, access: 'write', neededBytes: 5_000_000 }] as const;
            const test = await tested(targetOf(bench, { folders }));
            expect(statesOf(test)).to.include({ permission: 'ok', disk: 'transfer.no-space' });
            expect(evidenceOf(test, 'disk')).to.match(/1\.\d+ M(i?)B free/);
        } finally {
            execFileSync('umount', [path]);
        }
    });

    it('is cancelled at once, and says so', async () => {
        const run = new LiveTestRun(targetOf(bench, { udpPort: await freePort() }), test => {
            if (test.stages.some(({ stage, state }) => stage === 'udp' && state === 'running')) {
                run.cancel();
            }
        });
        await run.run();
        expect(run.state.isCancelled).to.equal(true);
        expect(statesOf(run.state)).to.include({ login: 'ok', udp: 'not-tested', permission: 'not-tested' });
        expect(evidenceOf(run.state, 'udp')).to.equal('The test was cancelled');
    });
});

describe('test of a folder that the server does not let one write (needs root and setpriv)', () => {
    it('finds that out, and that another one can be written', async function () {
        if (!isRoot) {
            return this.skip();
        }
        const bench = await TransferBench.start({ serverUid: NOBODY });
        try {
            fs.mkdirSync(join(bench.root, 'forbidden'), { mode: 0o755 });
            const folder = { side: 'remote', access: 'write' } as const;
            const folders = [{ ...folder, path: '/forbidden' }];
            const test = await tested(targetOf(bench, { folders }));
            expect(statesOf(test)).to.include({ udp: 'ok', permission: 'transfer.permission-denied' });
            const open = await tested(targetOf(bench, { folders: [{ ...folder, path: '/' }] }));
            expect(statesOf(open)).to.include({ permission: 'ok' });
        } finally {
            await bench.dispose();
        }
    });
});

describe('test of a way through proxies', () => {
    let bench: TransferBench;
    before(async () => {
        bench = await TransferBench.start();
    });
    after(() => bench.dispose());

    const noDante = danteUnavailable();
    it(`passes a real dante by SSH and UDP${noDante ? ` (${noDante})` : ''}`, async function () {
        if (noDante) {
            return this.skip();
        }
        const dante = await Dante.start();
        try {
            const socksProxy = { host: '127.0.0.1', port: dante.port, isSecure: false };
            const test = await tested(targetOf(bench, { socksProxy }));
            expect(statesOf(test)).to.include({
                ...{ proxy: 'ok', 'host-key': 'ok', login: 'ok', session: 'ok', udp: 'ok' }
            });
            expect(statesOf(test)).not.to.have.any.keys('name', 'tcp');
            expect(evidenceOf(test, 'proxy')).to.contain(`127.0.0.1:${dante.port} connected to`);
            expect(dante.log).to.contain(`.${bench.address.sshPort}`);
            const host = await tested(hostOf(bench, { socksProxy }));
            expect(statesOf(host), 'a host without an account').to.include({
                proxy: 'ok',
                login: 'not-tested'
            });
            expect(evidenceOf(host, 'host-key')).to.contain(bench.address.fingerprint);
        } finally {
            await dante.dispose();
        }
        const gone = await tested(
            targetOf(bench, { socksProxy: { host: '127.0.0.1', port: dante.port, isSecure: false } })
        );
        expect(gone.stages.find(({ stage }) => stage === 'proxy')?.state).to.equal('failed');
    });

    const noSquid = squidUnavailable();
    it(`passes a real squid by HTTPS, and says which${noSquid ? ` (${noSquid})` : ''}`, async function () {
        if (noSquid) {
            return this.skip();
        }
        const squid = await Squid.start({ user: 'otto', password: 'squid secret' });
        try {
            const proxy = (password: string): URL =>
                new URL(`http://otto:${encodeURIComponent(password)}@127.0.0.1:${squid.port}`);
            const secrets = [PASSWORD, 'squid secret', 'another'];
            const test = await tested(targetOf(bench, { httpProxy: proxy('squid secret'), secrets }));
            expect(statesOf(test)).to.include({ udp: 'ok', https: 'ok' });
            expect(evidenceOf(test, 'https')).to.contain('through proxy 127.0.0.1');
            expect(squid.log).to.match(/CONNECT/);
            const refused = await tested(targetOf(bench, { httpProxy: proxy('another'), secrets }));
            expect(statesOf(refused)).to.include({ udp: 'ok', https: 'transfer.proxy-refused' });
            expect(JSON.stringify([test, refused])).not.to.include('squid secret');
        } finally {
            await squid.dispose();
        }
    });

    it('tells of a DNAT proxy that it goes past', async () => {
        const test = await tested(targetOf(bench, { dnatProxy: 'dnat.example:9091' }));
        expect(statesOf(test)).to.include({ proxy: 'not-tested', name: 'ok', tcp: 'ok', udp: 'ok' });
        expect(evidenceOf(test, 'proxy')).to.contain('dnat.example:9091');
    });
});

describe('test of a way that drops UDP (needs root, ip and nft)', () => {
    const far = distantBench();

    /** The test runs where the client is. */
    const inNamespace = async (): Promise<LiveTest> => {
        const program = resolve(__dirname, '../support/live-test-program.js');
        const [command, ...rest] = [...far.pair.clientPrefix, process.execPath, program];
        return JSON.parse(await mustRun(command, [...rest, JSON.stringify(targetOf(far.bench))])) as LiveTest;
    };

    it('finds nothing while it does not, and the stage when it does, and what passes all the same', async () => {
        expect(statesOf(await inNamespace())).to.include({ udp: 'ok', https: 'ok' });
        far.pair.blockUdp();
        const test = await inNamespace();
        expect(statesOf(test)).to.include({
            ...{ login: 'ok', session: 'ok', udp: 'transfer.udp-blocked', https: 'ok', permission: 'ok' }
        });
        expect(evidenceOf(test, 'udp')).to.match(/^\d+ probes sent to 10\.\S+ port \d+, 0 arrived$/);
        const { headline, details } = explainTest(test);
        expect(headline).to.contain('codes 14/15/18');
        expect(details.join(' ')).to.contain('HTTPS answers');
        far.pair.unblockUdp();
    });
});
