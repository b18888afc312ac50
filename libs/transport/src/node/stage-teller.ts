import { ConnectError, ConnectionStage, StageFacts, StageReport } from '@connect/base';

/** Must not throw. */
export type StageListener = (report: StageReport) => void;

/** Tells one stage after the other, each with the time since the one before. */
export class StageTeller {
    private sinceMs: number;

    /** @param now monotonic, ms */
    constructor(
        private readonly tell: StageListener = () => undefined,
        private readonly now: () => number = () => performance.now()
    ) {
        this.sinceMs = now();
    }

    /** The next stage begins now. */
    begin(): void {
        this.sinceMs = this.now();
    }

    passed(stage: ConnectionStage, facts: StageFacts = {}): void {
        this.tell({ stage, tookMs: this.lap(), facts });
    }

    failed(stage: ConnectionStage, error: ConnectError, facts: StageFacts = {}): void {
        this.tell({ stage, tookMs: this.lap(), facts, error: error.toWire() });
    }

    private lap(): number {
        const now = this.now();
        const tookMs = now - this.sinceMs;
        this.sinceMs = now;
        return tookMs;
    }
}
