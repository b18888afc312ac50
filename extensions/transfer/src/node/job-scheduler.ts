import type { TransferProgress } from '@connect/api';
import { ConnectError } from '@connect/base';
import { changedRecord } from '../common/job-change';
import { isAtRest, isRunning, transition, type JobEffect, type JobEvent } from '../common/job-lifecycle';
import { progressFacts, toJob, type JobRecord } from '../common/job-record';
import { goOnFirst, moveInQueue, nextToStart } from '../common/queue';
import { wantedRate } from '../common/rate-sharing';
import { judgeRunEnd, type RunEnd } from '../common/run-end';
import { withAnswers, withApplied, withRule } from '../common/existing-answers';
import type {
    ExistingAnswer,
    ExistingRule,
    FileRule,
    Job,
    JobPriority,
    JobRate,
    QueueMove,
    QueueStatus
} from '../common/transfer-protocol';
import { JobHolds } from './job-holds';
import { objection, stateError, throwFirst } from './job-objections';
import { JobRecords } from './job-records';
import { JobTimers } from './job-timers';
import { LimitWatch } from './limit-watch';
import { QueuePause } from './queue-pause';
import { RunningJobs } from './running-jobs';
import type { SchedulerParts } from './scheduler-parts';

/** Progress alone is stored no more often than this; states are stored at once. */
const STORE_PROGRESS_MS = 1_000;
/** Completed jobs that leave the list by themselves stay this long, so that windows can say that they finished. */
const LINGER_MS = 3_000;

/** What a job has that was never run. */
const NOTHING_DONE: Partial<JobRecord> = {
    ...{ bytesDone: 0, filesDone: 0, filesSkipped: 0, filesFailed: 0 },
    question: undefined
};

/** An event for a job, and what it changes beside the state. */
interface Change {
    readonly id: string;
    readonly event: JobEvent;
    readonly facts?: Partial<JobRecord>;
}

/**
 * Executes what the tables decide: holds every job, stores each new state before acting on it, starts engines and
 * hears how they end. A backend that dies at any point finds on its next start the state of the last thing it decided,
 * and doing that again is harmless.
 */
export class JobScheduler {
    private readonly records: JobRecords;
    private readonly running: RunningJobs;
    private readonly pause: QueuePause;
    private readonly holds: JobHolds;
    private readonly limitWatch: LimitWatch;
    private readonly timers: JobTimers;
    private readonly storedMs = new Map<string, number>();
    private disposed = false;
    private scheduling = false;

    constructor(private readonly parts: SchedulerParts) {
        const { clock, store, changed, log, launch } = parts;
        this.records = new JobRecords(store, changed, log);
        this.timers = new JobTimers(clock);
        this.running = new RunningJobs({
            clock,
            launch,
            record: id => this.records.get(id)!,
            wantedRate: record => wantedRate(parts.defaultRate(), record.rate),
            limits: () => parts.limits().limits,
            onLaunched: (id, engineId) => this.records.put({ ...this.records.get(id)!, engineId }),
            onProgress: (id, progress) => this.progressed(id, progress),
            onNews: id => parts.changed(id),
            onEnded: (id, end) => this.ended(id, end)
        });
        this.limitWatch = new LimitWatch(clock, parts.limits, () => this.settingsChanged());
        this.pause = new QueuePause(clock, store, () => this.resumeAll());
        this.holds = new JobHolds(
            parts,
            () => this.records.all(),
            concerned => this.holdsChanged(concerned)
        );
    }

    /** Reads the jobs of the last backend and lets them go on. Call once. */
    load(): void {
        this.records.load();
        this.pause.load();
        this.holds.begin();
        const { removeCompleted } = this.parts.settings();
        const all = this.records.all();
        const unwanted = (record: JobRecord): boolean =>
            record.removeWhenEnded || (record.state === 'completed' && removeCompleted);
        all.filter(unwanted).forEach(record => this.drop(record));
        // a question is as good as before
        const kept = all.filter(record => !unwanted(record) && record.question === undefined);
        this.applyAll(this.toWaitAgain(kept, 'backend-started'));
        this.settingsChanged();
    }

    get status(): QueueStatus {
        const { limits, scheduled } = this.parts.limits();
        return { paused: this.pause.current, limits, scheduled, power: this.holds.powerStatus };
    }

    get(id: string): Job | undefined {
        const record = this.records.get(id);
        return record && toJob(record, { ...this.running.live(id), hold: this.holds.reason(record) });
    }

    all(): Job[] {
        return this.records.all().map(({ id }) => this.get(id)!);
    }

    nextOrder(): number {
        return this.records.nextOrder();
    }

    /** Staged uploads that jobs still need. */
    stagingIds(): Set<string> {
        const ids = this.records.all().map(record => record.stagingId);
        return new Set(ids.filter(id => id !== undefined));
    }

    /** At the end of the queue. Throws when they cannot be stored: then there are no such jobs. */
    add(...records: JobRecord[]): void {
        this.records.add(records);
        this.schedule();
    }

    /** What a person asks for. @throws ConnectError as {@link commandAll} */
    command(id: string, event: JobEvent): void {
        this.commandAll([id], event);
    }

