import { ConnectError, Range } from '@connect/base';
import { HttpStreamPort } from './http-stream-port';

/** Requests at a time: on a long path one connection is slow, and one that waits for an answer carries nothing. */
export const LANES = 6;
/** Data per request: enough to be worth its round trips. */
const RUN_BYTES = 8 * 1024 * 1024;

/** Carries all of a range to or from the peer; rejects when that is not possible, however often it is tried. */
export type CarryRun = (run: Range) => Promise<void>;

/** Takes what the port has to be carried, lowest offsets first, several runs at a time. */
export class DataLanes {
    private busy = 0;
    private isStopped = false;

    constructor(
        private readonly port: HttpStreamPort,
        private readonly carry: CarryRun,
        private readonly onFailed: (error: ConnectError) => void
    ) {
        port.onRuns = () => this.fill();
        this.fill();
    }

    /** Begins no more. */
    stop(): void {
        this.isStopped = true;
    }

    private fill(): void {
        while (this.busy < LANES && !this.isStopped && !this.port.isEnded) {
            const run = this.port.runs.takeFirst(RUN_BYTES);
            if (!run) {
                return;
            }
            this.busy += 1;
            void this.carryOne(run);
        }
    }

    private async carryOne(run: Range): Promise<void> {
        try {
            await this.carry(run);
        } catch (error) {
            if (!this.isStopped && !this.port.isEnded) {
                this.isStopped = true;
                this.onFailed(ConnectError.from(error));
            }
        } finally {
            this.busy -= 1;
            this.fill();
        }
    }
}
