import type {
    EffectiveRate,
    RateSettings,
    TransferOutcome,
    TransferPath,
    TransferProgress,
    TransferRun
} from '@connect/api';
import { ConnectError, type Clock } from '@connect/base';
import { ConflictCollector } from '../common/existing-files';
import { ProgressMeter } from '../common/job-progress';
import { checkingFacts, isChecking, overAllRuns, type JobRecord, type LiveFacts } from '../common/job-record';
import { shareRates } from '../common/rate-sharing';
import type { RunEnd } from '../common/run-end';
import type { BandwidthLimits } from '../common/transfer-protocol';
import type { LaunchJob } from './job-launch';

/** What the running jobs stand on. */
export interface RunningJobsParts {
    readonly clock: Clock;
    /** The record as it is now. */
    record(id: string): JobRecord;
    /** Rate that a job would have by itself. */
    wantedRate(record: JobRecord): RateSettings;
    limits(): BandwidthLimits;
    readonly launch: LaunchJob;
    onLaunched(id: string, engineId: string): void;
    onProgress(id: string, progress: TransferProgress): void;
    /** What its server makes of its rate is known, or its way, or another: see {@link RunningJobs.live}. */
    onNews(id: string): void;
    /** Called once per started job, after it has left the running ones; never after {@link RunningJobs.dispose}. */
    onEnded(id: string, end: RunEnd): void;
}

/** The engine of one job, from the moment it is asked for. */
interface ActiveRun {
    run?: TransferRun;
    rate?: RateSettings;
    stopAsked: boolean;
    readonly meter: ProgressMeter;
    readonly conflicts: ConflictCollector;
    readonly bytesBefore: number;
    readonly filesBefore: number;
    live: LiveFacts;
}

/** The engines that run, and how they share the bandwidth. */
export class RunningJobs {
    private readonly active = new Map<string, ActiveRun>();
    private disposed = false;

    constructor(private readonly parts: RunningJobsParts) {}

    /** What a running job shows; nothing while it does not run. */
    live(id: string): LiveFacts {
        return this.active.get(id)?.live ?? { rateBps: 0, currentFile: '' };
    }

    start(record: JobRecord): void {
        const active: ActiveRun = {
            stopAsked: false,
            meter: new ProgressMeter(),
            conflicts: new ConflictCollector(),
            bytesBefore: record.bytesDone,
            filesBefore: record.filesDone,
            live: { rateBps: 0, currentFile: '' }
        };
        this.active.set(record.id, active);
        // the others make room before this one takes it
        this.share();
        void this.execute(record, active).then(
            outcome => this.ended(record.id, active, outcome),
            (error: unknown) => this.ended(record.id, active, ConnectError.from(error))
        );
    }

    stop(id: string): void {
        const active = this.active.get(id);
        if (active) {
            active.stopAsked = true;
            active.run?.stop();
        }
    }

    /** Gives every engine its share; those whose share is as before hear nothing. */
    share(): void {
        const jobs = [...this.active.keys()].map(id => {
            const record = this.parts.record(id);
            const { direction, automatic } = record;
            return { id, direction, automatic, wanted: this.parts.wantedRate(record) };
        });
        for (const [id, rate] of shareRates(jobs, this.parts.limits())) {
            const active = this.active.get(id)!;
            if (!isSameRate(active.rate, rate)) {
                active.rate = rate;
                active.run?.setRate(rate);
            }
        }
    }

    /** Ends the engines; what they say from now on changes nothing. */
    dispose(): void {
        this.disposed = true;
        this.active.forEach(active => active.run?.stop());
    }

    private async execute(record: JobRecord, active: ActiveRun): Promise<TransferOutcome> {
        const launchRate = active.rate!;
        const { engineId, run } = await this.parts.launch(record, launchRate, {
            onProgress: progress => this.progressed(record.id, active, progress),
            onFileFailed: failure => active.conflicts.add(failure),
            onRate: inForce => this.learnt(record.id, active, { inForce }),
            onStatistics: ({ path }) => {
                if (path && !isSamePath(active.live.path, path)) {
                    this.learnt(record.id, active, { path });
                }
            }
        });
        active.run = run;
        if (active.stopAsked || this.disposed) {
            run.stop();
        } else {
            this.parts.onLaunched(record.id, engineId);
            if (active.rate && !isSameRate(active.rate, launchRate)) {
                run.setRate(active.rate);
            }
        }
        return run.finished;
    }

    private progressed(id: string, active: ActiveRun, progress: TransferProgress): void {
        if (this.active.get(id) !== active || this.disposed) {
            return;
        }
        const view = active.meter.sample({ nowMs: this.parts.clock.now(), ...progress });
        const { inForce, path } = active.live;
        active.live = {
            ...view,
            currentFile: progress.currentFile,
            ...(isChecking(progress, active.bytesBefore, this.parts.record(id).existing)
                ? checkingFacts(progress)
                : {}),
            ...(inForce ? { inForce } : {}),
            ...(path ? { path } : {})
        };
        this.parts.onProgress(id, overAllRuns(progress, active.filesBefore));
    }

    private learnt(
        id: string,
        active: ActiveRun,
        news: { readonly inForce: EffectiveRate } | { readonly path: TransferPath }
    ): void {
        if (this.active.get(id) === active && !this.disposed) {
            active.live = { ...active.live, ...news };
            this.parts.onNews(id);
        }
    }

    private ended(id: string, active: ActiveRun, result: TransferOutcome | ConnectError): void {
        if (this.disposed) {
            return;
        }
        if (!(result instanceof ConnectError)) {
            this.progressed(id, active, result.progress);
        }
        this.active.delete(id);
        this.share();
        const { stopAsked, bytesBefore, conflicts } = active;
        this.parts.onEnded(id, { result, stopAsked, bytesBefore, question: conflicts.question });
    }
}

function isSamePath(a: TransferPath | undefined, b: TransferPath): boolean {
    return a?.kind === b.kind && a.port === b.port && a.proxy === b.proxy && a.sessions === b.sessions;
}

function isSameRate(a: RateSettings | undefined, b: RateSettings): boolean {
    return a?.targetBps === b.targetBps && a.minBps === b.minBps && a.policy === b.policy;
}
