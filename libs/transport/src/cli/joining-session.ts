import { ConnectError } from '@connect/base';
import { RateSettings } from '../proto/rate-controller';
import { ConnectionStats } from '../proto/types';
import { MessageLink } from '../node/multi/message-link';
import { reachCoordinator, rendezvousPath } from '../node/multi/rendezvous';
import { FromWorker, ToWorker } from '../node/multi/worker-messages';
import { greet, WorkerSession } from '../node/multi/worker-session';
import { SessionClientEvents, SessionClientOptions } from '../node/session-client';
import { NOTHING_YET, FileProgress, TransferSummary } from '../node/transfer-types';
import { MultiCommand } from './multi-command';
import type { TransferCommand } from './options';
import type { TransferSession } from './transfer-session';

/** How long number 1 may take to come. */
const COORDINATOR_WITHIN_MS = 60_000;

/** Number 2 and higher of a transfer whose processes were started one by one. */
export class JoiningSession implements TransferSession {
    private worker: WorkerSession | undefined;
    private stopped: ConnectError | undefined;
    private rate: RateSettings;

    constructor(
        private readonly command: TransferCommand,
        private readonly multi: MultiCommand,
        private readonly number: number,
        private readonly options: SessionClientOptions,
        private readonly events: SessionClientEvents
    ) {
        this.rate = options.rate;
    }

    get rateSettings(): RateSettings {
        return this.worker?.rateSettings ?? this.rate;
    }

    async run(): Promise<TransferSummary> {
        const path = rendezvousPath(sharedFacts(this.command, this.multi));
        const socket = await reachCoordinator(path, COORDINATOR_WITHIN_MS);
        const link = new MessageLink<FromWorker, ToWorker>(socket);
        this.worker = new WorkerSession({ ...this.options, rate: this.rate }, link, [], this.events);
        greet(link, this.number, true);
        if (this.stopped) {
            this.worker.stop(this.stopped);
        }
        return this.worker.run();
    }

    stop(reason: ConnectError): void {
        this.stopped ??= reason;
        this.worker?.stop(reason);
    }

    setRate(rate: RateSettings): void {
        this.rate = rate;
        this.worker?.setRate(rate);
    }

    progress(): FileProgress {
        return this.worker?.progress() ?? NOTHING_YET;
    }

    stats(): ConnectionStats | undefined {
        return this.worker?.stats();
    }
}

/** What the processes of one transfer have in common: not the host, which may be another node for each. */
export function sharedFacts(command: TransferCommand, multi: MultiCommand): unknown[] {
    const { direction, user, sources, destination, options } = command;
    return [direction, user, sources, destination, options, multi.sessions, multi.thresholdBytes ?? 0];
}
