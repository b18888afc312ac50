import type { TransferEngine, TransferListener, TransferRun, TransferTask } from '@connect/api';
import { ConnectError, isLogged, systemClock, type LogThreshold } from '@connect/base';
import { ConnectHome } from '@connect/security/lib/node/connect-home';
import { inject, injectable } from '@theia/core/shared/inversify';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { transferSettings, TransferPreferences } from '../../common/transfer-preferences';
import { sessionPlan } from '../../common/multi-session';
import { refusal, sessionArguments } from './connect-cp-command';
import { ConnectCpRun } from './connect-cp-run';

/** Our own transfer program, one process per run. */
@injectable()
export class ConnectCpEngine implements TransferEngine {
    readonly id = 'connect-cp';
    readonly label = 'connect-cp';

    @inject(ConnectHome) protected readonly home: ConnectHome;
    @inject(TransferPreferences) protected readonly preferences: TransferPreferences;

    refuses(task: Omit<TransferTask, 'credentials'>): string | undefined {
        return findConnectCp() === undefined ? 'the program is not installed' : refusal(task);
    }

    start(task: TransferTask, listener: TransferListener): TransferRun {
        const script = findConnectCp();
        if (script === undefined) {
            throw new ConnectError('transfer.engine-missing', 'connect-cp is not installed');
        }
        // sessions are processes of their own: each would look for free names by itself
        const mayDivide = task.overwrite !== 'rename';
        const plan = mayDivide ? sessionPlan(this.preferences, task.rate.targetBps) : undefined;
        const threshold = (): LogThreshold => transferSettings(this.preferences).loggingLevel;
        return new ConnectCpRun(task, listener, {
            node: process.execPath,
            script,
            runFolder: this.home.ensure(this.home.runFolder),
            // at the finest level the program keeps a log of its own as well
            extraArgs: [
                ...(threshold() === 'trace' ? ['-L', this.home.ensure(this.home.logsFolder)] : []),
                ...sessionArguments(plan)
            ],
            isLogged: level => isLogged(level, threshold()),
            clock: systemClock
        });
    }
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
