import { Emitter, type Event } from '@theia/core/lib/common/event';
import { injectable } from '@theia/core/shared/inversify';
import type { LogBatch, LogClient } from '../../common/log-protocol';

/** Where the backend's lines arrive; the one target of the RPC connection. */
@injectable()
export class LogClientTarget implements LogClient {
    private readonly linesEmitter = new Emitter<readonly LogBatch[]>();
    private readonly problemEmitter = new Emitter<string>();
    readonly onLines: Event<readonly LogBatch[]> = this.linesEmitter.event;
    readonly onProblem: Event<string> = this.problemEmitter.event;

    onLogLines(batches: readonly LogBatch[]): void {
        this.linesEmitter.fire(batches);
    }

    onLogProblem(problem: string): void {
        this.problemEmitter.fire(problem);
    }
}
