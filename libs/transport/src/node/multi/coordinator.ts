import { ConnectError, WireError } from '@connect/base';
import { CHUNK_BYTES } from '../../proto/chunk-plan';
import { rateShare } from '../../proto/multi/rate-share';
import { WorkQueue } from '../../proto/multi/work-queue';
import { PartialSuffixes } from '../../proto/partial-names';
import { RateSettings } from '../../proto/rate-controller';
import { ConnectionStats } from '../../proto/types';
import { FileDigest } from '../file-digest';
import { TransferSummary, FileProgress, TransferEvents } from '../transfer-types';
import type { SessionInfo } from '../session-client';
import { StageListener } from '../stage-teller';
import { giveOrders, newWorker, Worker, WorkerLink } from './coordinated-worker';
import { MergedProgress } from './merged-progress';
import { SourceListing, SourceListingOptions } from './source-listing';
import { StagesOfSessions } from './stages-of-sessions';
import { FromWorker, WORKER_PROTOCOL } from './worker-messages';

export interface CoordinatorOptions extends SourceListingOptions {
    /** How many sessions there are to be. */
    readonly sessions: number;
    readonly thresholdBytes: number;
    readonly suffixes: PartialSuffixes;
    /** Of all sessions together; undefined when each has its own. */
    readonly rate: RateSettings | undefined;
    /** Random, in [0, 2³¹): makes the checkpoints of this run different from those of others. */
    readonly writerBase: number;
    /** For a worker that has no command line of its own. */
    jobFor(session: number): unknown;
}

export interface CoordinatorEvents extends TransferEvents {
    onStarted?(session: number, info: SessionInfo): void;
    onStage?: StageListener;
}

const PACE_INTERVAL_MS = 500;
/** How long a session may take to end after its last order. */
const END_WITHIN_MS = 60_000;

/** Holds the queue of a transfer, gives its sessions work, and keeps one account of what they do. */
export class Coordinator {
    private readonly queue: WorkQueue;
    private readonly account: MergedProgress;
    private readonly workers = new Map<number, Worker>();
    private readonly stages = new StagesOfSessions();
    private readonly listing: SourceListing;
    private isEnding = false;
    private isOver = false;
    private lastError: ConnectError | undefined;
    private lastFailed: number | undefined;
    private endError: WireError | undefined;
    private rate: RateSettings | undefined;
    private readonly expected = new Set<number>();
    private readonly met = new Set<number>();
    private readonly timers: NodeJS.Timeout[] = [];
    private readonly finished: Promise<TransferSummary>;
    private resolve!: (summary: TransferSummary) => void;
    private reject!: (error: ConnectError) => void;

    constructor(
        private readonly options: CoordinatorOptions,
        private readonly events: CoordinatorEvents
    ) {
        const { thresholdBytes, sessions, suffixes, writerBase } = options;
        this.queue = new WorkQueue({
            thresholdBytes,
            chunkBytes: CHUNK_BYTES,
            sessions,
            suffixes,
            writerBase,
            makeDigest: events.wantsDigests
                ? (sizeBytes, algorithm) => new FileDigest(sizeBytes, CHUNK_BYTES, algorithm)
                : undefined
        });
        this.account = new MergedProgress(events);
        this.listing = new SourceListing(options, this.queue, this.account, {
            onProgress: () => this.pump(),
            onExcluded: path => events.onFileSkipped?.({ path, sizeBytes: 0 }, 'policy')
        });
        this.rate = options.rate;
        this.finished = new Promise((resolve, reject) => {
            this.resolve = resolve;
            this.reject = reject;
        });
        this.finished.catch(() => undefined);
    }

    /**
     * Resolves when all is done and the sessions have ended; rejects with the error given to {@link stop}, or with the
     * last session's when all are gone before that.
     */
    async run(): Promise<TransferSummary> {
        this.timers.push(setInterval(() => this.measure(), PACE_INTERVAL_MS));
        this.listing.begin().catch(error => this.stop(ConnectError.from(error)));
        try {
            return await this.finished;
        } finally {
            this.isOver = true;
            this.timers.forEach(timer => clearInterval(timer));
            this.listing.close();
            this.workers.forEach(({ link }) => link.end());
        }
    }

