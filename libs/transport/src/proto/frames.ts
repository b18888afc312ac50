import { ConnectError } from '@connect/base';
import { DATA_STREAM, StreamId } from './types';
import { ByteReader, varintSize, writeUint32, writeUint48, writeVarint } from './varint';

/** First byte of a frame. Format of all frames: docs/formats/transport.md §4. */
export const FrameType = { PADDING: 0x00, PING: 0x01, DATA: 0x02, REPORT: 0x03, FLOOR: 0x04 } as const;

/** Bytes before the payload in a DATA frame: type, stream, offset, send time. */
export const DATA_HEAD_BYTES = 12;
/** Upper limit of stream positions, exclusive. */
export const MAX_STREAM_OFFSET = 2 ** 48;

/**
 * What the receiver knows about the packet numbers in [from, to): those inside `gaps` have not arrived, all others have.
 * `gaps` is flat: start, end, start, end, … ascending, disjoint, non-empty, inside the interval.
 */
export interface ReportInterval {
    readonly from: number;
    readonly to: number;
    readonly gaps: readonly number[];
}

/** State of the receiving end; every report is complete in itself, so it may be lost, repeated or reordered. */
export interface ReportFrame {
    /** Highest packet number that has arrived. */
    readonly largest: number;
    /** How long ago, when the report was built, `largest` had arrived. */
    readonly holdUs: number;
    /** One-way delay above its recent minimum, the smallest seen since the report before. */
    readonly queueingDelayUs: number;
    /** Bytes of the data stream that the peer may have outstanding. */
    readonly receiveWindowBytes: number;
    /** Bytes per second on the wire, over the time since the report before. */
    readonly deliveryRateBytesPerSec: number;
    readonly intervals: readonly ReportInterval[];
}

/** Takes the frames of a packet, in order. */
export interface FrameHandler {
    onPing(): void;
    /** `payload` is a view into the packet, at least one byte long. */
    onData(stream: StreamId, offset: number, sendTimeUs: number, payload: Uint8Array): void;
    onReport(report: ReportFrame): void;
    /** Numbers below `packetNumber` are settled; `rttUs` is the round-trip time the peer sees, 0 when it knows none. */
    onFloor(packetNumber: number, rttUs: number): void;
}

/**
 * Takes a packet apart. The frames before a malformed one have been handled by then: the session is over anyway.
 * @throws ConnectError `transfer.protocol` when the bytes are not a sequence of whole, valid frames.
 */
export function decodeFrames(plaintext: Uint8Array, handler: FrameHandler): void {
    const reader = new ByteReader(plaintext);
    if (reader.remaining === 0) {
        throw malformed('an empty packet');
    }
    while (reader.remaining > 0) {
        const type = reader.readUint8();
        switch (type) {
            case FrameType.DATA:
                decodeData(reader, handler);
                break;
            case FrameType.PADDING:
                if (reader.readRest().some(byte => byte !== 0)) {
                    throw malformed('padding that is not zero');
                }
                break;
            case FrameType.PING:
                handler.onPing();
                break;
            case FrameType.REPORT:
                handler.onReport(decodeReport(reader));
                break;
            case FrameType.FLOOR:
                handler.onFloor(reader.readVarint(), reader.readVarint());
                break;
            default:
                throw malformed(`unknown frame type ${type}`);
        }
    }
}

/** The bytes of a DATA frame up to its payload, which follows and reaches to the end of the packet. */
export function encodeDataHead(stream: StreamId, offset: number, sendTimeUs: number): Uint8Array {
    const head = new Uint8Array(DATA_HEAD_BYTES);
    head[0] = FrameType.DATA;
    head[1] = stream;
    writeUint48(head, 2, offset);
    writeUint32(head, 8, sendTimeUs);
    return head;
}

/** Largest size of a FLOOR frame. */
export const MAX_FLOOR_BYTES = 17;

/** Writes a FLOOR frame and returns the position after it. */
export function encodeFloor(target: Uint8Array, at: number, packetNumber: number, rttUs: number): number {
    target[at] = FrameType.FLOOR;
    return writeVarint(target, writeVarint(target, at + 1, packetNumber), rttUs);
}

