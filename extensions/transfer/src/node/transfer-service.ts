import { ConnectError, systemClock, type Clock, type StageReport } from '@connect/base';
import { AccountSessions } from '@connect/security/lib/node/account-sessions';
import { ConnectDatabaseStore } from '@connect/security/lib/node/connect-database-store';
import { DisposableCollection } from '@theia/core/lib/common/disposable';
import { ILogger } from '@theia/core/lib/common/logger';
import { Deferred } from '@theia/core/lib/common/promise-util';
import { BackendApplicationContribution } from '@theia/core/lib/node/backend-application';
import { inject, injectable, optional } from '@theia/core/shared/inversify';
import { randomUUID } from 'node:crypto';
import type { JobEvent } from '../common/job-lifecycle';
import { newRecord } from '../common/job-record';
import { jobName, localPathOf } from '../common/source-uris';
import {
    currentLimits,
    defaultRate,
    transferSettings,
    TransferPreferences
} from '../common/transfer-preferences';
import { MAX_LOG_LINES } from '../common/monitor-protocol';
import type {
    Conflict,
    ExistingAnswer,
    ExistingRule,
    FileRule,
    Job,
    JobPriority,
    JobRate,
    JobSnapshot,
    QueueMove,
    SubmitRequest,
    TransferClient,
    TransferService
} from '../common/transfer-protocol';
import { answeredFirst } from './answered-launch';
import { conflictSides } from './conflict-sides';
import { StoreOwner } from './command/store-owner';
import { DeltaFeed } from './delta-feed';
import { JobEvidenceStore } from './diagnosis/job-evidence-store';
import { measureDisk } from './measure-disk';
import { JobScheduler } from './job-scheduler';
import { JobStore, JOB_STORE_STEPS } from './job-store';
import { ConnectLogBook } from './logs/connect-log-book';
import { jobLines } from './logs/job-lines';
import { jobLog } from './logs/job-log';
import { ManifestStore } from './manifests/manifest-store';
import { PowerSource, UNKNOWN_POWER } from './power/power-source';
import { StagingArea } from './staging-area';
import {
    checkAnswer,
    checkDuration,
    checkEngineId,
    checkFileRule,
    checkJobId,
    checkMove,
    checkPriority,
    checkRate,
    checkRule
} from '../common/request-checks';
import { checkLocalSide, jobPaths, parseSubmission, submissionLine } from './submission';
import { TransferAudience } from './transfer-audience';
import { TransferLauncher } from './transfer-launcher';
import { TransferMonitors } from './transfer-monitors';
import type { TransferWindow } from './transfer-window';

const LOCAL_ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone;
const WINDOWS = process.platform === 'win32';

/** Clock of the transfer backend; bound to another one by tests. */
export const TransferClock = Symbol('TransferClock');

/**
 * The jobs of this user for every window: takes requests, keeps the list in connectdb and has the scheduler run it.
 * Calls wait until the jobs of the last run are read back.
 */
@injectable()
export class TransferServiceImpl implements TransferService, BackendApplicationContribution {
    @inject(AccountSessions) protected readonly accounts: AccountSessions;
    @inject(ConnectDatabaseStore) protected readonly database: ConnectDatabaseStore;
    @inject(TransferLauncher) protected readonly launcher: TransferLauncher;
    @inject(TransferPreferences) protected readonly preferences: TransferPreferences;
    @inject(JobEvidenceStore) protected readonly evidence: JobEvidenceStore;
    @inject(ManifestStore) protected readonly manifests: ManifestStore;
    @inject(StagingArea) protected readonly staging: StagingArea;
    @inject(StoreOwner) protected readonly owner: StoreOwner;
    @inject(ILogger) protected readonly logger: ILogger;
    @inject(ConnectLogBook) protected readonly logs: ConnectLogBook;
    @inject(PowerSource) @optional() protected readonly power: PowerSource = UNKNOWN_POWER;
    @inject(TransferClock) @optional() protected readonly clock: Clock = systemClock;

    private readonly audience = new TransferAudience();
    private readonly toDispose = new DisposableCollection();
    private ready = new Deferred<JobScheduler>();
    private feed: DeltaFeed;
    private watchers: TransferMonitors | undefined;

    /** One more that wants to hear of changes; each is taken off by {@link removeClient}. */
    setClient(client: TransferClient | undefined): void {
        if (client) {
            this.audience.clients.add(client);
        }
    }

    removeClient(client: TransferClient): void {
        this.audience.clients.delete(client);
    }

    /** One more window that hears of changes, along with what it has open. */
    addWindow(window: TransferWindow): void {
        this.audience.windows.add(window);
    }

    removeWindow(window: TransferWindow): void {
        this.audience.windows.delete(window);
    }

    /** A window has something to hear, beside the jobs, with the next beat. */
    wake(): void {
        this.feed.wake();
    }

    onStart(): void {
        void this.run();
    }

    onStop(): void {
        this.toDispose.dispose();
        this.owner.release();
    }

