import { ConnectError } from '@connect/base';
import type { Account } from '@connect/security/lib/common/account-protocol';
import { InvalidArgumentError, type Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
    accountsOfServer,
    accountUri,
    findAccount,
    parseAddress,
    type CommandAddress,
    type ServerAddress
} from '../common/command-address';
import type { ExistingRule, Job, JobPriority, SubmitRequest } from '../common/transfer-protocol';
import type { TransferSpec } from '../common/transfer-spec';
import {
    answerAccount,
    givenSecrets,
    provide,
    withSecretOptions,
    type SecretOptions
} from './account-secrets';
import { addServerAccount } from './account-commands';
import type { CommandContext } from './command-context';
import type { Run } from './command-line';
import { EXIT, type ExitCode } from './exit-code';
import { jobLine } from './job-lines';
import {
    existingOption,
    priorityOption,
    rateOf,
    withRateOptions,
    type RateOptions
} from './transfer-options';
import { readSpec } from './transfer-spec-file';
import { watchTransfers } from './transfer-watch';

const WINDOWS = process.platform === 'win32';

/** Options of `transfer start`, as commander gives them. */
interface StartOptions extends RateOptions, SecretOptions {
    readonly existing?: ExistingRule;
    readonly priority?: JobPriority;
    readonly engine?: string;
    readonly now?: boolean;
    readonly queue?: boolean;
    readonly wait?: boolean;
    readonly spec?: string;
    readonly udpPort?: number;
}

/** `connect transfer start` */
export function startCommand(command: Command, run: Run): void {
    withSecretOptions(withRateOptions(command))
        .description('send files to an account, or receive files from one')
        .argument('[source...]', 'files or folders, then the folder they go to')
        .usage('[options] SOURCE... TARGET')
        .addOption(existingOption())
        .addOption(priorityOption())
        .option('--engine <id>', 'transfer program, such as connect-cp')
        .option('--now', 'start out of turn, whatever the limit of the queue')
        .option('--queue', 'wait for the turn in the queue (default)')
        .option('--wait', 'end when the transfer does, with its result as the exit code')
        .option('--spec <file>', 'transfer spec, JSON; - for standard input')
        .option('--udp-port <port>', 'data port of a server given as ssh://…', port)
        .addHelpText(
            'after',
            `
Places: a path, ACCOUNT:/path, or ssh://user@host:port/path. A server that no account names becomes one.

  connect transfer start film.mov 'Demo server:/in' --wait
  connect transfer start ssh://ana@media.example.com/out/film.mov ~/Downloads --target-rate 500M`
        )
        .action(run((context, places: string[], options: StartOptions) => start(context, places, options)));
}

async function start(context: CommandContext, places: string[], options: StartOptions): Promise<ExitCode> {
    if (options.now && options.queue) {
        throw new ConnectError('usage', '--now and --queue exclude each other');
    }
    const spec = options.spec === undefined ? undefined : await readSpec(context, options.spec);
    const given: TransferSpec = spec ?? requestOf(places, options);
    if (spec && places.length > 0) {
        throw new ConnectError('usage', 'A transfer spec names its places itself');
    }
    const secrets = { ...given.secrets, ...(await givenSecrets(context, options)) };
    const { request, account } = await resolvePlaces(context, given, options);
    if (Object.keys(secrets).length > 0) {
        await provide(context, account, secrets, options.remember === true);
    }
    const id = randomUUID();
    const [job] = await context.call(client => client.transfers.submit({ ...request, id }));
    if (options.now) {
        await context.call(client => startNow(client.transfers, job.id));
    }
    if (!options.wait) {
        const after = (await context.snapshot()).jobs.find(each => each.id === job.id) ?? job;
        context.output.document({ jobs: [context.json(after)] });
        context.output.say(jobLine(after, Date.now()));
        return EXIT.done;
    }
    return waitFor(context, job, account, options);
}

