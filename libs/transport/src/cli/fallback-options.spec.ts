import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { fallbackOptions, socksProxyOption } from './fallback-options';
import { buildCommand, RawOptions } from './option-table';

const read = (line: string): ReturnType<typeof fallbackOptions> => {
    const command = buildCommand();
    command.parse(line.split(' ').filter(Boolean), { from: 'user' });
    return fallbackOptions(command.opts<RawOptions>());
};

describe('options about HTTPS', () => {
    it('fall back when it is needed, unless told otherwise', () => {
        expect(read('')).to.deep.equal({ mode: 'when-needed' });
        expect(read('-y 0').mode).to.equal('never');
        expect(read('-y F').mode).to.equal('always');
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

describe('options about SOCKS', () => {
    const socks = (line: string): URL | undefined => {
        const command = buildCommand();
        command.parse(line.split(' ').filter(Boolean), { from: 'user' });
        return socksProxyOption(command.opts<RawOptions>()).socksProxy;
    };

    it('name the proxy, in the open and inside TLS', () => {
        expect(socks('')).to.equal(undefined);
        expect(socks('--proxy host:1080')?.href).to.equal('socks5://host:1080');
        expect(socks('--proxy socks5s://pia@host')).to.include({ protocol: 'socks5s:', hash: '' });
        const secure = socks('--proxy socks5s://host:1 --check-proxy-fp SHA256:a+b/c=');
        expect(decodeURIComponent(secure!.hash)).to.equal('#SHA256:a+b/c=');
    });

    for (const line of ['--proxy http://host', '--proxy host --check-proxy-fp SHA256:abc']) {
        it(`refuse ${line}`, () => {
            expect(() => socks(line))
                .to.throw(ConnectError)
                .with.property('code', 'usage');
        });
    }
});
