import type {
    FileFailure,
    RateSettings,
    TransferListener,
    TransferOutcome,
    TransferProgress,
    TransferRun
} from '@connect/api';
import { ConnectError } from '@connect/base';
import { answerSteps, type AnswerStep } from '../common/existing-answers';
import { overAllRuns, type JobRecord } from '../common/job-record';
import type { ExistingAnswer } from '../common/transfer-protocol';
import { NO_PROGRESS } from './engines/run-report';

type Launch = (
    record: JobRecord,
    rate: RateSettings,
    listener: TransferListener
) => Promise<{ engineId: string; run: TransferRun }>;

/** A run had nothing but files to tell that exist and differ. */
const ASKING: ReadonlySet<string> = new Set(['transfer.some-files-failed', 'transfer.target-differs']);

/**
 * Has what was answered about single files carried out by runs of their own, then the job as a whole, which from then
 * on passes over these files. Answers that could not be carried out stay: the whole then asks about their files again.
 * @param applied called with the paths of each run of its own that ended well
 */
export function answeredFirst(
    launch: Launch,
    applied: (id: string, paths: ReadonlySet<string>) => void
): Launch {
    return async (record, rate, listener) => {
        if (!record.answers && !record.answerRest) {
            return launch(record, rate, listener);
        }
        const run = new AnsweredRun(record, rate, listener, launch, applied);
        return { engineId: await run.begin(), run };
    };
}

class AnsweredRun implements TransferRun {
    readonly finished: Promise<TransferOutcome>;
    private readonly treated: Set<string>;
    /** Found by the whole, to be treated by the rule for the rest. */
    private found: string[] = [];
    private passedOver = 0;
    /** By the runs for single files; the whole then passes over these as well. */
    private brought = 0;
    private failed = 0;
    private last: TransferProgress | undefined;
    private current: TransferRun | undefined;
    private stopAsked = false;
    private begun!: (engineId: string) => void;
    private refused!: (error: unknown) => void;

    constructor(
        private readonly record: JobRecord,
        private rate: RateSettings,
        private readonly listener: TransferListener,
        private readonly launch: Launch,
        private readonly applied: (id: string, paths: ReadonlySet<string>) => void
    ) {
        const answers = record.answers ?? [];
        this.treated = new Set(answers.filter(({ isApplied }) => isApplied).map(({ path }) => path));
        this.finished = this.work(answers.filter(({ isApplied }) => !isApplied));
        // whoever began it hears of it by begin() until there is an engine
        this.finished.catch(error => this.refused?.(error));
    }

    /** Resolves with the engine of the first run. */
    begin(): Promise<string> {
        return new Promise((resolve, reject) => {
            this.begun = resolve;
            this.refused = reject;
        });
    }

    setRate(rate: RateSettings): void {
        this.rate = rate;
        this.current?.setRate(rate);
    }

    stop(): void {
        this.stopAsked = true;
        this.current?.stop();
    }

    private async work(open: readonly ExistingAnswer[]): Promise<TransferOutcome> {
        // begin() is called in the same turn
        await Promise.resolve();
        for (const step of answerSteps(this.record, open)) {
            await this.treat(step);
        }
        const outcome = await this.whole();
        const { answerRest } = this.record;
        const rest = answerRest ? this.found.map(path => ({ path, rule: answerRest })) : [];
        for (const step of answerSteps(this.record, rest)) {
            await this.treat(step);
        }
        if (answerRest !== 'skip' && this.found.some(path => !this.treated.has(path))) {
            throw new ConnectError(
                'transfer.some-files-failed',
                'Some files could not be treated as was answered'
            );
        }
        return rest.length === 0
            ? outcome
            : { ...outcome, progress: this.corrected(this.last ?? NO_PROGRESS) };
    }

    /** Files that fail here stay open; what ends the connection ends it all. */
    private async treat(step: AnswerStep): Promise<void> {
        const { rule, sources, target } = step;
        const record = { ...this.record, sources, target, existing: rule, bytesDone: 0, fromStart: false };
        const failed = new Set<string>();
        let brought = 0;
        try {
            const outcome = await this.run(record, {
                ...this.listener,
                onProgress: ({ currentFile, filesDone, rateBps, bytesSent }) => {
                    brought = filesDone;
                    this.tell({ ...(this.last ?? NO_PROGRESS), currentFile, rateBps, bytesSent });
                },
                onFile: undefined,
                onFileFailed: ({ path, error }) => {
                    // files of a step are of one folder, so their names tell them apart
                    const known = step.paths.filter(each => lastName(each) === lastName(path));
                    (known.length > 0 ? known : step.paths).forEach(each => failed.add(each));
                    this.listener.onFileFailed({ path: known[0] ?? path, error });
                }
            });
            brought = outcome.progress.filesDone;
        } catch (error) {
            if (failed.size === 0) {
                throw error;
            }
        }
        this.brought += brought;
        const done = new Set(step.paths.filter(path => !failed.has(path)));
        done.forEach(path => this.treated.add(path));
        this.applied(this.record.id, done);
    }

    private async whole(): Promise<TransferOutcome> {
        try {
            const outcome = await this.run(
                { ...this.record, existing: 'ask' },
                {
                    ...this.listener,
                    onProgress: progress => this.tell(progress),
                    onFileFailed: failure => this.judge(failure)
                }
            );
            this.last = outcome.progress;
            return { ...outcome, progress: this.corrected(outcome.progress) };
        } catch (error) {
            const { code } = ConnectError.from(error);
            if (!ASKING.has(code) || this.failed > 0 || this.passedOver === 0) {
                throw error;
            }
            return { progress: this.corrected(this.last ?? NO_PROGRESS), failures: [] };
        }
    }

    private judge(failure: FileFailure): void {
        const { path, error } = failure;
        const differs = error.code === 'transfer.target-differs';
        if (differs && (this.treated.has(path) || this.record.answerRest)) {
            this.passedOver += 1;
            if (!this.treated.has(path)) {
                this.found.push(path);
            }
            this.listener.onFile?.({ path, sizeBytes: 0, result: 'skipped', reason: 'answered' });
            return;
        }
        this.failed += 1;
        this.listener.onFileFailed(failure);
    }

    private tell(progress: TransferProgress): void {
        this.last = progress;
        this.listener.onProgress(this.corrected(progress));
    }

    private corrected(progress: TransferProgress): TransferProgress {
        const passedOver = Math.min(this.passedOver, progress.filesFailed);
        const known = {
            ...progress,
            filesFailed: progress.filesFailed - passedOver,
            filesSkipped: progress.filesSkipped + passedOver
        };
        return overAllRuns(known, this.brought);
    }

    private async run(record: JobRecord, listener: TransferListener): Promise<TransferOutcome> {
        if (this.stopAsked) {
            throw new ConnectError('cancelled', 'The transfer was stopped');
        }
        const rate = this.rate;
        const { engineId, run } = await this.launch(record, rate, listener);
        this.current = run;
        this.begun(engineId);
        if (this.stopAsked) {
            run.stop();
        } else if (this.rate !== rate) {
            run.setRate(this.rate);
        }
        return run.finished;
    }
}

function lastName(path: string): string {
    return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
