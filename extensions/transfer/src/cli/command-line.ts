import { ConnectError } from '@connect/base';
import { Command, CommanderError } from 'commander';
import type { ContainerModule } from '@theia/core/shared/inversify';
import { accountCommands } from './account-commands';
import { backendCommands } from './backend-commands';
import { completionCommand } from './completion';
import type { CommandContext } from './command-context';
import { EXIT, exitOfError, type ExitCode } from './exit-code';
import { errorJson } from './job-json';
import { transferCommands } from './transfer-commands';

/** Backend modules of the extensions that the app consists of. */
export type LoadModules = () => readonly ContainerModule[];

/** Makes the action of a command from what it does. */
export type Run = <A extends unknown[]>(
    work: (context: CommandContext, ...args: A) => Promise<ExitCode>
) => (...args: A) => Promise<void>;

/** Version of the program. */
export const VERSION = '0.1.0';

const EXIT_HELP = `
Exit codes:
  0  done; a transfer that was waited for has completed
  1  wrong usage
  2  failed
  3  stopped, or removed
  4  needs an answer: a password, a host key, a rule for files that exist
  5  no such transfer or account, or not possible in its state
  6  no backend, and none could be started
`;

/** The whole command line. @param run see {@link Run} */
export function buildProgram(run: Run, loadModules: LoadModules): Command {
    const program = new Command('connect');
    program
        .description('Transfers files, in the list that the windows of Connect show.')
        .version(VERSION)
        .option('--json', 'print JSON instead of text')
        .addHelpText('after', EXIT_HELP)
        .showHelpAfterError('Try --help.');
    transferCommands(program.command('transfer').description('start, steer and follow transfers'), run);
    accountCommands(program.command('accounts').description('servers that files are moved to and from'), run);
    backendCommands(program, run, loadModules);
    completionCommand(program, run);
    prepare(program);
    return program;
}

/** Runs a command line. @returns the exit code */
export async function runProgram(
    args: readonly string[],
    open: (isJson: boolean) => CommandContext,
    loadModules: LoadModules
): Promise<ExitCode> {
    let exit: ExitCode = EXIT.done;
    // anywhere on the line, as people type it
    const isJson = args.slice(0, untilDashes(args)).includes('--json');
    const context = open(isJson);
    const run: Run =
        work =>
        async (...parts) => {
            // commander adds the command itself
            const own = parts.slice(0, -1) as typeof parts;
            exit = await work(context, ...own);
        };
    try {
        await buildProgram(run, loadModules).parseAsync([...args], { from: 'user' });
        return exit;
    } catch (error) {
        if (error instanceof CommanderError) {
            if (error.exitCode === 0) {
                return EXIT.done;
            }
            // for people it is said already
            context.output.document({ error: errorJson(new ConnectError('usage', error.message).toWire()) });
            return EXIT.usage;
        }
        const failure = ConnectError.from(error);
        context.output.fail(failure);
        return exitOfError(failure);
    } finally {
        context.close();
    }
}

/** Every command takes `--json`, and no command ends the process by itself. */
function prepare(command: Command): void {
    command.exitOverride();
    for (const each of command.commands) {
        each.option('--json', 'print JSON instead of text');
        prepare(each);
    }
}

function untilDashes(args: readonly string[]): number {
    const at = args.indexOf('--');
    return at < 0 ? args.length : at;
}