    /** Whether there is, or may come, something to do for one more session. */
    get isBusy(): boolean {
        return !this.isOver && !this.isEnding;
    }

    /** Sessions that will come, unless they are {@link missing}. */
    expect(sessions: readonly number[]): void {
        sessions.forEach(session => this.expected.add(session));
    }

    /** Whether all that were expected have come. */
    get hasMetAll(): boolean {
        return [...this.expected].every(session => this.met.has(session));
    }

    /** A session will not come; of no consequence when it has. */
    missing(session: number, error: ConnectError): void {
        if (this.expected.delete(session) && !this.met.has(session)) {
            this.lastError ??= error;
            this.endIfDeserted();
        }
    }

    /** Takes a process that has connected. */
    attach(link: WorkerLink): void {
        let worker: Worker | undefined;
        link.onMessage = message => {
            if (worker) {
                this.onMessage(worker, message);
            } else {
                worker = this.welcome(link, message);
            }
        };
        link.onClosed = () => {
            if (worker) {
                this.ended(
                    worker,
                    new ConnectError('transfer.peer-aborted', `Session ${worker.session} died`)
                );
            }
        };
    }

    stop(reason: ConnectError): void {
        this.workers.forEach(({ link }) => link.send({ type: 'stop', reason: reason.toWire() }));
        this.reject(reason);
    }

    setRate(rate: RateSettings): void {
        this.rate = rate;
        this.shareRate();
    }

    progress(): FileProgress {
        return this.account.progress();
    }

    stats(): ConnectionStats | undefined {
        return this.account.stats();
    }

    /** Sessions that have begun and not ended. */
    get sessionCount(): number {
        return [...this.workers.values()].filter(({ isBegun, state }) => isBegun && state !== 'ended').length;
    }

    private welcome(link: WorkerLink, message: FromWorker): Worker | undefined {
        if (message.type !== 'hello' || message.protocol !== WORKER_PROTOCOL) {
            link.end();
            return undefined;
        }
        const { session } = message;
        this.met.add(session);
        if (this.isOver || this.isEnding) {
            link.send({ type: 'end' });
            link.end();
            return undefined;
        }
        if (this.workers.has(session)) {
            const text = `There is, or was, a session ${session} already`;
            link.send({ type: 'stop', reason: new ConnectError('usage', text).toWire() });
            link.end();
            return undefined;
        }
        const worker = newWorker(session, link);
        this.workers.set(session, worker);
        if (!message.hasJob) {
            link.send({ type: 'job', job: this.options.jobFor(session) });
        }
        return worker;
    }

    private onMessage(worker: Worker, message: FromWorker): void {
        const { session } = worker;
        switch (message.type) {
            case 'started':
                this.started(worker, message.info);
                return;
            case 'listed':
                this.listing.listed(message.entries);
                return;
            case 'list-failed':
                this.listing.failed(message.path, message.error);
                return;
            case 'list-end':
                this.listing.complete();
                return;
            case 'settled':
                this.settled(worker, message.orders);
                return;
            case 'figures':
                this.account.figures(session, message.progress, message.stats);
                return;
            case 'stage':
                if (this.stages.add(session, message.report)) {
                    this.events.onStage?.(message.report);
                }
                return;
            case 'log':
                this.events.onLog?.(`session ${session}: ${message.line}`);
                return;
            case 'ended':
                this.ended(worker, message.error && ConnectError.fromWire(message.error));
                return;
            case 'hello':
                worker.link.end();
        }
    }

    private started(worker: Worker, info: SessionInfo): void {
        if (worker.state !== 'expected') {
            return;
        }
        worker.state = 'started';
        this.queue.join(worker.session, info.hash);
        this.events.onStarted?.(worker.session, info);
        this.shareRate();
        this.listThere();
        this.pump();
    }

    private settled(worker: Worker, orders: (FromWorker & { type: 'settled' })['orders']): void {
        if (worker.state === 'ended') {
            return;
        }
        try {
            for (const { work, outcome } of orders) {
                const settlement = this.queue.settle(worker.session, work, outcome);
                worker.settledBytes += settlement.sessionBytes;
                this.account.settled(worker.session, settlement);
            }
        } catch (error) {
            this.dismiss(worker, ConnectError.from(error));
        }
        this.pump();
    }

