import { ConnectError } from '@connect/base';
import type { Command } from 'commander';
import { isAtRest, isRunning } from '../common/job-lifecycle';
import { queueJson } from './job-json';
import { JobList } from '../common/job-list';
import { JOB_STATES, type Job, type JobState, type QueueMove } from '../common/transfer-protocol';
import type { BackendClient } from '../node/command/backend-client';
import type { Run } from './command-line';
import type { CommandContext } from './command-context';
import { EXIT, type ExitCode } from './exit-code';
import { jobFacts, jobLine, jobRow, JOB_COLUMNS } from './job-lines';
import { startCommand } from './transfer-start';
import { oneOfPriorities, oneOfRules, rateOf, withRateOptions, type RateOptions } from './transfer-options';
import { watchTransfers } from './transfer-watch';

type IdCall = (client: BackendClient, ids: readonly string[]) => Promise<void>;

/** Commands that do one thing to some transfers: name, what it does, the call, and to which transfers `--all` applies it. */
const ACTIONS: ReadonlyArray<readonly [string, string, IdCall, (state: JobState) => boolean]> = [
    [
        'stop',
        'end transfers and keep what arrived',
        (client, ids) => client.transfers.stop(ids),
        state => !isAtRest(state) && state !== 'stopping'
    ],
    [
        'resume',
        'queue stopped transfers again; what arrived is not sent again',
        (client, ids) => client.transfers.resume(ids),
        state => state === 'stopped' || state === 'needs-user'
    ],
    [
        'retry',
        'queue failed transfers again, at once also those that wait for their next try',
        (client, ids) => client.transfers.retry(ids),
        state => state === 'failed' || state === 'retrying'
    ],
    [
        'restart',
        'send everything again',
        (client, ids) => client.transfers.restart(ids),
        state => isAtRest(state)
    ],
    [
        'start-now',
        'start out of turn, whatever the limit of the queue',
        (client, ids) => client.transfers.startNow(ids),
        state => state === 'queued' || state === 'retrying'
    ],
    [
        'remove',
        'take transfers off the list; those that run end, files that arrived stay',
        (client, ids) => client.transfers.remove(ids),
        isAtRest
    ]
];

/** `connect transfer …` */
export function transferCommands(transfer: Command, run: Run): void {
    startCommand(transfer.command('start'), run);
    listCommands(transfer, run);
    for (const [name, description, call, fits] of ACTIONS) {
        transfer
            .command(name)
            .description(description)
            .argument('[id...]', 'ids of transfers, or their first characters')
            .option('--all', 'all that this is possible for')
            .action(
                run((context, ids: string[], options: { all?: boolean }) =>
                    act(context, ids, options, call, fits)
                )
            );
    }
    queueCommands(transfer, run);
}

function listCommands(transfer: Command, run: Run): void {
    transfer
        .command('list')
        .description('the transfers: what runs first, then the queue, then what rests')
        .option('--state <state...>', `only those in these states: ${JOB_STATES.join(', ')}`)
        .action(run(list));
    transfer
        .command('show')
        .description('all about a transfer')
        .argument('<id...>', 'ids of transfers, or their first characters')
        .action(run(show));
    transfer
        .command('watch')
        .description('follow transfers: the named ones until they rest, else all until Ctrl-C')
        .argument('[id...]', 'ids of transfers, or their first characters')
        .action(
            run(async (context, ids: string[]) =>
                watchTransfers(
                    context,
                    (await context.jobs(ids)).map(({ id }) => id),
                    { isStream: true }
                )
            )
        );
}

function queueCommands(transfer: Command, run: Run): void {
    withRateOptions(transfer.command('limit'))
        .description('set the rate of transfers, at once; what is not given comes from the settings')
        .argument('<id...>', 'ids of transfers, or their first characters')
        .option('--reset', 'all as the settings say')
        .action(run(limit));
    transfer
        .command('existing')
        .description('say what happens to files that exist and differ; answers transfers that ask')
        .argument('<rule>', 'ask, overwrite, skip, rename, resume, if-newer or if-different')
        .argument('<id...>', 'ids of transfers, or their first characters')
        .action(
            run((context, rule: string, ids: string[]) =>
                each(context, ids, (client, all) => client.transfers.setExisting(all, oneOfRules(rule)))
            )
        );
    transfer
        .command('priority')
        .description('all of a higher priority start first')
        .argument('<priority>', 'high, normal or low')
        .argument('<id...>', 'ids of transfers, or their first characters')
        .action(
            run((context, priority: string, ids: string[]) =>
                each(context, ids, (client, all) =>
                    client.transfers.setPriority(all, oneOfPriorities(priority))
                )
            )
        );
    transfer
        .command('move')
        .description('change places in the queue')
        .argument('<place>', 'up, down, top, bottom or a number')
        .argument('<id...>', 'ids of transfers, or their first characters')
        .action(
            run((context, place: string, ids: string[]) =>
                each(context, ids, (client, all) => client.transfers.move(all, moveOf(place)))
            )
        );
    transfer
        .command('clear')
        .description('take every completed, stopped and failed transfer off the list')
        .action(
            run(async context => {
                await context.call(client => client.transfers.clearFinished());
                context.output.document({ jobs: [] });
                return EXIT.done;
            })
        );
}

