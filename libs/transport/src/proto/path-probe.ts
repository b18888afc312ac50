import { FrameType, ReportFrame } from './frames';

/** IP packet that every usual path carries (RFC 8899 §5.1.2, BASE_PLPMTU). */
const BASE_PACKET_BYTES = 1200;
/** IP packets of common links and tunnels: Ethernet, PPPoE, IPsec, WireGuard, mobile, the least of IPv6. */
const PACKET_SIZES = [1500, 1492, 1472, 1454, 1440, 1420, 1400, 1380, 1350, 1300, 1280] as const;
/** Each size is tried so often: one that got lost by chance is no reason. */
const TRIES_PER_SIZE = 2;
/** Packets that loss is counted over. */
const COUNTED_PACKETS = 20;
/** While nothing was heard. */
const ASK_INTERVAL_MS = 250;
const MEASURE_INTERVAL_MS = 40;
/** How long reports about the last packets may take: round trips, and what a receiver may hold them back. */
const LAST_ROUND_TRIPS = 3;
const LAST_REPORT_MS = 200;

/** What is known of a path. */
export interface PathFindings {
    readonly packetsSent: number;
    /** Of these, what the other end has reported. */
    readonly packetsArrived: number;
    /** Of packets of 1200 bytes towards the other end, 0 to 100; absent when it was not measured. */
    readonly lossPercent?: number;
    readonly minRttMs?: number;
    readonly averageRttMs?: number;
    /** Largest IP packet that arrived, of some that were tried; absent when none did. */
    readonly packetBytes?: number;
}

/** A packet to send: the plaintext of a datagram. */
export interface ProbePacket {
    readonly packetNumber: number;
    readonly head: Uint8Array;
}

interface SentPacket {
    readonly sentMs: number;
    readonly packetBytes: number;
    readonly isCounted: boolean;
    hasArrived: boolean;
}

/**
 * Finds out whether a path carries datagrams, how long they take, how many get lost and how large they may be. It asks
 * until it is answered, measures for about a second, and waits for the last reports. Sans-IO: `nowMs` is monotonic.
 */
export class PathProbe {
    private readonly sent: SentPacket[] = [];
    private readonly plan: Array<{ readonly packetBytes: number; readonly isCounted: boolean }> = [];
    private readonly roundTripsMs: number[] = [];
    private largestReported = -1;
    private nextSendMs = 0;
    private lastSentMs = 0;

    /**
     * @param overheadBytes of a datagram beside its plaintext, IP header included
     * @param ceilingBytes largest plaintext that the interface takes
     */
    constructor(
        private readonly overheadBytes: number,
        ceilingBytes: number
    ) {
        for (let i = 0; i < COUNTED_PACKETS; i++) {
            this.plan.push({ packetBytes: BASE_PACKET_BYTES, isCounted: true });
        }
        const sizes = PACKET_SIZES.filter(size => size - overheadBytes <= ceilingBytes);
        for (let i = 0; i < TRIES_PER_SIZE; i++) {
            sizes.forEach(packetBytes => this.plan.push({ packetBytes, isCounted: false }));
        }
    }

    get isAnswered(): boolean {
        return this.largestReported >= 0;
    }

    /** The packet to send now, if there is one. */
    poll(nowMs: number): ProbePacket | undefined {
        if (nowMs < this.nextSendMs) {
            return undefined;
        }
        const planned = this.isAnswered ? this.plan.shift() : undefined;
        if (this.isAnswered && !planned) {
            return undefined;
        }
        const { packetBytes, isCounted } = planned ?? { packetBytes: BASE_PACKET_BYTES, isCounted: false };
        const head = new Uint8Array(packetBytes - this.overheadBytes);
        head[0] = FrameType.PING;
        this.nextSendMs = nowMs + (this.isAnswered ? MEASURE_INTERVAL_MS : ASK_INTERVAL_MS);
        this.lastSentMs = nowMs;
        this.sent.push({ sentMs: nowMs, packetBytes, isCounted, hasArrived: false });
        return { packetNumber: this.sent.length - 1, head };
    }

    /** Everything was sent, and reports about it have come or had their time. */
    isOver(nowMs: number): boolean {
        if (!this.isAnswered || this.plan.length > 0) {
            return false;
        }
        const settled = this.sent.every(packet => packet.hasArrived);
        const patienceMs = LAST_ROUND_TRIPS * Math.max(0, ...this.roundTripsMs) + LAST_REPORT_MS;
        return settled || nowMs - this.lastSentMs >= patienceMs;
    }

    onReport(nowMs: number, report: ReportFrame): void {
        const newest = this.sent[report.largest];
        if (newest && report.largest > this.largestReported) {
            this.largestReported = report.largest;
            this.roundTripsMs.push(Math.max(0, nowMs - newest.sentMs - report.holdUs / 1000));
        }
        for (const { from, to, gaps } of report.intervals) {
            let cursor = from;
            for (let i = 0; i < gaps.length; i += 2) {
                this.arrived(cursor, gaps[i]!);
                cursor = gaps[i + 1]!;
            }
            this.arrived(cursor, to);
        }
    }

    findings(): PathFindings {
        const { sent, roundTripsMs } = this;
        const arrived = sent.filter(packet => packet.hasArrived);
        const counted = sent.filter(packet => packet.isCounted);
        const lost = counted.filter(packet => !packet.hasArrived).length;
        return {
            packetsSent: sent.length,
            packetsArrived: arrived.length,
            ...(counted.length > 0 && this.plan.length === 0
                ? { lossPercent: (lost / counted.length) * 100 }
                : {}),
            ...(roundTripsMs.length > 0
                ? {
                      minRttMs: Math.min(...roundTripsMs),
                      averageRttMs: roundTripsMs.reduce((sum, ms) => sum + ms, 0) / roundTripsMs.length
                  }
                : {}),
            ...(arrived.length > 0
                ? { packetBytes: Math.max(...arrived.map(packet => packet.packetBytes)) }
                : {})
        };
    }

    private arrived(from: number, to: number): void {
        for (const packet of this.sent.slice(from, Math.max(from, to))) {
            packet.hasArrived = true;
        }
    }
}
