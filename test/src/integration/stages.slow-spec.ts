import { ConnectError } from '@connect/base';
import { connectSsh, expectFingerprint } from '@connect/transport';
import { SessionProbe } from '@connect/transport/lib/node/session-probe';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { ManagementEar } from '../support/management-ear';
import { CopyOverrides, PASSWORD, TransferBench } from '../support/transfer-bench';
import { writeNoise } from '../support/trees';
import { freePort } from '../support/free-port';

/** What a run told of its way to the server. */
async function stagesOf(
    bench: TransferBench,
    overrides: CopyOverrides = {},
    args: readonly string[] = []
): Promise<Array<Readonly<Record<string, string>>>> {
    const ear = await ManagementEar.open();
    try {
        const source = join(bench.local, 'source.bin');
        await bench.send([source], '/', ['-q', ...ear.option, ...args], overrides).finished;
        return ear.frames.filter(frame => frame['X-Stage'] !== undefined);
    } finally {
        ear.close();
    }
}

const inShort = (frames: ReadonlyArray<Readonly<Record<string, string>>>): string[] =>
    frames.map(frame => `${frame['X-Stage']} ${frame['X-Code'] ?? frame['X-StageResult']}`);

describe('connect-cp tells how far it comes', () => {
    let bench: TransferBench;

    before(async () => {
        bench = await TransferBench.start();
        writeNoise(join(bench.local, 'source.bin'), 1, 300_000);
    });

    after(() => bench.dispose());

    it('stage by stage, with what it saw', async () => {
        const frames = await stagesOf(bench);
        const way = ['name Passed', 'tcp Passed', 'host-key Passed', 'login Passed', 'session Passed'];
        expect(inShort(frames)).to.deep.equal([...way, 'udp Passed']);
        const [, tcp, hostKey, , session, udp] = frames;
        const { sshPort, udpPort, fingerprint } = bench.address;
        expect(tcp).to.include({ 'X-Address': '127.0.0.1', 'X-Port': String(sshPort) });
        expect(hostKey['X-Fingerprint']).to.equal(fingerprint);
        expect(session['X-Software']).to.match(/^connect/);
        expect(udp).to.include({ 'X-Address': '127.0.0.1', 'X-Port': String(udpPort) });
        expect(frames.every(frame => Number(frame['X-StageMs']) >= 0)).to.equal(true);
        expect(JSON.stringify(frames)).not.to.include(PASSWORD);
    });

    it('and where it ends', async () => {
        const passed = ['name Passed', 'tcp Passed'];
        expect(inShort(await stagesOf(bench, { host: 'no-such-host.invalid' }))).to.deep.equal([
            'name transfer.host-unknown'
        ]);
        expect(inShort(await stagesOf(bench, { sshPort: await freePort() }))).to.deep.equal([
            'name Passed',
            'tcp transfer.connect-refused'
        ]);
        expect(inShort(await stagesOf(bench, { fingerprint: `SHA256:${'A'.repeat(43)}` }))).to.deep.equal([
            ...passed,
            'host-key transfer.host-key-mismatch'
        ]);
        expect(inShort(await stagesOf(bench, { password: 'wrong' }))).to.deep.equal([
            ...passed,
            'host-key Passed',
            'login transfer.authentication-failed'
        ]);
    });

    it('to datagrams that nobody answers, and over HTTPS after that', async () => {
        const nowhere = { udpPort: await freePort() };
        const way = ['name', 'tcp', 'host-key', 'login', 'session'].map(stage => `${stage} Passed`);
        const timeout = ['--udp-timeout', '1'];
        expect(inShort(await stagesOf(bench, nowhere, [...timeout, '-y', '0']))).to.deep.equal([
            ...way,
            'udp transfer.udp-blocked'
        ]);
        expect(inShort(await stagesOf(bench, nowhere, timeout))).to.deep.equal([
            ...way,
            'udp transfer.udp-blocked',
            'https Passed'
        ]);
    });

    it('over HTTPS after a login', async () => {
        const way = ['name', 'tcp', 'host-key', 'login', 'session', 'https'].map(stage => `${stage} Passed`);
        expect(inShort(await stagesOf(bench, {}, ['-y', 'H']))).to.deep.equal(way);
    });

    it('over HTTPS alone', async () => {
        const { httpsPort, httpsFingerprint } = bench.address;
        const args = ['-y', 'F', '-t', String(httpsPort), '--check-https-fp', httpsFingerprint];
        const frames = await stagesOf(bench, {}, args);
        expect(inShort(frames)).to.deep.equal(['https Passed']);
        expect(frames[0]).to.include({ 'X-Port': String(httpsPort) });
    });
});

describe('a session can be tried without moving anything', () => {
    let bench: TransferBench;

    before(async () => {
        bench = await TransferBench.start();
    });

    after(() => bench.dispose());

    const probe = async <T>(work: (probe: SessionProbe) => Promise<T>, udpPort?: number): Promise<T> => {
        const { sshPort: port, fingerprint } = bench.address;
        const client = await connectSsh({
            host: '127.0.0.1',
            port,
            user: 'ana',
            credentials: { password: PASSWORD },
            checkHostKey: expectFingerprint(fingerprint)
        });
        const options = {
            ...{ address: '127.0.0.1', udpPort, helloMs: 20_000, udpMs: 1500 },
            signal: new AbortController().signal
        };
        const session = new SessionProbe(client, options);
        try {
            return await work(session);
        } finally {
            session.close();
            client.end();
        }
    };

    it('and tells what the server grants and how the path is', async () => {
        await probe(async session => {
            const words = await session.open();
            expect(words.caps.permissions.upload).to.equal(true);
            expect(words.udpPort).to.equal(bench.address.udpPort);
            expect(words.https?.port).to.equal(bench.address.httpsPort);
            const path = await session.probePath(words);
            expect(path.packetsArrived).to.be.greaterThan(20);
            expect(path.lossPercent).to.be.lessThan(50);
            expect(path.packetBytes).to.equal(1500);
            expect(path.minRttMs).to.be.greaterThan(0);
        });
        expect(fs.readdirSync(bench.root)).to.deep.equal([]);
    });

    it('and tells that nobody answers', async () => {
        await probe(async session => {
            const words = await session.open();
            const path = await session.probePath({ ...words, udpPort: await freePort() });
            expect(path.packetsSent).to.be.greaterThan(3);
            expect(path.packetsArrived).to.equal(0);
            expect(path).not.to.have.any.keys('minRttMs', 'packetBytes', 'lossPercent');
        });
    });

    it('and is cancelled at once', async () => {
        const { sshPort: port, fingerprint } = bench.address;
        const client = await connectSsh({
            ...{ host: '127.0.0.1', port, user: 'ana', credentials: { password: PASSWORD } },
            checkHostKey: expectFingerprint(fingerprint)
        });
        const stop = new AbortController();
        const options = { address: '127.0.0.1', helloMs: 20_000, udpMs: 3_600_000, signal: stop.signal };
        const session = new SessionProbe(client, options);
        const words = await session.open();
        const result = session.probePath({ ...words, udpPort: await freePort() }).catch(error => error);
        stop.abort();
        expect(ConnectError.is(await result, 'cancelled')).to.equal(true);
        session.close();
        client.end();
    });
});