    /**
     * As one step of the store, and the queue looks once. Jobs that allow it are treated before it throws.
     * @throws ConnectError `transfer.job-unknown`, `transfer.job-state`
     */
    commandAll(ids: readonly string[], event: JobEvent): void {
        const unique = [...new Set(ids)];
        const problems = unique.map(id => objection(id, this.records.get(id), event));
        const allowed = unique.filter((_, i) => problems[i] === undefined);
        const facts = (id: string): Partial<JobRecord> =>
            event === 'start-now' ? this.holds.startedByHand(this.records.get(id)!) : {};
        this.applyAll(allowed.map(id => ({ id, event, facts: facts(id) })));
        this.schedule();
        throwFirst(problems);
    }

    clearFinished(): void {
        const finished = this.records.all().filter(record => isAtRest(record.state));
        this.applyAll(finished.map(({ id }) => ({ id, event: 'remove' })));
    }

    move(ids: readonly string[], to: QueueMove): void {
        const places = moveInQueue(this.records.values(), new Set(ids), to);
        this.records.put(...[...places].map(([id, place]) => ({ ...this.records.get(id)!, ...place })));
        this.schedule();
    }

    /** @throws ConnectError `transfer.job-unknown` after the others were treated */
    setPriority(ids: readonly string[], priority: JobPriority): void {
        this.change(ids, () => ({ priority }));
        this.schedule();
    }

    /** Reaches running engines at once. @throws ConnectError `transfer.job-unknown` after the others were treated */
    setRate(ids: readonly string[], rate: JobRate): void {
        try {
            this.change(ids, () => ({ rate }));
        } finally {
            this.running.share();
        }
    }

    /** Jobs that wait for this answer go on. @throws ConnectError `transfer.job-unknown` after the others were treated */
    setExisting(ids: readonly string[], existing: ExistingRule): void {
        const asking = [...new Set(ids)].filter(id => this.records.get(id)?.question !== undefined);
        try {
            this.change(ids, record => withRule(record, existing));
        } finally {
            this.applyAll(asking.map(id => ({ id, event: 'resume' })));
            this.schedule();
        }
    }

    /** Answers of a job that asks; it goes on. @throws ConnectError `transfer.job-unknown` */
    answer(id: string, answers: readonly ExistingAnswer[], rest: FileRule | undefined): void {
        this.change([id], record => ({
            answers: withAnswers(record.answers ?? [], answers),
            answerRest: rest
        }));
        this.applyAll(this.records.get(id)?.question ? [{ id, event: 'resume' }] : []);
        this.schedule();
    }

    /** A run has treated these files as it was answered. */
    answersApplied(id: string, paths: ReadonlySet<string>): void {
        const record = this.records.get(id);
        if (record?.answers) {
            this.records.put({ ...record, answers: withApplied(record.answers, paths) });
        }
    }

    /**
     * Changes what the next run of a job does, and puts it into the queue. Another target is begun afresh.
     * @throws ConnectError `transfer.job-unknown`, or `transfer.job-state` while it runs
     */
    amend(id: string, facts: Pick<Partial<JobRecord>, 'target' | 'wantedEngineId'>): void {
        const record = this.records.get(id);
        if (!record || isRunning(record.state) || record.state === 'completed') {
            throw objection(id, record, 'retry') ?? stateError(id, record!.state);
        }
        const isElsewhere = facts.target !== undefined && facts.target !== record.target;
        this.records.put({ ...record, ...facts, ...(isElsewhere ? NOTHING_DONE : {}) });
        this.command(id, record.state === 'queued' ? 'resume' : 'retry');
    }

    /** For the next run. @throws ConnectError `transfer.job-unknown` after the others were treated */
    setEngine(ids: readonly string[], wantedEngineId: string | undefined): void {
        this.change(ids, () => ({ wantedEngineId }));
    }

    /** @param forMs then all go on by themselves; undefined for not before {@link resumeAll} */
    pauseAll(forMs?: number): void {
        this.pause.begin(forMs);
        this.applyAll(this.toWaitAgain(this.records.all(), 'pause'));
        this.parts.statusChanged();
    }

    resumeAll(): void {
        this.pause.end();
        this.parts.statusChanged();
        this.schedule();
    }

    /** Jobs of an account that is gone stop and say why. */
    accountRemoved(accountId: string): void {
        const error = new ConnectError('security.account-unknown', 'The account was removed').toWire();
        const concerned = this.records.all().filter(each => each.accountId === accountId);
        this.applyAll(
            concerned.map(({ id, state }) => ({
                id,
                event: 'account-removed',
                facts: state === 'completed' ? {} : { error }
            }))
        );
        this.schedule();
    }

    /** Rates reach running engines at once; a higher limit of the queue starts what waits. */
    settingsChanged(): void {
        this.limitWatch.arm();
        this.running.share();
        this.holds.check();
        this.parts.statusChanged();
        this.schedule();
    }

    /** Ends the engines; what they say from now on changes nothing, so the next backend takes the jobs up again. */
    dispose(): void {
        this.disposed = true;
        this.timers.dispose();
        this.limitWatch.dispose();
        this.pause.dispose();
        this.holds.dispose();
        this.running.dispose();
    }

