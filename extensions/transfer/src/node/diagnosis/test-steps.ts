import { ConnectError } from '@connect/base';
import { STAGE_TITLES, type Observation, type StageId } from '../../common/diagnosis/stages';

/** What a step has found out: `ok` unless it says otherwise. */
export type StepFindings = Partial<Pick<Observation, 'state' | 'evidence' | 'error' | 'https'>>;

/** The stages of one test as they go on: told after each change. */
export class TestSteps {
    private readonly stages = new Map<StageId, Observation>();

    constructor(
        ids: readonly StageId[],
        private readonly signal: AbortSignal,
        private readonly changed: () => void,
        private readonly wallNow: () => number
    ) {
        ids.forEach(stage => this.stages.set(stage, { stage, state: 'waiting', evidence: [] }));
    }

    get observations(): readonly Observation[] {
        return [...this.stages.values()];
    }

    isOk(stage: StageId): boolean {
        return this.stages.get(stage)?.state === 'ok';
    }

    /** Replaces what is known of a stage. */
    set(stage: StageId, findings: StepFindings): void {
        if (this.stages.has(stage)) {
            const atMs = this.wallNow();
            this.stages.set(stage, { stage, state: 'ok', evidence: [], atMs, ...findings });
            this.changed();
        }
    }

    /** It is being tried from now on. */
    begin(stage: StageId): void {
        if (this.stages.get(stage)?.state === 'waiting') {
            this.set(stage, { state: 'running' });
        }
    }

    /**
     * Runs a step, no longer than `timeoutMs`, and notes what it found or why it failed. Later steps go on all the same.
     * @returns whether the stage was passed
     */
    async run(stage: StageId, timeoutMs: number, work: () => Promise<StepFindings>): Promise<boolean> {
        if (this.signal.aborted) {
            return false;
        }
        this.begin(stage);
        try {
            this.set(stage, await inTime(timeoutMs, this.signal, work()));
        } catch (error) {
            this.fail(stage, ConnectError.from(error, 'files.failed'));
        }
        return this.isOk(stage);
    }

    fail(stage: StageId, error: ConnectError): void {
        if (!this.signal.aborted) {
            this.set(stage, { state: 'failed', evidence: [error.message], error: error.toWire() });
        }
    }

    /** What is still to be tried will not be: because of the first stage that failed, or because the test was cancelled. */
    finish(): void {
        const failed = this.observations.find(({ state }) => state === 'failed');
        for (const { stage, state } of this.observations) {
            if (state === 'waiting' || state === 'running') {
                this.set(
                    stage,
                    this.signal.aborted
                        ? { state: 'not-tested', evidence: ['The test was cancelled'] }
                        : failed
                          ? {
                                state: 'not-reached',
                                evidence: [`Not reached: “${STAGE_TITLES[failed.stage]}” comes before`]
                            }
                          : { state: 'not-tested', evidence: ['Not tested'] }
                );
            }
        }
    }
}

/** @throws ConnectError `transfer.connect-timeout`, `cancelled`, and what `work` rejects with */
export async function inTime<T>(timeoutMs: number, signal: AbortSignal, work: Promise<T>): Promise<T> {
    let settle = (): void => undefined;
    const ended = new Promise<never>((_resolve, reject) => {
        const late = `No answer within ${Math.round(timeoutMs / 1000)} s`;
        const timer = setTimeout(() => reject(new ConnectError('transfer.connect-timeout', late)), timeoutMs);
        const stop = (): void => reject(new ConnectError('cancelled', 'The test was cancelled'));
        signal.addEventListener('abort', stop, { once: true });
        settle = () => {
            clearTimeout(timer);
            signal.removeEventListener('abort', stop);
        };
    });
    // whoever comes later has nobody left to tell
    work.catch(() => undefined);
    try {
        return await Promise.race([work, ended]);
    } finally {
        settle();
    }
}