/** A job that the queue started in the meantime is as it should be. */
async function startNow(
    transfers: { startNow(ids: readonly string[]): Promise<void> },
    id: string
): Promise<void> {
    try {
        await transfers.startNow([id]);
    } catch (error) {
        if (!ConnectError.is(error, 'transfer.job-state')) {
            throw error;
        }
    }
}

async function waitFor(
    context: CommandContext,
    job: Job,
    account: Account,
    options: StartOptions
): Promise<ExitCode> {
    let last = job;
    const exit = await watchTransfers(context, [job.id], {
        isStream: false,
        onJob: latest => (last = latest),
        answer: asking => answerJob(context, asking, account, options)
    });
    context.output.document({ jobs: [context.json(last)] });
    return exit;
}

/** Answers one question after the other, as the host key and then the password, till the transfer goes on. */
async function answerJob(
    context: CommandContext,
    asking: Job,
    account: Account,
    options: StartOptions
): Promise<boolean> {
    let question = asking.error;
    while (question !== undefined && (await answerAccount(context, question, account, options))) {
        try {
            await context.call(client => client.transfers.resume([asking.id]));
            return true;
        } catch (error) {
            if (!ConnectError.is(error) || error.kind !== 'needs-user') {
                throw error;
            }
            question = error.toWire();
        }
    }
    return false;
}

function requestOf(places: string[], options: StartOptions): TransferSpec {
    if (places.length < 2) {
        throw new ConnectError('usage', 'Name at least one source and, last, the folder it goes to');
    }
    return {
        sources: places.slice(0, -1).map(place => parseAddress(place, WINDOWS)),
        target: parseAddress(places[places.length - 1], WINDOWS),
        rate: rateOf(options),
        existing: options.existing,
        secrets: {}
    };
}

/** Names become accounts and URIs. */
async function resolvePlaces(
    context: CommandContext,
    given: TransferSpec,
    options: StartOptions
): Promise<{ readonly request: SubmitRequest; readonly account: Account }> {
    const accounts = await context.call(client => client.accounts.list());
    const used = new Map<string, Account>();
    const servers = new Map<string, Account>();
    const uri = async (address: CommandAddress): Promise<string> => {
        if (address.kind === 'local') {
            return pathToFileURL(resolve(address.path)).href;
        }
        const account =
            address.kind === 'account'
                ? findAccount(accounts, address.account)
                : await serverAccount(
                      context,
                      accounts,
                      servers,
                      address.server,
                      options.udpPort ?? given.udpPort
                  );
        used.set(account.id, account);
        return accountUri(account, address.path);
    };
    const sources: string[] = [];
    for (const source of given.sources) {
        sources.push(await uri(source));
    }
    const target = await uri(given.target);
    const [account] = used.values();
    if (!account) {
        throw new ConnectError('usage', 'Either the sources or the target must be on an account');
    }
    const request: SubmitRequest = {
        sources,
        target,
        rate: { ...given.rate, ...rateOf(options) },
        ...((options.existing ?? given.existing) ? { existing: options.existing ?? given.existing } : {}),
        ...(options.priority ? { priority: options.priority } : {}),
        ...(options.engine ? { engineId: options.engine } : {})
    };
    return { request, account };
}

/** The account that names the server; where none does, it is made. */
async function serverAccount(
    context: CommandContext,
    accounts: readonly Account[],
    made: Map<string, Account>,
    server: ServerAddress,
    udpPort: number | undefined
): Promise<Account> {
    const key = `${server.user}@${server.host}:${server.sshPort}`;
    const known = made.get(key);
    if (known) {
        return known;
    }
    const fitting = accountsOfServer(accounts, server);
    if (fitting.length > 1) {
        const names = fitting.map(({ name }) => `“${name}”`).join(', ');
        throw new ConnectError('usage', `Several accounts are on ${server.host}: ${names}. Name one of them`);
    }
    const account = fitting[0] ?? (await addServerAccount(context, server, udpPort));
    made.set(key, account);
    return account;
}

function port(text: string): number {
    const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > 65_535) {
        throw new InvalidArgumentError('A port is a number from 1 to 65535.');
    }
    return value;
}
