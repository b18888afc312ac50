import { expect } from 'chai';
import { httpsFailure } from './https-endpoint';

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
