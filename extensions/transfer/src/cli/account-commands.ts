import { ConnectError } from '@connect/base';
import type { Account } from '@connect/security/lib/common/account-protocol';
import type { Command } from 'commander';
import { findAccount, type ServerAddress } from '../common/command-address';
import { givenSecrets, provide, withSecretOptions, type SecretOptions } from './account-secrets';
import type { CommandContext } from './command-context';
import type { Run } from './command-line';
import { EXIT, type ExitCode } from './exit-code';

/** Settings that an account type must have for servers given as `ssh://…`. */
const SERVER_SETTINGS = ['host', 'sshPort', 'udpPort', 'user'];

/** Options of `accounts add`, as commander gives them. */
interface AddOptions extends SecretOptions {
    readonly host: string;
    readonly user?: string;
    readonly sshPort?: string;
    readonly udpPort?: string;
}

/** An account as `--json` prints it: docs/guides/connect.md. */
interface AccountJson {
    readonly id: string;
    readonly name: string;
    readonly type: string;
    readonly settings: Account['settings'];
}

/** `connect accounts …` */
export function accountCommands(accounts: Command, run: Run): void {
    accounts.command('list').description('the accounts').action(run(list));
    withSecretOptions(accounts.command('add'))
        .description('add a transfer server')
        .argument('<name>', 'what to call it')
        .requiredOption('--host <host>', 'name or address of the server')
        .option('--user <user>', 'name to log in with')
        .option('--ssh-port <port>', 'TCP port of SSH')
        .option('--udp-port <port>', 'UDP port of the data')
        .action(run(add));
    withSecretOptions(accounts.command('sign-in'))
        .description('give the backend the password or key of an account')
        .argument('<account>', 'name or id')
        .action(run(signIn));
    accounts
        .command('forget')
        .description('forget the password or key of an account, in the keychain as well')
        .argument('<account>', 'name or id')
        .action(run((context, name: string) => forget(context, name)));
    accounts
        .command('remove')
        .description('remove an account; its transfers stop')
        .argument('<account>', 'name or id')
        .action(run((context, name: string) => remove(context, name)));
}

/** Makes an account for a server that has none, and says so. Rejects with `usage` without a user. */
export async function addServerAccount(
    context: CommandContext,
    server: ServerAddress,
    udpPort: number | undefined
): Promise<Account> {
    const { host, user, sshPort } = server;
    if (user === undefined) {
        throw new ConnectError('usage', `No account is on ${host}: name a user, as in ssh://user@${host}/`);
    }
    const name = sshPort === undefined ? `${user}@${host}` : `${user}@${host}:${sshPort}`;
    const settings = {
        host,
        user,
        ...(sshPort === undefined ? {} : { sshPort: String(sshPort) }),
        ...(udpPort === undefined ? {} : { udpPort: String(udpPort) })
    };
    const account = await make(context, name, settings);
    context.output.complain(`Added the account “${account.name}”.`);
    return account;
}

async function list(context: CommandContext): Promise<ExitCode> {
    const accounts = await context.call(client => client.accounts.list());
    context.output.document({ accounts: accounts.map(accountJson) });
    if (accounts.length === 0) {
        context.output.say('No accounts.');
    } else {
        const rows = accounts.map(({ id, name, typeId, settings }) => [
            id,
            name,
            typeId,
            settings.host === undefined
                ? ''
                : `${settings.user ?? ''}@${settings.host}:${settings.sshPort ?? ''}`
        ]);
        context.output.table([['ID', 'NAME', 'TYPE', 'SERVER'], ...rows]);
    }
    return EXIT.done;
}

async function add(context: CommandContext, name: string, options: AddOptions): Promise<ExitCode> {
    const { host, user, sshPort, udpPort } = options;
    const secrets = await givenSecrets(context, options);
    const given = { host, user, sshPort, udpPort };
    const settings = Object.fromEntries(
        Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined)
    );
    const account = await make(context, name, settings);
    if (options.fingerprint !== undefined) {
        const { fingerprint } = options;
        await context.call(client =>
            client.accounts.trustHostKey(account.settings.host, Number(account.settings.sshPort), fingerprint)
        );
    }
    if (Object.keys(secrets).length > 0) {
        await provide(context, account, secrets, options.remember === true);
    }
    return told(context, account);
}

async function signIn(context: CommandContext, name: string, options: SecretOptions): Promise<ExitCode> {
    const account = await find(context, name);
    const given = await givenSecrets(context, options);
    const isGiven = Object.keys(given).length > 0;
    if (!isGiven && !context.prompt.isPossible) {
        throw new ConnectError('usage', 'Give --password-stdin, --key or CONNECT_PASSWORD');
    }
    const secrets = isGiven
        ? given
        : { password: await context.prompt.secret(`Password of ${account.name}: `) };
    if (options.fingerprint !== undefined) {
        const { fingerprint } = options;
        await context.call(client =>
            client.accounts.trustHostKey(account.settings.host, Number(account.settings.sshPort), fingerprint)
        );
    }
    await provide(context, account, secrets, options.remember === true);
    return told(context, account);
}

async function forget(context: CommandContext, name: string): Promise<ExitCode> {
    const account = await find(context, name);
    await context.call(client => client.accounts.forgetSecrets(account.id));
    return told(context, account);
}

async function remove(context: CommandContext, name: string): Promise<ExitCode> {
    const account = await find(context, name);
    await context.call(client => client.accounts.remove(account.id));
    return told(context, account);
}

/** Of the first type that such servers fit into; what is not given is as its form says. */
async function make(
    context: CommandContext,
    name: string,
    settings: Readonly<Record<string, string>>
): Promise<Account> {
    const types = await context.call(client => client.accounts.types());
    const type = types.find(({ options }) =>
        SERVER_SETTINGS.every(key => options.some(option => option.key === key))
    );
    if (!type) {
        throw new ConnectError('not-supported', 'No extension brings accounts for transfer servers');
    }
    const defaults = type.options
        .filter(option => option.default !== undefined)
        .map(option => [option.key, option.default!] as const);
    const request = {
        name,
        typeId: type.id,
        settings: { ...Object.fromEntries(defaults), ...settings },
        secrets: {},
        remember: false
    };
    return context.call(client => client.accounts.add(request));
}

async function find(context: CommandContext, name: string): Promise<Account> {
    return findAccount(await context.call(client => client.accounts.list()), name);
}

function told(context: CommandContext, account: Account): ExitCode {
    context.output.document({ accounts: [accountJson(account)] });
    context.output.say(`${account.id}  ${account.name}`);
    return EXIT.done;
}

function accountJson({ id, name, typeId, settings }: Account): AccountJson {
    return { id, name, type: typeId, settings };
}
