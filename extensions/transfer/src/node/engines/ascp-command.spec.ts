import type { ServerEndpoint, TransferTask } from '@connect/api';
import { decodePathBytes } from '@connect/base';
import { expect } from 'chai';
import { ascpCommand, ascpRefusal, sha1Fingerprint } from './ascp-command';

const hostKey = Buffer.from('abc').toString('base64');
const aspera: ServerEndpoint = {
    host: 'h',
    sshPort: 33001,
    udpPort: 33002,
    user: 'u',
    hostKeyFingerprint: 'SHA256:f',
    hostKey,
    kind: 'aspera'
};
const task = (part: Partial<TransferTask> = {}): TransferTask => ({
    jobId: 'j',
    direction: 'send',
    endpoint: aspera,
    credentials: { password: 'hush' },
    sources: ['/home/u/a'],
    destination: '/in',
    rate: { targetBps: 300e6, minBps: 1e6, policy: 'fair' },
    overwrite: 'diff',
    resume: 'sparse-checksum',
    ...part
});
const place = { program: '/opt/aspera/bin/ascp', tokenKey: '/opt/aspera/etc/key' };
const lineOf = (part: Partial<TransferTask> = {}): string =>
    ascpCommand(task(part), place, 4711, '/run/list').args.join(' ');

describe('command of ascp', () => {
    it('says everything that a job holds', () => {
        const { file, args, fileList } = ascpCommand(task(), place, 4711, '/run/list');
        expect(file).to.equal(place.program);
        expect(args).to.deep.equal([
            ...['-M', '4711', '-q', '-d', '-p', '-c', 'aes128', '--dest64', '--mode=send', '--host=h'],
            ...[
                '--user=u',
                '--check-sshfp=a9993e364706816aba3e25717850c26c9cd0d89d',
                '-P',
                '33001',
                '-O',
                '33002'
            ],
            ...['-l', '300000', '-m', '1000', '--policy=fair', '--overwrite=diff', '-k', '2'],
            ...['--precalculate-job-size', '-y', '1', '--file-list=/run/list', 'L2lu']
        ]);
        expect(fileList.toString()).to.equal('/home/u/a\n');
    });

    it('says the other values as ascp does', () => {
        expect(lineOf({ direction: 'receive' })).to.contain('--mode=recv');
        for (const [resume, level] of [
            ['none', 0],
            ['attributes', 1],
            ['full-checksum', 3]
        ] as const) {
            expect(lineOf({ resume })).to.contain(`-k ${level} `);
        }
        for (const overwrite of ['never', 'always', 'older', 'diff+older'] as const) {
            expect(lineOf({ overwrite })).to.contain(`--overwrite=${overwrite} `);
        }
        // nothing may be replaced before somebody has answered
        expect(lineOf({ overwrite: 'report' })).to.contain('--overwrite=never ');
    });

    it('goes through proxies, whose passwords stay off the command line', () => {
        const httpProxy = { host: 'fd00::1', port: 3128, user: 'pia' };
        const faspProxy = { kind: 'dnat', host: 'p', port: 9091, secure: false } as const;
        const credentials = {
            password: 'hush',
            httpProxyPassword: 'http-word',
            faspProxyPassword: 'fasp-word'
        };
        const both = task({ route: { httpsFallback: true, httpProxy, faspProxy }, credentials });
        const { args, environment } = ascpCommand(both, place, 1, 'l');
        expect(args.join(' ')).to.contain('-y 1 -x http://pia@[fd00::1]:3128 --proxy=dnat://p:9091');
        expect(args.join(' ')).to.not.match(/hush|word/);
        expect(environment).to.deep.equal({ ASPERA_SCP_PASS: 'hush', ASPERA_PROXY_PASS: 'fasp-word' });
        const secure = { ...faspProxy, user: 'a:b@', secure: true };
        expect(lineOf({ route: { httpsFallback: false, faspProxy: secure } })).to.contain(
            '-y 0 --proxy=dnats://a%3Ab%40@p:9091'
        );
        const onlyHttp = ascpCommand(
            task({ route: { httpsFallback: true, httpProxy }, credentials }),
            place,
            1,
            'l'
        );
        expect(onlyHttp.environment['ASPERA_PROXY_PASS']).to.equal('http-word');
    });

    it('lets users who have nothing but a token in by the key for them', () => {
        expect(lineOf({ credentials: { token: 't' } })).to.contain('-i /opt/aspera/etc/key');
        expect(lineOf({ credentials: { token: 't', password: 'p' } })).to.not.contain('-i ');
        expect(lineOf({ credentials: { password: 'p' } })).to.not.contain('-i ');
    });

    it('names all sources on the command line where one cannot stand in a list', () => {
        const sources = ['/two\nlines', '/ü'];
        const { args, fileList } = ascpCommand(task({ sources }), place, 1, 'l');
        expect(args.slice(-3)).to.deep.equal([...sources, 'L2lu']);
        expect(args.join(' ')).to.not.contain('file-list');
        expect(fileList).to.have.lengthOf(0);
    });

    const refused: ReadonlyArray<readonly [string, Partial<TransferTask>]> = [
        ['another protocol', { endpoint: { protocol: 'other', address: 'x' } }],
        ['a server of ours', { endpoint: { ...aspera, kind: 'connect' } }],
        ['a host key that is not known', { endpoint: { ...aspera, hostKey: undefined } }],
        ['new names for files', { overwrite: 'rename' }],
        ['no source', { sources: [] }],
        [
            'a SOCKS proxy',
            {
                route: {
                    httpsFallback: true,
                    faspProxy: { kind: 'socks5', host: 'h', port: 1, secure: false }
                }
            }
        ],
        [
            'bytes that are no text on a command line',
            { sources: [decodePathBytes(Buffer.of(0x2f, 0xff)), '/a\n'] }
        ],
        [
            'more names than a command line holds',
            { sources: ['/a\n', ...new Array<string>(2000).fill('/x'.repeat(40))] }
        ]
    ];
    for (const [what, part] of refused) {
        it(`refuses ${what}`, () => {
            expect(ascpRefusal(task(part))).to.be.a('string');
            expect(() => ascpCommand(task(part), place, 1, 'l'))
                .to.throw()
                .with.property('code', 'usage');
        });
    }

    it('refuses nothing else', () => {
        expect(ascpRefusal(task())).to.equal(undefined);
        expect(sha1Fingerprint(hostKey)).to.have.lengthOf(40);
    });
});
