import type {
    EngineDescription,
    TransferEngine,
    TransferListener,
    TransferRun,
    TransferTask
} from '@connect/api';
import { isLogged, systemClock } from '@connect/base';
import { ConnectHome } from '@connect/security/lib/node/connect-home';
import { inject, injectable } from '@theia/core/shared/inversify';
import { transferSettings, TransferPreferences } from '../../common/transfer-preferences';
import { ProgramRun, type TransferProgram } from './program-run';

/** What engines have in common that start a program of the ascp family for each run. */
@injectable()
export abstract class ProgramEngine implements TransferEngine {
    abstract readonly id: string;
    abstract readonly label: string;

    @inject(ConnectHome) protected readonly home: ConnectHome;
    @inject(TransferPreferences) protected readonly preferences: TransferPreferences;

    private readonly runs = new Set<ProgramRun>();

    abstract refuses(task: Omit<TransferTask, 'credentials'>): string | undefined;
    abstract describe(): Promise<EngineDescription>;
    /** @throws ConnectError `transfer.engine-missing` when there is no such program */
    protected abstract program(task: TransferTask): TransferProgram;

    start(task: TransferTask, listener: TransferListener): TransferRun {
        const run = new ProgramRun(task, this.program(task), listener, {
            runFolder: this.home.ensure(this.home.runFolder),
            isLogged: level => isLogged(level, transferSettings(this.preferences).loggingLevel),
            clock: systemClock
        });
        this.runs.add(run);
        const forget = (): void => void this.runs.delete(run);
        run.finished.then(forget, forget);
        return run;
    }

    dispose(): void {
        this.runs.forEach(run => run.end());
    }
}
