import { FileOutcome, ListedEntry } from '../../proto/multi/work-order';
import { Settlement } from '../../proto/multi/settlement';
import { ConnectionStats } from '../../proto/types';
import { TransferLedger } from '../transfer-ledger';
import { FileProgress, TransferEvents, TransferSummary } from '../transfer-types';

interface SessionFigures {
    progress: FileProgress | undefined;
    stats: ConnectionStats | undefined;
    /** Bytes of what it has settled. */
    settledBytes: number;
    isLive: boolean;
}

/** Totals are told after so many entries. */
const TOTALS_EVERY = 512;

/** One account of what all sessions of a transfer do. Each file is counted, and told, once. */
export class MergedProgress {
    private readonly ledger: TransferLedger;
    private readonly sessions = new Map<number, SessionFigures>();
    private creditedBytes = 0;
    private resumedBytes = 0;
    private movedBytes = 0;
    private shownBytes = 0;
    private currentFile = '';
    private listedCount = 0;

    constructor(events: TransferEvents) {
        this.ledger = new TransferLedger(events);
    }

    listed(entry: ListedEntry): void {
        if (entry.kind === 'directory') {
            return;
        }
        this.ledger.addTotals(1, entry.sizeBytes);
        this.listedCount += 1;
        if (this.listedCount % TOTALS_EVERY === 0) {
            this.tellTotals(false);
        }
    }

    /** Something below the sources could not be looked at, or is there twice. */
    listFailed(path: string, error: Parameters<TransferLedger['failed']>[1]): void {
        this.ledger.addTotals(1, 0);
        this.ledger.failed(path, error);
    }

    listEnded(): void {
        this.tellTotals(true);
    }

    settled(session: number, settlement: Settlement): void {
        const figures = this.of(session);
        figures.settledBytes += settlement.sessionBytes;
        this.credit(settlement.creditBytes);
        this.resumedBytes += settlement.resumedBytes;
        const { creditBytes, resumedBytes, emptyBytes } = settlement;
        this.movedBytes += Math.max(0, creditBytes - resumedBytes - emptyBytes);
        if (settlement.outcome) {
            this.concluded(settlement.outcome);
        }
    }

    /** Bytes that are present after all, or not any more. */
    credit(bytes: number): void {
        this.creditedBytes += bytes;
    }

    concluded({ path, kind, sizeBytes, mtimeNs, digest, lost, result }: FileOutcome): void {
        if (result.type === 'failed') {
            if (kind === 'directory') {
                this.ledger.addTotals(1, 0);
            }
            this.ledger.failed(path, result.error);
        } else if (kind === 'directory') {
            return;
        } else if (result.type === 'done') {
            this.ledger.done({ path, sizeBytes, mtimeNs, digest, lost });
        } else {
            // Its bytes are in the credit already.
            this.ledger.skippedHere({ path, sizeBytes, mtimeNs }, result.reason);
        }
    }

    figures(session: number, progress: FileProgress, stats: ConnectionStats | undefined): void {
        const figures = this.of(session);
        figures.progress = progress;
        figures.stats = stats;
        if (progress.currentFile !== '') {
            this.currentFile = progress.currentFile;
        }
    }

    /** What it had under way counts no more. */
    ended(session: number): void {
        this.of(session).isLive = false;
    }

    progress(): FileProgress {
        let bytes = this.creditedBytes;
        for (const { progress, settledBytes, isLive } of this.sessions.values()) {
            bytes += isLive && progress ? Math.max(0, progress.bytesDone - settledBytes) : 0;
        }
        const progress = this.ledger.progress();
        this.shownBytes = Math.max(
            this.shownBytes,
            Math.min(bytes, Math.max(progress.bytesTotal, this.creditedBytes))
        );
        return {
            ...progress,
            bytesDone: this.shownBytes,
            bytesTotal: Math.max(progress.bytesTotal, this.shownBytes),
            currentFile: this.currentFile
        };
    }

    summary(): TransferSummary {
        return {
            ...this.ledger.summary(),
            ...this.progress(),
            bytesTransferred: this.movedBytes,
            bytesResumed: this.resumedBytes
        };
    }

    /** Sums over all sessions, those that are gone included; the round trip is the longest of those that live. */
    stats(): ConnectionStats | undefined {
        const all = [...this.sessions.values()].filter(item => item.stats);
        const live = all.filter(item => item.isLive).map(item => item.stats!);
        const sum = (field: (stats: ConnectionStats) => number): number =>
            all.reduce((total, item) => total + field(item.stats!), 0);
        const ofLive = (field: (stats: ConnectionStats) => number): number[] => live.map(field);
        if (all.length === 0) {
            return undefined;
        }
        return {
            packetsSent: sum(stats => stats.packetsSent),
            packetsLost: sum(stats => stats.packetsLost),
            packetsReceived: sum(stats => stats.packetsReceived),
            packetsDuplicate: sum(stats => stats.packetsDuplicate),
            packetsMissing: sum(stats => stats.packetsMissing),
            streamBytesSent: sum(stats => stats.streamBytesSent),
            streamBytesRetransmitted: sum(stats => stats.streamBytesRetransmitted),
            streamBytesAcknowledged: sum(stats => stats.streamBytesAcknowledged),
            streamBytesReceived: sum(stats => stats.streamBytesReceived),
            bytesInFlight: ofLive(stats => stats.bytesInFlight).reduce((a, b) => a + b, 0),
            smoothedRttMs: Math.max(0, ...ofLive(stats => stats.smoothedRttMs)),
            minRttMs: Math.max(0, ...ofLive(stats => stats.minRttMs)),
            sendRateBps: ofLive(stats => stats.sendRateBps).reduce((a, b) => a + b, 0),
            lastHeardMs: undefined
        };
    }

    private tellTotals(complete: boolean): void {
        const { filesTotal, bytesTotal } = this.ledger.progress();
        this.ledger.setTotals(filesTotal, bytesTotal, complete);
    }

    private of(session: number): SessionFigures {
        let figures = this.sessions.get(session);
        if (!figures) {
            figures = { progress: undefined, stats: undefined, settledBytes: 0, isLive: true };
            this.sessions.set(session, figures);
        }
        return figures;
    }
}
