import { TransferEngine, TransferListener, TransferRun, TransferTask } from '@connect/api';
import { Clock, ConnectError } from '@connect/base';
import { SAMPLE_ENGINE_ID, SAMPLE_PROTOCOL } from '../common/sample-names';
import { diskFiles } from './disk-files';
import { SampleRun } from './sample-run';
import { SampleServers } from './sample-servers';

/** Moves files between this computer's disk and sample servers. */
export class SampleEngine implements TransferEngine {
    readonly id = SAMPLE_ENGINE_ID;
    readonly label = 'Sample memory engine';
    private readonly runs = new Set<TransferRun>();

    constructor(
        private readonly servers: SampleServers,
        private readonly clock: Clock
    ) {}

    refuses({ endpoint, overwrite, resume }: Omit<TransferTask, 'credentials'>): string | undefined {
        if (endpoint.protocol !== SAMPLE_PROTOCOL) {
            return 'it moves files of sample servers only';
        }
        return overwrite === 'diff' && resume === 'attributes'
            ? undefined
            : 'it compares sizes and times, and nothing else';
    }

    start(task: TransferTask, listener: TransferListener): TransferRun {
        const { protocol } = task.endpoint;
        const server = protocol === SAMPLE_PROTOCOL ? this.servers.find(task.endpoint.address) : undefined;
        if (!server) {
            throw new ConnectError('transfer.host-unknown', 'There is no such sample server.');
        }
        const [from, to] = task.direction === 'send' ? [diskFiles, server] : [server, diskFiles];
        const run = new SampleRun(task, from, to, listener, this.clock);
        this.runs.add(run);
        const forget = (): void => void this.runs.delete(run);
        run.finished.then(forget, forget);
        return run;
    }

    dispose(): void {
        this.runs.forEach(run => run.stop());
    }
}
