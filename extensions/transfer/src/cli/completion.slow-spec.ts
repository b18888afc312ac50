import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { buildProgram } from './command-line';
import { completionScript } from './completion';

describe('completion', () => {
    it('completes commands and options in bash', () => {
        const script = completionScript(
            buildProgram(
                () => async () => undefined,
                () => []
            ),
            'bash'
        );
        const complete = (...words: string[]): string[] => {
            const line = [
                `COMP_WORDS=(connect ${words.map(word => `'${word}'`).join(' ')})`,
                `COMP_CWORD=${words.length}`
            ];
            const run = spawnSync(
                'bash',
                ['-c', `${script}\n${line.join('; ')}; _connect_complete; echo "\${COMPREPLY[@]}"`],
                {
                    encoding: 'utf8'
                }
            );
            expect(run.stderr).to.equal('');
            return run.stdout.trim().split(' ');
        };
        expect(complete('tr')).to.deep.equal(['transfer']);
        expect(complete('transfer', 'st')).to.deep.equal(['start', 'stop', 'start-now']);
        expect(complete('transfer', 'start', '--target')).to.deep.equal(['--target-rate']);
        expect(complete('transfer', 'start', 'stop', '--wa')).to.deep.equal(['--wait']);
        expect(complete('accounts', 'ad')).to.deep.equal(['add']);
    });
});
