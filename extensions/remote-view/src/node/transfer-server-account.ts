import {
    AccountContext,
    AccountOption,
    AccountSecrets,
    AccountSession,
    AccountSettings,
    AccountType,
    ServerEndpoint,
    ServerTarget,
    TransferCredentials
} from '@connect/api';
import { ConnectError } from '@connect/base';
import { hostKeyChanged } from '@connect/transport/lib/node/known-hosts';
import { SftpClient } from '@connect/transport/lib/node/sftp-client';
import type { SshOptions } from '@connect/transport/lib/node/ssh-channel';
import { NetworkRoutes } from '@connect/transfer/lib/node/network/network-routes';
import { socksAddress } from '@connect/transfer/lib/node/network/socks-address';
import { connectThroughSocks } from '@connect/transport/lib/node/socks-proxy';
import { inject, injectable, optional } from '@theia/core/shared/inversify';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { SftpFileSystem } from './sftp-file-system';

/** Stored with accounts. */
export const TRANSFER_SERVER_TYPE = 'transfer-server';

const DEFAULT_PORT = '33001';
const CONNECT_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 30_000;

const OPTIONS: readonly AccountOption[] = [
    {
        key: 'kind',
        label: 'Kind of server',
        kind: 'choice',
        required: true,
        default: 'connect',
        choices: [
            { value: 'connect', label: 'Connect server, or SSH host with connect-cp' },
            { value: 'aspera', label: 'Aspera server (needs ascp on this computer)' }
        ]
    },
    { key: 'host', label: 'Host', kind: 'host', required: true, help: 'Name or address of the server.' },
    { key: 'sshPort', label: 'SSH port (TCP)', kind: 'port', required: true, default: DEFAULT_PORT },
    { key: 'udpPort', label: 'Data port (UDP)', kind: 'port', required: true, default: DEFAULT_PORT },
    { key: 'user', label: 'User', kind: 'text', required: true },
    { key: 'password', label: 'Password', kind: 'secret', required: false },
    {
        key: 'privateKey',
        label: 'Private key',
        kind: 'multiline-secret',
        required: false,
        help: 'Text of the key file, OpenSSH or PEM; in place of a password.'
    },
    { key: 'passphrase', label: 'Passphrase of the key', kind: 'secret', required: false },
    { key: 'token', label: 'Token', kind: 'secret', required: false, help: 'In place of a password.' }
];

/** Accounts on a transfer server: files over SFTP, transfers over SSH and UDP. */
@injectable()
export class TransferServerAccount implements AccountType {
    readonly id = TRANSFER_SERVER_TYPE;
    readonly label = 'Transfer server';
    readonly options = OPTIONS;

    @inject(NetworkRoutes) @optional() protected readonly routes: NetworkRoutes | undefined;

    /**
     * Signs in once, so that what is wrong shows now. Rejects with `security.account-invalid`,
     * `security.credentials-required`, `transfer.host-key-unknown`, `transfer.host-key-mismatch`,
     * `transfer.authentication-failed`, and with the `transfer.*` codes of an unreachable host.
     */
    async connect(
        settings: AccountSettings,
        secrets: AccountSecrets,
        context: AccountContext
    ): Promise<AccountSession> {
        const address = readAddress(settings);
        const credentials = readCredentials(secrets);
        if (!credentials.password && !credentials.privateKey && !credentials.token) {
            throw new ConnectError(
                'security.credentials-required',
                `${address.user} on ${address.host} needs a password, a key or a token.`,
                { missing: 'password' }
            );
        }
        const seen = { hostKeyFingerprint: '', hostKey: '' };
        const options: SshOptions = {
            host: address.host,
            port: address.sshPort,
            user: address.user,
            credentials,
            timeoutMs: CONNECT_TIMEOUT_MS,
            // the session connects again by itself later on: what is told then is as good
            onStage: report => context.onStage?.(report),
            checkHostKey: (host, port, fingerprint, publicKey) => {
                const trusted = context.trustedHostKey(host, port);
                if (trusted === fingerprint) {
                    seen.hostKeyFingerprint = fingerprint;
                    seen.hostKey = Buffer.from(publicKey).toString('base64');
                    return undefined;
                }
                return trusted === undefined
                    ? hostKeyUnknown(host, port, fingerprint)
                    : hostKeyChanged(host, port, fingerprint);
            }
        };
        const files = new SftpFileSystem({
            connect: async () =>
                SftpClient.connect({ ...options, socket: await this.socketTo(address) }, REQUEST_TIMEOUT_MS),
            uniqueText: () => randomBytes(8).toString('hex')
        });
        await files.open();
        return {
            files,
            transferEndpoint: async () => ({ endpoint: { ...address, ...seen }, credentials }),
            dispose: () => files.dispose()
        };
    }

    serverTarget(settings: AccountSettings, secrets: AccountSecrets): ServerTarget {
        return { ...readAddress(settings), credentials: readCredentials(secrets) };
    }

    /** Through the SOCKS proxy of the settings, which takes whatever goes over SSH; undefined for directly. */
    private async socketTo({ host, sshPort }: Address): Promise<Socket | undefined> {
        const fasp = await this.routes?.faspProxy(host);
        return fasp?.proxy.kind === 'socks5'
            ? connectThroughSocks(socksAddress(fasp), host, sshPort)
            : undefined;
    }
}

function hostKeyUnknown(host: string, port: number, fingerprint: string): ConnectError {
    return new ConnectError(
        'transfer.host-key-unknown',
        `The key of ${host} port ${port} is not known yet: ${fingerprint}`,
        { host, port, fingerprint }
    );
}

type Address = Omit<ServerEndpoint, 'hostKeyFingerprint' | 'hostKey'>;

function readAddress(settings: AccountSettings): Address {
    return {
        host: required(settings, 'host'),
        sshPort: readPort(settings, 'sshPort'),
        udpPort: readPort(settings, 'udpPort'),
        user: required(settings, 'user'),
        kind: settings.kind === 'aspera' ? 'aspera' : 'connect'
    };
}

function readCredentials(secrets: AccountSecrets): TransferCredentials {
    // A form sends empty fields as empty text; they are no secrets.
    return {
        password: secrets.password || undefined,
        privateKey: secrets.privateKey || undefined,
        passphrase: secrets.passphrase || undefined,
        token: secrets.token || undefined
    };
}

function required(settings: AccountSettings, key: string): string {
    const value = (settings[key] ?? '').trim();
    if (value === '') {
        throw invalid(key, 'is missing');
    }
    return value;
}

function readPort(settings: AccountSettings, key: string): number {
    const text = (settings[key] ?? DEFAULT_PORT).trim();
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > 65_535) {
        throw invalid(key, 'must be a number from 1 to 65535');
    }
    return port;
}

function invalid(key: string, problem: string): ConnectError {
    const label = OPTIONS.find(option => option.key === key)?.label ?? key;
    return new ConnectError('security.account-invalid', `${label} ${problem}.`, { key });
}
