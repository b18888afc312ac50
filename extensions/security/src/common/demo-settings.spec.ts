import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { parseDemoSettings } from './demo-settings';

const DEMO = {
    name: 'Demo server',
    host: '127.0.0.1',
    sshPort: 1,
    udpPort: 2,
    user: 'demo',
    fingerprint: 'SHA256:x',
    password: 'hidden'
};

describe('description of the demo server', () => {
    it('is read from JSON', () => expect(parseDemoSettings(JSON.stringify(DEMO))).to.deep.equal(DEMO));

    for (const text of [
        '',
        'null',
        '[]',
        '{"password":"hidden"}',
        JSON.stringify({ ...DEMO, sshPort: '1' }),
        'hidden{'
    ]) {
        it(`is refused without repeating it: ${text.slice(0, 12)}`, () =>
            expect(() => parseDemoSettings(text))
                .to.throw(ConnectError)
                .with.property('message')
                .that.does.not.contain('hidden'));
    }
});
