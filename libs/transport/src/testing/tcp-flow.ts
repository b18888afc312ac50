import { BottleneckFlow, PacketSink } from './shared-bottleneck';

const WIRE_BYTES = 1500;
const PAYLOAD_BYTES = 1448;
const ACK_BYTES = 52;
const MIN_TIMEOUT_MS = 200;
const FIRST_TIMEOUT_MS = 1000;
const BURST_MS = 1;

/** What the acknowledgement of one packet says. Counts are packets. */
export interface TcpAck {
    readonly nowMs: number;
    readonly rttMs: number;
    /** Delivered per ms while the packet was under way (draft-ietf-ccwg-ratelimited, "delivery rate estimation"). */
    readonly deliveryRate: number;
    /** Packets delivered in all, this one included. */
    readonly delivered: number;
    /** The same when this packet was sent: tells where rounds begin. */
    readonly deliveredAtSend: number;
    /** Lost before this one. */
    readonly lost: number;
    /** A loss of a packet sent after the last reaction to a loss: once per round trip at most. */
    readonly isLossEvent: boolean;
    /** Under way now. */
    readonly inFlight: number;
}

/** Congestion control of a TCP flow. */
export interface TcpControl {
    /** Packets that may be under way. */
    readonly window: number;
    /** Packets per ms; Infinity: as acknowledgements come. */
    readonly pacingRate: number;
    onAck(ack: TcpAck): void;
    /** Nothing was acknowledged for a retransmission timeout. */
    onTimeout(nowMs: number): void;
}

interface Segment {
    readonly sentMs: number;
    readonly delivered: number;
    readonly deliveredMs: number;
    readonly firstSentMs: number;
}

/**
 * A TCP sender that always has data, with selective acknowledgements, over a path without reordering: a gap is a loss.
 * What is sent again is one packet among others, so every packet that arrives counts as delivered.
 */
export class TcpFlow implements BottleneckFlow {
    private readonly segments = new Map<number, Segment>();
    private next = 0;
    private oldest = 0;
    private reactedTo = 0;
    private delivered = 0;
    private deliveredMs = 0;
    private firstSentMs = 0;
    private smoothedMs = 0;
    private variationMs = 0;
    private lastAckMs = 0;
    private nextSendMs = 0;
    private arrived = 0;
    private readonly acknowledgements: number[] = [];

    constructor(private readonly control: TcpControl) {}

    get deliveredBytes(): number {
        return this.arrived * PAYLOAD_BYTES;
    }

    nextTimeoutMs(): number | undefined {
        const timeoutMs = this.segments.size > 0 ? this.lastAckMs + this.timeoutMs() : Infinity;
        const sendMs = this.hasRoom() ? this.nextSendMs : Infinity;
        return Math.min(timeoutMs, sendMs);
    }

    transmit(nowMs: number, forth: PacketSink, back: PacketSink): void {
        this.acknowledgements.splice(0).forEach(number => back(ACK_BYTES, number));
        if (this.segments.size > 0 && nowMs >= this.lastAckMs + this.timeoutMs()) {
            this.segments.clear();
            this.oldest = this.next;
            this.reactedTo = this.next;
            this.control.onTimeout(nowMs);
        }
        if (this.nextSendMs <= nowMs) {
            this.sendBurst(nowMs, forth);
        }
    }

    onForth(_nowMs: number, packet: unknown): void {
        this.arrived += 1;
        this.acknowledgements.push(packet as number);
    }

    onBack(nowMs: number, packet: unknown): void {
        const number = packet as number;
        const segment = this.segments.get(number);
        if (!segment) {
            return; // given up by a timeout
        }
        let lost = 0;
        for (; this.oldest < number; this.oldest++) {
            lost += this.segments.delete(this.oldest) ? 1 : 0;
        }
        this.segments.delete(number);
        this.oldest = number + 1;
        const isLossEvent = lost > 0 && number > this.reactedTo;
        this.reactedTo = isLossEvent ? this.next : this.reactedTo;
        this.delivered += 1;
        this.deliveredMs = nowMs;
        this.firstSentMs = segment.sentMs;
        this.lastAckMs = nowMs;
        const rttMs = nowMs - segment.sentMs;
        this.measure(rttMs);
        const spanMs = Math.max(segment.sentMs - segment.firstSentMs, nowMs - segment.deliveredMs);
        this.control.onAck({
            nowMs,
            rttMs,
            deliveryRate: spanMs > 0 ? (this.delivered - segment.delivered) / spanMs : 0,
            delivered: this.delivered,
            deliveredAtSend: segment.delivered,
            lost,
            isLossEvent,
            inFlight: this.segments.size
        });
    }

    private hasRoom(): boolean {
        return this.segments.size < Math.floor(this.control.window);
    }

    /** Paced flows send what is due for a millisecond at once, as Linux sizes its segments (tcp_tso_autosize). */
    private sendBurst(nowMs: number, forth: PacketSink): void {
        const { pacingRate } = this.control;
        let left = Math.max(2, Math.floor(pacingRate * BURST_MS));
        for (; left > 0 && this.hasRoom(); left--) {
            this.send(nowMs, forth);
            this.nextSendMs = Math.max(this.nextSendMs, nowMs - BURST_MS) + 1 / pacingRate;
        }
    }

    private send(nowMs: number, forth: PacketSink): void {
        if (this.segments.size === 0) {
            this.firstSentMs = nowMs;
            this.deliveredMs = nowMs;
            this.lastAckMs = nowMs;
        }
        this.segments.set(this.next, {
            sentMs: nowMs,
            delivered: this.delivered,
            deliveredMs: this.deliveredMs,
            firstSentMs: this.firstSentMs
        });
        forth(WIRE_BYTES, this.next);
        this.next += 1;
    }

    private measure(rttMs: number): void {
        if (this.smoothedMs === 0) {
            this.smoothedMs = rttMs;
            this.variationMs = rttMs / 2;
        }
        this.variationMs += (Math.abs(this.smoothedMs - rttMs) - this.variationMs) / 4;
        this.smoothedMs += (rttMs - this.smoothedMs) / 8;
    }

    private timeoutMs(): number {
        return this.smoothedMs === 0
            ? FIRST_TIMEOUT_MS
            : this.smoothedMs + Math.max(MIN_TIMEOUT_MS, 4 * this.variationMs);
    }
}
