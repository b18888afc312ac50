import { ConnectError, formatCount } from '@connect/base';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { queueText } from '../common/job-view';
import { queueJson } from './job-json';
import type { CommandContext } from './command-context';
import type { LoadModules, Run } from './command-line';
import { EXIT, type ExitCode } from './exit-code';
import { countStates } from './transfer-commands';
import { duration } from './transfer-options';

/** Without another word a backend that has nothing to do ends after this time. */
const IDLE_MS = 10 * 60_000;
const POLL_MS = 50;
const STOP_MS = 10_000;

interface BackendOptions {
    readonly idleExit: number;
    readonly standBy?: boolean;
}

/** `connect status`, `pause-all`, `unpause`, `backend`. */
export function backendCommands(program: Command, run: Run, loadModules: LoadModules): void {
    program.command('status').description('who runs the transfers, and what they do').action(run(status));
    program
        .command('pause-all')
        .description('pause all transfers; running ones keep what arrived')
        .option('--for <time>', 'go on after this time, such as 90s or 1h', duration)
        .action(run((context, options: { for?: number }) => pause(context, options.for)));
    program.command('unpause').description('let all transfers go on').action(run(unpause));
    program
        .command('backend')
        .description(
            'run the transfers in the foreground, as a service does; commands start one by themselves'
        )
        .argument('[stop]', 'end the one that runs without a window')
        .addOption(
            new Option('--idle-exit <time>', 'end when nothing was to do for so long; never: do not')
                .argParser(idleTime)
                .env('CONNECT_IDLE_EXIT')
                .default(IDLE_MS, '10m')
        )
        .option('--stand-by', 'wait while another Connect runs the transfers, then run them')
        .action(
            run((context, what: string | undefined, options: BackendOptions) =>
                what === undefined ? serve(context, options, loadModules) : stopBackend(context, what)
            )
        );
}

async function status(context: CommandContext): Promise<ExitCode> {
    const client = await context.running();
    if (!client) {
        context.output.document({ isRunning: false });
        context.output.say('No Connect runs the transfers; the next command starts one.');
        return EXIT.done;
    }
    const { jobs, queue } = await client.transfers.snapshot();
    const keychain = await client.accounts.keychain();
    const counts = countStates(jobs);
    const { kind, pid, software } = client.backend;
    context.output.document({
        isRunning: true,
        backend: { kind, pid, software },
        transfers: counts,
        queue: queueJson(queue),
        keychain
    });
    context.output.say(
        `${software}, ${kind === 'window' ? 'with windows' : 'without a window'}, process ${pid}`
    );
    context.output.say(
        `${formatCount(counts.running)} running, ${formatCount(counts.waiting)} waiting, ${formatCount(counts.needsAnswer)} need an answer, ${formatCount(counts.atRest)} at rest`
    );
    const text = queueText(queue, epochMs => new Date(epochMs).toLocaleString());
    if (text !== '') {
        context.output.say(text);
    }
    if (!keychain.available) {
        context.output.say(`Passwords are not kept: ${keychain.reason ?? 'there is no keychain'}`);
    }
    return EXIT.done;
}

async function pause(context: CommandContext, forMs: number | undefined): Promise<ExitCode> {
    await context.call(client =>
        forMs === undefined ? client.transfers.pauseAll() : client.transfers.pauseAll(forMs)
    );
    return toldQueue(context);
}

async function unpause(context: CommandContext): Promise<ExitCode> {
    await context.call(client => client.transfers.resumeAll());
    return toldQueue(context);
}

async function toldQueue(context: CommandContext): Promise<ExitCode> {
    const { queue } = await context.snapshot();
    context.output.document({ queue: queueJson(queue) });
    context.output.say(queueText(queue, epochMs => new Date(epochMs).toLocaleString()) || 'not paused');
    return EXIT.done;
}

async function serve(
    context: CommandContext,
    options: BackendOptions,
    loadModules: LoadModules
): Promise<ExitCode> {
    // the rest of the program does without Theia
    const { runHeadless } = await import('../node/headless/headless-backend');
    const say = (line: string): void => context.output.say(`${new Date().toISOString()} ${line}`);
    const end = await runHeadless({
        modules: loadModules(),
        idleExitMs: Number.isFinite(options.idleExit) ? options.idleExit : undefined,
        standBy: options.standBy === true,
        say
    });
    say(`ends: ${end}`);
    return end === 'in-use' ? EXIT.noBackend : EXIT.done;
}

async function stopBackend(context: CommandContext, what: string): Promise<ExitCode> {
    if (what !== 'stop') {
        throw new ConnectError('usage', `“${what}” is nothing that a backend does`);
    }
    const client = await context.running();
    if (client) {
        await client.leave();
        await client.closed;
        context.close();
        // the lock goes with the process
        for (let waitedMs = 0; isAlive(client.backend.pid) && waitedMs < STOP_MS; waitedMs += POLL_MS) {
            await new Promise(resolve => setTimeout(resolve, POLL_MS));
        }
    }
    context.output.document({ isRunning: false });
    context.output.say(client ? 'The backend ended.' : 'No backend runs.');
    return EXIT.done;
}

function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ESRCH') {
            return false;
        }
        throw error;
    }
}

/** @throws InvalidArgumentError */
function idleTime(text: string): number {
    if (text === 'never') {
        return Infinity;
    }
    const ms = duration(text);
    if (ms < 1000) {
        throw new InvalidArgumentError('Write a time of a second or more, such as 10m, or never.');
    }
    return ms;
}
