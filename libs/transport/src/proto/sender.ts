import { ConnectError } from '@connect/base';
import { reportIntervalMs, sendTicksUint24 } from './cadence';
import { encodeDataHead, ReportFrame, ReportInterval } from './frames';
import { AcknowledgedRun } from './acknowledged-run';
import { BlockSize } from './block-size';
import { LossDetector } from './loss-detector';
import { Pacer } from './pacer';
import { createRateController } from './policies/create-rate-controller';
import { PeerWindow } from './peer-window';
import { ProbeTimer } from './probe-timer';
import { RateController, RateSettings } from './rate-controller';
import { RateSampling } from './rate-sampling';
import { RttEstimator } from './rtt-estimator';
import { RunHeads } from './run-heads';
import {
    PacketContent,
    PacketContentValue,
    PacketRole,
    PacketRoleValue,
    PacketState,
    SentPackets
} from './sent-packets';
import { StreamQueues } from './stream-queues';
import { TailCopies, TailState } from './tail-copies';
import {
    ConnectionConfig,
    ConnectionListener,
    DATA_STREAM,
    OutgoingPacket,
    OutgoingRun,
    StreamId,
    StreamSlice
} from './types';

/** A packet that neither arrives nor is reported missing for this long, beside some round trips, counts as lost. */
const FORGOTTEN_MS = 1000;

/** What the owner of a sender wants to hear. */
export type SenderListener = Required<Pick<ConnectionListener, 'onAcknowledged' | 'onProbe'>>;

/**
 * The sending half of a connection: what goes out next, and what reports say about what went out. Blocks are resent
 * once for each loss of their newest packet ("primary"); extra copies at the end of a transfer are not tracked that way.
 */
export class Sender {
    readonly rtt = new RttEstimator();
    readonly sent = new SentPackets();
    readonly probes = new ProbeTimer(this.rtt);
    packetsLost = 0;
    streamBytesSent = 0;
    streamBytesRetransmitted = 0;
    streamBytesAcknowledged = 0;
    /** Of both streams. */
    bytesInFlight = 0;

    private readonly queues: StreamQueues;
    private readonly losses = new LossDetector();
    private readonly copies = new TailCopies(this.sent, (stream, offset, length) =>
        this.queues.of(stream).isOutstanding(offset, length)
    );
    private settings: RateSettings;
    private readonly rate: RateController;
    private readonly pacer: Pacer;
    private readonly blockSize: BlockSize;
    private readonly peerWindow = new PeerWindow();
    private largestReported = -1;
    private readonly acknowledged: AcknowledgedRun;
    private probesInFlight = 0;
    /** When reports came back after a silence. */
    private resumedMs = -Infinity;
    private readonly sampling = new RateSampling(this.rtt);
    private readonly heads = new RunHeads();

    constructor(
        config: ConnectionConfig,
        private readonly listener: SenderListener
    ) {
        this.blockSize = new BlockSize(config.maxPlaintextBytes, config.overheadBytes);
        this.queues = new StreamQueues(this.blockSize, this.peerWindow);
        this.settings = config.rate;
        this.rate = createRateController(config.rate);
        this.pacer = new Pacer(this.rate.rateBps);
        this.pacer.isGentle = config.rate.policy !== 'fixed';
        this.acknowledged = new AcknowledgedRun((stream, start, end) =>
            this.queues.of(stream).acknowledge(start, end, slice => {
                this.streamBytesAcknowledged += slice.length;
                this.listener.onAcknowledged(slice);
            })
        );
    }

    get rateBps(): number {
        return this.rate.rateBps;
    }

    /** Nothing offered is unsent or unacknowledged. */
    get isIdle(): boolean {
        return this.queues.isIdle;
    }

    offer(stream: StreamId, start: number, end: number): void {
        if (this.isIdle) {
            this.probes.onWorkBegins();
        }
        this.blockSize.onOffer(end);
        this.queues.of(stream).offer(start, end);
    }

