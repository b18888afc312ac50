import type { TransferTask } from '@connect/api';
import { decodePathBytes } from '@connect/base';
import { expect } from 'chai';
import { connectCpCommand, refusal, sessionArguments } from './connect-cp-command';

const task = (part: Partial<TransferTask> = {}): TransferTask => ({
    jobId: 'j',
    direction: 'send',
    endpoint: { host: 'h', sshPort: 33001, udpPort: 33002, user: 'u', hostKeyFingerprint: 'SHA256:f' },
    credentials: { password: 'hush' },
    sources: ['/home/u/a'],
    destination: '/in',
    rate: { targetBps: 300e6, minBps: 0, policy: 'fixed' },
    overwrite: 'diff',
    resume: 'attributes',
    ...part
});
const notUtf8 = decodePathBytes(Buffer.from([0x2f, 0xff]));

describe('command of connect-cp', () => {
    it('says where, how fast and what to do with what is there', () => {
        const { args } = connectCpCommand(task(), 4711, '/run/list');
        const line = args.join(' ');
        for (const part of [
            '-M 4711',
            '--mode=send',
            '--host=h',
            '--user=u',
            '--check-sshfp=SHA256:f',
            '-P 33001',
            '-O 33002'
        ]) {
            expect(line).to.contain(part);
        }
        for (const part of [
            '-l 300000',
            '--policy=fixed',
            '--overwrite=diff',
            '-k 1',
            '--file-list=/run/list',
            '-d'
        ]) {
            expect(line).to.contain(part);
        }
        expect(Buffer.from(args[args.length - 1], 'base64').toString()).to.equal('/in');
    });

    it('puts secrets into the environment only', () => {
        const { args, secrets } = connectCpCommand(
            task({ credentials: { privateKey: 'KEY', passphrase: 'pass', token: 'tok' } }),
            1,
            'l'
        );
        expect(secrets).to.deep.equal({
            ASPERA_SCP_PASS: 'pass',
            ASPERA_SCP_KEY: 'KEY',
            ASPERA_SCP_TOKEN: 'tok'
        });
        expect(args.join(' ')).to.not.match(/KEY|pass|tok/);
    });

    it('lists names as bytes, and names on the command line what a list of lines cannot hold', () => {
        const sources = ['/-rf', '/two\nlines', notUtf8, '/ü'];
        const { args, fileList } = connectCpCommand(task({ sources }), 1, 'l');
        expect([...fileList]).to.deep.equal([
            ...Buffer.from('/-rf\n'),
            0x2f,
            0xff,
            0x0a,
            ...Buffer.from('/ü\n')
        ]);
        expect(args.slice(args.indexOf('--') + 1, -1)).to.deep.equal(['/two\nlines']);
    });

    it('leaves the list out when nothing is in it', () => {
        expect(connectCpCommand(task({ sources: ['/two\nlines'] }), 1, 'l').args.join()).to.not.contain(
            'file-list'
        );
    });

    it('refuses what it cannot name', () => {
        expect(refusal(task())).to.equal(undefined);
        expect(refusal(task({ sources: [notUtf8, '/🌲\n'] }))).to.equal(undefined);
        expect(refusal(task({ sources: [`${notUtf8}\n`] }))).to.be.a('string');
        expect(refusal(task({ sources: [] }))).to.be.a('string');
    });

    it('divides a transfer as the plan says', () => {
        expect(sessionArguments(undefined)).to.deep.equal([]);
        expect(
            sessionArguments({ sessions: 3, splitBytes: 60_000_000, startupIntervalSec: 0.5 })
        ).to.deep.equal([
            '--sessions=3',
            '--multi-session-threshold=60000000',
            '--multi-session-interval=0.5'
        ]);
    });

    it('goes through proxies, whose passwords stay off the command line', () => {
        const route = {
            httpsFallback: false,
            httpProxy: { host: 'fd00::1', port: 3128, user: 'pia' },
            faspProxy: { kind: 'socks5', host: 'socks', port: 1080, user: 'a:b@', secure: false }
        } as const;
        const credentials = { httpProxyPassword: 'hush-http', faspProxyPassword: 'hush-fasp' };
        const { args, secrets } = connectCpCommand(task({ route, credentials }), 1, 'l');
        const line = args.join(' ');
        expect(line)
            .to.contain('-y 0 -x http://pia@[fd00::1]:3128 --proxy=socks5://a%3Ab%40@socks:1080')
            .and.not.contain('hush');
        expect(secrets).to.deep.equal({
            ASPERA_PROXY_PASS: 'hush-fasp',
            CONNECT_HTTP_PROXY_PASS: 'hush-http'
        });
        const secure = { ...route.faspProxy, secure: true, certificate: 'SHA256:c' };
        expect(
            connectCpCommand(task({ route: { httpsFallback: true, faspProxy: secure } }), 1, 'l').args.join(
                ' '
            )
        )
            .to.contain('--proxy=socks5s://a%3Ab%40@socks:1080 --check-proxy-fp=SHA256:c')
            .and.not.match(/ -[xy] /);
    });

    it('refuses a proxy that it does not speak with', () => {
        const faspProxy = { kind: 'dnat', host: 'h', port: 9091, secure: false } as const;
        expect(refusal(task({ route: { httpsFallback: true, faspProxy } }))).to.contain('DNAT');
    });

    it('refuses what is not a transfer server', () => {
        const foreign = task({ endpoint: { protocol: 'other', address: 'somewhere' } });
        expect(refusal(foreign)).to.equal('it does not speak other');
        expect(() => connectCpCommand(foreign, 1, 'l'))
            .to.throw('other')
            .with.property('code', 'usage');
    });
});
