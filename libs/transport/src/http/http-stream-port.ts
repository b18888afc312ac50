import { Clock, ConnectError, Disposable, RangeSet, systemClock } from '@connect/base';
import { StreamPort, StreamPortListener } from '../node/stream-port';
import { encodeRecord, MAX_DATA_OFFSET, MetaRecord } from '../proto/meta-records';
import { RateSettings } from '../proto/rate-controller';
import { RecordReader } from '../proto/record-stream';
import { DataRange, encodeSessionFrame, SessionFrame, SessionFrameReader } from '../proto/session-frames';
import { ConnectionStats } from '../proto/types';
import { malformed } from '../proto/wire-bytes';
import { OutgoingData } from './outgoing-data';
import { ResumableLog } from './resumable-log';

/** Data is acknowledged when so much of it has come, or after so long. */
const ACKNOWLEDGE_BYTES = 256 * 1024;
const CARE_INTERVAL_MS = 10;
const MAX_RANGES_PER_FRAME = 1024;

/** What an end of a session over HTTPS is made of. */
export interface HttpStreamPortOptions {
    /** Only the end that fetches its data is told what there is to be had. */
    readonly offersData: boolean;
    readonly rate: RateSettings;
    readonly clock?: Clock;
    /** Called at most once: the peer breaks the protocol. The port has ended itself. */
    readonly onFailed: (error: ConnectError) => void;
    /** The server's last word arrived. */
    readonly onEnded?: (json: string) => void;
}

/**
 * The {@link StreamPort} of both ends of a session over HTTPS. Records, acknowledgements and windows travel in a log
 * that outlives its connections; the data is carried by requests, which ask here for what goes out ({@link runs},
 * {@link outgoing}) and bring here what came in ({@link accept}).
 */
export class HttpStreamPort implements StreamPort {
    listener: StreamPortListener = { onRecord: () => undefined, onData: () => undefined };
    readonly outgoing: OutgoingData;
    readonly log: ResumableLog;
    /** Data that can be carried and that nobody carries yet: given here by this end, or offered by the peer. */
    readonly runs = new RangeSet();
    /** Called when there is more in {@link runs}. */
    onRuns: () => void = () => undefined;
    private readonly clock: Clock;
    private readonly records = new RecordReader(record => this.listener.onRecord(record));
    private readonly frames = new SessionFrameReader(frame => this.onFrame(frame));
    private recordsEnd = 0;
    private readonly received = new RangeSet();
    private readonly toAcknowledge = new RangeSet();
    private readonly toOffer = new RangeSet();
    private acknowledgeBytes = 0;
    private receivedBytes = 0;
    private window = Infinity;
    private openWaiters: Array<() => void> = [];
    private isFlushDue = false;
    private care: Disposable | undefined;
    private ended: ConnectError | undefined;
    private rttMs = 0;
    private minRttMs = Infinity;
    private heardMs: number | undefined;
    private rate: RateSettings;

    constructor(private readonly options: HttpStreamPortOptions) {
        this.clock = options.clock ?? systemClock;
        this.rate = options.rate;
        this.outgoing = new OutgoingData(this.clock, options.rate.targetBps);
        this.log = new ResumableLog(bytes => this.frames.push(bytes));
    }

    sendRecord(record: MetaRecord): Promise<void> {
        if (this.ended) {
            return Promise.reject(this.ended);
        }
        this.say({ type: 'record', bytes: encodeRecord(record) });
        return this.log.room();
    }

    sendRecords(records: readonly MetaRecord[]): Promise<void> {
        if (this.ended) {
            return Promise.reject(this.ended);
        }
        records.forEach(record => this.say({ type: 'record', bytes: encodeRecord(record) }));
        return this.log.room();
    }

    sendData(offset: number, bytes: Uint8Array): Promise<void> {
        if (this.ended) {
            return Promise.reject(this.ended);
        }
        const acknowledged = this.outgoing.add(offset, bytes);
        if (bytes.length > 0) {
            (this.options.offersData ? this.toOffer : this.runs).add(offset, offset + bytes.length);
            this.onRuns();
            this.scheduleFlush();
        }
        return acknowledged;
    }

    expectNothing(): void {
        // nobody waits for what was not offered
    }

    setReceiveWindow(bytes: number): void {
        this.window = bytes;
        if (!this.ended) {
            this.say({ type: 'window', bytes: Math.floor(bytes) });
        }
        if (bytes > 0) {
            this.openWaiters.splice(0).forEach(open => open());
        }
    }

    setRate(rate: RateSettings): void {
        this.rate = rate;
        this.outgoing.setRate(rate.targetBps);
    }

    stats(): ConnectionStats {
        const { sent, resent, acknowledged } = this.outgoing.counts;
        return {
            packetsSent: 0,
            packetsLost: 0,
            packetsReceived: 0,
            packetsDuplicate: 0,
            packetsMissing: 0,
            streamBytesSent: sent,
            streamBytesRetransmitted: resent,
            streamBytesAcknowledged: acknowledged,
            streamBytesReceived: this.receivedBytes,
            bytesInFlight: this.outgoing.bytesInFlight,
            smoothedRttMs: this.rttMs,
            minRttMs: this.minRttMs === Infinity ? 0 : this.minRttMs,
            sendRateBps: this.rate.targetBps,
            lastHeardMs: this.heardMs
        };
    }

