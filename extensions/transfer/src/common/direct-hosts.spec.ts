import { expect } from 'chai';
import { DIRECT_BY_DEFAULT, goesDirect } from './direct-hosts';

describe('hosts without a proxy', () => {
    for (const [host, patterns, expected] of [
        ['localhost', DIRECT_BY_DEFAULT, true],
        ['127.8.9.1', DIRECT_BY_DEFAULT, true],
        ['[::1]', DIRECT_BY_DEFAULT, true],
        ['server.example', DIRECT_BY_DEFAULT, false],
        ['128.0.0.1', DIRECT_BY_DEFAULT, false],
        ['Server.Example.', ['server.example'], true],
        ['a.server.example', ['server.example'], false],
        ['a.server.example', ['.server.example'], true],
        ['server.example', ['*.server.example'], true],
        ['myserver.example', ['.server.example'], false],
        ['10.1.2.3', ['10.0.0.0/8'], true],
        ['10.1.2.3', ['10.1.2.0/24', '10.0.0.0/33'], true],
        ['10.1.3.3', ['10.1.2.0/24', '10.0.0.0/33', '10.1.3/24'], false],
        ['255.255.255.255', ['0.0.0.0/0'], true],
        ['anything', ['*'], true],
        ['anything', [], false],
        ['anything', ['', 7, undefined], false],
        ['', ['*'], false]
    ] as const) {
        it(`${JSON.stringify(host)} ${expected ? 'is one' : 'is none'} of ${JSON.stringify(patterns)}`, () => {
            expect(goesDirect(host, patterns)).to.equal(expected);
        });
    }
});
