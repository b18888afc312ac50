import { Emitter, type Event } from '@theia/core/lib/common/event';
import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import {
    DiagnosisService,
    type DiagnosisClient,
    type DiagnosisSubject,
    type LiveTest
} from '../../common/diagnosis/diagnosis-protocol';

/** Where the backend's progress of tests arrives; the one target of the RPC connection. */
@injectable()
export class DiagnosisClientTarget implements DiagnosisClient {
    private readonly emitter = new Emitter<LiveTest>();
    readonly onProgress: Event<LiveTest> = this.emitter.event;

    onTestProgress(test: LiveTest): void {
        this.emitter.fire(test);
    }
}

/** The tests of this window. */
@injectable()
export class DiagnosisModel {
    @inject(DiagnosisService) protected readonly service: DiagnosisService;
    @inject(DiagnosisClientTarget) protected readonly target: DiagnosisClientTarget;

    private readonly tests = new Map<string, LiveTest>();
    private readonly emitter = new Emitter<LiveTest>();
    /** A test of this window came further. */
    readonly onDidChange: Event<LiveTest> = this.emitter.event;

    @postConstruct()
    protected init(): void {
        this.target.onProgress(test => {
            this.tests.set(test.testId, test);
            this.emitter.fire(test);
        });
    }

    test(testId: string): LiveTest | undefined {
        return this.tests.get(testId);
    }

    /** Rejects with a ConnectError. */
    async begin(subject: DiagnosisSubject): Promise<LiveTest> {
        const test = await this.service.begin(subject);
        // what was told meanwhile is newer
        const known = this.tests.get(test.testId) ?? test;
        this.tests.set(test.testId, known);
        return known;
    }

    /** The panel that showed it is closed. */
    async forget(testId: string): Promise<void> {
        this.tests.delete(testId);
        await this.service.cancel(testId);
    }
}
