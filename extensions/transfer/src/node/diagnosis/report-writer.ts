import { redacted, systemClock } from '@connect/base';
import { SOFTWARE, SOFTWARE_VERSION } from '@connect/transport/lib/software';
import { inject, injectable } from '@theia/core/shared/inversify';
import * as os from 'node:os';
import type { DiagnosisSubject, LiveTest } from '../../common/diagnosis/diagnosis-protocol';
import { explainJob } from '../../common/diagnosis/explain-job';
import { reportText, withoutSecrets, type ReportParts } from '../../common/diagnosis/report-text';
import { placesOf, stateView } from '../../common/job-view';
import type { Job } from '../../common/transfer-protocol';
import { TransferServiceImpl } from '../transfer-service';
import { JobEvidenceStore } from './job-evidence-store';
import { TestTargets } from './test-targets';

const LOG_LINES = 60;

/** Writes down what is known, for somebody who is to help. */
@injectable()
export class ReportWriter {
    @inject(TransferServiceImpl) protected readonly transfers: TransferServiceImpl;
    @inject(JobEvidenceStore) protected readonly evidence: JobEvidenceStore;
    @inject(TestTargets) protected readonly targets: TestTargets;

    /** @param secrets beside those of the account, to be left out */
    async write(
        subject: DiagnosisSubject,
        test: LiveTest | undefined,
        secrets: readonly string[]
    ): Promise<string> {
        const madeMs = systemClock.wallNow();
        const base = { madeMs, versions: versions(), ...(test ? { test } : {}) };
        if (subject.kind !== 'job') {
            const about = subject.kind === 'host' ? `Host: ${subject.host}` : 'An account';
            const parts = { ...base, subject: [test ? `Test of ${test.subjectName}` : about], log: [] };
            return clean(reportText(parts, timeText), secrets);
        }
        const job = await this.transfers.job(subject.jobId);
        const parts: ReportParts = { ...base, ...(await this.ofJob(job, madeMs)) };
        const own = await this.secretsOf(job);
        return clean(reportText(parts, timeText), [...secrets, ...own]);
    }

    private async ofJob(
        job: Job,
        nowMs: number
    ): Promise<Pick<ReportParts, 'subject' | 'explanation' | 'runMs' | 'log'>> {
        const evidence = this.evidence.get(job.id);
        const { from, to } = placesOf(job);
        const monitor = await this.transfers.monitors.monitor(job.id);
        return {
            subject: [
                `Transfer: ${job.name}, ${job.direction === 'send' ? 'upload' : 'download'}, ${from} -> ${to}`,
                `State: ${stateView(job, nowMs, job.attempt).text}`,
                `Transfer program: ${evidence?.engineId ?? job.engineId ?? 'not started'}`
            ],
            explanation: explainJob(job, { evidence, isPaused: false, nowMs }),
            ...(evidence ? { runMs: evidence.startedMs } : {}),
            log: monitor.snapshot.log.slice(-LOG_LINES)
        };
    }

    /** Those of an account that is gone cannot be asked for, and are gone with it. */
    private async secretsOf({ accountId }: Job): Promise<readonly string[]> {
        try {
            return await this.targets.secretsOf(accountId);
        } catch {
            return [];
        }
    }
}

/** Without the secrets that are known, and without what looks like one. */
function clean(text: string, secrets: readonly string[]): string {
    return redacted(withoutSecrets(text, secrets));
}

function versions(): string[] {
    return [
        `Connect ${SOFTWARE_VERSION} (${SOFTWARE})`,
        `Node ${process.version}, ${os.type()} ${os.release()} ${process.arch}`
    ];
}

function timeText(epochMs: number): string {
    return new Date(epochMs).toISOString();
}
