import type { EffectiveRate, TransferStatistics } from '@connect/api';
import { HISTORY_TIERS, type RatePoint } from './rate-history';

/** What is known of a run at one moment. */
export interface RateSample {
    /** Monotonic. */
    readonly nowMs: number;
    /** Epoch ms. */
    readonly wallMs: number;
    /** Payload bytes of the run so far. */
    readonly bytes: number;
    readonly statistics: TransferStatistics;
    readonly rate?: EffectiveRate;
}

const STEP_MS = HISTORY_TIERS[0].stepMs;
/** A point may come this much early, else samples that come a little too soon would make every point a long one. */
const EARLY_MS = 60;
/** The rate of this moment is that of this time. */
const LIVE_MS = 700;

/** Makes the points of one run out of counters that only grow; pure. */
export class RateSampler {
    private first: RateSample | undefined;
    private pointStart: RateSample | undefined;
    private recent: RateSample[] = [];

    /** A point, when it is time for one. */
    take(sample: RateSample): RatePoint | undefined {
        const before = this.recent.at(-1);
        if (before === undefined || sample.bytes < before.bytes) {
            this.first = sample;
            this.pointStart = sample;
            this.recent = [sample];
            return undefined;
        }
        this.recent.push(sample);
        while (this.recent.length > 2 && this.recent[1].nowMs <= sample.nowMs - LIVE_MS) {
            this.recent.shift();
        }
        const start = this.pointStart!;
        if (sample.nowMs - start.nowMs < STEP_MS - EARLY_MS) {
            return undefined;
        }
        this.pointStart = sample;
        return this.point(start, sample);
    }

    /** Bits per second that arrive now. */
    get liveBps(): number {
        const last = this.recent.at(-1);
        return last === undefined ? 0 : rateBetween(this.recent[0], last);
    }

    /** Bits per second since the run began. */
    get averageBps(): number {
        const last = this.recent.at(-1);
        return last === undefined ? 0 : rateBetween(this.first!, last);
    }

    /** Share of lost packets in the time of {@link liveBps}. */
    get liveLossPercent(): number | undefined {
        const last = this.recent.at(-1);
        return last && lossBetween(this.recent[0], last);
    }

    private point(start: RateSample, end: RateSample): RatePoint {
        const { rttMs } = end.statistics;
        const lossPercent = lossBetween(start, end);
        return {
            atMs: Math.round(end.wallMs),
            spanMs: Math.round(end.nowMs - start.nowMs),
            rateBps: rateBetween(start, end),
            averageBps: this.averageBps,
            ...(end.rate ? { targetBps: end.rate.targetBps, minBps: end.rate.minBps } : {}),
            ...(rttMs === undefined ? {} : { rttMs }),
            ...(lossPercent === undefined ? {} : { lossPercent })
        };
    }
}

function rateBetween(start: RateSample, end: RateSample): number {
    const spanMs = end.nowMs - start.nowMs;
    return spanMs > 0 ? Math.round(((end.bytes - start.bytes) * 8000) / spanMs) : 0;
}

function lossBetween(start: RateSample, end: RateSample): number | undefined {
    const [before, after] = [start.statistics, end.statistics];
    if (after.packetsSent === undefined || after.packetsLost === undefined) {
        return undefined;
    }
    const sent = after.packetsSent - (before.packetsSent ?? 0);
    const lost = after.packetsLost - (before.packetsLost ?? 0);
    // where no packets of payload are sent, over HTTPS, none can be lost
    return sent > 0 ? Math.min(100, Math.max(0, (lost * 100) / sent)) : undefined;
}
