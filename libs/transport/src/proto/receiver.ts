import { ConnectError, Range, RangeSet } from '@connect/base';
import { BlockRun } from './block-run';
import { reportIntervalMs, sendTicksUint24, TICK_US, ticksBetween } from './cadence';
import { ReportBuilder } from './report-builder';
import { ReplayWindow } from './replay-window';
import { META_STREAM, StreamId } from './types';
import { WindowLimit } from './window-limit';
import { WindowedMinimum } from './windowed-minimum';

/** Numbers further below the highest are refused as replays; 1.5 s at the highest packet rates. */
const REPLAY_WINDOW_PACKETS = 2 ** 17;
/** More holes than this in a stream are no traffic of a sender that follows the rules. */
const MAX_STREAM_RANGES = 2 ** 18;
const BASE_DELAY_WINDOW_MS = 60_000;
/** Answers to PING frames are at least this far apart. */
const MIN_PROMPT_REPORT_MS = 2;
/** The window that holds before `setReceiveWindow` is called: no limit. */
const UNLIMITED_WINDOW_BYTES = 2 ** 40;
/** A rate over a shorter time says nothing. */
const MIN_RATE_SPAN_MS = 2;

/** Bytes of a stream that came or will never come; new bytes usually continue the last ones. */
class ReceivedBytes {
    private readonly set = new RangeSet();
    /** [tailStart, tailEnd) is not in the set yet; nothing in the set lies behind it. */
    private tailStart = 0;
    private tailEnd = 0;

    /** Whether a piece from `start` on is new as a whole. */
    isNew(start: number): boolean {
        return start >= this.tailEnd;
    }

    /** Adds [start, end); undefined when all of it is new, else the new parts. */
    add(start: number, end: number): Range[] | undefined {
        if (start === this.tailEnd) {
            this.tailEnd = end;
            return undefined;
        }
        this.set.add(this.tailStart, this.tailEnd);
        if (this.set.rangeCount > MAX_STREAM_RANGES) {
            throw new ConnectError('transfer.protocol', 'the peer sends too many scattered pieces');
        }
        const highest = this.tailEnd;
        if (start > highest) {
            this.tailStart = start;
            this.tailEnd = end;
            return undefined;
        }
        const fresh = this.set.add(start, end);
        this.tailEnd = Math.max(highest, end);
        this.tailStart = this.tailEnd;
        return fresh;
    }
}

/**
 * The receiving half of a connection: which packets came, which bytes are new, how late they are, and when the peer
 * is to be told. Memory is bounded: packet numbers are forgotten at the floor the sender announces.
 */
export class Receiver {
    packetsReceived = 0;
    packetsDuplicate = 0;
    private largestPacket = -1;
    streamBytesReceived = 0;

    private readonly replay = new ReplayWindow(REPLAY_WINDOW_PACKETS);
    private readonly reports = new ReportBuilder();
    private readonly streams = [new ReceivedBytes(), new ReceivedBytes()];
    private readonly baseDelayUs = new WindowedMinimum(BASE_DELAY_WINDOW_MS);
    /** One-way delay of the newest packet by the two clocks, and how much longer it is than that of the first. */
    private lastDelayTicks: number | undefined;
    private relativeUs = 0;
    /** Smallest one-way delay since the last report, relative to the first packet. */
    private smallestDelayUs = Infinity;
    private receiveWindowBytes = UNLIMITED_WINDOW_BYTES;
    private readonly windowLimit = new WindowLimit();
    private reportWanted = false;
    private reportPromptly = false;
    private lastReportMs = -Infinity;
    private rttMs = 0;
    private wireBytes = 0;
    private deliveryRateBytesPerSec = 0;

    /**
     * @param overheadBytes per packet on the wire beside the plaintext
     * @param onData as in ConnectionListener
     * @param onBlocks likewise
     */
    constructor(
        private readonly overheadBytes: number,
        private readonly onData: (stream: StreamId, offset: number, bytes: Uint8Array) => void,
        private readonly onBlocks: (run: BlockRun) => void
    ) {}

    get packetsMissing(): number {
        return this.largestPacket + 1 - this.packetsReceived;
    }

    /** False when the packet was seen before, or is too old to tell: it must be ignored. */
    onPacket(nowMs: number, packetNumber: number, plaintextBytes: number): boolean {
        if (!this.replay.accept(packetNumber)) {
            this.packetsDuplicate += 1;
            return false;
        }
        this.packetsReceived += 1;
        this.largestPacket = Math.max(this.largestPacket, packetNumber);
        this.wireBytes += plaintextBytes + this.overheadBytes;
        this.reports.onPackets(nowMs, packetNumber, 1);
        return true;
    }

