import type { ContainerModule } from '@theia/core/shared/inversify';
import { takeSecretVariables } from './account-secrets';
import { CommandContext } from './command-context';
import { runProgram } from './command-line';
import { EXIT } from './exit-code';
import { Output } from './output';
import { Prompt } from './prompt';

/** Runs the command `connect`; ends the process. @param loadModules backend modules, asked for by `connect backend` alone */
export function run(args: readonly string[], loadModules: () => readonly ContainerModule[]): void {
    const secrets = takeSecretVariables(process.env);
    const open = (isJson: boolean): CommandContext =>
        new CommandContext({
            output: new Output(process.stdout, process.stderr, isJson),
            prompt: new Prompt(process.stdin, process.stderr),
            environment: process.env,
            script: process.argv[1],
            secrets
        });
    const isBackend = args.includes('backend');
    if (!isBackend) {
        process.once('SIGINT', () => process.exit(EXIT.interrupted));
    }
    void runProgram(args, open, loadModules).then(exitCode => {
        process.exitCode = exitCode;
        if (isBackend) {
            // a keychain that does not answer must not keep it
            process.exit();
        }
    });
}
