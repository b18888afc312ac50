import { Random } from '@connect/base';

/** How one direction of a path behaves. Everything left out is absent: no loss, no jitter, no limit. */
export interface LinkSettings {
    /** One-way delay. */
    readonly delayMs: number;
    /** Uniform extra delay in [0, jitterMs] per packet: packets overtake each other. */
    readonly jitterMs?: number;
    /** Share of packets lost at random, in [0, 1]. */
    readonly loss?: number;
    /** Gilbert model: chance per packet to fall into the bad state and to leave it; there `loss` holds, for 100 ms at most. */
    readonly burst?: { readonly enter: number; readonly leave: number; readonly loss: number };
    /** Share of packets that are held back by `reorderMs`. */
    readonly reorder?: number;
    readonly reorderMs?: number;
    /** Share of packets that arrive twice. */
    readonly duplicate?: number;
    /** Bits per second on the wire; packets queue up for it. */
    readonly rateBps?: number;
    /** Packets that find more than this in the queue are dropped. */
    readonly queueBytes?: number;
    /** Larger packets, wire bytes, are dropped silently. */
    readonly mtuBytes?: number;
    /** Nothing gets through in [fromMs, toMs). */
    readonly outage?: { readonly fromMs: number; readonly toMs: number };
}

/** What became of the packets. */
export interface LinkCounters {
    sent: number;
    sentBytes: number;
    lost: number;
    queueDropped: number;
    tooBig: number;
    duplicated: number;
    delivered: number;
}

interface Arrival<T> {
    readonly atMs: number;
    readonly packet: T;
}

/** Few packets must not make a burst last forever. */
const MAX_BURST_MS = 100;

/** One direction of a path in virtual time; deterministic for a seed. `send` puts packets in, `take` gives those that are due. */
export class SimulatedLink<T> {
    readonly counters: LinkCounters = {
        sent: 0,
        sentBytes: 0,
        lost: 0,
        queueDropped: 0,
        tooBig: 0,
        duplicated: 0,
        delivered: 0
    };

    /** Packets that arrive in the order they were sent: a plain list read from `head`. */
    private ordered: Array<Arrival<T>> = [];
    private head = 0;
    /** The others, sorted, latest first. */
    private readonly late: Array<Arrival<T>> = [];
    private queueFreeMs = 0;
    private isBad = false;
    private badSinceMs = 0;

    constructor(
        public settings: LinkSettings,
        private readonly random: Random
    ) {}

    /** When the next packet arrives; Infinity when none is under way. */
    get nextArrivalMs(): number {
        const first = this.ordered[this.head];
        const late = this.late[this.late.length - 1];
        return Math.min(first ? first.atMs : Infinity, late ? late.atMs : Infinity);
    }

    /** How long a packet would wait for its turn. */
    queuedMs(nowMs: number): number {
        return Math.max(0, this.queueFreeMs - nowMs);
    }

    send(nowMs: number, wireBytes: number, packet: T): void {
        this.counters.sent += 1;
        this.counters.sentBytes += wireBytes;
        const leavesMs = this.enqueue(nowMs, wireBytes);
        if (leavesMs === undefined) {
            return;
        }
        if (this.isLost(nowMs)) {
            this.counters.lost += 1;
            return;
        }
        this.schedule(leavesMs + this.delay(), packet);
        if (this.happens(this.settings.duplicate)) {
            this.counters.duplicated += 1;
            this.schedule(leavesMs + this.delay(), packet);
        }
    }

    /** The next packet that has arrived by `nowMs`, with its time. */
    take(nowMs: number): { readonly atMs: number; readonly packet: T } | undefined {
        const first = this.ordered[this.head];
        const late = this.late[this.late.length - 1];
        const next = first && (!late || first.atMs <= late.atMs) ? first : late;
        if (!next || next.atMs > nowMs) {
            return undefined;
        }
        if (next === first) {
            this.head += 1;
            if (this.head > 4096 && this.head * 2 > this.ordered.length) {
                this.ordered = this.ordered.slice(this.head);
                this.head = 0;
            }
        } else {
            this.late.pop();
        }
        this.counters.delivered += 1;
        return next;
    }

    /** When the last bit leaves the queue; undefined when the packet does not fit. */
    private enqueue(nowMs: number, wireBytes: number): number | undefined {
        const { rateBps, queueBytes, mtuBytes } = this.settings;
        if (mtuBytes !== undefined && wireBytes > mtuBytes) {
            this.counters.tooBig += 1;
            return undefined;
        }
        if (rateBps === undefined) {
            return nowMs;
        }
        const startMs = Math.max(nowMs, this.queueFreeMs);
        if (queueBytes !== undefined && ((startMs - nowMs) * rateBps) / 8000 + wireBytes > queueBytes) {
            this.counters.queueDropped += 1;
            return undefined;
        }
        this.queueFreeMs = startMs + (wireBytes * 8000) / rateBps;
        return this.queueFreeMs;
    }

    private isLost(nowMs: number): boolean {
        const { outage, burst } = this.settings;
        if (outage && nowMs >= outage.fromMs && nowMs < outage.toMs) {
            return true;
        }
        if (burst) {
            if (this.isBad) {
                this.isBad = nowMs - this.badSinceMs < MAX_BURST_MS && !this.happens(burst.leave);
            } else if (this.happens(burst.enter)) {
                this.isBad = true;
                this.badSinceMs = nowMs;
            }
            if (this.isBad && this.happens(burst.loss)) {
                return true;
            }
        }
        return this.happens(this.settings.loss);
    }

    private delay(): number {
        const { delayMs, jitterMs, reorder, reorderMs } = this.settings;
        const jitter = jitterMs ? this.random.nextFloat() * jitterMs : 0;
        return delayMs + jitter + (this.happens(reorder) ? (reorderMs ?? 0) : 0);
    }

    private happens(probability: number | undefined): boolean {
        return probability !== undefined && probability > 0 && this.random.nextFloat() < probability;
    }

    private schedule(atMs: number, packet: T): void {
        const arrival = { atMs, packet };
        const last = this.ordered[this.ordered.length - 1];
        if (this.head === this.ordered.length || !last || last.atMs <= atMs) {
            this.ordered.push(arrival);
            return;
        }
        let low = 0;
        let high = this.late.length;
        while (low < high) {
            const middle = (low + high) >>> 1;
            if (this.late[middle]!.atMs > atMs) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        this.late.splice(low, 0, arrival);
    }
}
