import { expect } from 'chai';
import { certificateFingerprint, normalFingerprint } from '../node/tls-connection';
import { httpsFailure } from './https-endpoint';

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

describe('failure of an HTTPS connection', () => {
    const place = { host: 'h', port: 8443 };
    const rows = [
        ['ECONNREFUSED', 'transfer.connect-refused'],
        ['ENOTFOUND', 'transfer.host-unknown'],
        ['ETIMEDOUT', 'transfer.connect-timeout'],
        ['ECONNRESET', 'transfer.connection-lost'],
        ['DEPTH_ZERO_SELF_SIGNED_CERT', 'transfer.host-key-unknown'],
        ['ERR_TLS_CERT_ALTNAME_INVALID', 'transfer.host-key-unknown'],
        ['CERT_HAS_EXPIRED', 'transfer.host-key-unknown']
    ] as const;
    for (const [system, code] of rows) {
        it(`${system} is ${code}`, () => {
            const error = Object.assign(new Error('x'), { code: system });
            expect(httpsFailure(error, place).code).to.equal(code);
        });
    }

    it('never names the login of a proxy', () => {
        const proxy = new URL('http://pia:secret@proxy:3128');
        const failure = httpsFailure(new Error('broke'), { ...place, proxy });
        expect(failure.message).to.include('proxy:3128').and.not.to.include('secret');
    });
});
