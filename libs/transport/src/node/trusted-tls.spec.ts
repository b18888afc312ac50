import { expect } from 'chai';
import { certificateFingerprint, normalFingerprint } from './trusted-tls';

describe('fingerprint of a certificate', () => {
    const own = certificateFingerprint(Uint8Array.of(1, 2, 3));
    const hex = '039058C6F2C0CB492C533B0A4D14EF77CC0F78ABCCCED5287D84A1A2011CFB81';
    const colons = hex.match(/../g)!.join(':');

    for (const text of [
        own,
        own.slice(7),
        `${own}=`,
        hex,
        hex.toLowerCase(),
        colons,
        `SHA256 Fingerprint=${colons}`
    ]) {
        it(`is read as ${text.slice(0, 30)}…`, () => {
            expect(normalFingerprint(text)).to.equal(own);
        });
    }
});
