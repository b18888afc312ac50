import type { EngineDescription, TransferTask } from '@connect/api';
import { ConnectError } from '@connect/base';
import { injectable } from '@theia/core/shared/inversify';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { sessionPlan } from '../../common/multi-session';
import { refusal, sessionArguments } from './connect-cp-command';
import { connectCpProgram } from './connect-cp-program';
import { ProgramEngine } from './program-engine';
import type { TransferProgram } from './program-run';
import { outputOf } from './program-output';

/** Our own transfer program, one process per run. */
@injectable()
export class ConnectCpEngine extends ProgramEngine {
    readonly id: string = 'connect-cp';
    readonly label: string = 'connect-cp';
    protected readonly isHttpsChosen: boolean = false;

    refuses(task: Omit<TransferTask, 'credentials'>): string | undefined {
        return findConnectCp() === undefined ? 'the program is not installed' : refusal(task);
    }

    async describe(): Promise<EngineDescription> {
        const program = findConnectCp();
        if (program === undefined) {
            return { problem: 'The program is not installed.' };
        }
        const output = await outputOf(process.execPath, [program, '-A']);
        const purpose = 'Connect servers, and SSH hosts that have it';
        return { purpose, program, version: output.trim(), licence: 'Apache-2.0' };
    }

    protected program(task: TransferTask): TransferProgram {
        const script = findConnectCp();
        if (script === undefined) {
            throw new ConnectError('transfer.engine-missing', 'connect-cp is not installed');
        }
        const level = this.preferences['connect.general.loggingLevel'];
        return connectCpProgram(task, {
            node: process.execPath,
            script,
            isHttpsChosen: this.isHttpsChosen,
            // at the finest level the program keeps a log of its own as well
            extraArgs: [
                ...(level === 'trace' ? ['-L', this.home.ensure(this.home.logsFolder)] : []),
                ...manifestArguments(task),
                ...this.ways(task)
            ]
        });
    }

    /** Arguments about how the data travels. */
    protected ways(task: TransferTask): readonly string[] {
        // sessions are processes of their own: each would look for free names, or at what is there, by itself
        const mayDivide = task.overwrite !== 'rename' && task.overwrite !== 'resume';
        return sessionArguments(mayDivide ? sessionPlan(this.preferences, task.rate.targetBps) : undefined);
    }
}

function manifestArguments({ manifestFolder }: TransferTask): string[] {
    return manifestFolder === undefined
        ? []
        : ['--file-manifest', 'json', '--file-manifest-path', manifestFolder];
}

/**
 * The program's script: where `CONNECT_CP` says, else beside the script that runs (a bundled app brings it there), else
 * in the package it comes from.
 */
export function findConnectCp(env: NodeJS.ProcessEnv = process.env): string | undefined {
    const named = env.CONNECT_CP;
    if (named) {
        return fs.existsSync(named) ? path.resolve(named) : undefined;
    }
    const beside = path.join(path.dirname(process.argv[1] ?? ''), 'connect-cp.js');
    if (fs.existsSync(beside)) {
        return beside;
    }
    try {
        return require.resolve('@connect/transport/bin/connect-cp.js');
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') {
            return undefined;
        }
        throw error;
    }
}
