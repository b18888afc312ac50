import { ConnectError, WireError } from '@connect/base';
import { ListedEntry, WorkOutcome } from '../../proto/multi/work-order';
import { RateSettings } from '../../proto/rate-controller';
import { ConnectionStats } from '../../proto/types';
import { FileScanner } from '../file-scanner';
import { SessionClient, SessionClientEvents, SessionClientOptions } from '../session-client';
import { NOTHING_YET, FileProgress, TransferFile, TransferSummary } from '../transfer-types';
import { MessageLink } from './message-link';
import { OrderFeed } from './order-feed';
import { OrderRequests } from './order-requests';
import { FromWorker, SettledOrder, ToWorker, WORKER_PROTOCOL } from './worker-messages';

export type CoordinatorLink = MessageLink<FromWorker, ToWorker>;

const FIGURES_INTERVAL_MS = 250;
const NOTHING_DONE: TransferSummary = {
    ...NOTHING_YET,
    scanComplete: true,
    bytesTransferred: 0,
    bytesResumed: 0,
    failures: []
};

/** One session of a transfer that has several: moves what its coordinator tells it to. Used once. */
export class WorkerSession {
    private readonly client: SessionClient;
    private readonly feed: OrderFeed | undefined;
    private readonly requests: OrderRequests | undefined;
    private settledOrders: SettledOrder[] = [];
    private listedEntries: ListedEntry[] = [];
    private isFlushing = false;
    private isStarted = false;
    private isBegun = false;
    private isToldToEnd = false;
    private wantsDigests = false;
    private isDismissed = false;

    /** @param early messages that came before this could listen */
    constructor(
        options: SessionClientOptions,
        private readonly link: CoordinatorLink,
        early: readonly ToWorker[],
        private readonly events: SessionClientEvents = {}
    ) {
        const { store, direction } = options;
        if (direction === 'upload') {
            this.feed = new OrderFeed(new FileScanner(store, options.options.symlinks));
        } else {
            this.requests = new OrderRequests({
                onListed: entry => this.listed(entry),
                onListEnd: () => {
                    this.flush();
                    link.send({ type: 'list-end' });
                },
                onFailed: error => this.client.stop(ConnectError.from(error))
            });
        }
        const { feed, requests } = this;
        this.client = new SessionClient({ ...options, feed, requests }, this.clientEvents());
        link.onMessage = message => this.onMessage(message);
        link.onClosed = () => {
            // One that has said that nothing is left to do may be gone before the session has ended.
            if (!this.isToldToEnd) {
                this.client.stop(
                    new ConnectError('transfer.peer-aborted', 'The coordinating process is gone')
                );
            }
        };
        early.forEach(message => this.onMessage(message));
    }

    /** As {@link SessionClient.run}; the coordinator is told, too. */
    async run(): Promise<TransferSummary> {
        const ticker = setInterval(() => this.tellFigures(), FIGURES_INTERVAL_MS);
        try {
            const summary = await this.client.run();
            this.flush();
            this.tellFigures();
            // Failures of files have been told one by one; what is left is about the destination.
            const error = summary.filesFailed === 0 ? summary.error : undefined;
            this.link.send({ type: 'ended', summary, ...(error ? { error } : {}) });
            return summary;
        } catch (error) {
            if (this.isDismissed) {
                return NOTHING_DONE;
            }
            this.flush();
            const failure = ConnectError.from(error);
            this.link.send({ type: 'ended', error: failure.toWire() });
            throw failure;
        } finally {
            clearInterval(ticker);
            this.link.end();
        }
    }

    stop(reason: ConnectError): void {
        this.client.stop(reason);
    }

    setRate(rate: RateSettings): void {
        this.client.setRate(rate);
    }

    get rateSettings(): RateSettings {
        return this.client.rateSettings;
    }

    progress(): FileProgress {
        return this.client.progress();
    }

    stats(): ConnectionStats | undefined {
        return this.client.stats();
    }

