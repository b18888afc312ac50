import { SshCredentials } from '../node/ssh-channel';

const PASSWORD = 'ASPERA_SCP_PASS';
const TOKEN = 'ASPERA_SCP_TOKEN';
const PROXY_PASSWORD = 'ASPERA_PROXY_PASS';
const HTTP_PROXY_PASSWORD = 'CONNECT_HTTP_PROXY_PASS';
const PRIVATE_KEY = 'ASPERA_SCP_KEY';

/** All that a run must not show. */
export interface RunSecrets extends SshCredentials {
    readonly proxyPassword?: string;
    /** Of the HTTP proxy, when it is another one. */
    readonly httpProxyPassword?: string;
}

/**
 * The secrets of a run from its environment, from which they are removed: nothing that is started later, and no dump
 * of the environment, holds them.
 */
export function takeSecrets(environment: NodeJS.ProcessEnv): RunSecrets {
    const take = (name: string): string | undefined => {
        const value = environment[name];
        delete environment[name];
        return value === '' ? undefined : value;
    };
    const proxyPassword = take(PROXY_PASSWORD);
    const httpProxyPassword = take(HTTP_PROXY_PASSWORD);
    const secrets = { password: take(PASSWORD), token: take(TOKEN) };
    const whole = withKey(secrets, take(PRIVATE_KEY));
    return {
        ...whole,
        ...(proxyPassword === undefined ? {} : { proxyPassword }),
        ...(httpProxyPassword === undefined ? {} : { httpProxyPassword })
    };
}

/** With a private key the one password there is may be that of the account or of the key: it is tried as both. */
export function withKey(secrets: SshCredentials, privateKey: string | undefined): SshCredentials {
    return privateKey === undefined ? secrets : { ...secrets, privateKey, passphrase: secrets.password };
}
