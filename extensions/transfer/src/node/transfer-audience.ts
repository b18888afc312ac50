import type { JobDelta, TransferClient } from '../common/transfer-protocol';
import type { TransferWindow } from './transfer-window';

/** Everyone who is told of transfers. */
export class TransferAudience {
    /** Holders of the list, such as the command line. */
    readonly clients = new Set<TransferClient>();
    readonly windows = new Set<TransferWindow>();

    /** The beat has come. @param delta undefined when no job changed */
    tell(delta: JobDelta | undefined): void {
        if (delta) {
            this.clients.forEach(client => client.onDidChangeJobs(delta));
        }
        this.windows.forEach(window => window.tell(delta));
    }
}
