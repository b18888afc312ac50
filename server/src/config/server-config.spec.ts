import { expect } from 'chai';
import { ConnectError } from '@connect/base';
import { parseDurationMs } from './duration';
import { serverConfig } from './server-config';

describe('server configuration', () => {
    it('fills in what is not set', () => {
        expect(serverConfig({})).to.include({
            host: '0.0.0.0',
            sshPort: 33001,
            udpPort: 33001,
            maxRateBps: 0
        });
        expect(serverConfig({ host: '::1', sshPort: 0, maxSessionsPerUser: 3 })).to.include({
            host: '::1',
            sshPort: 0,
            udpPort: 33001,
            maxSessionsPerUser: 3
        });
        expect(serverConfig({})).not.to.have.property('policies');
        expect(serverConfig({ policies: ['low', 'fair'] }).policies).to.deep.equal(['low', 'fair']);
    });

    const wrong: Array<{ description: string; settings: unknown; key?: string }> = [
        { description: 'a list', settings: [] },
        { description: 'nothing', settings: null },
        { description: 'an unknown key', settings: { sshport: 22 }, key: 'sshport' },
        {
            description: 'a key of every object',
            settings: JSON.parse('{"__proto__": 1}') as unknown,
            key: '__proto__'
        },
        { description: 'a port that is none', settings: { sshPort: 65536 }, key: 'sshPort' },
        { description: 'a negative port', settings: { udpPort: -1 }, key: 'udpPort' },
        { description: 'a text for a number', settings: { udpPort: '33001' }, key: 'udpPort' },
        { description: 'a fraction', settings: { maxConnections: 1.5 }, key: 'maxConnections' },
        { description: 'a limit of zero', settings: { loginGraceSec: 0 }, key: 'loginGraceSec' },
        { description: 'an unknown policy', settings: { policies: ['fast'] }, key: 'policies' },
        { description: 'no policy at all', settings: { policies: [] }, key: 'policies' },
        { description: 'an empty host', settings: { host: '' }, key: 'host' },
        { description: 'a host that is no text', settings: { host: 7 }, key: 'host' }
    ];
    for (const { description, settings, key } of wrong) {
        it(`refuses ${description} and names the key`, () => {
            try {
                serverConfig(settings);
            } catch (error) {
                expect(ConnectError.is(error, 'usage') && error.data.key).to.equal(key);
                return;
            }
            expect.fail('accepted');
        });
    }
});

describe('durations', () => {
    it('reads seconds, minutes, hours and days', () => {
        expect(['90s', '30m', '1h', '7d'].map(parseDurationMs)).to.deep.equal([
            90e3, 1800e3, 3600e3, 604_800e3
        ]);
    });
    for (const text of ['', '1', 'h', '0h', '-1h', '1.5h', '1w', '1000000000h']) {
        it(`refuses "${text}"`, () => {
            expect(() => parseDurationMs(text))
                .to.throw(ConnectError)
                .with.property('code', 'usage');
        });
    }
});
