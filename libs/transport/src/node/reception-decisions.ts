import { ConnectError, Range, RangeSet } from '@connect/base';
import { chunkSetBytes } from '../proto/chunk-plan';
import { isEmptyFile } from '../proto/empty-files-record';
import { ChunkHash } from '../proto/meta-records';
import { rangeRecords } from './decision-records';
import { ToldChecks } from './early-checks';
import { FileReceptionContext } from './file-reception';
import { IncomingFile } from './incoming-file';
import { StoreDecision } from './incoming-store-types';
import { targetError } from './transfer-errors';

/** What becomes of a file that is not to come. */
export interface DecisionOutcome {
    onSkipped(file: IncomingFile): void;
    onFailed(file: IncomingFile, error: ConnectError): void;
    /** It has no content, so all of it is here. */
    onWhole(file: IncomingFile): void;
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
            this.want(file);
            return;
        }
        const told = this.earlyChecks(file);
        this.outcome.onDefect(
            this.context.files
                .decide(file, told)
                .then(decision => this.tellDecision(file, decision, told))
                .catch(error => this.outcome.onFailed(file, targetError(error)))
        );
    }

    /** The sender hears what is read while it is: people who wait for that see how far it is. */
    private earlyChecks(file: IncomingFile): ToldChecks {
        const isOpen = (): boolean => file.state === 'deciding' && !this.context.isStopped();
        return new ToldChecks({
            present: ({ start, end }) => {
                if (isOpen() && start < end) {
                    this.addPresent(file, [{ start, end }]);
                }
            },
            hashes: hashes => {
                if (isOpen()) {
                    this.addChecks(file, hashes);
                }
            }
        });
    }

    private tellDecision(file: IncomingFile, decision: StoreDecision, told: ToldChecks): void {
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
        const hashes = decision.action === 'compare' ? decision.hashes : decision.checks;
        const untold = told.rest(hashes, file.entry.path);
        this.context.ledger.started(file.file);
        file.state = 'receiving';
        if (decision.action === 'compare') {
            file.isCompared = true;
            this.addChecks(file, untold);
            this.context.outbox.add({ type: 'decision-compare', index });
        } else if (decision.have.isEmpty) {
            this.want(file);
        } else {
            this.addResume(file, decision.have, hashes.length > 0, untold);
        }
    }

    private want(file: IncomingFile): void {
        if (isEmptyFile(file.entry)) {
            this.outcome.onWhole(file);
        } else {
            this.context.outbox.want(file.index);
        }
    }

    private addResume(
        file: IncomingFile,
        have: RangeSet,
        isChecked: boolean,
        untold: readonly ChunkHash[]
    ): void {
        const { index } = file;
        // Until the sender has checked, every chunk may come again.
        const known = isChecked ? file.doubted : file.arrived;
        have.ranges().forEach(range => known.add(range.start, range.end));
        this.resumed(file, have);
        this.addPresent(file, have.ranges());
        this.addChecks(file, untold);
        this.context.outbox.add({ type: 'decision-resume', index });
    }

    private addPresent({ index }: IncomingFile, chunks: readonly Range[]): void {
        rangeRecords('decision-have', index, chunks).forEach(record => this.context.outbox.add(record));
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
