import type {
    RateSettings,
    TransferDirection,
    TransferOutcome,
    TransferProgress,
    TransferRun
} from '@connect/api';
import { ConnectError, type Clock, type Disposable } from '@connect/base';
import { isAtRest, isRunning, transition, type JobEffect, type JobEvent } from '../common/job-lifecycle';
import { ProgressMeter } from '../common/job-progress';
import { progressFacts, toJob, type JobRecord } from '../common/job-record';
import { nextToStart } from '../common/queue';
import { afterFailure } from '../common/retry-policy';
import type { TransferSettings } from '../common/transfer-preferences';
import type { Job } from '../common/transfer-protocol';
import type { JobStorage } from './job-store';

/** What a run tells while it lasts. */
export interface RunListener {
    onProgress(progress: TransferProgress): void;
}

/** What the scheduler stands on. */
export interface SchedulerParts {
    readonly clock: Clock;
    readonly store: JobStorage;
    /** Read anew at each decision. */
    settings(): TransferSettings;
    rate(direction: TransferDirection): RateSettings;
    /**
     * Finds account, credentials and engine for the job and starts it. Rejects with a ConnectError where that fails:
     * it is treated like the end of a run.
     */
    launch(
        record: JobRecord,
        rate: RateSettings,
        listener: RunListener
    ): Promise<{ engineId: string; run: TransferRun }>;
    /** The staged files of a job are no longer needed. */
    releaseStaging(stagingId: string): void;
    /** Something about this job changed; it may be gone. */
    changed(id: string): void;
    log(line: string): void;
}

/** Progress alone is stored no more often than this; states are stored at once. */
const STORE_PROGRESS_MS = 1_000;
/** Completed jobs that leave the list by themselves stay this long, so that windows can say that they finished. */
const LINGER_MS = 3_000;

/** The engine of one job, from the moment it is asked for. */
interface ActiveRun {
    run?: TransferRun;
    stopAsked: boolean;
    readonly meter: ProgressMeter;
    readonly bytesBefore: number;
    rateBps: number;
    remainingMs?: number;
    currentFile: string;
    storedMs: number;
}

/**
 * Executes what the tables decide: holds every job, stores each new state before acting on it, starts engines and
 * hears how they end. A backend that dies at any point finds on its next start the state of the last thing it decided,
 * and doing that again is harmless.
 */
export class JobScheduler {
    private readonly records = new Map<string, JobRecord>();
    private readonly active = new Map<string, ActiveRun>();
    private readonly timers = new Map<string, Disposable>();
    /** Jobs whose last state is not on disk. */
    private readonly unsaved = new Set<string>();
    private lastOrder = 0;
    private disposed = false;
    private scheduling = false;

    constructor(private readonly parts: SchedulerParts) {}

    /** Reads the jobs of the last backend and lets them go on. Call once. */
    load(): void {
        for (const record of this.parts.store.all()) {
            this.records.set(record.id, record);
        }
        this.lastOrder = this.parts.store.lastOrder();
        for (const record of [...this.records.values()]) {
            if (
                record.removeWhenEnded ||
                (record.state === 'completed' && this.parts.settings().removeCompleted)
            ) {
                this.drop(record);
            } else {
                this.apply(record.id, 'backend-started');
            }
        }
        this.schedule();
    }

    get(id: string): Job | undefined {
        const record = this.records.get(id);
        const live = this.active.get(id);
        return (
            record &&
            toJob(record, {
                rateBps: live?.rateBps ?? 0,
                remainingMs: live?.remainingMs,
                currentFile: live?.currentFile ?? ''
            })
        );
    }

    all(): Job[] {
        return [...this.records.keys()].map(id => this.get(id)!);
    }

    /** Place for a new job at the end of the list. */
    nextOrder(): number {
        this.lastOrder += 1;
        return this.lastOrder;
    }

    /** Staged uploads that jobs still need. */
    stagingIds(): Set<string> {
        const ids = [...this.records.values()].map(record => record.stagingId);
        return new Set(ids.filter(id => id !== undefined));
    }

    add(...records: JobRecord[]): void {
        this.parts.store.put(...records);
        for (const record of records) {
            this.records.set(record.id, record);
            this.parts.changed(record.id);
        }
        this.schedule();
    }