    private schedule(): void {
        // starting a job may fail at once and call back in here
        if (this.scheduling || this.disposed || this.pause.current) {
            return;
        }
        this.scheduling = true;
        try {
            const isHeld = (id: string): boolean => this.holds.isHeld(this.records.get(id)!);
            const ids = nextToStart(this.records.values(), this.parts.settings().queue, isHeld);
            this.applyAll(ids.map(id => ({ id, event: 'start' })));
        } finally {
            this.scheduling = false;
        }
    }

    private change(ids: readonly string[], facts: (record: JobRecord) => Partial<JobRecord>): void {
        const known = ids.map(id => this.records.get(id)).filter(record => record !== undefined);
        this.records.put(...known.map(record => ({ ...record, ...facts(record) })));
        throwFirst(ids.map(id => (this.records.get(id) ? undefined : objection(id, undefined, 'remove'))));
    }

    /** An event that interrupts; those of the jobs that run keep their lead over all that wait. */
    private toWaitAgain(records: readonly JobRecord[], event: JobEvent): Change[] {
        const running = records.filter(({ state }) => isRunning(state) && state !== 'stopping');
        const ranks = goOnFirst(this.records.values(), new Set(running.map(({ id }) => id)));
        return records.map(({ id, queueRank }) => ({
            id,
            event,
            facts: { queueRank: ranks.get(id) ?? queueRank }
        }));
    }

    /** All new states are stored in one step before the first effect. Events that make no sense change nothing. */
    private applyAll(changes: readonly Change[]): void {
        const wallMs = this.parts.clock.wallNow();
        const steps = changes.flatMap(({ id, event, facts }) => {
            const record = this.records.get(id);
            const next = record && transition(record.state, event);
            return next
                ? [{ before: record, event, next, after: changedRecord(record, next, facts ?? {}, wallMs) }]
                : [];
        });
        if (steps.length === 0) {
            return;
        }
        this.records.put(...steps.map(step => step.after));
        for (const { before, event, next, after } of steps) {
            this.timers.cancel(after.id);
            if (before.state !== next.state) {
                this.parts.log(`${before.state} -> ${next.state} (${event})`, after.id);
            }
            next.effects.forEach(effect => this.perform(effect, after));
        }
    }

    private perform(effect: JobEffect, record: JobRecord): void {
        const { id } = record;
        if (effect === 'run') {
            this.storedMs.set(id, this.parts.clock.now());
            this.running.start(record);
        } else if (effect === 'stop-run') {
            this.running.stop(id);
        } else if (effect === 'wait') {
            const delayMs = Math.max(0, (record.retryAtMs ?? 0) - this.parts.clock.wallNow());
            this.timers.set(id, delayMs, () => this.command(id, 'retry-due'));
        } else if (effect === 'release-staging' && record.stagingId !== undefined) {
            this.parts.releaseStaging(record.stagingId);
        } else if (effect === 'delete') {
            this.drop(record);
        } else if (effect === 'settle' && record.state === 'completed') {
            if (this.parts.settings().removeCompleted) {
                this.timers.set(id, LINGER_MS, () => this.command(id, 'remove'));
            }
        }
    }

    private progressed(id: string, progress: TransferProgress): void {
        const record = this.records.get(id)!;
        const nowMs = this.parts.clock.now();
        const next = { ...record, ...progressFacts(record, progress) };
        const complete = progress.scanComplete && progress.bytesDone >= progress.bytesTotal;
        const event = complete ? 'all-sent' : 'data-flows';
        const known = progress.filesTotal > 0 || progress.scanComplete;
        this.records.remember(next);
        if (known && transition(record.state, event)?.state !== record.state) {
            // from here on there is something new to keep
            this.applyAll([{ id, event, facts: { fromStart: false } }]);
        } else if (nowMs - this.storedMs.get(id)! >= STORE_PROGRESS_MS) {
            this.storedMs.set(id, nowMs);
            this.records.put(next);
        }
    }

    private ended(id: string, end: RunEnd): void {
        this.storedMs.delete(id);
        const { result } = end;
        if (result instanceof ConnectError) {
            this.parts.log(`ended: ${result.code} ${result.message}`, id);
        }
        const { retry } = this.parts.settings();
        const wallMs = this.parts.clock.wallNow();
        this.applyAll([{ id, ...judgeRunEnd(this.records.get(id)!, end, retry, wallMs) }]);
        const after = this.records.get(id);
        if (after && after.removeWhenEnded && !isRunning(after.state)) {
            this.applyAll([{ id, event: 'remove' }]);
        }
        this.schedule();
    }

    private holdsChanged(concerned: readonly JobRecord[]): void {
        const held = concerned.filter(record => this.holds.isHeld(record));
        this.applyAll(this.toWaitAgain(held, 'pause'));
        concerned.forEach(({ id }) => this.parts.changed(id));
        this.schedule();
    }

    private drop(record: JobRecord): void {
        this.timers.cancel(record.id);
        this.records.delete(record.id);
    }
}
