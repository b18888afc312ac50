import { expect } from 'chai';
import { createToken } from '../session/access-token';
import { readLogin } from './login-header';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('login of an HTTPS request', () => {
    it('is a name and a password, which may hold colons and any letters', () => {
        expect(readLogin(basic('ana:p:ä'))).to.deep.equal({ method: 'password', name: 'ana', secret: 'p:ä' });
    });

    it('is a token, which says of whom', () => {
        const token = createToken(Buffer.alloc(32), Buffer.alloc(16), 'ana', 1e12);
        expect(readLogin(`bearer ${token}`)).to.deep.equal({ method: 'token', name: 'ana', secret: token });
    });

    const wrong = [
        undefined,
        '',
        'Basic',
        'Basic ***',
        basic(':x'),
        basic('ana'),
        'Bearer x.y',
        'Digest abc',
        basic('a:'.padEnd(5000, 'x'))
    ];
    for (const header of wrong) {
        it(`is not ${String(header).slice(0, 20)}`, () => {
            expect(readLogin(header)).to.equal(undefined);
        });
    }
});
