import { ProxyLogins } from '@connect/transfer/lib/node/network/proxy-logins';
import { NetworkServiceImpl } from '@connect/transfer/lib/node/network/network-service-impl';
import { expect } from 'chai';
import { createSocket, Socket } from 'node:dgram';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Dante, danteUnavailable } from '../support/dante';
import { freePort } from '../support/free-port';
import { Squid, squidUnavailable } from '../support/squid';
import { Stunnel, stunnelUnavailable } from '../support/stunnel';
import { TransferBackend } from '../support/transfer-backend';
import { TransferBench } from '../support/transfer-bench';
import { writeNoise } from '../support/trees';

const FILM_BYTES = 3_000_000;

describe('jobs of the backend through real proxies (needs root, squid and dante-server)', function () {
    this.timeout(120_000);
    const login = { user: 'pia', password: 'a:b/c@d é' };
    let bench: TransferBench;
    let squid: Squid;
    let dante: Dante;
    let silent: Socket;
    let backend: TransferBackend;

    before(async function () {
        if (squidUnavailable() || danteUnavailable()) {
            return this.skip();
        }
        bench = await TransferBench.start();
        writeNoise(join(bench.local, 'film.mov'), 3, FILM_BYTES);
        squid = await Squid.start(login);
        dante = await Dante.start();
        // a UDP port that takes everything and answers nothing
        silent = createSocket('udp4');
        await new Promise<void>(resolve => silent.bind(0, '127.0.0.1', resolve));
    });
    after(async () => {
        silent?.close();
        await squid?.dispose();
        await dante?.dispose();
        await bench?.dispose();
    });
    afterEach(() => backend.dispose());

    const film = (): string => join(bench.local, 'film.mov');
    const logins = (): ProxyLogins => backend.container.get(ProxyLogins);
    const begin = (udpPort?: number): void => {
        backend = new TransferBackend(bench, udpPort);
        backend.set('connect.network.noProxy', []);
        backend.set('connect.transfers.retry.enabled', false);
    };
    const useSquid = (): void => {
        begin(silent.address().port);
        backend.set('connect.network.httpProxy.mode', 'manual');
        backend.set('connect.network.httpProxy.host', '127.0.0.1');
        backend.set('connect.network.httpProxy.port', squid.port);
    };
    const useDante = (): void => {
        begin();
        backend.set('connect.network.faspProxy.enabled', true);
        backend.set('connect.network.faspProxy.host', '127.0.0.1');
        backend.set('connect.network.faspProxy.port', dante.port);
    };
    const expectWhole = (target: string): void => {
        const arrived = fs.readFileSync(join(bench.root, target, 'film.mov'));
        expect(arrived.equals(fs.readFileSync(film()))).to.equal(true);
    };

    it('go on over HTTPS through squid, logged in, where UDP does not pass', async () => {
        useSquid();
        await logins().write('http', login, false);
        const job = await backend.upload(film(), '/by-squid');
        expect(job.error).to.equal(undefined);
        expect(job.state).to.equal('completed');
        expectWhole('by-squid');
        expect(squid.log).to.include(login.user);
        expect(backend.log).to.not.include(login.password);
    });

    it('fail with the reason when squid refuses the login', async () => {
        useSquid();
        const before = squid.log.length;
        const job = await backend.upload(film(), '/refused');
        expect(job.state).to.equal('failed');
        expect(job.error).to.include({ code: 'transfer.proxy-refused' });
        expect(squid.log.slice(before)).to.include('407');
    });

    it('do not go over HTTPS when the settings say never', async () => {
        useSquid();
        await logins().write('http', login, false);
        backend.set('connect.network.httpsFallback', 'never');
        const before = squid.log.length;
        const job = await backend.upload(film(), '/never');
        expect(job.error).to.include({ code: 'transfer.udp-blocked' });
        expect(squid.log.length).to.equal(before);
    });

    it('leave the proxy out for hosts that are excepted', async () => {
        useSquid();
        backend.set('connect.network.noProxy', ['127.0.0.0/8']);
        const before = squid.log.length;
        expect((await backend.upload(film(), '/direct')).state).to.equal('completed');
        expect(squid.log.length).to.equal(before);
    });

    it('take SSH and datagrams through dante', async () => {
        useDante();
        const job = await backend.upload(film(), '/by-dante');
        expect(job.error).to.equal(undefined);
        expectWhole('by-dante');
        expect(dante.log)
            .to.match(/pass\(1\): tcp\/connect \[/)
            .and.match(/pass\(1\): udp\/udpassociate \[/);
    });

    it('find no program for a proxy of IBM’s kind', async () => {
        useDante();
        backend.set('connect.network.faspProxy.kind', 'dnat');
        const { error } = await backend.upload(film(), '/dnat');
        expect(error?.code).to.equal('transfer.engine-missing');
        expect(error?.message).to.include('DNAT');
    });

    describe('and tests of these proxies', () => {
        const network = (): NetworkServiceImpl => backend.container.get(NetworkServiceImpl);
        const stages = async (
            kind: 'http' | 'fasp',
            port: number
        ): Promise<[string[], string | undefined]> => {
            const report = await network().testProxy(kind, `127.0.0.1:${port}`, backend.settings);
            return [report.stages.map(({ name, isOk }) => `${name} ${isOk ? 'ok' : 'fails'}`), report.remedy];
        };

        it('reach the HTTPS of the server through squid', async () => {
            useSquid();
            await network().setProxyLogin('http', login.user, login.password, false);
            expect(await stages('http', bench.address.httpsPort)).to.deep.equal([
                ['Connection ok', 'Proxy ok', 'Server ok'],
                undefined
            ]);
            const { stages: all } = await network().testProxy(
                'http',
                `127.0.0.1:${bench.address.httpsPort}`,
                backend.settings
            );
            expect(all[2].text).to.include(bench.address.httpsFingerprint);
            expect(await network().proxy('http', backend.settings)).to.deep.equal({
                address: `127.0.0.1:${squid.port}`,
                user: login.user,
                isFromEnvironment: false
            });
            expect(JSON.stringify(all)).to.not.include(login.password);
        });

        it('say which stage failed, and what helps', async () => {
            useSquid();
            const https = bench.address.httpsPort;
            const [refused, changeLogin] = await stages('http', https);
            expect(refused).to.deep.equal(['Connection ok', 'Proxy fails']);
            expect(changeLogin).to.include('password');
            await network().setProxyLogin('http', login.user, login.password, false);
            expect((await stages('http', await freePort()))[0]).to.deep.equal([
                'Connection ok',
                'Proxy fails'
            ]);
            expect((await stages('http', bench.address.sshPort))[0].pop()).to.equal('Server fails');
            backend.set('connect.network.httpProxy.port', await freePort());
            expect((await stages('http', https))[0]).to.deep.equal(['Connection fails']);
            backend.set('connect.network.httpProxy.host', 'no-such-host.invalid');
            expect((await stages('http', https))[0]).to.deep.equal(['Name fails']);
            backend.set('connect.network.httpProxy.mode', 'none');
            expect((await stages('http', https))[0]).to.deep.equal(['Settings fails']);
        });

        it('reach SSH and find a relay for UDP through dante, in the open and inside TLS', async () => {
            useDante();
            const all = ['Connection ok', 'Proxy ok', 'Server ok', 'UDP ok'];
            expect(await stages('fasp', bench.address.sshPort)).to.deep.equal([all, undefined]);
            expect((await stages('fasp', bench.address.httpsPort))[0].pop()).to.equal('Server fails');
            expect((await stages('fasp', await freePort()))[0].pop()).to.equal('Proxy fails');
            if (stunnelUnavailable() === undefined) {
                const stunnel = await Stunnel.start(dante.port);
                try {
                    backend.set('connect.network.faspProxy.port', stunnel.port);
                    backend.set('connect.network.faspProxy.secure', true);
                    const [untrusted, compare] = await stages('fasp', bench.address.sshPort);
                    expect(untrusted.pop()).to.equal('Proxy fails');
                    expect(compare).to.include('fingerprint');
                    backend.set('connect.network.faspProxy.certificate', stunnel.fingerprint);
                    expect(await stages('fasp', bench.address.sshPort)).to.deep.equal([all, undefined]);
                } finally {
                    await stunnel.dispose();
                }
            }
        });

        it('say of a proxy of IBM’s kind what they cannot try', async () => {
            useDante();
            backend.set('connect.network.faspProxy.kind', 'dnat');
            const report = await network().testProxy('fasp', '127.0.0.1:33001', backend.settings);
            expect(report.stages).to.have.length(1);
            expect(report.note).to.include('ascp');
        });

        it('refuse what is no server, and logins that no proxy takes', async () => {
            useSquid();
            const code = (work: Promise<unknown>): Promise<unknown> =>
                work.catch((error: { code: string }) => error.code);
            for (const target of ['', 'host', 'host:0', 'host:99999', 'http://host:80', 7 as never]) {
                expect(await code(network().testProxy('http', target, {})), String(target)).to.equal('usage');
            }
            expect(await code(network().proxy('other' as never, {}))).to.equal('usage');
            expect(await code(network().setProxyLogin('http', 'x'.repeat(256), '', false))).to.equal('usage');
            await network().setProxyLogin('http', '', '', false);
            expect((await network().proxy('http', backend.settings)).user).to.equal(undefined);
        });
    });
});
