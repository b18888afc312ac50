import { Clock, ConnectError, Disposable, RangeSet } from '@connect/base';
import { OutgoingBlocks } from '../node/outgoing-blocks';
import { Pacer } from '../proto/pacer';
import { DataRange } from '../proto/session-frames';
import { WindowLimit } from '../proto/window-limit';

/** The rate is one of bytes on the wire: headers of TCP and IP in packets of Ethernet, and of TLS. */
const WIRE_FACTOR = 1.04;
const MAX_PIECE_BYTES = 64 * 1024;
const MIN_PIECE_BYTES = 1024;
/** A piece lasts at most so long at the target rate, so that a slow one still moves evenly. */
const PIECE_MS = 50;

interface Waiter {
    readonly offset: number;
    readonly end: number;
    readonly isWithdrawn: () => boolean;
    readonly resolve: (piece: Uint8Array) => void;
    readonly reject: (error: ConnectError) => void;
}

/** What a sending end has done so far, in payload bytes. */
export interface OutgoingCounts {
    sent: number;
    resent: number;
    acknowledged: number;
}

/**
 * The data a sending end holds until the peer has it, given out in pieces at the target rate to whoever carries it.
 * What is on its way at a time is bounded by the peer's window and by what the path needs: the rest would only wait in
 * buffers of the systems, and be lost with them.
 */
export class OutgoingData {
    readonly counts: OutgoingCounts = { sent: 0, resent: 0, acknowledged: 0 };
    private readonly blocks = new OutgoingBlocks();
    private readonly pacer: Pacer;
    private readonly limit = new WindowLimit();
    private readonly inFlight = new RangeSet();
    private readonly everSent = new RangeSet();
    /** Given by the owner, not acknowledged. */
    private readonly given = new RangeSet();
    private inFlightBytes = 0;
    private peerWindow = Infinity;
    /** By offset: data in order completes files and chunks, data everywhere completes none. */
    private readonly waiters: Waiter[] = [];
    private timer: Disposable | undefined;
    private pieceBytes = MAX_PIECE_BYTES;

    /** @param rateBps bits per second on the wire */
    constructor(
        private readonly clock: Clock,
        rateBps: number
    ) {
        this.pacer = new Pacer(0);
        this.setRate(rateBps);
    }

    get bytesInFlight(): number {
        return this.inFlightBytes;
    }

    get isIdle(): boolean {
        return this.blocks.heldBytes === 0;
    }

    /** Resolves when the peer has all of it. */
    add(offset: number, bytes: Uint8Array): Promise<void> {
        this.given.add(offset, offset + bytes.length);
        return this.blocks.add(offset, bytes);
    }

    /** Whether all of [start, end) is held here. */
    holds(start: number, end: number): boolean {
        return this.given.covers(start, end);
    }

    setRate(rateBps: number): void {
        this.pacer.setRate(this.clock.now(), rateBps);
        const perPiece = (rateBps * PIECE_MS) / 8000;
        this.pieceBytes = Math.round(Math.max(MIN_PIECE_BYTES, Math.min(MAX_PIECE_BYTES, perPiece)));
        this.serve();
    }

    setWindow(bytes: number): void {
        this.peerWindow = bytes;
        this.serve();
    }

    onRtt(rttMs: number): void {
        this.limit.onRtt(this.clock.now(), rttMs);
    }

    /**
     * The next bytes at `offset`, not beyond `end`, when it is their turn. A view: valid until they are acknowledged.
     * @param isWithdrawn asked when it is their turn: nobody wants them any more, and the promise may stay open
     */
    piece(offset: number, end: number, isWithdrawn: () => boolean): Promise<Uint8Array> {
        return new Promise((resolve, reject) => {
            const at = this.waiters.findIndex(waiter => waiter.offset > offset);
            const waiter = { offset, end, isWithdrawn, resolve, reject };
            this.waiters.splice(at < 0 ? this.waiters.length : at, 0, waiter);
            this.serve();
        });
    }

    /** What was given out of [start, end) and not acknowledged was lost on its way, or nobody waits for it any more. */
    release(start: number, end: number): void {
        this.inFlightBytes -= this.sizeInFlight(start, end);
        this.inFlight.delete(start, end);
        this.serve();
    }

    /** The peer has these. @returns false when one of them was never sent */
    acknowledge(ranges: readonly DataRange[]): boolean {
        const now = this.clock.now();
        for (const { start, end } of ranges) {
            if (!this.everSent.covers(start, end)) {
                return false;
            }
            this.everSent.delete(start, end);
            this.given.delete(start, end);
            this.inFlightBytes -= this.sizeInFlight(start, end);
            this.inFlight.delete(start, end);
            this.counts.acknowledged += end - start;
            this.limit.onData(now, end - start);
            this.blocks.acknowledge(start, end - start);
        }
        this.serve();
        return true;
    }

    abandon(error: ConnectError): void {
        this.timer?.dispose();
        this.waiters.splice(0).forEach(waiter => waiter.reject(error));
        this.blocks.abandon(error);
    }

    private sizeInFlight(start: number, end: number): number {
        return this.inFlight.ranges(start, end).reduce((sum, range) => sum + range.end - range.start, 0);
    }

    private serve(): void {
        this.timer?.dispose();
        this.timer = undefined;
        while (this.waiters.length > 0) {
            const now = this.clock.now();
            const [waiter] = this.waiters;
            if (waiter!.isWithdrawn()) {
                this.waiters.shift();
                continue;
            }
            const bytes = Math.min(this.pieceBytes, waiter!.end - waiter!.offset);
            if (!this.fits(bytes)) {
                return;
            }
            if (!this.pacer.canSend(now)) {
                const delayMs = Math.max(1, this.pacer.nextSendMs() - now);
                this.timer = this.clock.setTimeout(() => this.serve(), delayMs);
                return;
            }
            this.waiters.shift();
            this.give(waiter!, bytes, now);
        }
        this.pacer.onIdle(this.clock.now());
    }

    private give(waiter: Waiter, maxBytes: number, now: number): void {
        let piece: Uint8Array;
        try {
            piece = this.blocks.viewSome(waiter.offset, maxBytes);
        } catch (error) {
            waiter.reject(ConnectError.from(error));
            return;
        }
        const end = waiter.offset + piece.length;
        const size = (ranges: readonly DataRange[]): number =>
            ranges.reduce((sum, range) => sum + range.end - range.start, 0);
        const fresh = size(this.everSent.add(waiter.offset, end));
        this.inFlightBytes += size(this.inFlight.add(waiter.offset, end));
        this.counts.sent += piece.length;
        this.counts.resent += piece.length - fresh;
        this.pacer.onSent(now, piece.length * WIRE_FACTOR);
        waiter.resolve(piece);
    }

    private fits(bytes: number): boolean {
        if (this.inFlightBytes === 0) {
            return this.peerWindow > 0;
        }
        return this.inFlightBytes + bytes <= Math.min(this.peerWindow, this.limit.bytes);
    }
}
