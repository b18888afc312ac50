import type { TransferRun } from '@connect/api';
import { ConnectError, systemClock, type Clock } from '@connect/base';
import { ConnectDatabaseStore } from '@connect/security/lib/node/connect-database-store';
import { inject, injectable } from '@theia/core/shared/inversify';
import { EvidenceRecorder, type JobEvidence } from '../../common/diagnosis/evidence';

/** Schema of the component `transfer-evidence` in connectdb. Steps that were released never change. */
const STEPS: readonly string[] = [
    'create table job_evidence (job_id text primary key, evidence text not null) strict;'
];

/** What {@link JobEvidenceStore.follow} gives back. */
export interface FollowedRun {
    readonly engineId: string;
    readonly run: TransferRun;
}

/**
 * What the last run of each job recorded about its way. Of runs that did not end well it outlives the backend, so that
 * tomorrow's question about today's failure has an answer.
 */
@injectable()
export class JobEvidenceStore {
    @inject(ConnectDatabaseStore) protected readonly database: ConnectDatabaseStore;

    private readonly live = new Map<string, EvidenceRecorder>();

    /** Before anything else. */
    open(): void {
        this.database.migrate('transfer-evidence', STEPS);
    }

    get(jobId: string): JobEvidence | undefined {
        const live = this.live.get(jobId);
        if (live) {
            return live.evidence;
        }
        const row = this.database.database
            .prepare<[string], { evidence: string }>('select evidence from job_evidence where job_id = ?')
            .get(jobId);
        return row && (JSON.parse(row.evidence) as JobEvidence);
    }

    /** A run of the job, from the moment its engine is asked for. What it rejects with is recorded, and passed on. */
    async follow(
        jobId: string,
        launch: (recorder: EvidenceRecorder) => Promise<FollowedRun>,
        clock: Clock = systemClock
    ): Promise<FollowedRun> {
        const recorder = new EvidenceRecorder(clock.wallNow());
        this.live.set(jobId, recorder);
        const ended = (error?: unknown): void => {
            recorder.ended(
                clock.wallNow(),
                error === undefined ? undefined : ConnectError.from(error).toWire()
            );
            this.keep(jobId, recorder);
        };
        try {
            const launched = await launch(recorder);
            recorder.engineId = launched.engineId;
            launched.run.finished.then(() => ended(), ended);
            return launched;
        } catch (error) {
            ended(error);
            throw error;
        }
    }

    /** The job is gone. */
    forget(jobId: string): void {
        this.live.delete(jobId);
        this.database.database.prepare('delete from job_evidence where job_id = ?').run(jobId);
    }

    private keep(jobId: string, recorder: EvidenceRecorder): void {
        // a later run has taken over, or the job was removed
        if (this.live.get(jobId) !== recorder || !this.database.database.open) {
            return;
        }
        this.database.database
            .prepare(
                `insert into job_evidence (job_id, evidence) values (?, ?)
                 on conflict (job_id) do update set evidence = excluded.evidence`
            )
            .run(jobId, JSON.stringify(recorder.evidence));
        this.live.delete(jobId);
    }
}