    setRate(settings: RateSettings): void {
        this.settings = settings;
        this.rate.setSettings(settings);
        this.pacer.isGentle = settings.policy !== 'fixed';
        this.pacer.setRate(undefined, this.rate.rateBps);
    }

    setMaxPlaintextBytes(bytes: number): void {
        if (this.blockSize.setPlaintextBytes(bytes)) {
            this.setRate(this.settings); // what was lost was too large, not too much
        }
    }

    /** The next block to send, if there is one and the rate allows it. */
    pollBlock(nowMs: number): OutgoingPacket | undefined {
        if (this.isIdle) {
            this.sampling.isLimited = true;
            return undefined;
        }
        if (!this.pacer.canSend(nowMs)) {
            return undefined;
        }
        const lost = this.queues.takeLost();
        if (lost) {
            return this.send(nowMs, lost, PacketRole.RESENT);
        }
        const fresh = this.queues.takeFresh();
        if (fresh) {
            return this.send(nowMs, fresh, PacketRole.FRESH);
        }
        if (!this.queues.maySend) {
            const copy = this.copies.take(nowMs, this.tailState());
            if (copy) {
                return this.send(nowMs, copy, PacketRole.COPY);
            }
        }
        this.pacer.onIdle(nowMs);
        this.sampling.isLimited = true;
        return undefined;
    }

    /**
     * At most `maxPackets` blocks that {@link pollBlock} would give one after the other, all of them new and of the data
     * stream; undefined where there are not several of these.
     */
    pollRun(nowMs: number, maxPackets: number): OutgoingRun | undefined {
        const { offset, blocks } = this.queues.nextRun();
        const blockBytes = this.blockSize.maxBytes;
        const most = Math.min(maxPackets, blocks, this.heads.fitting(offset, blockBytes));
        const wireBytes = this.blockSize.wireBytes(offset, blockBytes);
        const count = most > 1 ? Math.min(most, this.pacer.packetsNow(nowMs, wireBytes)) : 0;
        const slice = count > 1 ? this.queues.takeRun(count) : undefined;
        return slice && this.sendRun(nowMs, slice, count, blockBytes);
    }

    /** Notes a packet that carries no block and returns its number; the arrival of a PROBE is told. */
    sendControl(nowMs: number, plaintextBytes: number, content: PacketContentValue): number {
        this.pacer.onSent(nowMs, plaintextBytes + this.blockSize.overheadBytes);
        if (content !== PacketContent.CONTROL) {
            this.probes.onProbeSent(nowMs);
        }
        this.probesInFlight += content === PacketContent.PROBE ? 1 : 0;
        if (this.isIdle) {
            this.advanceFloor(nowMs); // without blocks few reports come that would do it
        }
        return this.sent.add(nowMs, content, PacketRole.FRESH, 0, plaintextBytes);
    }

    /** When a PING is due because nothing else would bring a report; undefined when none is needed. */
    nextPingMs(): number | undefined {
        if (!this.isWaiting) {
            return undefined;
        }
        return this.probes.nextMs(
            this.queues.canSendNow,
            this.sent.inFlightCount > 0,
            this.losses.reorderWindowMs
        );
    }

    /** When a block may go; undefined when there is none to send, or no room at the peer. */
    nextBlockMs(): number | undefined {
        if (this.isIdle || this.probes.isSilent) {
            return undefined;
        }
        const ready = this.queues.canSendNow ? 0 : this.copyTime();
        if (ready === undefined) {
            return undefined;
        }
        const next = Math.max(ready, this.pacer.nextSendMs());
        return next === Infinity ? undefined : next;
    }

    /** When to look whether reports have stopped. */
    nextSilenceMs(): number | undefined {
        return this.isWaiting && this.sent.inFlightCount > 0 ? this.probes.nextSilenceMs() : undefined;
    }

    /** Stops sending when reports have stopped. */
    checkSilence(nowMs: number): void {
        const dueMs = this.nextSilenceMs();
        if (dueMs !== undefined && nowMs >= dueMs) {
            this.probes.onSilent();
            this.rate.onFeedbackLost(nowMs);
            this.pacer.setRate(nowMs, this.rate.rateBps);
        }
    }