    /** It does not do as it is told: the others take over. */
    private dismiss(worker: Worker, error: ConnectError): void {
        worker.link.send({ type: 'stop', reason: error.toWire() });
        worker.link.end();
        this.ended(worker, error);
    }

    private ended(worker: Worker, error: ConnectError | undefined): void {
        if (worker.state === 'ended') {
            return;
        }
        const wasEnding = worker.state === 'ending';
        worker.state = 'ended';
        this.account.ended(worker.session);
        if (error) {
            this.events.onLog?.(`session ${worker.session} ended: ${error.code}: ${error.message}`);
            this.lastError = error;
            this.lastFailed = worker.session;
        }
        const { creditBytes, outcomes } = this.queue.lost(worker.session);
        this.account.credit(creditBytes);
        outcomes.forEach(outcome => this.account.concluded(outcome));
        if (this.isEnding) {
            // Times of folders are kept when a session ends.
            this.endError ??= wasEnding ? error?.toWire() : undefined;
            this.finishWhenEnded();
            return;
        }
        if (this.listing.lost(worker.session)) {
            this.listThere();
        }
        this.shareRate();
        this.pump();
        this.endIfDeserted();
    }

    private endIfDeserted(): void {
        const live = [...this.workers.values()].filter(worker => worker.state !== 'ended');
        const isAwaited = [...this.expected].some(session => !this.met.has(session));
        if (live.length === 0 && !isAwaited && !this.isEnding) {
            const told = this.lastFailed === undefined ? [] : this.stages.ofFailed(this.lastFailed);
            told.forEach(report => this.events.onStage?.(report));
            this.stop(this.lastError ?? new ConnectError('transfer.connection-lost', 'No session is left'));
        }
    }

    private listThere(): void {
        const worker = [...this.workers.values()].find(item => item.state === 'started');
        if (worker && this.listing.entrust(worker.session)) {
            worker.link.send({ type: 'list' });
        }
    }

    /** Gives every session as much as it can do in the near future. */
    private pump(): void {
        const { sourceCount } = this.listing;
        if (this.isOver || this.isEnding || sourceCount === undefined) {
            return;
        }
        for (const worker of this.workers.values()) {
            if (worker.state === 'started') {
                this.feed(worker, sourceCount);
            }
        }
        this.listing.goOn();
        if (this.queue.isDone) {
            this.isEnding = true;
            this.workers.forEach(worker => this.endWorker(worker));
            this.timers.push(setTimeout(() => this.finish(), END_WITHIN_MS));
            this.finishWhenEnded();
        }
    }

    private feed(worker: Worker, sourceCount: number): void {
        const { link } = worker;
        if (!worker.isBegun) {
            worker.isBegun = true;
            link.send({ type: 'begin', sourceCount, wantsDigests: this.events.wantsDigests });
        }
        giveOrders(worker, this.queue);
    }

    private endWorker(worker: Worker): void {
        if (worker.state === 'started') {
            worker.state = 'ending';
            worker.link.send({ type: 'end' });
        } else if (worker.state === 'expected') {
            worker.link.send({ type: 'end' });
            worker.state = 'ended';
        }
    }

    private finishWhenEnded(): void {
        if ([...this.workers.values()].every(worker => worker.state === 'ended')) {
            this.finish();
        }
    }

    private finish(): void {
        const summary = this.account.summary();
        const error = summary.error ?? this.endError;
        this.resolve(error ? { ...summary, error } : summary);
    }

    private measure(): void {
        for (const worker of this.workers.values()) {
            const bytesPerSecond = (worker.settledBytes * 1000) / PACE_INTERVAL_MS;
            worker.settledBytes = 0;
            worker.paceBps += (bytesPerSecond - worker.paceBps) / 4;
        }
        this.pump();
    }

    private shareRate(): void {
        const active = [...this.workers.values()].filter(worker => worker.state === 'started');
        if (!this.rate || active.length === 0) {
            return;
        }
        const rate = rateShare(this.rate, active.length);
        active.forEach(({ link }) => link.send({ type: 'rate', rate }));
    }
}
