import { reportIntervalMs } from './cadence';
import { RttEstimator } from './rtt-estimator';

/** Silence before the first report. */
const FIRST_SILENCE_MS = 1000;
const MIN_SILENCE_MS = 200;
const MISSED_REPORTS = 8;
/** At a low rate the loss of a few packets in a row is no silence, however long it takes. */
const MIN_UNANSWERED = 5;
const MIN_PING_MS = 2;
/** Between pings while the peer has no room. */
const BLOCKED_PING_MS = 100;
const FIRST_SILENT_PING_MS = 50;
const MAX_SILENT_PING_MS = 500;
const SILENT_BACKOFF = 1.5;

/**
 * When to ask the peer for a report: after the last block of a burst, so that its loss is found within about a round
 * trip, then at the cadence of reports; and, growing rarer, while no report comes at all.
 */
export class ProbeTimer {
    /** No report came for so long that sending on would be blind. */
    isSilent = false;
    /** Something was settled since the floor was last told. */
    hasSettled = false;

    private lastElicitingMs: number | undefined;
    private pingsSinceBlock = 0;
    private silentPingMs = FIRST_SILENT_PING_MS;
    /** Since when a report is owed. */
    private owedSinceMs: number | undefined;
    /** Packets since then that asked for one. */
    private unanswered = 0;

    constructor(private readonly rtt: RttEstimator) {}

    /** The time without work does not count as silence. */
    onWorkBegins(): void {
        this.owedSinceMs = undefined;
        this.unanswered = 0;
    }

    onBlocksSent(nowMs: number, count: number): void {
        this.lastElicitingMs = nowMs;
        this.pingsSinceBlock = 0;
        this.owedSinceMs ??= nowMs;
        this.unanswered += count;
    }

    onProbeSent(nowMs: number): void {
        this.lastElicitingMs = nowMs;
        this.pingsSinceBlock += 1;
        this.owedSinceMs ??= nowMs;
        this.unanswered += 1;
        if (this.isSilent) {
            this.silentPingMs = Math.min(this.silentPingMs * SILENT_BACKOFF, MAX_SILENT_PING_MS);
        }
    }

    onReport(nowMs: number, moreIsOwed: boolean): void {
        this.owedSinceMs = moreIsOwed ? nowMs : undefined;
        this.unanswered = 0;
        this.isSilent = false;
        this.silentPingMs = FIRST_SILENT_PING_MS;
    }

    onSettled(): void {
        this.hasSettled = true;
    }

    onSilent(): void {
        this.isSilent = true;
    }

    /** When the lack of reports counts as silence; undefined when too few are owed, or it is silent already. */
    nextSilenceMs(): number | undefined {
        if (this.isSilent || this.owedSinceMs === undefined || this.unanswered < MIN_UNANSWERED) {
            return undefined;
        }
        return this.owedSinceMs + this.silenceMs();
    }

    /** When to ping; undefined while blocks do the asking, or nothing was ever sent. */
    nextMs(blocksFollow: boolean, anythingInFlight: boolean, reorderWindowMs: number): number | undefined {
        if (this.lastElicitingMs === undefined) {
            return undefined;
        }
        if (this.isSilent) {
            return this.lastElicitingMs + this.silentPingMs;
        }
        if (blocksFollow) {
            return undefined;
        }
        return this.lastElicitingMs + this.intervalMs(anythingInFlight, reorderWindowMs);
    }

    private intervalMs(anythingInFlight: boolean, reorderWindowMs: number): number {
        if (!anythingInFlight) {
            return BLOCKED_PING_MS;
        }
        return this.pingsSinceBlock === 0
            ? Math.max(MIN_PING_MS, reorderWindowMs)
            : reportIntervalMs(this.rtt.smoothedMs);
    }

    private silenceMs(): number {
        if (!this.rtt.hasSample) {
            return FIRST_SILENCE_MS;
        }
        const slackMs = MISSED_REPORTS * reportIntervalMs(this.rtt.smoothedMs);
        return this.rtt.smoothedMs + Math.max(slackMs, 4 * this.rtt.variationMs, MIN_SILENCE_MS);
    }
}