    /** @throws ConnectError `transfer.protocol` when the report speaks of packets that were never sent. */
    onReport(nowMs: number, reportPacket: number, report: ReportFrame): void {
        if (report.largest >= this.sent.next) {
            throw new ConnectError('transfer.protocol', 'a report about packets that were never sent');
        }
        if (report.largest > this.largestReported) {
            this.largestReported = report.largest;
            if (this.sent.remembers(report.largest)) {
                this.rtt.update(nowMs, nowMs - this.sent.sentMs(report.largest) - report.holdUs / 1000);
            }
        }
        this.peerWindow.update(reportPacket, report.receiveWindowBytes);
        let spurious = 0;
        for (const interval of report.intervals) {
            spurious += this.onInterval(report, interval);
        }
        this.acknowledged.flush();
        if (spurious > 0) {
            this.losses.onSpuriousLoss(this.rtt.cautiousMs);
        }
        this.resumedMs = this.probes.isSilent ? nowMs : this.resumedMs;
        this.advanceFloor(nowMs);
        this.probes.onReport(nowMs, this.sent.inFlightCount > 0);
        this.rate.onSample(this.sampling.take(nowMs, report));
        this.pacer.setRate(nowMs, this.rate.rateBps);
    }

    /** Something is under way of which the fate has to be found out. */
    private get isWaiting(): boolean {
        return !this.isIdle || this.probesInFlight > 0;
    }

    private copyTime(): number | undefined {
        if (this.queues.maySend) {
            return undefined;
        }
        return this.copies.nextMs(this.tailState());
    }

    private tailState(): TailState {
        return {
            rttMs: this.rtt.smoothedMs,
            totalBytes: this.streamBytesSent,
            blockBytes: this.blockSize.maxBytes,
            lossShare: this.packetsLost / Math.max(1, this.sent.next)
        };
    }

    private send(nowMs: number, slice: StreamSlice, role: PacketRoleValue): OutgoingPacket {
        const content = slice.stream === DATA_STREAM ? PacketContent.DATA : PacketContent.META;
        const packetNumber = this.sent.add(nowMs, content, role, slice.offset, slice.length);
        if (role === PacketRole.FRESH) {
            this.copies.onFresh(packetNumber);
        }
        this.onSent(nowMs, slice, 1);
        this.streamBytesRetransmitted += role === PacketRole.FRESH ? 0 : slice.length;
        return {
            packetNumber,
            head: encodeDataHead(slice.stream, slice.offset, sendTicksUint24(nowMs)),
            slice
        };
    }

    private sendRun(nowMs: number, slice: StreamSlice, count: number, blockBytes: number): OutgoingRun {
        const firstNumber = this.sent.addRun(nowMs, slice.offset, slice.length, blockBytes);
        this.copies.onFresh(firstNumber);
        this.copies.onFresh(firstNumber + count - 1);
        this.onSent(nowMs, slice, count);
        const headBytes = this.heads.write(slice, blockBytes, sendTicksUint24(nowMs));
        return { firstNumber, count, slice, blockBytes, heads: this.heads.bytes, headBytes };
    }

    private onSent(nowMs: number, { stream, offset, length }: StreamSlice, packets: number): void {
        this.pacer.onSent(nowMs, length + packets * this.blockSize.wireBytes(offset, 0));
        this.probes.onBlocksSent(nowMs, packets);
        this.bytesInFlight += length;
        this.peerWindow.inFlightBytes += stream === DATA_STREAM ? length : 0;
        this.streamBytesSent += length;
    }

    /** Returns how many packets that had been declared lost have arrived. */
    private onInterval(report: ReportFrame, interval: ReportInterval): number {
        const knowsLateness = this.sent.remembers(report.largest);
        let spurious = 0;
        let cursor = Math.max(interval.from, this.sent.floor);
        for (let i = 0; i < interval.gaps.length; i += 2) {
            spurious += this.onArrived(cursor, interval.gaps[i]!);
            if (knowsLateness) {
                this.onMissing(report, Math.max(interval.gaps[i]!, this.sent.floor), interval.gaps[i + 1]!);
            }
            cursor = Math.max(cursor, interval.gaps[i + 1]!);
        }
        return spurious + this.onArrived(cursor, interval.to);
    }

