import { expect } from 'chai';
import { utils } from 'ssh2';
import { newSshKeyPair, SshKeyPair } from './ssh-key-pair';

const base64 = (text: string): string => Buffer.from(text, 'hex').toString('base64');
const TYPE = '0000000b7373682d65643235353139';
/** A public key of 31 bytes: what is left of one that began with a zero. */
const CUT = `ssh-ed25519 ${base64(`${TYPE}0000001f${'01'.repeat(31)}`)}`;

describe('new SSH keys', () => {
    it('are sound, whatever their generator makes of leading zeros', () => {
        const sound = newSshKeyPair();
        const made: SshKeyPair[] = [{ ...sound, public: CUT }, { ...sound, private: 'no key' }, sound];
        expect(newSshKeyPair({}, () => made.shift()!)).to.equal(sound);
        expect(made).to.deep.equal([]);
        expect(() => newSshKeyPair({}, () => ({ ...sound, public: CUT }))).to.throw('No SSH key');
    });

    it('may have a passphrase', () => {
        const options = { passphrase: 'key words', cipher: 'aes256-ctr', rounds: 1 };
        const pair = newSshKeyPair(options);
        expect(utils.parseKey(pair.private)).to.be.instanceOf(Error);
        expect(utils.parseKey(pair.private, 'key words')).not.to.be.instanceOf(Error);
    });
});
