import { PacketContent, PacketRole, PacketState, SentPackets } from './sent-packets';
import { StreamId, StreamSlice } from './types';

/** Copies may be this share of all bytes sent. */
const MAX_SHARE = 0.008;
/** And these many blocks more, so that small transfers have some too. */
const FREE_BLOCKS = 32;
/** What was sent before the end is copied when so many of its blocks or more will get lost, and all of it can be copied. */
const MIN_LOST = 0.05;
/** But not when more blocks than this will get lost together with their copy: the end comes a round trip later anyway. */
const MAX_BOTH_LOST = 1;
/** The loss of a path that has carried fewer packets is not known. */
const TELLING_PACKETS = 1000;
/** Copies of a block that is resent when all else has been sent: each time it is lost the end comes a round trip later. */
const LATE_COPIES = 3;
/** A copy goes a little after its original, so that one burst of loss does not take both. */
const MIN_AGE_MS = 1;
const MAX_AGE_MS = 10;
const AGE_SHARE_OF_RTT = 1 / 16;

/** Of the allowance, what each further copy leaves to the copy before it: one copy of more blocks is worth more. */
const RESERVED_SHARE = 1 / 4;

/** What the choice of copies depends on. */
export interface TailState {
    readonly rttMs: number;
    /** Sent so far, of both streams. */
    readonly totalBytes: number;
    /** Largest block. */
    readonly blockBytes: number;
    /** Share of the packets that got lost, in [0, 1]. */
    readonly lossShare: number;
}

/** A packet to copy, and when. */
interface Candidate {
    readonly packetNumber: number;
    readonly readyMs: number;
    /** Which copy of a block that was sent after the end, from 1; 0 for one from before. */
    readonly pass: number;
}

/**
 * Spends rate that is left over when there is nothing new to send on copies of unacknowledged blocks, which saves round
 * trips when the originals are lost, at a bounded price. What was sent before the end is copied newest first: by the
 * time its copies would go, the fate of the oldest is known. What is resent after the end is copied several times.
 */
export class TailCopies {
    private copiedBytes = 0;
    /** The last packet with a new block: the end begins behind it. */
    private lastFresh = -1;
    /** Early packets in [earlyFrom, earlyCursor] were not looked at. */
    private earlyCursor = -1;
    private earlyFrom = 0;
    /** The next packet to look at for the first copy of late blocks, the second, and so on. */
    private readonly lateCursors: number[] = new Array<number>(LATE_COPIES).fill(0);

    constructor(
        private readonly sent: SentPackets,
        private readonly isOutstanding: (stream: StreamId, offset: number, length: number) => boolean
    ) {}

    /** A block was sent for the first time: what seemed to be the end was none. */
    onFresh(packetNumber: number): void {
        if (this.earlyCursor < this.lastFresh) {
            this.earlyFrom = this.lastFresh + 1;
        }
        this.lastFresh = packetNumber;
        this.earlyCursor = packetNumber;
    }

    /** The next block to copy now, if any. */
    take(nowMs: number, state: TailState): StreamSlice | undefined {
        let next = this.next(state);
        if (next?.pass === 0 && nowMs - this.sent.sentMs(next.packetNumber) >= state.rttMs) {
            this.earlyCursor = this.earlyFrom - 1; // reports are about to tell of this one and of all before
            next = this.next(state);
        }
        if (next === undefined || nowMs < next.readyMs) {
            return undefined;
        }
        const { packetNumber, pass } = next;
        if (pass === 0) {
            this.earlyCursor = packetNumber - 1;
        } else {
            this.lateCursors[pass - 1] = packetNumber + 1;
        }
        const length = this.sent.length(packetNumber);
        this.copiedBytes += length;
        return { stream: this.sent.stream(packetNumber), offset: this.sent.offset(packetNumber), length };
    }

    /** When the next copy may go; undefined when no block wants one or the allowance is used up. */
    nextMs(state: TailState): number | undefined {
        return this.next(state)?.readyMs;
    }

    private next(state: TailState): Candidate | undefined {
        const { rttMs, totalBytes, blockBytes } = state;
        const allowanceBytes = totalBytes * MAX_SHARE + FREE_BLOCKS * blockBytes;
        const allowedBytes = allowanceBytes - this.copiedBytes;
        if (allowedBytes < blockBytes) {
            return undefined;
        }
        const ageMs = Math.min(MAX_AGE_MS, Math.max(MIN_AGE_MS, rttMs * AGE_SHARE_OF_RTT));
        let earliest = this.isEarlyWorthwhile(state, allowedBytes)
            ? this.nextEarly(blockBytes, ageMs)
            : undefined;
        for (let pass = 1; pass <= LATE_COPIES; pass++) {
            if (allowedBytes < allowanceBytes * (pass - 1) * RESERVED_SHARE) {
                break;
            }
            const late = this.nextLate(pass, blockBytes, ageMs);
            earliest = late && !(earliest && earliest.readyMs <= late.readyMs) ? late : earliest;
        }
        return earliest;
    }

    /** Whether copies of what was under way when the end began will save a round trip; older half is told of meanwhile. */
    private isEarlyWorthwhile({ blockBytes, lossShare }: TailState, allowedBytes: number): boolean {
        const waiting = this.earlyCursor + 1 - Math.max(this.sent.floor, this.earlyFrom);
        const packets = Math.min(this.sent.inFlightCount, waiting) / 2;
        const isKnown = this.sent.next >= TELLING_PACKETS;
        return (
            packets > 0 &&
            packets * blockBytes <= allowedBytes &&
            packets * lossShare ** 2 <= MAX_BOTH_LOST &&
            (!isKnown || this.sent.inFlightCount * lossShare >= MIN_LOST)
        );
    }

    private nextEarly(blockBytes: number, ageMs: number): Candidate | undefined {
        const from = Math.max(this.sent.floor, this.earlyFrom);
        while (this.earlyCursor >= from && !this.wantsCopy(this.earlyCursor, blockBytes)) {
            this.earlyCursor -= 1;
        }
        const packetNumber = this.earlyCursor;
        return packetNumber >= from
            ? { packetNumber, readyMs: this.sent.sentMs(packetNumber) + ageMs, pass: 0 }
            : undefined;
    }

    private nextLate(pass: number, blockBytes: number, ageMs: number): Candidate | undefined {
        let cursor = Math.max(this.lateCursors[pass - 1]!, this.lastFresh + 1, this.sent.floor);
        while (cursor < this.sent.next && !this.wantsCopy(cursor, blockBytes)) {
            cursor += 1;
        }
        this.lateCursors[pass - 1] = cursor;
        return cursor < this.sent.next
            ? { packetNumber: cursor, readyMs: this.sent.sentMs(cursor) + ageMs * pass, pass }
            : undefined;
    }

    private wantsCopy(packetNumber: number, blockBytes: number): boolean {
        const content = this.sent.content(packetNumber);
        const length = this.sent.length(packetNumber);
        return (
            this.sent.state(packetNumber) === PacketState.IN_FLIGHT &&
            (content === PacketContent.META || content === PacketContent.DATA) &&
            this.sent.role(packetNumber) !== PacketRole.COPY &&
            length <= blockBytes &&
            this.isOutstanding(this.sent.stream(packetNumber), this.sent.offset(packetNumber), length)
        );
    }
}