    private onArrived(from: number, to: number): number {
        let spurious = 0;
        for (let packetNumber = from; packetNumber < to; packetNumber++) {
            const state = this.sent.state(packetNumber);
            if (state === PacketState.SETTLED) {
                continue;
            }
            const content = this.sent.content(packetNumber);
            this.sent.setState(packetNumber, PacketState.SETTLED);
            this.probes.onSettled();
            if (content === PacketContent.PROBE) {
                this.onProbeSettled(packetNumber, true);
            } else if (content !== PacketContent.PING) {
                const length = this.sent.length(packetNumber);
                const offset = this.sent.offset(packetNumber);
                if (state === PacketState.IN_FLIGHT) {
                    this.leaveFlight(content === PacketContent.DATA, length);
                } else {
                    spurious += 1;
                }
                this.sampling.acknowledgedBytes += this.blockSize.wireBytes(offset, length);
                this.acknowledged.extend(this.sent.stream(packetNumber), offset, length);
            }
        }
        return spurious;
    }

    private onMissing(report: ReportFrame, from: number, to: number): void {
        const arrivedMs = this.sent.sentMs(report.largest) + report.holdUs / 1000;
        const rttMs = this.rtt.cautiousMs;
        for (let packetNumber = from; packetNumber < to; packetNumber++) {
            if (this.sent.state(packetNumber) === PacketState.IN_FLIGHT) {
                const latenessMs = arrivedMs - this.sent.sentMs(packetNumber);
                if (this.losses.isLost(report.largest - packetNumber, latenessMs, rttMs)) {
                    this.declareLost(packetNumber);
                }
            }
        }
    }

    private declareLost(packetNumber: number): void {
        const content = this.sent.content(packetNumber);
        this.packetsLost += 1;
        if (content === PacketContent.PING || content === PacketContent.PROBE) {
            this.sent.setState(packetNumber, PacketState.SETTLED);
            if (content === PacketContent.PROBE) {
                this.onProbeSettled(packetNumber, false);
            }
            return;
        }
        const length = this.sent.length(packetNumber);
        this.sent.setState(packetNumber, PacketState.LOST);
        this.leaveFlight(content === PacketContent.DATA, length);
        this.sampling.lostBytes += this.blockSize.wireBytes(this.sent.offset(packetNumber), length);
        if (this.sent.role(packetNumber) !== PacketRole.COPY) {
            this.queues.of(this.sent.stream(packetNumber)).addLost(this.sent.offset(packetNumber), length);
        }
    }

    private onProbeSettled(packetNumber: number, arrived: boolean): void {
        this.probesInFlight -= 1;
        this.listener.onProbe(this.sent.length(packetNumber), arrived);
    }

    private leaveFlight(isData: boolean, length: number): void {
        this.bytesInFlight -= length;
        this.peerWindow.inFlightBytes -= isData ? length : 0;
    }

    /** A lost packet is kept until it cannot turn up any more, so that needless retransmissions are noticed. */
    private advanceFloor(nowMs: number): void {
        const lateMs = 2 * this.rtt.smoothedMs + 2 * reportIntervalMs(this.rtt.smoothedMs);
        while (this.sent.floor < this.sent.next) {
            const state = this.sent.state(this.sent.floor);
            const ageMs = nowMs - this.sent.sentMs(this.sent.floor);
            if (state === PacketState.IN_FLIGHT) {
                const waitedMs = Math.min(ageMs, nowMs - this.resumedMs);
                if (waitedMs < 2 * lateMs + FORGOTTEN_MS) {
                    return;
                }
                this.declareLost(this.sent.floor);
            } else if (state === PacketState.LOST && ageMs < lateMs) {
                return;
            }
            this.sent.setState(this.sent.floor, PacketState.SETTLED);
            this.sent.floor += 1;
        }
    }
}
