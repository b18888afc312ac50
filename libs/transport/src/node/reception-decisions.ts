import { ConnectError, RangeSet } from '@connect/base';
import { chunkSetBytes } from '../proto/chunk-plan';
import { ChunkHash } from '../proto/meta-records';
import { rangeRecords } from './decision-records';
import { FileReceptionContext } from './file-reception';
import { IncomingFile } from './incoming-file';
import { StoreDecision } from './incoming-store';
import { targetError } from './transfer-errors';

/** What becomes of a file that is not to come. */
export interface DecisionOutcome {
    onSkipped(file: IncomingFile): void;
    onFailed(file: IncomingFile, error: ConnectError): void;
    /** Work that deals with its own failures: what is left is a defect. */
    onDefect(work: Promise<unknown>): void;
}

/** Decides what is wanted of each file, and tells the sender. */
export class ReceptionDecisions {
    constructor(
        private readonly context: FileReceptionContext,
        private readonly outcome: DecisionOutcome
    ) {}

    /** Decides now, or as soon as it can be decided. */
    decide(file: IncomingFile): void {
        if (file.state !== 'deciding' || this.context.isStopped()) {
            return;
        }
        const isDecided = this.context.files.decideAtOnce(file, () => this.decide(file));
        if (isDecided === 'later') {
            return;
        }
        if (isDecided) {
            this.context.ledger.started(file.file);
            file.state = 'receiving';
            this.context.outbox.want(file.index);
            return;
        }
        this.outcome.onDefect(
            this.context.files.decide(file).then(
                decision => this.tellDecision(file, decision),
                error => this.outcome.onFailed(file, targetError(error))
            )
        );
    }

    private tellDecision(file: IncomingFile, decision: StoreDecision): void {
        if (file.state !== 'deciding' || this.context.isStopped()) {
            return;
        }
        const { index } = file;
        if (decision.action === 'skip') {
            this.context.ledger.skipped(file.file, decision.reason);
            this.context.outbox.add({ type: 'decision-skip', index, reason: decision.reason });
            this.context.files.releaseClaims(file);
            this.outcome.onSkipped(file);
            return;
        }
        this.context.ledger.started(file.file);
        file.state = 'receiving';
        if (decision.action === 'compare') {
            file.isCompared = true;
            this.addChecks(file, decision.hashes);
            this.context.outbox.add({ type: 'decision-compare', index });
        } else if (decision.have.isEmpty) {
            this.context.outbox.want(index);
        } else {
            this.addResume(file, decision.have, decision.checks);
        }
    }

    private addResume(file: IncomingFile, have: RangeSet, checks: readonly ChunkHash[]): void {
        const { index } = file;
        // Until the sender has checked, every chunk may come again.
        const known = checks.length > 0 ? file.doubted : file.arrived;
        have.ranges().forEach(range => known.add(range.start, range.end));
        this.resumed(file, have);
        rangeRecords('decision-have', index, have.ranges()).forEach(record =>
            this.context.outbox.add(record)
        );
        this.addChecks(file, checks);
        this.context.outbox.add({ type: 'decision-resume', index });
    }

    private addChecks(file: IncomingFile, hashes: readonly ChunkHash[]): void {
        this.context.files.checkRecords(file, hashes).forEach(record => this.context.outbox.add(record));
    }

    private resumed(file: IncomingFile, chunks: RangeSet): void {
        const bytes = chunkSetBytes(file.sizeBytes, file.chunkBytes, chunks);
        file.countedBytes += bytes;
        this.context.ledger.resumed(bytes);
    }
}