/** Size of a REPORT frame without its intervals, at most. */
export const MAX_REPORT_HEAD_BYTES = 42;
/** Size of an interval without its gaps, at most. */
export const MAX_INTERVAL_HEAD_BYTES = 24;

/** More intervals than this in one report are refused: each may cost the sender a walk over all it has in flight. */
export const MAX_REPORT_INTERVALS = 4;

/** Bytes that one gap adds to an interval. `received` is the count of numbers between the gap before and this one. */
export function gapSize(received: number, missing: number): number {
    return varintSize(received) + varintSize(missing);
}

/** Writes a REPORT frame and returns the position after it; the caller has made room. */
export function encodeReport(target: Uint8Array, at: number, report: ReportFrame): number {
    target[at] = FrameType.REPORT;
    let end = writeVarint(target, at + 1, report.largest);
    end = writeVarint(target, end, report.holdUs);
    end = writeVarint(target, end, report.queueingDelayUs);
    end = writeVarint(target, end, report.receiveWindowBytes);
    end = writeVarint(target, end, report.deliveryRateBytesPerSec);
    end = writeVarint(target, end, report.intervals.length);
    for (const { from, to, gaps } of report.intervals) {
        end = writeVarint(target, end, from);
        end = writeVarint(target, end, to - from);
        end = writeVarint(target, end, gaps.length / 2);
        let cursor = from;
        for (let i = 0; i < gaps.length; i += 2) {
            end = writeVarint(target, end, gaps[i]! - cursor);
            end = writeVarint(target, end, gaps[i + 1]! - gaps[i]!);
            cursor = gaps[i + 1]!;
        }
    }
    return end;
}

function decodeData(reader: ByteReader, handler: FrameHandler): void {
    const stream = reader.readUint8();
    const offset = reader.readUint48();
    const sendTimeUs = reader.readUint32();
    const payload = reader.readRest();
    if (stream > DATA_STREAM) {
        throw malformed(`unknown stream ${stream}`);
    }
    if (payload.length === 0 || offset + payload.length > MAX_STREAM_OFFSET) {
        throw malformed('a data frame without bytes or beyond the end of the stream space');
    }
    handler.onData(stream as StreamId, offset, sendTimeUs, payload);
}

function decodeReport(reader: ByteReader): ReportFrame {
    const largest = reader.readVarint();
    const holdUs = reader.readVarint();
    const queueingDelayUs = reader.readVarint();
    const receiveWindowBytes = reader.readVarint();
    const deliveryRateBytesPerSec = reader.readVarint();
    const count = atMost(reader.readVarint(), MAX_REPORT_INTERVALS);
    const intervals: ReportInterval[] = [];
    for (let i = 0; i < count; i++) {
        intervals.push(decodeInterval(reader, largest));
    }
    return { largest, holdUs, queueingDelayUs, receiveWindowBytes, deliveryRateBytesPerSec, intervals };
}

function decodeInterval(reader: ByteReader, largest: number): ReportInterval {
    const from = reader.readVarint();
    const to = from + reader.readVarint();
    const gapCount = atMost(reader.readVarint(), reader.remaining >> 1);
    if (to === from || to - 1 > largest) {
        throw malformed('a report about no packet, or beyond the highest that arrived');
    }
    const gaps: number[] = [];
    let cursor = from;
    for (let i = 0; i < gapCount; i++) {
        const received = reader.readVarint();
        const missing = reader.readVarint();
        if (missing === 0 || (received === 0 && i > 0) || cursor + received + missing > to) {
            throw malformed('gaps of a report that are empty, touch or lie outside');
        }
        gaps.push(cursor + received, cursor + received + missing);
        cursor += received + missing;
    }
    return { from, to, gaps };
}

/** A count says how much follows: more than fits into the packet is refused before anything is allocated. */
function atMost(count: number, limit: number): number {
    if (count > limit) {
        throw malformed('a count larger than the packet');
    }
    return count;
}

function malformed(what: string): ConnectError {
    return new ConnectError('transfer.protocol', `Malformed packet: ${what}`);
}
