import { AccountOption } from '@connect/api';
import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { complaintAbout, missingSecrets, validName, validSettings } from './account-validation';

const option = (key: string, rest: Partial<AccountOption> = {}): AccountOption => ({
    key,
    label: key,
    kind: 'text',
    required: true,
    ...rest
});
const OPTIONS = [
    option('host', { kind: 'host' }),
    option('port', { kind: 'port', default: '33001' }),
    option('note', { required: false }),
    option('mode', { kind: 'choice', default: 'a', choices: [{ value: 'a', label: 'A' }] }),
    option('password', { kind: 'secret' })
];

describe('account settings', () => {
    it('are trimmed, completed by defaults and rid of what is empty', () => {
        expect(validSettings(OPTIONS, { host: ' h.example ', note: ' ' })).to.deep.equal({
            host: 'h.example',
            port: '33001',
            mode: 'a'
        });
    });

    for (const { description, settings, key } of [
        { description: 'a required one is missing', settings: {}, key: 'host' },
        { description: 'a host is an address of a page', settings: { host: 'http://h/x' }, key: 'host' },
        { description: 'a host begins with a dash', settings: { host: '-oProxyCommand=x' }, key: 'host' },
        { description: 'a port is out of range', settings: { host: 'h', port: '65536' }, key: 'port' },
        { description: 'a port is no number', settings: { host: 'h', port: '3x' }, key: 'port' },
        { description: 'a choice is none of them', settings: { host: 'h', mode: 'b' }, key: 'mode' },
        { description: 'a line break hides in one', settings: { host: 'h', note: 'a\nb' }, key: 'note' },
        { description: 'a key is unknown', settings: { host: 'h', hots: 'h' }, key: 'hots' },
        { description: 'a secret is among them', settings: { host: 'h', password: 'x' }, key: 'password' }
    ]) {
        it(`are refused when ${description}`, () => {
            try {
                validSettings(OPTIONS, settings as Record<string, string>);
                expect.fail('accepted');
            } catch (error) {
                expect(ConnectError.is(error, 'security.account-invalid') && error.data.key).to.equal(key);
            }
        });
    }

    for (const host of ['localhost', '10.0.0.1', '::1', '[fe80::1%eth0]', 'a-b.c_d.example.']) {
        it(`take ${host} for a host`, () => expect(complaintAbout(OPTIONS[0], host)).to.equal(undefined));
    }

    it('tell which secrets are still wanted', () => {
        expect(missingSecrets(OPTIONS, {})).to.deep.equal(['password']);
        expect(missingSecrets(OPTIONS, { password: 'x' })).to.deep.equal([]);
    });
});

describe('account names', () => {
    it('are trimmed', () => expect(validName(' a ', ['b'])).to.equal('a'));
    for (const name of ['', '  ', 'taken', 'a\tb', 'x'.repeat(101)]) {
        it(`refuse ${JSON.stringify(name.slice(0, 10))}`, () =>
            expect(() => validName(name, ['taken'])).to.throw(ConnectError));
    }
});
