import type { RateSettings, TransferProgress, TransferRun } from '@connect/api';
import { ConnectError, systemClock } from '@connect/base';
import Database from 'better-sqlite3';
import { newRecord, type JobRecord } from '../common/job-record';
import { currentLimits, defaultRate, transferSettings } from '../common/transfer-preferences';
import type { RunListener } from '../node/job-launch';
import { JobScheduler } from '../node/job-scheduler';
import { JobStore, JOB_STORE_STEPS } from '../node/job-store';
import { UNKNOWN_POWER } from '../node/power/power-source';

/** What the engine does with a job, by the first word of its id; all else completes at once. */
const SCRIPTS: Readonly<Record<string, 'hang' | 'flow' | 'all-sent' | 'deaf' | ConnectError>> = {
    preparing: 'hang',
    transferring: 'flow',
    finishing: 'all-sent',
    stopped: 'flow',
    pausing: 'deaf',
    stopping: 'deaf',
    removed: 'deaf',
    retrying: new ConnectError('transfer.connection-lost', 'gone'),
    failed: new ConnectError('transfer.no-space', 'full'),
    asking: new ConnectError('transfer.target-differs', 'there is another file'),
    locked: new ConnectError('security.credentials-required', 'password needed')
};

const PROGRESS: TransferProgress = {
    bytesDone: 60,
    bytesTotal: 100,
    scanComplete: true,
    filesDone: 0,
    filesTotal: 1,
    filesFailed: 0,
    filesSkipped: 0,
    bytesSent: 60,
    rateBps: 8000,
    currentFile: 'f'
};

/** A scheduler over a real database file and an engine that plays a part for each job; for slow specs. */
export class ScriptedScheduler {
    readonly database: Database.Database;
    readonly scheduler: JobScheduler;
    /** Ids in the order of their runs. */
    readonly started: string[] = [];

    /**
     * @param settings of the queue
     * @param obeysScript false: every job completes after some milliseconds
     */
    constructor(
        file: string,
        private readonly obeysScript: boolean,
        private readonly settings: { max: number; paused?: boolean }
    ) {
        this.database = new Database(file);
        this.database.pragma('journal_mode = WAL');
        this.database.pragma('synchronous = NORMAL');
        if (this.database.pragma('user_version', { simple: true }) === 0) {
            JOB_STORE_STEPS.forEach(step => this.database.exec(step));
            this.database.pragma('user_version = 1');
        }
        const store = new JobStore(this.database);
        if (settings.paused) {
            store.setPause({});
        }
        this.scheduler = new JobScheduler({
            clock: systemClock,
            store,
            settings: () => transferSettings({ 'connect.transfers.queue.max': this.settings.max }),
            defaultRate: () => defaultRate({}),
            limits: () => currentLimits({}, 0, 'UTC'),
            measureDisk: async () => ({ freeBytes: 1, totalBytes: 1 }),
            power: UNKNOWN_POWER,
            launch: (record, rate, listener) => this.launch(record, rate, listener),
            releaseStaging: () => undefined,
            changed: () => undefined,
            statusChanged: () => undefined,
            log: () => undefined
        });
        this.scheduler.load();
    }

    add(...ids: string[]): void {
        this.scheduler.add(
            ...ids.map(id =>
                newRecord({
                    id,
                    order: this.scheduler.nextOrder(),
                    name: id,
                    direction: 'send',
                    sources: [`file:///${id}`],
                    target: 'connect://demo/',
                    accountId: 'demo',
                    accountName: 'Demo',
                    createdMs: 1,
                    stagingId: undefined,
                    existing: 'ask'
                })
            )
        );
    }

    states(): Map<string, string> {
        return new Map(this.scheduler.all().map(job => [job.id, job.state]));
    }

    /** From now on the queue starts nothing. */
    closeQueue(): void {
        this.settings.max = 1;
    }

    /** Resolves when every job is as asked. */
    async until(test: (id: string, state: string) => boolean): Promise<void> {
        while (![...this.states()].every(([id, state]) => test(id, state))) {
            await new Promise(resolve => setTimeout(resolve, 2));
        }
    }

    close(): void {
        this.scheduler.dispose();
        this.database.close();
    }

    private async launch(
        record: JobRecord,
        _rate: RateSettings,
        listener: RunListener
    ): Promise<{ engineId: string; run: TransferRun }> {
        this.started.push(record.id);
        const script = this.obeysScript ? SCRIPTS[record.id.split('-')[0]] : undefined;
        if (script === 'hang') {
            return new Promise(() => undefined);
        }
        if (script instanceof ConnectError) {
            if (script.code === 'transfer.target-differs') {
                listener.onFileFailed({ path: 'f', error: script });
            }
            throw script;
        }
        const progress =
            script === 'all-sent' || script === undefined ? { ...PROGRESS, bytesDone: 100 } : PROGRESS;
        let end: (error: ConnectError) => void = () => undefined;
        const finished = new Promise<{ progress: TransferProgress; failures: [] }>((resolve, reject) => {
            end = reject;
            setTimeout(() => {
                listener.onProgress(progress);
                if (script === undefined) {
                    resolve({ progress, failures: [] });
                }
            }, 3);
        });
        const stop = (): void =>
            script === 'deaf' ? undefined : end(new ConnectError('cancelled', 'stopped'));
        return { engineId: 'scripted', run: { finished, stop, setRate: () => undefined } };
    }
}
