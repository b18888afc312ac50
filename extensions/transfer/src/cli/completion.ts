import { ConnectError } from '@connect/base';
import type { Command } from 'commander';
import type { Run } from './command-line';
import { EXIT } from './exit-code';

/** `connect completion SHELL` */
export function completionCommand(program: Command, run: Run): void {
    program
        .command('completion')
        .description('print a script that completes commands and options: bash or zsh')
        .argument('<shell>', 'bash or zsh')
        .action(
            run(async (context, shell: string) => {
                if (shell !== 'bash' && shell !== 'zsh') {
                    throw new ConnectError('usage', 'There are scripts for bash and zsh');
                }
                context.output.say(completionScript(program, shell).trimEnd());
                return EXIT.done;
            })
        );
}

/** A script for `eval "$(connect completion bash)"`. Words that are no options complete as file names where a command takes any. */
export function completionScript(program: Command, shell: 'bash' | 'zsh'): string {
    const name = program.name();
    const cases = branches(program, '').map(
        ([path, words]) => `        '${path}') words='${words.join(' ')}' ;;`
    );
    const known = branches(program, '').map(([path]) => `'${path}'`);
    const prelude = shell === 'zsh' ? 'autoload -Uz bashcompinit && bashcompinit\n' : '';
    return `${prelude}_${name}_complete() {
    local path='' word words=''
    for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "$path $word" in
            ${known.filter(path => path !== `''`).join('|')}) path="$path $word" ;;
        esac
    done
    case "$path" in
${cases.join('\n')}
    esac
    COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${name}_complete ${name}
`;
}

/** Every command by its path, such as ` transfer start`, with what may follow. */
function branches(command: Command, path: string): Array<readonly [string, readonly string[]]> {
    const options = command.options
        .map(option => option.long)
        .filter(long => long !== undefined && long !== null);
    const words = [...command.commands.map(each => each.name()), ...options, '--help'];
    return [[path, words], ...command.commands.flatMap(each => branches(each, `${path} ${each.name()}`))];
}
