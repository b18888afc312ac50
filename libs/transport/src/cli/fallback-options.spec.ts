import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { fallbackOptions, socksProxyOption } from './fallback-options';
import { buildCommand, RawOptions } from './option-table';

const raw = (line: string): RawOptions => {
    const command = buildCommand();
    command.parse(line.split(' ').filter(Boolean), { from: 'user' });
    return command.opts<RawOptions>();
};
const read = (line: string): ReturnType<typeof fallbackOptions> => fallbackOptions(raw(line));

describe('options about HTTPS', () => {
    it('fall back when it is needed, unless told otherwise', () => {
        expect(read('')).to.deep.equal({ mode: 'when-needed' });
        expect(read('-y 0').mode).to.equal('never');
        expect(read('-y F').mode).to.equal('always');
        expect(read('-y H').mode).to.equal('after-login');
        expect(() => read('-y 2')).to.throw();
    });

    it('name port, certificate and proxy', () => {
        const { port, fingerprint, proxy } = read('-t 443 --check-https-fp SHA256:abc -x http://p@host:3128');
        expect({ port, fingerprint }).to.deep.equal({ port: 443, fingerprint: 'SHA256:abc' });
        expect(proxy?.host).to.equal('host:3128');
        expect(proxy?.username).to.equal('p');
        expect(read('-x host:8080').proxy?.href).to.equal('http://host:8080/');
    });

    for (const line of ['-t 0', '-t x', '-x https://pia:secret@host', '-x socks5://host', '-x http://']) {
        it(`refuse ${line.replace('secret', '…')} and repeat no password`, () => {
            expect(() => read(line))
                .to.throw(ConnectError)
                .with.property('message')
                .that.does.not.include('secret');
        });
    }
});

describe('option about a SOCKS proxy', () => {
    const proxy = (line: string): unknown => socksProxyOption(raw(line)).socksProxy;

    it('names it, with or without login, inside TLS or not', () => {
        expect(proxy('')).to.equal(undefined);
        expect(proxy('--proxy host')).to.deep.equal({ host: 'host', port: 1080, isSecure: false });
        expect(proxy('--proxy socks5://p%40x:y@[::1]:99')).to.deep.equal({
            ...{ host: '::1', port: 99, user: 'p@x', password: 'y' },
            isSecure: false
        });
        expect(proxy('--proxy socks5s://host:443 --check-proxy-fp SHA256:abc')).to.deep.equal({
            ...{ host: 'host', port: 443 },
            isSecure: true,
            fingerprint: 'SHA256:abc'
        });
    });

    for (const line of ['http://p:secret@host', 'socks4://host', 'host --check-proxy-fp x']) {
        it(`refuses ${line.replace('secret', '…')}`, () => {
            expect(() => proxy(`--proxy ${line}`))
                .to.throw(ConnectError)
                .with.property('message')
                .that.does.not.include('secret');
        });
    }
});
