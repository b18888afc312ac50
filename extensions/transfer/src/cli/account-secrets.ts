import type { AccountSecrets } from '@connect/api';
import { ConnectError } from '@connect/base';
import type { Account } from '@connect/security/lib/common/account-protocol';
import type { Command } from 'commander';
import * as fs from 'node:fs';
import type { CommandContext } from './command-context';

/** Variables that secrets may come in; taken out of the environment before anything is started. */
const PASSWORD = 'CONNECT_PASSWORD';
const TOKEN = 'CONNECT_TOKEN';

/** Options about a login, as commander gives them. */
export interface SecretOptions {
    readonly passwordStdin?: boolean;
    readonly key?: string;
    readonly remember?: boolean;
    readonly fingerprint?: string;
}

export function withSecretOptions(command: Command): Command {
    return command
        .option(
            '--password-stdin',
            'read the password from standard input; it may also be in CONNECT_PASSWORD'
        )
        .option('--key <file>', 'private key, OpenSSH or PEM; a password is then that of the key')
        .option(
            '--remember',
            'keep them in the keychain of this system; else the backend forgets them when it ends'
        )
        .option('--fingerprint <fingerprint>', 'SHA256:… of the host key, to trust without asking');
}

/** Removes secrets from `environment` and returns them. */
export function takeSecretVariables(environment: NodeJS.ProcessEnv): AccountSecrets {
    const password = environment[PASSWORD];
    const token = environment[TOKEN];
    delete environment[PASSWORD];
    delete environment[TOKEN];
    return { ...(password ? { password } : {}), ...(token ? { token } : {}) };
}

/** What options and environment bring; nothing is asked. Rejects with `usage` when the key cannot be read. */
export async function givenSecrets(context: CommandContext, options: SecretOptions): Promise<AccountSecrets> {
    const typed = options.passwordStdin ? await context.prompt.wholeInput() : context.secrets.password;
    const { token } = context.secrets;
    const isKey = options.key !== undefined;
    const pairs: ReadonlyArray<readonly [string, string | undefined]> = [
        ['token', token],
        ['privateKey', isKey ? readKeyFile(options.key) : undefined],
        // the one password there is belongs to the key
        [isKey ? 'passphrase' : 'password', typed]
    ];
    return Object.fromEntries(pairs.filter((pair): pair is [string, string] => Boolean(pair[1])));
}

/**
 * Answers what keeps an account from being reached, from the options or by asking at the terminal: an unknown host
 * key, missing or refused secrets. False when nobody knows an answer.
 */
export async function answerAccount(
    context: CommandContext,
    error: { readonly code: string; readonly message: string; readonly data?: ConnectError['data'] },
    account: Account,
    options: SecretOptions
): Promise<boolean> {
    const { code, data } = error;
    if (code === 'transfer.host-key-unknown') {
        return trust(context, data, account, options);
    }
    if (code !== 'security.credentials-required' && code !== 'transfer.authentication-failed') {
        return false;
    }
    if (!context.prompt.isPossible) {
        return false;
    }
    context.output.complain(error.message);
    const password = await context.prompt.secret(`Password of ${account.name}: `);
    if (password === '') {
        return false;
    }
    await provide(context, account, { password }, options.remember === true);
    return true;
}

/** Gives the backend secrets of an account; says why when they were to be remembered and are not. */
export async function provide(
    context: CommandContext,
    account: Account,
    secrets: AccountSecrets,
    remember: boolean
): Promise<void> {
    const { remembered, reason } = await context.call(client =>
        client.accounts.provideSecrets(account.id, secrets, remember)
    );
    if (remember && !remembered) {
        context.output.complain(`Nothing was saved. ${reason ?? ''}`.trim());
    }
}

async function trust(
    context: CommandContext,
    data: ConnectError['data'] | undefined,
    account: Account,
    options: SecretOptions
): Promise<boolean> {
    const fingerprint = String(data?.fingerprint ?? '');
    const host = String(data?.host ?? account.settings.host ?? '');
    const port = Number(data?.port ?? account.settings.sshPort);
    if (fingerprint === '') {
        return false;
    }
    if (options.fingerprint === undefined) {
        const question = `The key of ${host} port ${port} is not known yet: ${fingerprint}\nCompare it with the administrator's. Trust it?`;
        if (!context.prompt.isPossible || !(await context.prompt.confirm(question))) {
            return false;
        }
    } else if (normal(options.fingerprint) !== normal(fingerprint)) {
        context.output.complain(`${host} shows the key ${fingerprint}, not ${options.fingerprint}`);
        return false;
    }
    await context.call(client => client.accounts.trustHostKey(host, port, fingerprint));
    return true;
}

function normal(fingerprint: string): string {
    return fingerprint.replace(/=+$/, '');
}

function readKeyFile(file: string): string {
    try {
        return fs.readFileSync(file, 'utf8');
    } catch (error) {
        throw new ConnectError('usage', `The key cannot be read: ${(error as Error).message}`, {}, error);
    }
}
