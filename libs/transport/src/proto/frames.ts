import { ConnectError } from '@connect/base';
import { DATA_STREAM, META_STREAM, StreamId } from './types';
import { ByteReader, varintSize, writeUint24, writeUint32, writeUint48, writeVarint } from './varint';

/**
 * First byte of a frame. Format of all frames: docs/formats/transport.md §4. DATA is the first of four: + 1 on the data
 * stream, + 2 with an offset of six bytes instead of four.
 */
export const FrameType = {
    PADDING: 0x00,
    PING: 0x01,
    REPORT: 0x03,
    FLOOR: 0x04,
    DATA: 0x08,
    /** DATA on the data stream, with an offset of four bytes, or of six. */
    BLOCK: 0x09,
    WIDE_BLOCK: 0x0b
} as const;

/** Bytes before the payload in a DATA frame whose offset is below {@link WIDE_OFFSET}: type, send time, offset. */
export const DATA_HEAD_BYTES = 8;
/** The same with an offset from {@link WIDE_OFFSET} on. */
export const WIDE_DATA_HEAD_BYTES = 10;
/** The first offset that four bytes do not hold. */
export const WIDE_OFFSET = 2 ** 32;
const FLAG_WIDE = 2;
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
    /** `payload` is a view into the packet, at least one byte long; `sendTicks` as `sendTicksUint24` (cadence.ts). */
    onData(stream: StreamId, offset: number, sendTicks: number, payload: Uint8Array): void;
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
        if (type >= FrameType.DATA && type <= (FrameType.DATA | DATA_STREAM | FLAG_WIDE)) {
            decodeData(reader, type, handler);
            continue;
        }
        switch (type) {
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

/** Bytes of a DATA frame before its payload. */
export function dataHeadBytes(offset: number): number {
    return dataHeadBytesOf(offset >= WIDE_OFFSET);
}

/** The same by whether the offset has six bytes. */
export function dataHeadBytesOf(isWide: boolean): number {
    return isWide ? WIDE_DATA_HEAD_BYTES : DATA_HEAD_BYTES;
}

/** The bytes of a DATA frame up to its payload, which follows and reaches to the end of the packet. */
export function encodeDataHead(stream: StreamId, offset: number, sendTicks: number): Uint8Array {
    const head = new Uint8Array(dataHeadBytes(offset));
    writeDataHead(head, 0, stream, offset, sendTicks);
    return head;
}

/** Writes the same to `at`, and returns the position after it; the caller has made room. */
export function writeDataHead(
    target: Uint8Array,
    at: number,
    stream: StreamId,
    offset: number,
    sendTicks: number
): number {
    const isWide = offset >= WIDE_OFFSET;
    target[at] = FrameType.DATA | stream | (isWide ? FLAG_WIDE : 0);
    writeUint24(target, at + 1, sendTicks);
    if (isWide) {
        writeUint48(target, at + 4, offset);
        return at + WIDE_DATA_HEAD_BYTES;
    }
    writeUint32(target, at + 4, offset);
    return at + DATA_HEAD_BYTES;
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

function decodeData(reader: ByteReader, type: number, handler: FrameHandler): void {
    const sendTicks = reader.readUint24();
    const offset = type & FLAG_WIDE ? reader.readUint48() : reader.readUint32();
    const payload = reader.readRest();
    if (payload.length === 0 || offset + payload.length > MAX_STREAM_OFFSET) {
        throw malformed('a data frame without bytes or beyond the end of the stream space');
    }
    handler.onData(type & DATA_STREAM ? DATA_STREAM : META_STREAM, offset, sendTicks, payload);
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