    /** A connection for the log is there; `send` puts a message on it. */
    attach(send: (message: Uint8Array) => void): void {
        if (!this.ended) {
            this.log.attach(send);
            this.scheduleFlush();
        }
    }

    /** A message of that connection. A peer that breaks the protocol ends the port. */
    onMessage(message: Uint8Array): void {
        this.guarded(() => {
            this.heardMs = this.clock.now();
            this.log.onMessage(message);
            // so that the peer hears in time that it need not keep it
            this.scheduleCare();
        });
    }

    /** A round trip of that connection was measured. */
    onRtt(rttMs: number): void {
        this.rttMs = this.rttMs === 0 ? rttMs : this.rttMs * 0.875 + rttMs * 0.125;
        this.minRttMs = Math.min(this.minRttMs, rttMs);
        this.outgoing.onRtt(rttMs);
    }

    /**
     * Data that a request brought. What has come before is dropped.
     * @param bytes valid during the call
     */
    accept(offset: number, bytes: Uint8Array): void {
        this.guarded(() => {
            if (offset + bytes.length > MAX_DATA_OFFSET) {
                throw malformed('data beyond the end of the stream');
            }
            this.heardMs = this.clock.now();
            for (const { start, end } of this.received.add(offset, offset + bytes.length)) {
                this.listener.onData(start, bytes.subarray(start - offset, end - offset));
                this.receivedBytes += end - start;
                this.acknowledgeBytes += end - start;
                this.toAcknowledge.add(start, end);
            }
            if (this.acknowledgeBytes >= ACKNOWLEDGE_BYTES) {
                this.scheduleFlush();
            } else {
                this.scheduleCare();
            }
        });
    }

    /** Resolves while more data may be taken; at once, unless the window is closed. Never rejects. */
    async opened(): Promise<void> {
        if (this.window <= 0 && !this.ended) {
            await new Promise<void>(resolve => this.openWaiters.push(resolve));
        }
    }

    get isOpen(): boolean {
        return this.window > 0;
    }

    /** The last word of this end. */
    sayEnded(json: string): void {
        if (!this.ended) {
            this.say({ type: 'ended', json });
        }
    }

    /** Whether the peer has everything that was given here. */
    get isDrained(): boolean {
        return this.outgoing.isIdle && this.log.isIdle;
    }

    get isEnded(): boolean {
        return this.ended !== undefined;
    }

    /** Stops everything; whoever still waits for something gets `error`. Idempotent. */
    end(error: ConnectError): void {
        if (this.ended) {
            return;
        }
        this.ended = error;
        this.care?.dispose();
        this.log.abandon(error);
        this.outgoing.abandon(error);
        this.openWaiters.splice(0).forEach(open => open());
    }

    private say(frame: SessionFrame): void {
        this.log.append(encodeSessionFrame(frame));
        this.scheduleFlush();
    }

    private onFrame(frame: SessionFrame): void {
        switch (frame.type) {
            case 'record':
                this.records.onBytes(this.recordsEnd, frame.bytes);
                this.recordsEnd += frame.bytes.length;
                return;
            case 'received':
                if (!this.outgoing.acknowledge(frame.ranges)) {
                    throw malformed('the peer has data that was never sent');
                }
                return;
            case 'window':
                this.outgoing.setWindow(frame.bytes);
                return;
            case 'offered':
                frame.ranges.forEach(({ start, end }) => this.runs.add(start, end));
                this.onRuns();
                return;
            case 'ended':
                this.options.onEnded?.(frame.json);
                return;
        }
    }

    /** What was said in one turn of the event loop goes out together. */
    private scheduleFlush(): void {
        if (!this.isFlushDue && !this.ended) {
            this.isFlushDue = true;
            setImmediate(() => {
                this.isFlushDue = false;
                this.flush();
            });
        }
    }

    private scheduleCare(): void {
        this.care ??= this.clock.setTimeout(() => {
            this.care = undefined;
            this.flush();
        }, CARE_INTERVAL_MS);
    }

    private flush(): void {
        if (this.ended) {
            return;
        }
        this.acknowledgeBytes = 0;
        this.tellRanges('received', this.toAcknowledge);
        this.tellRanges('offered', this.toOffer);
        this.log.flush();
        this.log.tellReceived();
    }

    private tellRanges(type: 'received' | 'offered', set: RangeSet): void {
        const ranges: readonly DataRange[] = set.ranges();
        for (let at = 0; at < ranges.length; at += MAX_RANGES_PER_FRAME) {
            const some = ranges.slice(at, at + MAX_RANGES_PER_FRAME);
            this.log.append(encodeSessionFrame({ type, ranges: some }));
        }
        set.clear();
    }

    private guarded(work: () => void): void {
        if (this.ended) {
            return;
        }
        try {
            work();
        } catch (error) {
            const failure = ConnectError.from(error);
            this.end(failure);
            this.options.onFailed(failure);
        }
    }
}