    /** Windows come and go by {@link removeWindow}; the service itself ends with the backend. */
    dispose(): void {}

    /** How the jobs of this backend did, for those who watch them. */
    get monitors(): TransferMonitors {
        this.watchers ??= new TransferMonitors(
            this.clock,
            () => this.ready.promise,
            jobId => jobLines(this.logs.files('transfer'), jobId, MAX_LOG_LINES)
        );
        return this.watchers;
    }

    async submit(request: SubmitRequest): Promise<Job[]> {
        const scheduler = await this.ready.promise;
        const id = request.id === undefined ? randomUUID() : checkJobId(request.id);
        const known = scheduler.get(id);
        if (known) {
            return [known];
        }
        const submission = parseSubmission(request);
        const account = this.accounts.account(submission.accountId);
        if (request.stagingId !== undefined) {
            const folder = this.staging.claim(request.stagingId);
            if (!jobPaths(submission).sources.every(source => source.startsWith(folder))) {
                throw new ConnectError('usage', 'These files do not belong to that upload');
            }
        }
        await checkLocalSide(submission);
        const record = newRecord({
            ...submission,
            id,
            order: scheduler.nextOrder(),
            name: jobName(submission.sources),
            accountName: account.name,
            createdMs: this.clock.wallNow(),
            stagingId: request.stagingId,
            existing:
                request.existing === undefined
                    ? transferSettings(this.preferences).existing
                    : checkRule(request.existing),
            priority: checkPriority(request.priority ?? 'normal'),
            automatic: request.automatic === true,
            rate: checkRate(request.rate ?? {}),
            ...(request.engineId === undefined ? {} : { wantedEngineId: checkEngineId(request.engineId) })
        });
        jobLog(this.logs, this.monitors, 'queue')('info', submissionLine(record), record.id);
        scheduler.add(record);
        return [scheduler.get(record.id)!];
    }

    async snapshot(): Promise<JobSnapshot> {
        await this.ready.promise;
        return this.feed.snapshot();
    }

    stop(ids: readonly string[]): Promise<void> {
        return this.each(ids, 'stop');
    }

    async resume(ids: readonly string[]): Promise<void> {
        await this.checkAnswers(ids);
        await this.each(ids, 'resume');
    }

    async retry(ids: readonly string[]): Promise<void> {
        await this.checkAnswers(ids);
        await this.each(ids, 'retry');
    }

    async startNow(ids: readonly string[]): Promise<void> {
        await this.checkAnswers(ids);
        await this.each(ids, 'start-now');
    }

    restart(ids: readonly string[]): Promise<void> {
        return this.each(ids, 'restart');
    }

    async move(ids: readonly string[], to: QueueMove): Promise<void> {
        (await this.ready.promise).move(ids, checkMove(to));
    }

    async setPriority(ids: readonly string[], priority: JobPriority): Promise<void> {
        (await this.ready.promise).setPriority(ids, checkPriority(priority));
    }

    async setRate(ids: readonly string[], rate: JobRate): Promise<void> {
        (await this.ready.promise).setRate(ids, checkRate(rate));
    }

    async setExisting(ids: readonly string[], rule: ExistingRule): Promise<void> {
        (await this.ready.promise).setExisting(ids, checkRule(rule));
    }

    async setEngine(ids: readonly string[], engineId?: string): Promise<void> {
        (await this.ready.promise).setEngine(ids, engineId && checkEngineId(engineId));
    }

    async answerExisting(id: string, answers: readonly ExistingAnswer[], rest?: FileRule): Promise<void> {
        const scheduler = await this.ready.promise;
        scheduler.answer(id, answers.map(checkAnswer), rest === undefined ? undefined : checkFileRule(rest));
    }

    async describeConflict(id: string, path: string): Promise<Conflict> {
        return conflictSides(this.accounts, await this.job(id), path);
    }

    async pauseAll(forMs?: number): Promise<void> {
        (await this.ready.promise).pauseAll(forMs === undefined ? undefined : checkDuration(forMs));
    }

    async resumeAll(): Promise<void> {
        (await this.ready.promise).resumeAll();
    }

    remove(ids: readonly string[]): Promise<void> {
        return this.each(ids, 'remove');
    }

    async clearFinished(): Promise<void> {
        (await this.ready.promise).clearFinished();
    }

    /** The job as it is, when the list is read. @throws ConnectError `transfer.job-unknown` */
    async job(id: string): Promise<Job> {
        const job = (await this.ready.promise).get(id);
        if (!job) {
            throw new ConnectError('transfer.job-unknown', 'This transfer is not in the list any more', {
                id
            });
        }
        return job;
    }

    /** See {@link JobScheduler.amend}; a new target is checked as that of a new job. */
    async amend(
        id: string,
        facts: { readonly target?: string; readonly wantedEngineId?: string }
    ): Promise<void> {
        const scheduler = await this.ready.promise;
        if (facts.target !== undefined) {
            const { sources, accountId } = await this.job(id);
            const submission = parseSubmission({ sources, target: facts.target });
            if (submission.accountId !== accountId) {
                throw new ConnectError('usage', 'The folder has to be of the same account');
            }
            await checkLocalSide(submission);
        }
        scheduler.amend(id, facts);
    }