async function list(context: CommandContext, options: { state?: string[] }): Promise<ExitCode> {
    const strange = options.state?.find(state => !JOB_STATES.includes(state as JobState));
    if (strange !== undefined) {
        throw new ConnectError('usage', `“${strange}” is no state: choose of ${JOB_STATES.join(', ')}`);
    }
    const ordered = new JobList();
    ordered.load(await context.snapshot());
    const jobs = ordered.jobs.filter(
        ({ state }) => options.state === undefined || options.state.includes(state)
    );
    const isPaused = ordered.queue.paused !== undefined;
    context.output.document({ jobs: jobs.map(job => context.json(job)), queue: queueJson(ordered.queue) });
    if (jobs.length === 0) {
        context.output.say('No transfers.');
    } else {
        context.output.table([JOB_COLUMNS, ...jobs.map(job => jobRow(job, Date.now(), isPaused))]);
    }
    return EXIT.done;
}

async function show(context: CommandContext, ids: string[]): Promise<ExitCode> {
    const jobs = await context.jobs(ids);
    context.output.document({ jobs: jobs.map(job => context.json(job)) });
    jobs.forEach((job, at) => {
        if (at > 0) {
            context.output.say('');
        }
        context.output.table(jobFacts(job, Date.now(), false));
    });
    return EXIT.done;
}

async function act(
    context: CommandContext,
    ids: string[],
    options: { all?: boolean },
    call: IdCall,
    fits: (state: JobState) => boolean
): Promise<ExitCode> {
    if (options.all === true ? ids.length > 0 : ids.length === 0) {
        throw new ConnectError('usage', 'Name transfers, or give --all');
    }
    const all = options.all ? (await context.snapshot()).jobs.filter(({ state }) => fits(state)) : [];
    return each(context, options.all ? all.map(({ id }) => id) : ids, call);
}

async function limit(
    context: CommandContext,
    ids: string[],
    options: RateOptions & { reset?: boolean }
): Promise<ExitCode> {
    const rate = rateOf(options);
    if ((Object.keys(rate).length === 0) === (options.reset !== true)) {
        throw new ConnectError('usage', 'Give a rate or a policy, or --reset');
    }
    return each(context, ids, (client, all) => client.transfers.setRate(all, rate));
}

/** Does it, and says how the transfers are then; those that are gone are left out. */
async function each(context: CommandContext, ids: readonly string[], call: IdCall): Promise<ExitCode> {
    const jobs = await context.jobs(ids);
    const all = jobs.map(({ id }) => id);
    if (all.length > 0) {
        await context.call(client => call(client, all));
    }
    const after = new Map((await context.snapshot()).jobs.map(job => [job.id, job]));
    const left = all.map(id => after.get(id)).filter((job): job is Job => job !== undefined);
    context.output.document({ jobs: left.map(job => context.json(job)) });
    left.forEach(job => context.output.say(jobLine(job, Date.now())));
    jobs.filter(({ id }) => !after.has(id)).forEach(job =>
        context.output.say(`${job.id.slice(0, 8)}  ${job.name}  Removed`)
    );
    return EXIT.done;
}

/** @throws ConnectError `usage` */
function moveOf(place: string): QueueMove {
    if (place === 'up' || place === 'down' || place === 'top' || place === 'bottom') {
        return place;
    }
    if (/^\d{1,6}$/.test(place)) {
        return Number(place);
    }
    throw new ConnectError('usage', `“${place}” is no place: up, down, top, bottom or a number`);
}

/** How many do what, for `status`. */
export function countStates(
    jobs: readonly Job[]
): Record<'running' | 'waiting' | 'needsAnswer' | 'atRest', number> {
    const count = (fits: (state: JobState) => boolean): number =>
        jobs.filter(({ state }) => fits(state)).length;
    return {
        running: count(isRunning),
        waiting: count(state => state === 'queued' || state === 'retrying'),
        needsAnswer: count(state => state === 'needs-user'),
        atRest: count(isAtRest)
    };
}
