import { ConnectError } from '@connect/base';
import type {
    DiagnosisClient,
    DiagnosisService,
    DiagnosisSubject,
    LiveTest,
    Mending
} from '../../common/diagnosis/diagnosis-protocol';
import type { JobEvidence } from '../../common/diagnosis/evidence';
import { HTTPS_ENGINE } from '../../common/diagnosis/explain-job';
import type { TransferServiceImpl } from '../transfer-service';
import type { JobEvidenceStore } from './job-evidence-store';
import { LiveTestRun } from './live-test-run';
import type { ReportWriter } from './report-writer';
import type { TestTarget } from './test-target';
import type { TestTargets } from './test-targets';

/** Older tests of a window are forgotten. */
const MAX_TESTS = 20;
/** So many go on at a time; each holds a login at a server. */
const MAX_RUNNING = 4;

/** What the windows share. */
export interface DiagnosisParts {
    readonly transfers: Pick<TransferServiceImpl, 'job' | 'amend'>;
    readonly evidence: Pick<JobEvidenceStore, 'get'>;
    readonly targets: Pick<TestTargets, 'of'>;
    readonly reports: Pick<ReportWriter, 'write'>;
}

interface KeptTest {
    readonly run: LiveTestRun;
    readonly target: TestTarget;
}

/** The diagnosis service of one window; ends with its connection. */
export class DiagnosisWindow implements DiagnosisService {
    /** Oldest first. */
    private readonly tests = new Map<string, KeptTest>();
    private isOver = false;

    constructor(
        private readonly parts: DiagnosisParts,
        private readonly client: DiagnosisClient
    ) {}

    setClient(): void {
        // the window is known from the beginning
    }

    dispose(): void {
        this.isOver = true;
        this.tests.forEach(({ run }) => run.cancel());
    }

    async evidence(jobId: string): Promise<JobEvidence | undefined> {
        await this.parts.transfers.job(jobId);
        return this.parts.evidence.get(jobId);
    }

    async begin(subject: DiagnosisSubject): Promise<LiveTest> {
        const target = await this.parts.targets.of(subject);
        const running = [...this.tests.values()].filter(({ run }) => run.state.endedMs === undefined);
        if (running.length >= MAX_RUNNING || this.isOver) {
            throw new ConnectError('usage', 'Too many tests at a time: wait for one of them, or cancel it');
        }
        const run = new LiveTestRun(target, test => this.tell(test));
        this.tests.set(run.testId, { run, target });
        [...this.tests.keys()].slice(0, -MAX_TESTS).forEach(id => this.tests.delete(id));
        void run.run();
        return run.state;
    }

    async cancel(testId: string): Promise<void> {
        this.tests.get(testId)?.run.cancel();
    }

    async mend(jobId: string, mending: Mending): Promise<void> {
        const { transfers } = this.parts;
        await transfers.amend(
            jobId,
            mending.kind === 'folder'
                ? { target: mending.target }
                : { wantedEngineId: mending.kind === 'https' ? HTTPS_ENGINE : undefined }
        );
    }

    async report(subject: DiagnosisSubject, testId?: string): Promise<string> {
        const kept = testId === undefined ? undefined : this.tests.get(testId);
        return this.parts.reports.write(subject, kept?.run.state, kept?.target.secrets ?? []);
    }

    private tell(test: LiveTest): void {
        if (!this.isOver) {
            this.client.onTestProgress(test);
        }
    }
}
