import { ProxyLogins } from '@connect/transfer/lib/node/network/proxy-logins';
import { expect } from 'chai';
import { createSocket, Socket } from 'node:dgram';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Dante, danteUnavailable } from '../support/dante';
import { Squid, squidUnavailable } from '../support/squid';
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
});