    /**
     * Takes a run of packets at once, as if each had come by itself at `nowMs`: false, and nothing is done, unless all
     * of it is new, and lies behind what came before.
     */
    onRun(nowMs: number, run: BlockRun): boolean {
        const { firstNumber, count, offset, end } = run;
        const stream = this.streams[1]!;
        if (firstNumber < this.replay.highestPlusOne || !stream.isNew(offset)) {
            return false;
        }
        for (let packetNumber = firstNumber; packetNumber < firstNumber + count; packetNumber++) {
            this.replay.accept(packetNumber);
        }
        this.packetsReceived += count;
        this.largestPacket = firstNumber + count - 1;
        this.wireBytes += run.plaintextBytes + count * this.overheadBytes;
        this.reports.onPackets(nowMs, firstNumber, count);
        this.reportWanted = true;
        // Arrived together, the one sent last was the shortest time under way.
        this.measureDelay(nowMs, run.sendTicks);
        this.windowLimit.onData(nowMs, end - offset);
        stream.add(offset, end);
        this.streamBytesReceived += end - offset;
        this.onBlocks(run);
        return true;
    }

    onBlock(nowMs: number, stream: StreamId, offset: number, sendTicks: number, payload: Uint8Array): void {
        this.reportWanted = true;
        this.measureDelay(nowMs, sendTicks);
        if (stream !== META_STREAM) {
            this.windowLimit.onData(nowMs, payload.length);
        }
        const end = offset + payload.length;
        const fresh = this.streams[stream === META_STREAM ? 0 : 1]!.add(offset, end);
        if (fresh === undefined) {
            this.streamBytesReceived += payload.length;
            this.onData(stream, offset, payload);
            return;
        }
        for (const part of fresh) {
            this.streamBytesReceived += part.end - part.start;
            this.onData(stream, part.start, payload.subarray(part.start - offset, part.end - offset));
        }
    }

    onPing(): void {
        this.reportWanted = true;
        this.reportPromptly = true;
    }

    onFloor(nowMs: number, packetNumber: number, rttUs: number): void {
        this.reports.forgetBelow(packetNumber);
        this.rttMs = rttUs / 1000;
        this.windowLimit.onRtt(nowMs, this.rttMs);
    }

    /** These bytes will not come: they count as received from now on. */
    markReceived(stream: StreamId, start: number, end: number): void {
        if (start < end) {
            this.streams[stream === META_STREAM ? 0 : 1]!.add(start, end);
        }
    }

    /**
     * The most the owner has room for; the window told to the peer is smaller when that is enough for the path. One
     * that opens is told at once: the peer may be waiting for it.
     */
    setReceiveWindow(bytes: number): void {
        const told = Math.min(this.receiveWindowBytes, this.windowLimit.bytes);
        if (Math.min(bytes, this.windowLimit.bytes) > told && this.reports.hasPackets) {
            this.reportWanted = true;
            this.reportPromptly = true;
        }
        this.receiveWindowBytes = bytes;
    }

    /** When the next report is due; undefined while there is nothing to report. */
    nextReportMs(): number | undefined {
        if (!this.reportWanted && !this.reports.isIncomplete) {
            return undefined;
        }
        const interval = reportIntervalMs(this.rttMs);
        const wait = this.reports.isIncomplete
            ? 0
            : this.reportPromptly
              ? Math.min(interval, MIN_PROMPT_REPORT_MS)
              : interval;
        return this.lastReportMs + wait;
    }

    /** Writes a REPORT frame into [at, end of target) and returns the position after it. */
    writeReport(nowMs: number, target: Uint8Array, at: number): number {
        const elapsedMs = nowMs - this.lastReportMs;
        if (elapsedMs >= MIN_RATE_SPAN_MS) {
            this.deliveryRateBytesPerSec = Math.round((this.wireBytes * 1000) / elapsedMs);
            this.wireBytes = 0;
        }
        const base = this.baseDelayUs.value;
        const queueingDelayUs =
            this.smallestDelayUs === Infinity ? 0 : Math.max(0, this.smallestDelayUs - base);
        this.smallestDelayUs = Infinity;
        this.lastReportMs = nowMs;
        this.reportWanted = false;
        this.reportPromptly = false;
        return this.reports.write(nowMs, target, at, {
            queueingDelayUs,
            receiveWindowBytes: Math.min(this.receiveWindowBytes, this.windowLimit.bytes),
            deliveryRateBytesPerSec: this.deliveryRateBytesPerSec
        });
    }

    /**
     * The clocks of both ends differ by an unknown amount, so only differences to the first delay mean anything. Each
     * is found from the one before: so clocks that drift apart for days do not wrap around.
     */
    private measureDelay(nowMs: number, sendTicks: number): void {
        const delayTicks = ticksBetween(sendTicks, sendTicksUint24(nowMs));
        this.relativeUs += TICK_US * ticksBetween(this.lastDelayTicks ?? delayTicks, delayTicks);
        this.lastDelayTicks = delayTicks;
        this.baseDelayUs.add(nowMs, this.relativeUs);
        if (this.relativeUs < this.smallestDelayUs) {
            this.smallestDelayUs = this.relativeUs;
        }
    }
}
