import { expect } from 'chai';
import { faspProxyTo, httpProxyNamed, httpProxyTo } from './network-route';
import { transferPreferenceSchema, type TransferConfiguration } from './transfer-preferences';

const defaults = Object.fromEntries(
    Object.entries(transferPreferenceSchema.properties).map(([name, property]) => [name, property.default])
) as unknown as TransferConfiguration;

describe('the way to a host', () => {
    it('has no proxy by default, with nothing in the environment', () => {
        for (const values of [defaults, {}]) {
            expect(httpProxyTo('server.example', values, {})).to.equal(undefined);
            expect(faspProxyTo('server.example', values)).to.equal(undefined);
        }
    });

    const system = (environment: Record<string, string>, host = 'server.example') =>
        httpProxyTo(host, defaults, environment);

    it('has the HTTP proxy of the environment, with its login', () => {
        const proxy = { host: 'proxy', port: 3128 };
        expect(system({ HTTPS_PROXY: 'http://proxy:3128' })).to.deep.equal(proxy);
        expect(system({ https_proxy: 'proxy:3128/' })).to.deep.equal(proxy);
        expect(system({ HTTPS_PROXY: '', ALL_PROXY: 'http://[::2]' })).to.deep.equal({
            host: '::2',
            port: 80
        });
        expect(system({ HTTPS_PROXY: 'http://us%40er:p%3Aw@proxy:3128' })).to.deep.equal({
            ...proxy,
            user: 'us@er',
            password: 'p:w'
        });
    });

    it('has none that HTTP cannot be spoken with', () => {
        for (const text of ['socks5://proxy:1080', 'http://', 'http://proxy:99999']) {
            expect(system({ HTTPS_PROXY: text }), text).to.equal(undefined);
        }
    });

    it('heeds the exceptions of the environment, too', () => {
        const environment = { HTTPS_PROXY: 'http://proxy', NO_PROXY: 'example.com, .corp,10.0.0.1:8443' };
        for (const host of ['example.com', 'a.example.com', 'x.corp', '10.0.0.1', '127.0.0.1']) {
            expect(system(environment, host), host).to.equal(undefined);
        }
        expect(system(environment)).to.be.an('object');
        const manual = {
            ...defaults,
            'connect.network.httpProxy.mode': 'manual',
            'connect.network.httpProxy.host': 'own'
        } as const;
        expect(httpProxyTo('example.com', manual, environment)).to.deep.equal({ host: 'own', port: 8080 });
    });

    it('has the proxies that are named by hand', () => {
        const values = {
            ...defaults,
            'connect.network.httpProxy.mode': 'manual',
            'connect.network.httpProxy.host': ' [FD00::1] ',
            'connect.network.httpProxy.port': 3128,
            'connect.network.faspProxy.enabled': true,
            'connect.network.faspProxy.host': 'socks',
            'connect.network.faspProxy.secure': true,
            'connect.network.faspProxy.certificate': 'SHA256:abc'
        } as const;
        const environment = { HTTPS_PROXY: 'http://other:1' };
        expect(httpProxyTo('s', values, environment)).to.deep.equal({ host: 'fd00::1', port: 3128 });
        expect(faspProxyTo('s', values)).to.deep.equal({
            host: 'socks',
            port: 1080,
            kind: 'socks5',
            secure: true,
            certificate: 'SHA256:abc'
        });
        for (const host of ['localhost', '127.0.0.1']) {
            expect(httpProxyTo(host, values, environment)).to.equal(undefined);
            expect(faspProxyTo(host, values)).to.equal(undefined);
        }
        const none = { ...values, 'connect.network.httpProxy.mode': 'none' } as const;
        expect(httpProxyTo('s', none, environment)).to.equal(undefined);
    });

    it('survives a settings file with nonsense in it', () => {
        const values = {
            'connect.network.httpProxy.mode': 'manual',
            'connect.network.httpProxy.host': 7 as never,
            'connect.network.faspProxy.enabled': true,
            'connect.network.faspProxy.host': 'socks',
            'connect.network.faspProxy.port': 70_000,
            'connect.network.faspProxy.kind': 'what' as never
        } as const;
        expect(httpProxyNamed(values, {})).to.equal(undefined);
        expect(faspProxyTo('s', values)).to.deep.equal({
            host: 'socks',
            port: 1080,
            kind: 'socks5',
            secure: false
        });
    });
});
