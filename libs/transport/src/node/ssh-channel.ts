import { createHash } from 'node:crypto';
import { connect as connectSocket, Socket } from 'node:net';
import { ConnectError, ErrorCode } from '@connect/base';
import { AnyAuthMethod, AuthHandlerMiddleware, Client, ClientChannel, Prompt, utils } from 'ssh2';
import { hostKeyChanged, KnownHosts } from './known-hosts';
import { coalesceWrites, hastenCommand, shortenLogin } from './ssh-shortcuts';
import { SshStages } from './ssh-stages';
import { StageListener } from './stage-teller';

/** A connection that is logged in, and a command that runs over one, for those who may not know the library. */
export type { Client as SshClient, ClientChannel as SshCommand };

/** Secrets of one login; those that are set are offered in the order token, key, password. Never logged. */
export interface SshCredentials {
    readonly password?: string;
    /** Text of a private key, OpenSSH or PEM. */
    readonly privateKey?: string;
    readonly passphrase?: string;
    /** Answer to the keyboard-interactive prompt `Token: `. */
    readonly token?: string;
}

/**
 * Decides about the key a host shows: resolves to the objection, or to undefined when it may be used. The key itself is
 * there for those who want another hash of it.
 */
export type HostKeyCheck = (
    host: string,
    port: number,
    fingerprint: string,
    publicKey: Uint8Array
) => Promise<ConnectError | undefined> | ConnectError | undefined;

/** Where and how to log in. */
export interface SshOptions {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly credentials: SshCredentials;
    readonly checkHostKey: HostKeyCheck;
    /** From the first packet to the end of the login. */
    readonly timeoutMs?: number;
    readonly keepAliveMs?: number;
    /** Connected or connecting to the host; by default one is made. It belongs to the client from then on. */
    readonly socket?: Socket;
    /** `socket` was begun for this host before the login was, and by no proxy. */
    readonly isEarly?: boolean;
    /** Hears how far the login comes: `name`, `tcp`, `host-key`, `login`. */
    readonly onStage?: StageListener;
}

const DEFAULT_TIMEOUT_MS = 20_000;
const DEFAULT_KEEP_ALIVE_MS = 10_000;
const MAX_MISSED_KEEP_ALIVES = 3;

/** Codes of system calls that say why there is no connection. */
const SOCKET_ERRORS: ReadonlyMap<string, ErrorCode> = new Map([
    ['ENOTFOUND', 'transfer.host-unknown'],
    ['EAI_AGAIN', 'transfer.host-unknown'],
    ['EAI_FAIL', 'transfer.host-unknown'],
    ['ECONNREFUSED', 'transfer.connect-refused'],
    ['ETIMEDOUT', 'transfer.connect-timeout'],
    ['EHOSTUNREACH', 'transfer.connect-timeout'],
    ['ENETUNREACH', 'transfer.connect-timeout']
]);

/** `SHA256:` and base64 without padding, as OpenSSH prints it. */
export function keyFingerprint(publicKey: Uint8Array): string {
    return `SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`;
}

/** Accepts exactly one key, e.g. that of `--check-sshfp`. The prefix `SHA256:` and padding may be missing. */
export function expectFingerprint(expected: string): HostKeyCheck {
    const bare = (fingerprint: string): string => fingerprint.replace(/^SHA256:/i, '').replace(/=+$/, '');
    return (host, port, fingerprint) =>
        bare(fingerprint) === bare(expected.trim()) ? undefined : hostKeyChanged(host, port, fingerprint);
}

/** Accepts what `known` holds; with `acceptNew` a host that was never seen is remembered, a changed key never is. */
export function checkKnownHosts(known: KnownHosts, acceptNew: boolean): HostKeyCheck {
    return async (host, port, fingerprint) => {
        const objection = await known.objection(host, port, fingerprint);
        if (acceptNew && ConnectError.is(objection, 'transfer.host-key-unknown')) {
            await known.trust(host, port, fingerprint);
            return undefined;
        }
        return objection;
    };
}

/**
 * Logs in. The client that results has a listener for errors, so a connection that breaks later only shows in its
 * `close` event.
 * @throws ConnectError `transfer.host-unknown`, `transfer.connect-refused`, `transfer.connect-timeout`,
 * `transfer.connection-lost`, `transfer.authentication-failed`, and what the host key check objects.
 */
export function connectSsh(options: SshOptions): Promise<Client> {
    return logIn(options);
}

/**
 * Logs in and runs a command, in fewer round trips than {@link connectSsh} and {@link openCommand} one after the other:
 * our own server hears of the command together with the login.
 * @throws as {@link connectSsh}; `command` rejects as {@link openCommand}
 */
export async function connectAndRun(
    options: SshOptions,
    command: string,
    environment: Readonly<Record<string, string>> = {}
): Promise<{ readonly client: Client; readonly command: Promise<ClientChannel> }> {
    let running: Promise<ClientChannel> | undefined;
    const client = await logIn(options, command, ready => {
        running = openCommand(ready, command, environment);
        // whoever asks for it hears of it
        running.catch(() => undefined);
    });
    return { client, command: running! };
}