    /** What a person asks for. @throws ConnectError `transfer.job-unknown`, `transfer.job-state` */
    command(id: string, event: JobEvent): void {
        const record = this.records.get(id);
        if (!record) {
            throw new ConnectError('transfer.job-unknown', 'This transfer is not in the list any more', {
                id
            });
        }
        if (!this.apply(id, event)) {
            throw new ConnectError(
                'transfer.job-state',
                `This is not possible while the transfer is ${record.state}`,
                {
                    id,
                    state: record.state
                }
            );
        }
        this.schedule();
    }

    clearFinished(): void {
        const finished = [...this.records.values()].filter(record => isAtRest(record.state));
        finished.forEach(record => this.apply(record.id, 'remove'));
    }

    /** Jobs of an account that is gone stop and say why. */
    accountRemoved(accountId: string): void {
        const error = new ConnectError('security.account-unknown', 'The account was removed').toWire();
        for (const record of [...this.records.values()].filter(each => each.accountId === accountId)) {
            this.apply(record.id, 'account-removed', record.state === 'completed' ? {} : { error });
        }
        this.schedule();
    }

    /** Rates reach running engines at once; a higher limit of the queue starts what waits. */
    settingsChanged(): void {
        for (const [id, active] of this.active) {
            active.run?.setRate(this.parts.rate(this.records.get(id)!.direction));
        }
        this.schedule();
    }

    /** Ends the engines; what they say from now on changes nothing, so the next backend takes the jobs up again. */
    dispose(): void {
        this.disposed = true;
        this.timers.forEach(timer => timer.dispose());
        this.active.forEach(active => active.run?.stop());
    }

    private schedule(): void {
        // starting a job may fail at once and call back in here
        if (this.scheduling || this.disposed) {
            return;
        }
        this.scheduling = true;
        try {
            nextToStart(this.records.values(), this.parts.settings().queue).forEach(id =>
                this.apply(id, 'start')
            );
        } finally {
            this.scheduling = false;
        }
    }

    /** False when the table has no such transition: then nothing has changed. */
    private apply(id: string, event: JobEvent, facts: Partial<JobRecord> = {}): boolean {
        const record = this.records.get(id);
        const next = record && transition(record.state, event);
        if (!record || !next) {
            return false;
        }
        const kept = { ...record, ...facts, ...this.factsOf(next.effects), state: next.state };
        if (next.state !== 'retrying') {
            delete kept.retryAtMs;
        }
        this.timers.get(id)?.dispose();
        this.timers.delete(id);
        this.store(kept);
        if (record.state !== next.state) {
            this.parts.log(`${id} ${record.state} -> ${next.state} (${event})`);
        }
        next.effects.forEach(effect => this.perform(effect, kept));
        return true;
    }

    private factsOf(effects: readonly JobEffect[]): Partial<JobRecord> {
        const wallMs = this.parts.clock.wallNow();
        return {
            ...(effects.includes('run') ? { startedMs: wallMs, endedMs: undefined } : {}),
            ...(effects.includes('settle') ? { endedMs: wallMs } : {}),
            ...(effects.includes('clear-error') ? { error: undefined } : {}),
            ...(effects.includes('forget-attempts') ? { attempt: 0 } : {}),
            ...(effects.includes('remove-when-ended') ? { removeWhenEnded: true } : {})
        };
    }

    private perform(effect: JobEffect, record: JobRecord): void {
        const active = this.active.get(record.id);
        if (effect === 'run') {
            this.start(record);
        } else if (effect === 'stop-run' && active) {
            active.stopAsked = true;
            active.run?.stop();
        } else if (effect === 'wait') {
            const delayMs = Math.max(0, (record.retryAtMs ?? 0) - this.parts.clock.wallNow());
            this.later(record.id, delayMs, () => this.command(record.id, 'retry-due'));
        } else if (effect === 'release-staging' && record.stagingId !== undefined) {
            this.parts.releaseStaging(record.stagingId);
        } else if (effect === 'delete') {
            this.drop(record);
        } else if (effect === 'settle') {
            this.settled(record);
        }
    }

    private settled(record: JobRecord): void {
        if (record.state === 'completed' && this.parts.settings().removeCompleted) {
            this.later(record.id, LINGER_MS, () => this.command(record.id, 'remove'));
        }
    }

    private later(id: string, delayMs: number, then: () => void): void {
        this.timers.get(id)?.dispose();
        this.timers.set(id, this.parts.clock.setTimeout(then, delayMs));
    }

