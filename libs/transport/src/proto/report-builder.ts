import { RangeSet } from '@connect/base';
import {
    encodeReport,
    gapSize,
    MAX_INTERVAL_HEAD_BYTES,
    MAX_REPORT_HEAD_BYTES,
    ReportFrame,
    ReportInterval
} from './frames';

/** How many reports tell about the same packets, so that a lost report costs nothing. */
const TELLINGS = 3;
/** Bytes of a report that go over older packets again, in turn, when three reports in a row were lost. */
const SWEEP_BYTES = 256;
/** A sweep over at most this many numbers; a run without gaps costs nothing to say but something to read. */
const SWEEP_PACKETS = 20_000;
/** Beyond so many holes the oldest packets are forgotten, which the sender finds out by itself in time. */
const MAX_PACKET_RANGES = 2 ** 15;

/** Which packets arrived, and what the next report says about them. */
export class ReportBuilder {
    private readonly received = new RangeSet();
    /** [runStart, runEnd) has arrived but is not in the set yet: packets mostly come in order. */
    private runStart = 0;
    private runEnd = 0;
    private largest = -1;
    private largestMs = 0;
    private floor = 0;
    /** First numbers of the last reports, newest last; the next one begins at `reportedTo`. */
    private readonly starts: number[] = [];
    private reportedTo = 0;
    private sweepFrom = 0;

    get hasPackets(): boolean {
        return this.largest >= 0;
    }

    /** The last report had no room for all that is new: another one has to follow at once. */
    isIncomplete = false;

    /** `count` packets with the numbers from `first` on have come. */
    onPackets(nowMs: number, first: number, count: number): void {
        const end = first + count;
        if (end > this.largest + 1) {
            this.largest = end - 1;
            this.largestMs = nowMs;
        }
        if (first === this.runEnd) {
            this.runEnd = end;
            return;
        }
        this.flushRun();
        this.runStart = first;
        this.runEnd = end;
    }

    forgetBelow(packetNumber: number): void {
        if (packetNumber > this.floor) {
            this.flushRun();
            this.floor = packetNumber;
            this.received.delete(0, packetNumber);
        }
    }

    /** Writes a REPORT frame into [at, end of target); needs at least one received packet and about 128 bytes. */
    write(
        nowMs: number,
        target: Uint8Array,
        at: number,
        state: Pick<ReportFrame, 'queueingDelayUs' | 'receiveWindowBytes' | 'deliveryRateBytesPerSec'>
    ): number {
        this.flushRun();
        let room = target.length - at - MAX_REPORT_HEAD_BYTES - MAX_INTERVAL_HEAD_BYTES;
        const main = this.mainInterval(room);
        const intervals = [main];
        room -= gapBytes(main) + MAX_INTERVAL_HEAD_BYTES;
        const sweep = room > 0 ? this.sweepInterval(main.from, Math.min(room, SWEEP_BYTES)) : undefined;
        if (sweep) {
            intervals.push(sweep);
        }
        return encodeReport(target, at, {
            largest: this.largest,
            holdUs: Math.max(0, Math.round((nowMs - this.largestMs) * 1000)),
            ...state,
            intervals
        });
    }

    /** What is new, and the reports before with what has changed in them, when they fit. */
    private mainInterval(room: number): ReportInterval {
        const to = this.largest + 1;
        const freshFrom = Math.max(this.floor, Math.min(this.reportedTo, this.largest));
        const repeated = Math.max(this.floor, Math.min(this.starts[0] ?? freshFrom, freshFrom));
        let interval = this.describe(repeated, to, room);
        if (interval.to < to) {
            interval = this.describe(freshFrom, to, room);
        }
        this.isIncomplete = interval.to < to;
        if (this.starts.push(freshFrom) >= TELLINGS) {
            this.starts.shift();
        }
        this.reportedTo = interval.to;
        return interval;
    }

    private sweepInterval(before: number, room: number): ReportInterval | undefined {
        const from = this.sweepFrom >= before || this.sweepFrom < this.floor ? this.floor : this.sweepFrom;
        if (from >= before) {
            return undefined;
        }
        const interval = this.describe(from, Math.min(before, from + SWEEP_PACKETS), room);
        // Begins again at the end: what is new until the next sweep must not keep it from the oldest packets
        this.sweepFrom = interval.to === before ? this.floor : interval.to;
        return interval.to > interval.from ? interval : undefined;
    }

    /** As much of [from, to) as fits into `room` bytes of gaps. */
    private describe(from: number, to: number, room: number): ReportInterval {
        const gaps: number[] = [];
        let cursor = from;
        let bytes = 0;
        for (const gap of this.received.gaps(from, to)) {
            bytes += gapSize(gap.start - cursor, gap.end - gap.start);
            if (bytes > room) {
                return { from, to: gap.start, gaps };
            }
            gaps.push(gap.start, gap.end);
            cursor = gap.end;
        }
        return { from, to, gaps };
    }

    private flushRun(): void {
        this.received.add(Math.max(this.floor, this.runStart), this.runEnd);
        this.runStart = this.runEnd;
        if (this.received.rangeCount > MAX_PACKET_RANGES) {
            this.floor = this.received.ranges(this.floor)[MAX_PACKET_RANGES >> 1]!.start;
            this.received.delete(0, this.floor);
        }
    }
}

function gapBytes(interval: ReportInterval): number {
    let bytes = 0;
    let cursor = interval.from;
    for (let i = 0; i < interval.gaps.length; i += 2) {
        bytes += gapSize(interval.gaps[i]! - cursor, interval.gaps[i + 1]! - interval.gaps[i]!);
        cursor = interval.gaps[i + 1]!;
    }
    return bytes;
}