    /** While another backend has the transfers, calls are told so; when that ends, windows hear that there is a list. */
    private async run(): Promise<void> {
        // whoever calls is told; without callers the rejection is in the log
        this.ready.promise.catch(() => undefined);
        let wasBlocked = false;
        try {
            await this.owner.acquire(error => {
                wasBlocked = true;
                void this.logger.warn(error.message);
                this.ready.reject(error);
            });
            if (wasBlocked) {
                this.ready = new Deferred();
                this.ready.promise.catch(() => undefined);
            }
            this.ready.resolve(await this.start());
            this.feed.touchStatus();
        } catch (error) {
            if (!ConnectError.is(error, 'cancelled')) {
                void this.logger.error('The list of transfers cannot be read', error);
            }
            this.ready.reject(error);
        }
    }

    private async start(): Promise<JobScheduler> {
        await this.preferences.ready;
        this.database.migrate('transfer', JOB_STORE_STEPS);
        this.evidence.open();
        const { monitors } = this;
        const queueLog = jobLog(this.logs, monitors, 'queue');
        const engineLog = jobLog(this.logs, monitors, 'engine');
        const launch = answeredFirst(
            (record, rate, listener) => this.launcher.launch(record, rate, listener),
            (id, paths) => scheduler.answersApplied(id, paths)
        );
        const scheduler: JobScheduler = new JobScheduler({
            clock: this.clock,
            store: new JobStore(this.database.database),
            settings: () => transferSettings(this.preferences),
            defaultRate: () => defaultRate(this.preferences),
            limits: () => currentLimits(this.preferences, this.clock.wallNow(), LOCAL_ZONE),
            power: this.power,
            measureDisk: target => measureDisk(localPathOf(target, WINDOWS) ?? ''),
            launch: (record, rate, listener) =>
                this.evidence.follow(record.id, async recorder => {
                    const watched = monitors.watch(record, rate, {
                        ...listener,
                        onFileFailed: failure => {
                            recorder.file(failure);
                            listener.onFileFailed(failure);
                        },
                        onLog: (line, level = 'info') => engineLog(level, line, record.id)
                    });
                    const onStage = (report: StageReport): void =>
                        recorder.stage(report, this.clock.wallNow());
                    const { engineId, run } = await launch(record, rate, { ...watched, onStage });
                    return { engineId, run: monitors.steered(record.id, run) };
                }),
            releaseStaging: id => void this.releaseStaging(id),
            changed: id => {
                this.feed.touch(id);
                monitors.changed(id, scheduler.get(id));
                if (!scheduler.get(id)) {
                    this.evidence.forget(id);
                    void this.manifests.forget(id);
                }
            },
            statusChanged: () => this.feed.touchStatus(),
            log: (text, id) => queueLog('info', text, id)
        });
        this.feed = new DeltaFeed(this.clock, scheduler, delta => this.audience.tell(delta));
        this.toDispose.push(this.feed);
        this.toDispose.push(scheduler);
        this.toDispose.push(this.staging);
        this.toDispose.push(this.accounts.onDidRemoveAccount(id => scheduler.accountRemoved(id)));
        this.toDispose.push(this.preferences.onPreferenceChanged(() => scheduler.settingsChanged()));
        if (!this.owner.owns) {
            // given up while this began
            throw new ConnectError('cancelled', 'The backend ends');
        }
        scheduler.load();
        await this.staging.keepOnly(scheduler.stagingIds());
        await this.manifests.keepOnly(new Set(scheduler.all().map(({ id }) => id)));
        return scheduler;
    }

    private async releaseStaging(stagingId: string): Promise<void> {
        try {
            await this.staging.remove(stagingId);
        } catch (error) {
            // The next start removes it: no job refers to it any more.
            void this.logger.warn(`Staged files could not be removed: ${(error as Error).message}`);
        }
    }

    /** A job that waits for an answer goes on only when the answer is there: else the window must hear what is missing. */
    private async checkAnswers(ids: readonly string[]): Promise<void> {
        const scheduler = await this.ready.promise;
        const asking = ids.map(id => scheduler.get(id)).filter(job => job?.state === 'needs-user');
        for (const accountId of new Set(asking.map(job => job!.accountId))) {
            try {
                // a session of before the question would answer for the login that the engine was refused
                await this.accounts.reset(accountId);
                await this.accounts.session(accountId);
            } catch (error) {
                if (ConnectError.from(error).kind === 'needs-user') {
                    throw error;
                }
                // Anything else is a matter of the job: it will say so, and retry.
            }
        }
    }

    private async each(ids: readonly string[], event: JobEvent): Promise<void> {
        (await this.ready.promise).commandAll(ids, event);
    }
}
