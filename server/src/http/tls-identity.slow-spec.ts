import { expect } from 'chai';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { DataDirectory } from '../config/data-directory';
import { identityFingerprint, tlsIdentity } from './tls-identity';

const DAY_MS = 24 * 60 * 60 * 1000;
const OWN = { httpsCertificate: '', httpsKey: '' };

describe('certificate of HTTPS', () => {
    const folder = mkdtempSync(join(tmpdir(), 'connect-tls-'));
    const data = new DataDirectory(folder);
    const now = Date.UTC(2026, 10, 22);
    after(() => rmSync(folder, { recursive: true }));

    it('is made once, for the owner only, and renewed before it ends', async () => {
        const first = await tlsIdentity(data, OWN, now);
        expect(statSync(data.httpsIdentityFile).mode & 0o777).to.equal(0o600);
        expect(await tlsIdentity(data, OWN, now + 660 * DAY_MS)).to.deep.equal(first);
        const renewed = await tlsIdentity(data, OWN, now + 680 * DAY_MS);
        expect(identityFingerprint(renewed)).not.to.equal(identityFingerprint(first));
        expect(await tlsIdentity(data, OWN, now + 680 * DAY_MS)).to.deep.equal(renewed);
    });

    it('is the configured one when there is one', async () => {
        const own = await tlsIdentity(data, OWN, now);
        const config = { httpsCertificate: join(folder, 'c.pem'), httpsKey: join(folder, 'k.pem') };
        writeFileSync(config.httpsCertificate, own.certificate);
        writeFileSync(config.httpsKey, own.key);
        expect(await tlsIdentity(data, config, now)).to.deep.equal(own);
    });

    it('is not what cannot be read or is none', async () => {
        for (const httpsCertificate of [join(folder, 'missing'), __filename]) {
            const failure = await tlsIdentity(data, { httpsCertificate, httpsKey: __filename }, now).catch(
                (error: { code: string }) => error
            );
            expect(failure).to.have.property('code', 'usage');
        }
    });
});
