import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { fallbackOptions } from './fallback-options';
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
