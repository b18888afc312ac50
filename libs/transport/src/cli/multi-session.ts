import { randomInt } from 'node:crypto';
import { ConnectError } from '@connect/base';
import { rateShare } from '../proto/multi/rate-share';
import { SourceSelection } from '../proto/source-selection';
import { RateSettings } from '../proto/rate-controller';
import { ConnectionStats } from '../proto/types';
import { FileStore } from '../node/file-store';
import { Coordinator } from '../node/multi/coordinator';
import { MessageLink } from '../node/multi/message-link';
import { newRendezvousPath, Rendezvous, rendezvousPath } from '../node/multi/rendezvous';
import { SourceLister } from '../node/multi/source-lister';
import { FromWorker, ToWorker } from '../node/multi/worker-messages';
import { SessionClientEvents, SessionInfo } from '../node/session-client';
import { SshCredentials } from '../node/ssh-channel';
import { NOTHING_YET, FileProgress, TransferSummary } from '../node/transfer-types';
import { sharedFacts } from './joining-session';
import { MultiCommand } from './multi-command';
import type { TransferCommand } from './options';
import type { TransferSession } from './transfer-session';
import type { WorkerJob } from './worker-run';
import { WorkerProcesses } from './worker-processes';

/** How long the processes that somebody else starts may take to come before they are done without. */
const OTHERS_WITHIN_MS = 60_000;
/** For so long, late ones learn that nothing is left to do. */
const LATE_WITHIN_MS = 10_000;

/** The coordinating process of a transfer with several sessions; its sessions are processes of their own. */
export class MultiSession implements TransferSession {
    private readonly coordinator: Coordinator;
    private readonly timers: NodeJS.Timeout[] = [];
    private readonly startedMs = performance.now();
    private rate: RateSettings;
    private hasStarted = false;

    constructor(
        private readonly command: TransferCommand,
        private readonly multi: MultiCommand,
        private readonly credentials: SshCredentials,
        store: FileStore,
        private readonly events: SessionClientEvents
    ) {
        const { direction, sources, options, rate } = command;
        this.rate = rate;
        const { symlinks, sourceBase, selection, keep } = options;
        const chosen = selection && new SourceSelection(selection);
        const listed = (keep?.sourceAccessTime ? store.quietly?.() : undefined) ?? store;
        this.coordinator = new Coordinator(
            {
                sessions: multi.sessions,
                thresholdBytes: multi.thresholdBytes ?? Infinity,
                suffixes: { partial: options.partialSuffix, checkpoint: options.resumeSuffix },
                sourceCount: sources.length,
                lister:
                    direction === 'upload'
                        ? new SourceLister(listed, sources, sourceBase, symlinks, chosen, keep?.accessTime)
                        : undefined,
                rate: this.startsAll ? rate : undefined,
                writerBase: randomInt(2 ** 31),
                jobFor: () => this.job()
            },
            { ...events, onStarted: (session, info) => this.onStarted(session, info) }
        );
    }

    get rateSettings(): RateSettings {
        return this.rate;
    }

    async run(): Promise<TransferSummary> {
        const path = this.startsAll
            ? newRendezvousPath()
            : rendezvousPath(sharedFacts(this.command, this.multi));
        const rendezvous = await Rendezvous.listen(path, socket =>
            this.coordinator.attach(new MessageLink<ToWorker, FromWorker>(socket))
        );
        const processes = new WorkerProcesses(path, this.multi.sessions, (session, error) =>
            this.coordinator.missing(session, error)
        );
        this.startSessions(processes);
        try {
            const summary = await this.coordinator.run();
            await this.awaitLateOnes();
            return summary;
        } finally {
            this.timers.forEach(timer => clearTimeout(timer));
            rendezvous.close();
            await processes.gone();
        }
    }

    stop(reason: ConnectError): void {
        this.coordinator.stop(reason);
    }

    setRate(rate: RateSettings): void {
        this.rate = rate;
        this.coordinator.setRate(rate);
        this.events.onRate?.(rate);
    }

    progress(): FileProgress {
        return this.hasStarted ? this.coordinator.progress() : NOTHING_YET;
    }

    get sessionCount(): number {
        return this.coordinator.sessionCount;
    }

    stats(): ConnectionStats | undefined {
        return this.coordinator.stats();
    }

    private get startsAll(): boolean {
        return this.multi.number === undefined;
    }

    private startSessions(processes: WorkerProcesses): void {
        const numbers = Array.from({ length: this.multi.sessions }, (_, index) => index + 1);
        this.coordinator.expect(numbers);
        processes.start(1);
        if (!this.startsAll) {
            this.later(OTHERS_WITHIN_MS, () => {
                const error = new ConnectError('transfer.connect-timeout', 'Not all processes have come');
                numbers.slice(1).forEach(number => this.coordinator.missing(number, error));
            });
            return;
        }
        for (const number of numbers.slice(1)) {
            this.later(this.multi.intervalMs * (number - 1), () => {
                if (this.coordinator.isBusy) {
                    processes.start(number);
                }
            });
        }
    }

    private later(delayMs: number, work: () => void): void {
        this.timers.push(setTimeout(work, delayMs));
    }

    private async awaitLateOnes(): Promise<void> {
        const leftMs = (): number => LATE_WITHIN_MS - (performance.now() - this.startedMs);
        while (!this.startsAll && !this.coordinator.hasMetAll && leftMs() > 0) {
            await new Promise(resolve => setTimeout(resolve, Math.min(100, leftMs())));
        }
    }

    private job(): WorkerJob {
        const { command, credentials } = this;
        const rate = rateShare(this.rate, this.startsAll ? this.multi.sessions : 1);
        // The sources of an upload are this process's affair.
        const sources = command.direction === 'upload' ? [] : command.sources;
        return { command: { ...command, rate, sources }, credentials };
    }

    private onStarted(session: number, info: SessionInfo): void {
        if (!this.hasStarted) {
            this.hasStarted = true;
            this.events.onStarted?.({ ...info, rate: this.rate });
        }
        const { sessionId, serverAddress, udpPort } = info;
        this.events.onLog?.(`session ${session}: ${sessionId}, ${serverAddress}, UDP ${udpPort}`);
    }
}
