import { PacketContent, PacketRole, PacketState, SentPackets } from './sent-packets';
import { DATA_STREAM, META_STREAM, StreamId, StreamSlice } from './types';

/** Copies may be this share of all bytes sent. */
const MAX_SHARE = 0.01;
/** And these many blocks more, so that small transfers have some too. */
const FREE_BLOCKS = 8;
/** Blocks that were never lost use at most this share of the allowance: blocks already resent are worth more. */
const FRESH_SHARE = 0.5;
/** A copy goes a little after its original, so that one burst of loss does not take both. */
const MIN_AGE_MS = 1;
const MAX_AGE_MS = 10;
const AGE_SHARE_OF_RTT = 1 / 16;

/**
 * Spends rate that is left over when there is nothing new to send on a second copy of the oldest unacknowledged
 * blocks, once each: it saves a round trip when the original is lost, at a bounded price.
 */
export class TailCopies {
    private cursor = 0;
    private copiedBytes = 0;
    private copiedFreshBytes = 0;

    constructor(
        private readonly sent: SentPackets,
        private readonly isOutstanding: (stream: StreamId, offset: number, length: number) => boolean
    ) {}

    /** The next block to copy now, if any. */
    take(nowMs: number, rttMs: number, totalBytes: number, blockBytes: number): StreamSlice | undefined {
        const readyMs = this.nextMs(rttMs, totalBytes, blockBytes);
        if (readyMs === undefined || nowMs < readyMs) {
            return undefined;
        }
        const packetNumber = this.cursor;
        this.cursor += 1;
        const length = this.sent.length(packetNumber);
        this.copiedBytes += length;
        this.copiedFreshBytes += this.sent.role(packetNumber) === PacketRole.FRESH ? length : 0;
        return { stream: this.streamOf(packetNumber), offset: this.sent.offset(packetNumber), length };
    }

    /** When the next copy may go; undefined when no block wants one or the allowance is used up. */
    nextMs(rttMs: number, totalBytes: number, blockBytes: number): number | undefined {
        const allowance = totalBytes * MAX_SHARE + FREE_BLOCKS * blockBytes;
        if (this.copiedBytes + blockBytes > allowance) {
            return undefined;
        }
        const freshAllowed = this.copiedFreshBytes + blockBytes <= allowance * FRESH_SHARE;
        this.cursor = Math.max(this.cursor, this.sent.floor);
        while (this.cursor < this.sent.next && !this.wantsCopy(this.cursor, freshAllowed, blockBytes)) {
            this.cursor += 1;
        }
        if (this.cursor === this.sent.next) {
            return undefined;
        }
        const ageMs = Math.min(MAX_AGE_MS, Math.max(MIN_AGE_MS, rttMs * AGE_SHARE_OF_RTT));
        return this.sent.sentMs(this.cursor) + ageMs;
    }

    private wantsCopy(packetNumber: number, freshAllowed: boolean, blockBytes: number): boolean {
        const content = this.sent.content(packetNumber);
        const role = this.sent.role(packetNumber);
        const length = this.sent.length(packetNumber);
        return (
            this.sent.state(packetNumber) === PacketState.IN_FLIGHT &&
            (content === PacketContent.META || content === PacketContent.DATA) &&
            (role === PacketRole.RESENT || (role === PacketRole.FRESH && freshAllowed)) &&
            length <= blockBytes &&
            this.isOutstanding(this.streamOf(packetNumber), this.sent.offset(packetNumber), length)
        );
    }

    private streamOf(packetNumber: number): StreamId {
        return this.sent.content(packetNumber) === PacketContent.DATA ? DATA_STREAM : META_STREAM;
    }
}
