import { StageReport } from '@connect/base';

/** A session tells this many at most: each stage, and again where it is repeated. */
const MAX_KEPT = 32;

/**
 * Which stages are told of a transfer with several sessions: those of the first one that says something, as they are
 * passed, and in the end all of the session whose failure is that of the transfer.
 */
export class StagesOfSessions {
    private readonly reports = new Map<number, StageReport[]>();
    private shown: number | undefined;

    /** Whether it is to be told now. */
    add(session: number, report: StageReport): boolean {
        this.shown ??= session;
        const known = this.reports.get(session) ?? [];
        if (known.length < MAX_KEPT) {
            known.push(report);
        }
        this.reports.set(session, known);
        return this.shown === session;
    }

    /** What is to be told when this session's failure ends the transfer: nothing that was told already. */
    ofFailed(session: number): readonly StageReport[] {
        const isTold = this.shown === session;
        this.shown = session;
        return isTold ? [] : (this.reports.get(session) ?? []);
    }
}
