import { expect } from 'chai';
import { utils } from 'ssh2';
import { ConnectError } from '@connect/base';
import { newSshKeyPair } from '@connect/transport';
import { acceptsOffer, fingerprint, newHostKey, parseUserKeys } from './ssh-keys';

/** RFC 8709's type with a key of 32 bytes 01. */
const PUBLIC = `ssh-ed25519 ${Buffer.from('0000000b7373682d6564323535313900000020' + '01'.repeat(32), 'hex').toString('base64')} laptop`;

describe('SSH keys', () => {
    it('are read from a file, comments and empty lines aside', () => {
        const keys = parseUserKeys(`# mine\n\n${PUBLIC}\r\n${PUBLIC}`);
        expect(keys.map(key => [key.type, key.comment])).to.deep.equal([
            ['ssh-ed25519', 'laptop'],
            ['ssh-ed25519', 'laptop']
        ]);
    });

    const weak = utils.generateKeyPairSync('rsa', { bits: 1024 });
    const refused: Array<[string, string]> = [
        ['a private key', newHostKey()],
        ['an RSA key of 1024 bits', weak.public],
        ['nothing', '\n# only a comment\n'],
        ['no key at all', 'hello world']
    ];
    for (const [description, text] of refused) {
        it(`refuses ${description}`, () => {
            expect(() => parseUserKeys(text))
                .to.throw(ConnectError)
                .with.property('code', 'usage');
        });
    }

    it('log in by a signature of theirs, over what was signed, and not over SHA-1', () => {
        for (const type of ['ed25519', 'ecdsa', 'rsa'] as const) {
            const bits = type === 'ecdsa' ? 256 : 2048;
            const pair =
                type === 'ed25519' ? newSshKeyPair() : utils.generateKeyPairSync(type as 'rsa', { bits });
            const [key] = parseUserKeys(pair.public);
            const hashAlgorithm = type === 'rsa' ? 'sha512' : undefined;
            const signed = Buffer.from('session data');
            const signature = (
                utils.parseKey(pair.private) as ReturnType<typeof utils.parseKey> & {
                    sign(data: Buffer, hash?: string): Buffer;
                }
            ).sign(signed, hashAlgorithm);
            const offer = { algorithm: key.type, blob: key.blob, hashAlgorithm, signature, signed };
            expect(acceptsOffer([key], offer), type).to.equal(true);
            expect(acceptsOffer([key], { ...offer, signature: undefined })).to.equal(true);
            expect(acceptsOffer([key], { ...offer, signed: Buffer.from('other data') })).to.equal(false);
            expect(acceptsOffer([key], { ...offer, algorithm: 'ssh-dss' })).to.equal(false);
            expect(acceptsOffer([], offer)).to.equal(false);
            expect(acceptsOffer(parseUserKeys(PUBLIC), offer)).to.equal(false);
            if (type === 'rsa') {
                expect(acceptsOffer([key], { ...offer, hashAlgorithm: undefined })).to.equal(false);
            }
        }
    });

    it('have the fingerprint that ssh-keygen prints', () => {
        expect(fingerprint(PUBLIC)).to.match(/^SHA256:[A-Za-z0-9+/]{43}$/);
        expect(fingerprint(newHostKey())).to.not.equal(fingerprint(newHostKey()));
    });
});
