import { expect } from 'chai';
import { createToken, verifyToken } from './access-token';

describe('access tokens', () => {
    const key = Buffer.alloc(32, 1);
    const salt = Buffer.alloc(16, 2);
    const expiresMs = 1_000_000;
    const token = createToken(key, salt, 'ana', expiresMs);
    const check = (changes: {
        key?: Buffer;
        salt?: Buffer;
        user?: string;
        token?: string;
        nowMs?: number;
    }): boolean =>
        verifyToken(
            changes.key ?? key,
            'salt' in changes ? changes.salt : salt,
            changes.user ?? 'ana',
            changes.token ?? token,
            changes.nowMs ?? expiresMs - 1
        );

    it('log their user in until they expire', () => {
        expect(check({})).to.equal(true);
        expect(check({ token: ` ${token}\n` })).to.equal(true);
        expect(check({ nowMs: expiresMs })).to.equal(false);
    });

    it('are worthless for others, with another key, and after the salt has changed', () => {
        expect(check({ user: 'bob' })).to.equal(false);
        expect(check({ key: Buffer.alloc(32, 9) })).to.equal(false);
        expect(check({ salt: Buffer.alloc(16, 9) })).to.equal(false);
        expect(check({ salt: undefined })).to.equal(false);
    });

    it('are worthless when any character of them is changed', () => {
        for (let i = 0; i < token.length; i++) {
            const other = token[i] === 'A' ? 'B' : 'A';
            // The last character of base64url holds unused bits: only what decodes to other bytes is another token.
            const changed = token.slice(0, i) + other + token.slice(i + 1);
            const [head, tag] = changed.split('.');
            const [trueHead, trueTag] = token.split('.');
            const isSame =
                head === trueHead &&
                tag !== undefined &&
                Buffer.from(tag, 'base64url').equals(Buffer.from(trueTag, 'base64url'));
            expect(check({ token: changed }), `character ${i}`).to.equal(isSame);
        }
    });

    for (const text of [
        '',
        '.',
        'a.b',
        `${token}.x`,
        token.split('.')[0],
        `${'x'.repeat(600)}.y`,
        `${token}${token}`
    ]) {
        it(`refuses "${text.slice(0, 20)}" (${text.length} characters)`, () => {
            expect(check({ token: text })).to.equal(false);
        });
    }
});