    private onMessage(message: ToWorker): void {
        switch (message.type) {
            case 'begin':
                this.isBegun = true;
                this.wantsDigests = message.wantsDigests ?? false;
                (this.feed ?? this.requests)!.start(message.sourceCount);
                return;
            case 'list':
                this.requests?.list();
                return;
            case 'orders':
                (this.feed ?? this.requests)!.add(message.orders);
                return;
            case 'rate':
                this.client.setRate(message.rate);
                return;
            case 'end':
                this.end();
                return;
            case 'stop':
                this.client.stop(ConnectError.fromWire(message.reason));
                return;
            case 'job':
        }
    }

    private end(): void {
        this.isToldToEnd = true;
        if (this.isStarted && this.isBegun) {
            (this.feed ?? this.requests)!.end();
        } else {
            this.isDismissed = true;
            this.client.stop(new ConnectError('cancelled', 'Nothing is left to do'));
        }
    }

    private clientEvents(): SessionClientEvents {
        const { events, link } = this;
        const wantsDigests = (): boolean => this.wantsDigests || (events.wantsDigests ?? false);
        return {
            ...events,
            // Known when the first order is: it has begun by then.
            get wantsDigests() {
                return wantsDigests();
            },
            onStarted: info => {
                this.isStarted = true;
                events.onStarted?.(info);
                link.send({ type: 'started', info });
            },
            onFileDone: file => {
                const { sizeBytes, mtimeNs, digest, chunkHashes, lost } = file;
                this.settled(file.work, { result: 'done', sizeBytes, mtimeNs, digest, chunkHashes, lost });
                if (!file.isStep) {
                    events.onFileDone?.(wholeFile(file));
                }
            },
            onFileSkipped: (file, reason) => {
                const { work, sizeBytes, mtimeNs } = file;
                this.settled(work, { result: 'skipped', sizeBytes, mtimeNs, reason });
                events.onFileSkipped?.(wholeFile(file), reason);
            },
            onFileFailed: failure => {
                const { path, error, work } = failure;
                if (work === undefined) {
                    this.listFailed(path, error);
                }
                this.settled(work, { result: 'failed', error });
                events.onFileFailed?.(failure);
            },
            onOpened: ({ work, sizeBytes, mtimeNs, have, holes }) =>
                this.settled(work, { result: 'opened', version: { sizeBytes, mtimeNs }, have, holes }),
            onStage: report => {
                link.send({ type: 'stage', report });
                events.onStage?.(report);
            },
            onLog: line => {
                link.send({ type: 'log', line });
                events.onLog?.(line);
            }
        };
    }

    private settled(work: number | undefined, outcome: WorkOutcome): void {
        if (work !== undefined && work > 0) {
            this.settledOrders.push({ work, outcome });
            this.scheduleFlush();
        }
    }

    private listed(entry: ListedEntry): void {
        this.listedEntries.push(entry);
        this.scheduleFlush();
    }

    private listFailed(path: string, error: WireError): void {
        this.link.send({ type: 'list-failed', path, error });
    }

    private scheduleFlush(): void {
        if (!this.isFlushing) {
            this.isFlushing = true;
            setImmediate(() => this.flush());
        }
    }

    private flush(): void {
        this.isFlushing = false;
        const [orders, entries] = [this.settledOrders, this.listedEntries];
        this.settledOrders = [];
        this.listedEntries = [];
        if (entries.length > 0) {
            this.link.send({ type: 'listed', entries });
        }
        if (orders.length > 0) {
            this.link.send({ type: 'settled', orders });
        }
    }

    private tellFigures(): void {
        if (this.isStarted) {
            this.link.send({ type: 'figures', progress: this.client.progress(), stats: this.client.stats() });
        }
    }
}

/** What a list of files is to say: nobody but the sessions knows of steps. */
function wholeFile(file: TransferFile): TransferFile {
    return { ...file, sizeBytes: file.wholeBytes ?? file.sizeBytes };
}

/** First word of a worker. */
export function greet(link: CoordinatorLink, session: number, hasJob: boolean): void {
    link.send({ type: 'hello', protocol: WORKER_PROTOCOL, session, hasJob });
}