    private start(record: JobRecord): void {
        const active: ActiveRun = {
            stopAsked: false,
            meter: new ProgressMeter(),
            bytesBefore: record.bytesDone,
            rateBps: 0,
            currentFile: '',
            storedMs: this.parts.clock.now()
        };
        this.active.set(record.id, active);
        void this.execute(record, active).then(
            outcome => this.ended(record.id, active, outcome),
            (error: unknown) => this.ended(record.id, active, ConnectError.from(error))
        );
    }

    private async execute(record: JobRecord, active: ActiveRun): Promise<TransferOutcome> {
        const rate = this.parts.rate(record.direction);
        const launched = await this.parts.launch(record, rate, {
            onProgress: progress => this.progressed(record.id, active, progress)
        });
        active.run = launched.run;
        // The promise is awaited below; a run that ends while it is being stopped must not count as unhandled.
        if (active.stopAsked || this.disposed) {
            launched.run.stop();
        } else {
            this.store({ ...this.records.get(record.id)!, engineId: launched.engineId });
        }
        return launched.run.finished;
    }

    private progressed(id: string, active: ActiveRun, progress: TransferProgress): void {
        const record = this.records.get(id);
        if (!record || this.active.get(id) !== active || this.disposed) {
            return;
        }
        const nowMs = this.parts.clock.now();
        const view = active.meter.sample({ nowMs, ...progress });
        active.rateBps = view.rateBps;
        active.remainingMs = view.remainingMs;
        active.currentFile = progress.currentFile;
        const next = { ...record, ...progressFacts(record, progress) };
        this.records.set(id, next);
        const complete = progress.scanComplete && progress.bytesDone >= progress.bytesTotal;
        const event = complete ? 'all-sent' : 'data-flows';
        const known = progress.filesTotal > 0 || progress.scanComplete;
        if (known && transition(record.state, event)?.state !== record.state) {
            this.apply(id, event);
        } else if (nowMs - active.storedMs >= STORE_PROGRESS_MS) {
            active.storedMs = nowMs;
            this.save(next);
        }
        this.parts.changed(id);
    }

    private ended(id: string, active: ActiveRun, result: TransferOutcome | ConnectError): void {
        if (this.disposed) {
            return;
        }
        if (!(result instanceof ConnectError)) {
            this.progressed(id, active, result.progress);
        }
        this.active.delete(id);
        const record = this.records.get(id)!;
        if (result instanceof ConnectError) {
            this.failed(record, active, result);
        } else {
            this.apply(id, 'finish', { verified: true });
        }
        const after = this.records.get(id);
        if (after && after.removeWhenEnded && !isRunning(after.state)) {
            this.apply(id, 'remove');
        }
        this.schedule();
    }

    private failed(record: JobRecord, active: ActiveRun, error: ConnectError): void {
        const madeProgress = record.bytesDone > active.bytesBefore;
        const decision = afterFailure(error, record.attempt, madeProgress, this.parts.settings().retry);
        // A stop that the user asked for is no error to show.
        const shown = error.code === 'cancelled' ? record.error : error.toWire();
        this.parts.log(`${record.id} ended: ${error.code} ${error.message}`);
        this.apply(record.id, decision.event, {
            error: shown,
            attempt: decision.attempt,
            ...(decision.event === 'retry-later'
                ? { retryAtMs: this.parts.clock.wallNow() + decision.delayMs }
                : {})
        });
    }

    private store(record: JobRecord): void {
        this.records.set(record.id, record);
        this.save(record);
        this.parts.changed(record.id);
    }

    /**
     * A full disk must not end transfers to other disks: what cannot be stored now is stored with the next record. A
     * backend that dies before that finds an older state, from which it does the same again.
     */
    private save(record: JobRecord): void {
        this.unsaved.add(record.id);
        const records = [...this.unsaved].map(id => this.records.get(id)).filter(each => each !== undefined);
        try {
            this.parts.store.put(...records);
            this.unsaved.clear();
        } catch (error) {
            this.parts.log(`${record.id} cannot be stored: ${(error as Error).message}`);
        }
    }

    private drop(record: JobRecord): void {
        this.timers.get(record.id)?.dispose();
        this.timers.delete(record.id);
        this.unsaved.delete(record.id);
        this.records.delete(record.id);
        try {
            this.parts.store.delete(record.id);
        } catch (error) {
            // it may come back after a restart, and can be removed again then
            this.parts.log(`${record.id} cannot be deleted: ${(error as Error).message}`);
        }
        this.parts.changed(record.id);
    }
}