/** @param onReady called in the very moment the login succeeds, before the host is heard any further */
function logIn(
    options: SshOptions,
    firstCommand?: string,
    onReady?: (client: Client) => void
): Promise<Client> {
    return new Promise((resolve, reject) => {
        const client = new Client();
        const stages = new SshStages(options.host, options.port, options.onStage);
        let objection: ConnectError | undefined;
        const fail = (error: ConnectError): void => {
            stages.failed(error);
            client.removeAllListeners('ready');
            client.end();
            reject(objection ?? error);
        };
        client.on('error', (error: SshFailure) => fail(describeFailure(error, options)));
        client.once('close', () => fail(lost(options)));
        client.once('ready', () => {
            onReady?.(client);
            stages.loggedIn();
            resolve(client);
        });
        const verify = async (key: Buffer): Promise<boolean> => {
            const fingerprint = keyFingerprint(key);
            objection = await options.checkHostKey(options.host, options.port, fingerprint, key);
            stages.hostKey(fingerprint, objection);
            return objection === undefined;
        };
        try {
            const login = authHandler(options);
            const socket = options.socket ?? connectSocket({ host: options.host, port: options.port });
            stages.follow(socket, options.isEarly);
            coalesceWrites(socket);
            client.connect({
                host: options.host,
                port: options.port,
                username: options.user,
                sock: socket,
                readyTimeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
                keepaliveInterval: options.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS,
                keepaliveCountMax: MAX_MISSED_KEEP_ALIVES,
                authHandler: login,
                hostVerifier: (key: Buffer, verified: (valid: boolean) => void) => {
                    verify(key).then(verified, error => {
                        objection = ConnectError.from(error);
                        verified(false);
                    });
                }
            });
            shortenLogin(client, firstCommand);
        } catch (error) {
            fail(ConnectError.from(error));
        }
    });
}

/**
 * Runs a command on the host and gives its standard input and output as one stream. A host may ignore `environment`.
 * @throws ConnectError `transfer.connection-lost` when the host opens no channel for it.
 */
export function openCommand(
    client: Client,
    command: string,
    environment: Readonly<Record<string, string>> = {}
): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
        client.exec(command, { env: environment }, (error, channel) => {
            if (error) {
                const message = `The server does not run "${command}": ${error.message}`;
                reject(new ConnectError('transfer.connection-lost', message, {}, error));
            } else {
                resolve(channel);
            }
        });
        hastenCommand(client, command);
    });
}

type SshFailure = Error & { readonly level?: string; readonly code?: unknown };

/**
 * Methods to try, one after the other. Naming them here saves the round trip that asks the server for its methods
 * by trying `none`.
 */
function authHandler({ user: username, credentials }: SshOptions): AuthHandlerMiddleware {
    const methods: AnyAuthMethod[] = [];
    const { privateKey, passphrase, password, token } = credentials;
    if (privateKey !== undefined) {
        checkKey(privateKey, passphrase);
        methods.push({ type: 'publickey', username, key: privateKey, passphrase });
    }
    if (password !== undefined) {
        methods.push({ type: 'password', username, password });
    }
    if (token !== undefined || password !== undefined) {
        const answer = ({ prompt }: Prompt): string => (/token/i.test(prompt) ? token : password) ?? '';
        methods.push({
            type: 'keyboard-interactive',
            username,
            prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(answer))
        });
    }
    if (token !== undefined) {
        methods.unshift(...methods.splice(methods.length - 1));
    }
    if (methods.length === 0) {
        const message = `No password, key or token for ${username}`;
        throw new ConnectError('transfer.authentication-failed', message, { user: username });
    }
    // the types of ssh2 do not say that there is nothing to choose from at first, and that false gives up
    return (left: readonly string[] | null, _partial, next) => {
        const index = methods.findIndex(method => left === null || left.includes(method.type));
        const method = index < 0 ? undefined : methods[index];
        methods.splice(0, index + 1);
        next((method ?? false) as AnyAuthMethod);
    };
}

function checkKey(privateKey: string, passphrase: string | undefined): void {
    const key = utils.parseKey(privateKey, passphrase);
    if (key instanceof Error) {
        const message = `The private key cannot be used: ${key.message}`;
        throw new ConnectError('transfer.authentication-failed', message, {}, key);
    }
}

function describeFailure(error: SshFailure, { host, port, user }: SshOptions): ConnectError {
    const data = { host, port };
    const known = typeof error.code === 'string' ? SOCKET_ERRORS.get(error.code) : undefined;
    if (known) {
        return new ConnectError(
            known,
            `Cannot connect to ${host} port ${port}: ${error.message}`,
            data,
            error
        );
    }
    if (error.level === 'client-timeout') {
        return new ConnectError(
            'transfer.connect-timeout',
            `No SSH session with ${host} port ${port} in time`,
            data,
            error
        );
    }
    if (error.level === 'client-authentication') {
        const message = `${host} does not accept this login of user ${user}`;
        return new ConnectError('transfer.authentication-failed', message, { ...data, user }, error);
    }
    const message = `SSH connection to ${host} port ${port} failed: ${error.message}`;
    return new ConnectError('transfer.connection-lost', message, data, error);
}

function lost({ host, port }: SshOptions): ConnectError {
    const message = `${host} port ${port} closed the connection before the login was done`;
    return new ConnectError('transfer.connection-lost', message, { host, port });
}
