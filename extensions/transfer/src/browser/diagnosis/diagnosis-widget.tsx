import { ConnectError, type WireError } from '@connect/base';
import { ClipboardService } from '@theia/core/lib/browser/clipboard-service';
import { ReactWidget } from '@theia/core/lib/browser/widgets/react-widget';
import type { Message } from '@theia/core/lib/browser/widgets/widget';
import { MessageService } from '@theia/core/lib/common/message-service';
import * as React from '@theia/core/shared/react';
import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import { DiagnosisService, type DiagnosisSubject } from '../../common/diagnosis/diagnosis-protocol';
import type { JobEvidence } from '../../common/diagnosis/evidence';
import { explainJob, type Explanation } from '../../common/diagnosis/explain-job';
import { explainTest } from '../../common/diagnosis/explain-test';
import type { RemedyAction } from '../../common/diagnosis/remedies';
import { errorText } from '../../common/job-view';
import type { Job } from '../../common/transfer-protocol';
import { TransferClientModel } from '../transfer-client-model';
import { DiagnosisModel } from './diagnosis-model';
import { DiagnosisView, type AnswerView } from './diagnosis-view';
import { RemedyActions } from './remedy-actions';

/** What a panel is about; layouts keep it. */
export const DiagnosisOptions = Symbol('DiagnosisOptions');

const SECOND_MS = 1_000;

/** A panel that answers *Why?* about a transfer, or shows how the way to an account or a host is. */
@injectable()
export class DiagnosisWidget extends ReactWidget {
    static readonly FACTORY_ID = 'connect.diagnosis';

    @inject(DiagnosisOptions) protected readonly subject: DiagnosisSubject;
    @inject(DiagnosisModel) protected readonly tests: DiagnosisModel;
    @inject(DiagnosisService) protected readonly service: DiagnosisService;
    @inject(TransferClientModel) protected readonly model: TransferClientModel;
    @inject(RemedyActions) protected readonly remedies: RemedyActions;
    @inject(ClipboardService) protected readonly clipboard: ClipboardService;
    @inject(MessageService) protected readonly messages: MessageService;

    private evidence: JobEvidence | undefined;
    /** State of the job that {@link evidence} was asked for. */
    private asked = '';
    private testId: string | undefined;
    private problem: string | undefined;
    private ticking: number | undefined;

    static idOf(subject: DiagnosisSubject): string {
        return `${DiagnosisWidget.FACTORY_ID}:${JSON.stringify(subject)}`;
    }

    @postConstruct()
    protected init(): void {
        this.id = DiagnosisWidget.idOf(this.subject);
        this.title.label = this.subject.kind === 'job' ? 'Why?' : 'Connection Diagnostic';
        this.title.iconClass = 'codicon codicon-question';
        this.title.closable = true;
        this.addClass('connect-why');
        this.node.tabIndex = -1;
        this.toDispose.pushAll([
            this.model.onDidChange(() => this.follow()),
            this.tests.onDidChange(test => test.testId === this.testId && this.update()),
            { dispose: () => window.clearInterval(this.ticking) },
            { dispose: () => this.testId !== undefined && void this.tests.forget(this.testId) }
        ]);
        this.follow();
    }

    /** Tries the way now. */
    async test(): Promise<void> {
        await this.attempt(async () => {
            this.testId = (await this.tests.begin(this.subject)).testId;
        });
    }

    protected override onActivateRequest(message: Message): void {
        super.onActivateRequest(message);
        this.focusFirst();
    }

    protected render(): React.ReactNode {
        const { explanation, job } = this;
        const test = this.testId === undefined ? undefined : this.tests.test(this.testId);
        if (this.subject.kind === 'job' && !job) {
            return (
                <div className="connect-why-view" role="status">
                    {this.model.state === 'ready'
                        ? 'This transfer is not in the list any more.'
                        : 'Reading the transfer…'}
                </div>
            );
        }
        return (
            <DiagnosisView
                id={this.id}
                title={explanation?.question ?? `Connection to ${test?.subjectName ?? this.subjectName}`}
                run={explanation && { ...explanation, isFailed: isBad(job) }}
                runTime={this.evidence && new Date(this.evidence.startedMs).toLocaleString()}
                test={test && (explainTest(test) satisfies AnswerView)}
                isTesting={test !== undefined && test.endedMs === undefined}
                problem={this.problem}
                act={(action, from) => void this.act(action, from)}
                startTest={() => void this.test()}
                cancelTest={() =>
                    void this.attempt(async () => {
                        if (this.testId !== undefined) {
                            await this.service.cancel(this.testId);
                        }
                    })
                }
                copyReport={() => void this.attempt(() => this.copyReport())}
            />
        );
    }

    private get job(): Job | undefined {
        return this.subject.kind === 'job' ? this.model.job(this.subject.jobId) : undefined;
    }

    private get subjectName(): string {
        return this.subject.kind === 'host' ? this.subject.host : 'the server';
    }

    private get explanation(): Explanation | undefined {
        const { job, evidence } = this;
        const isPaused = this.model.queue.paused !== undefined;
        return job && explainJob(job, { evidence, isPaused, nowMs: Date.now() });
    }

    private focusFirst(): void {
        const first = this.node.querySelector<HTMLElement>('button:not([aria-disabled=true])');
        (first ?? this.node).focus();
    }

    /** What a run recorded is asked for when the job has reached another state. */
    private follow(): void {
        const { job } = this;
        if (job) {
            this.title.label = `Why: ${job.name}`;
            this.title.caption = this.explanation?.question ?? '';
            const now = `${job.state} ${job.attempt} ${job.startedMs ?? ''} ${job.endedMs ?? ''} ${job.target}`;
            if (now !== this.asked) {
                this.asked = now;
                void this.attempt(async () => {
                    this.evidence = await this.service.evidence(job.id);
                });
            }
        }
        this.tickWhileCounting(job);
        this.update();
    }

    private async act(action: RemedyAction, from: 'run' | 'test'): Promise<void> {
        const test = this.testId === undefined ? undefined : this.tests.test(this.testId);
        const { job } = this;
        const failed = test?.stages.find(({ error }) => error !== undefined)?.error;
        const error: WireError | undefined = from === 'test' ? failed : (job?.error ?? this.evidence?.error);
        const accountId = job?.accountId ?? test?.accountId;
        await this.attempt(async () => {
            await this.remedies.perform(action, { job, accountId, error });
            if (from === 'test' && (action === 'log-in' || action === 'review-host-key')) {
                await this.test();
            }
        });
    }

    private async copyReport(): Promise<void> {
        await this.clipboard.writeText(await this.service.report(this.subject, this.testId));
        void this.messages.info('The report is in the clipboard.', { timeout: 4000 });
    }

    private async attempt(work: () => Promise<void>): Promise<void> {
        try {
            this.problem = undefined;
            await work();
        } catch (thrown) {
            const error = ConnectError.from(thrown);
            if (error.code !== 'cancelled') {
                this.problem = errorText(error.toWire()).summary;
            }
        }
        this.update();
    }

    /** Only a countdown moves by itself. */
    private tickWhileCounting(job: Job | undefined): void {
        const counting = job?.state === 'retrying';
        if (counting && this.ticking === undefined) {
            this.ticking = window.setInterval(() => this.update(), SECOND_MS);
        } else if (!counting && this.ticking !== undefined) {
            window.clearInterval(this.ticking);
            this.ticking = undefined;
        }
    }
}

function isBad(job: Job | undefined): boolean {
    return job?.state === 'failed' || job?.state === 'retrying' || job?.state === 'needs-user';
}
