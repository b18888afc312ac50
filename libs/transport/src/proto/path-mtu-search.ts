/** RFC 8899 §5.1.2: so many probes of a size must be lost before the size counts as too large. */
const MAX_PROBES = 3;
/** RFC 8899 §5.1.1, PMTU_RAISE_TIMER: the path may have become wider meanwhile. */
const RAISE_MS = 600_000;
/** A search that is this close, in bytes, is over. */
const RESOLUTION_BYTES = 8;
/** When nothing of this many lost packets or more arrived for so long, while others do, the path swallows them. */
const BLACK_HOLE_PACKETS = 6;
const MIN_BLACK_HOLE_MS = 1000;
const BLACK_HOLE_ROUNDS = 4;

/** Counters of a connection that show whether packets of full size get through. */
export interface PathMtuEvidence {
    readonly packetsLost: number;
    readonly streamBytesAcknowledged: number;
    readonly smoothedRttMs: number;
}

/**
 * Finds the largest plaintext that the path carries, between a size that is taken for granted and one that the
 * interface allows, and notices when the path becomes narrower. Source: RFC 8899 (DPLPMTUD). The largest size is tried
 * first, as most paths carry it, then halves of what is left. Sizes are bytes of plaintext.
 */
export class PathMtuSearch {
    /** Largest size that is known to arrive: to be used for everything. */
    currentBytes: number;
    private tooLargeBytes: number;
    private losses = 0;
    private isProbing = false;
    private raiseMs = Infinity;
    private acknowledgedBytes = 0;
    private lostBefore = 0;
    private sinceMs: number | undefined;

    constructor(
        private readonly baseBytes: number,
        private readonly ceilingBytes: number
    ) {
        this.currentBytes = Math.min(baseBytes, ceilingBytes);
        this.tooLargeBytes = ceilingBytes + 1;
    }

    /** The size to probe now; undefined while a probe is under way or there is nothing to find out. */
    nextProbe(nowMs: number): number | undefined {
        if (nowMs >= this.raiseMs) {
            this.restart();
        }
        if (this.isProbing || this.isOver) {
            return undefined;
        }
        this.isProbing = true;
        return this.candidate();
    }

    /** What became of a probe. */
    onProbe(nowMs: number, bytes: number, arrived: boolean): void {
        this.isProbing = false;
        if (arrived) {
            this.losses = 0;
            this.currentBytes = Math.max(this.currentBytes, bytes);
            this.tooLargeBytes = Math.max(this.tooLargeBytes, bytes + 1);
        } else if (bytes === this.candidate()) {
            this.losses += 1;
            if (this.losses >= MAX_PROBES) {
                this.losses = 0;
                this.tooLargeBytes = bytes;
            }
        }
        this.raiseMs = this.isOver && this.currentBytes < this.ceilingBytes ? nowMs + RAISE_MS : Infinity;
    }

    /**
     * To be called a few times per second while the peer is heard. Returns true when packets of the current size have
     * stopped to arrive: `currentBytes` is the base then, and the search begins again.
     */
    checkBlackHole(nowMs: number, evidence: PathMtuEvidence): boolean {
        const { packetsLost, streamBytesAcknowledged, smoothedRttMs } = evidence;
        if (this.sinceMs === undefined || streamBytesAcknowledged !== this.acknowledgedBytes) {
            this.sinceMs = nowMs;
            this.acknowledgedBytes = streamBytesAcknowledged;
            this.lostBefore = packetsLost;
            return false;
        }
        const limitMs = Math.max(MIN_BLACK_HOLE_MS, BLACK_HOLE_ROUNDS * smoothedRttMs);
        const isSwallowed =
            nowMs - this.sinceMs >= limitMs && packetsLost - this.lostBefore >= BLACK_HOLE_PACKETS;
        if (!isSwallowed || this.currentBytes <= this.baseBytes) {
            return false;
        }
        this.currentBytes = this.baseBytes;
        this.sinceMs = undefined;
        this.restart();
        return true;
    }

    private get isOver(): boolean {
        return this.tooLargeBytes - this.currentBytes <= RESOLUTION_BYTES && !this.mayTryCeiling;
    }

    private get mayTryCeiling(): boolean {
        return this.tooLargeBytes > this.ceilingBytes && this.currentBytes < this.ceilingBytes;
    }

    private candidate(): number {
        return this.mayTryCeiling ? this.ceilingBytes : (this.currentBytes + this.tooLargeBytes) >> 1;
    }

    private restart(): void {
        this.tooLargeBytes = this.ceilingBytes + 1;
        this.losses = 0;
        this.raiseMs = Infinity;
    }
}
