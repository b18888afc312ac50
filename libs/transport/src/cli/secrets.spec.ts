import { expect } from 'chai';
import { takeSecrets } from './secrets';

describe('takeSecrets', () => {
    it('reads secrets and leaves none in the environment', () => {
        const environment = {
            ASPERA_SCP_PASS: 'p',
            ASPERA_SCP_TOKEN: 't',
            ASPERA_SCP_KEY: 'k',
            PATH: '/bin'
        };
        expect(takeSecrets(environment)).to.deep.equal({
            password: 'p',
            token: 't',
            privateKey: 'k',
            passphrase: 'p'
        });
        expect(environment).to.deep.equal({ PATH: '/bin' });
    });

    it('reads a password for each proxy', () => {
        const environment = { ASPERA_PROXY_PASS: 'a', CONNECT_HTTP_PROXY_PASS: 'b' };
        expect(takeSecrets(environment)).to.deep.include({ proxyPassword: 'a', httpProxyPassword: 'b' });
        expect(environment).to.deep.equal({});
    });

    it('takes an empty one for none', () => {
        expect(takeSecrets({ ASPERA_SCP_PASS: '' })).to.deep.equal({ password: undefined, token: undefined });
    });
});
