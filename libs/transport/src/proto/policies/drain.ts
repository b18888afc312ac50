import { PathView } from './path-view';

/** How often the queue is let run empty. */
const INTERVAL_MS = 5000;
/** What is still sent meanwhile. */
const REST = 0.3;
/** Long enough for the queue that is there to go when half of it is ours, and for one report to see it. */
const LENGTH_PER_QUEUE = 3;
const EXTRA_MS = 10;
const MAX_LENGTH_MS = 200;
/** A shorter queue is none. */
const EMPTY_MS = 1;

/** What a drain has shown. */
export interface DrainResult {
    /** Our share of what goes through the queue, in [0, 1]; 1 when the queue ran empty. */
    readonly share: number;
}

/**
 * Every few seconds sends much less for a moment, so that the delay of the empty path is seen: by this flow, and by
 * every other that came when the queue was there already. How fast the queue shrinks meanwhile tells how much of what
 * goes through it is ours.
 */
export class Drain {
    private nextMs: number | undefined;
    private startedMs = 0;
    private endMs = 0;
    /** The last report that can show the drain. */
    private seenMs = 0;
    private startQueueMs = 0;
    private lowestQueueMs = 0;
    private isPending = false;
    private isRunning = false;

    constructor(private readonly intervalMs = INTERVAL_MS) {}

    /** Multiplies the rate. */
    get factor(): number {
        return this.isRunning ? REST : 1;
    }

    /** What samples say comes from the drain, not from the rate. */
    get isShadowing(): boolean {
        return this.isPending;
    }

    /** To be called for every sample; returns what a drain has shown once it is over. */
    onSample(path: PathView): DrainResult | undefined {
        this.nextMs ??= path.nowMs + this.intervalMs;
        if (!this.isPending) {
            if (path.nowMs >= this.nextMs) {
                this.begin(path);
            }
            return undefined;
        }
        this.isRunning = path.nowMs < this.endMs;
        if (path.nowMs <= this.seenMs) {
            this.lowestQueueMs = Math.min(this.lowestQueueMs, path.queueMs);
        }
        // Rates are measured over a round trip, so they show it one round trip longer
        if (path.nowMs < this.seenMs + path.rttMs) {
            return undefined;
        }
        this.isPending = false;
        this.nextMs = path.nowMs + this.intervalMs;
        return { share: this.share() };
    }

    private share(): number {
        if (this.lowestQueueMs <= EMPTY_MS) {
            return 1;
        }
        const gone = this.startQueueMs - this.lowestQueueMs;
        const taken = (this.endMs - this.startedMs) * (1 - REST);
        return Math.min(1, Math.max(0, gone / taken));
    }

    private begin(path: PathView): void {
        if (path.queueMs <= EMPTY_MS || path.isLimited) {
            this.nextMs = path.nowMs + path.rttMs;
            return;
        }
        const lengthMs = Math.min(MAX_LENGTH_MS, LENGTH_PER_QUEUE * path.queueMs + EXTRA_MS);
        this.isPending = true;
        this.isRunning = true;
        this.startedMs = path.nowMs;
        this.endMs = path.nowMs + lengthMs;
        this.seenMs = this.endMs + path.rttMs;
        this.startQueueMs = path.queueMs;
        this.lowestQueueMs = path.queueMs;
    }
}
