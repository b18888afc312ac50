import { expect } from 'chai';
import * as fc from 'fast-check';
import { redacted } from './redact';

const SECRET = 'hunter2-Zx81';

describe('redacted', () => {
    for (const text of [
        `password=${SECRET}`,
        `password: ${SECRET}`,
        `Passphrase = ${SECRET} and more`,
        `{"password":"${SECRET}"}`,
        `{"password": "with \\"quotes\\" ${SECRET}"}`,
        `{ accessToken: '${SECRET}' }`,
        JSON.stringify({ body: JSON.stringify({ token: SECRET }) }),
        `ASPERA_SCP_PASS=${SECRET}`,
        `ASPERA_SCP_TOKEN='${SECRET}'`,
        `ASPERA_SCP_KEY=${SECRET}`,
        `ASPERA_SCP_FILEPASS="${SECRET}"`,
        `ASPERA_SCP_COOKIE=${SECRET}`,
        `ASPERA_PROXY_PASS=${SECRET}`,
        `--proxy-password ${SECRET} --host x`,
        `--token=${SECRET}`,
        `GET /x?access_token=${SECRET}&page=2`,
        `socks5://ana:${SECRET}@proxy.example:1080/`,
        `https://ana:${SECRET}@host/path`,
        `ssh://user:pass:${SECRET}@host`,
        `http://127.0.0.1:3000/#${SECRET}`,
        `Authorization: Basic ${SECRET}`,
        `"authorization":"Bearer ${SECRET}"`,
        `Proxy-Authorization: Custom one=${SECRET}, two=${SECRET}`,
        `sent Bearer ${SECRET} to it`,
        `Set-Cookie: connect-login=${SECRET}; HttpOnly`,
        `Cookie: a=b; connect=${SECRET}`,
        `token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${SECRET}`,
        `-----BEGIN OPENSSH PRIVATE KEY-----\n${SECRET.replace(/-/g, '')}\n-----END OPENSSH PRIVATE KEY-----`,
        `apiKey=${SECRET}`,
        `private_key: ${SECRET}`
    ]) {
        it(`hides what is secret in ${text.slice(0, 40).replace(/\n/g, ' ')}`, () => {
            const shown = redacted(text);
            expect(shown).not.to.contain(SECRET).and.not.to.contain(SECRET.replace(/-/g, ''));
            expect(shown).to.contain('***');
            expect(redacted(shown), 'done twice').to.equal(shown);
        });
    }

    for (const text of [
        'Sending to ana@host.example, UDP 33001, 300 Mbps fair',
        '{"Type":"STATS","TransfersPassed":"3","File":"keys.txt"}',
        'connect://demo/Upload here/a@b.txt',
        'https://host.example:9092/path?page=2',
        'user@host:/path passed 3 checks, 12 tokens',
        'the passphrase of this key is not known',
        'monkey=1, keyboard: de'
    ]) {
        it(`leaves “${text.slice(0, 40)}” alone`, () => expect(redacted(text)).to.equal(text));
    }

    it('hides any value of a named field, whatever stands around it', () => {
        const secret = fc.stringMatching(/^[A-Za-z0-9+/._~!%$-]{6,40}$/).filter(text => !/^-/.test(text));
        const name = fc.constantFrom('password', 'Passphrase', 'ASPERA_SCP_PASS', 'token', 'client_secret');
        const around = fc.stringMatching(/^[a-z ,.:]{0,30}$/);
        fc.assert(
            fc.property(around, name, secret, around, (before, field, value, after) => {
                const marked = `S3CR${value}`;
                for (const text of [`${field}=${marked}`, JSON.stringify({ [field]: marked })]) {
                    expect(redacted(`${before} ${text} ${after}`)).not.to.contain(marked);
                }
            })
        );
    });

    it('takes time in proportion to the text', () => {
        for (const part of ['password', 'a:', '"\\', 'http://a:', 'token: "', 'x'.repeat(64), 'basic ']) {
            const length = redacted(part.repeat(100_000 / part.length)).length;
            expect(length).to.be.greaterThan(0);
        }
    });
});
