import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import * as fc from 'fast-check';
import {
    decodeFrames,
    encodeDataHead,
    encodeFloor,
    encodeReport,
    FrameHandler,
    FrameType,
    MAX_FLOOR_BYTES,
    MAX_REPORT_INTERVALS,
    ReportFrame,
    ReportInterval
} from './frames';
import { StreamId } from './types';
import { MAX_VARINT } from './varint';

type Seen = ReadonlyArray<readonly [string, ...unknown[]]>;

function decode(bytes: Uint8Array): Seen {
    const seen: Array<[string, ...unknown[]]> = [];
    const handler: FrameHandler = {
        onPing: () => seen.push(['ping']),
        onData: (stream, offset, sendTicks, payload) =>
            seen.push(['data', stream, offset, sendTicks, Array.from(payload)]),
        onReport: report => seen.push(['report', report]),
        onFloor: (packetNumber, rttUs) => seen.push(['floor', packetNumber, rttUs])
    };
    decodeFrames(bytes, handler);
    return seen;
}

const concat = (...parts: ReadonlyArray<Uint8Array | number[]>): Uint8Array =>
    Uint8Array.from(parts.flatMap(part => Array.from(part)));

/** Alternating lengths: received, missing, received, missing, …; the first may be 0. */
const interval = fc
    .record({
        from: fc.nat(2 ** 40),
        first: fc.nat(300),
        rest: fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 41 })
    })
    .map(({ from, first, rest }): ReportInterval => {
        const gaps: number[] = [];
        let at = from + first;
        rest.forEach((length, i) => {
            if (i % 2 === 0) {
                gaps.push(at, at + length);
            }
            at += length;
        });
        return { from, to: at, gaps };
    });

const report = fc
    .record({
        above: fc.nat(5),
        holdUs: fc.maxSafeNat(),
        queueingDelayUs: fc.maxSafeNat(),
        receiveWindowBytes: fc.maxSafeNat(),
        deliveryRateBytesPerSec: fc.maxSafeNat(),
        intervals: fc.array(interval, { maxLength: MAX_REPORT_INTERVALS })
    })
    .map(({ above, ...fields }): ReportFrame => {
        const highest = Math.max(0, ...fields.intervals.map(each => each.to - 1));
        return { largest: highest + above, ...fields };
    });

function reportBytes(frame: ReportFrame): Uint8Array {
    const target = new Uint8Array(4096);
    return target.slice(0, encodeReport(target, 0, frame));
}

function floorBytes(packetNumber: number, rttUs: number): Uint8Array {
    const target = new Uint8Array(MAX_FLOOR_BYTES);
    return target.slice(0, encodeFloor(target, 0, packetNumber, rttUs));
}

describe('frames', () => {
    it('a report reads back as it was written', () => {
        const readsBack = (frame: ReportFrame): void => {
            expect(decode(reportBytes(frame))).to.deep.equal([['report', frame]]);
        };
        fc.assert(fc.property(report, readsBack));
    });

    it('a floor reads back as it was written', () => {
        const readsBack = (packetNumber: number, rttUs: number): void => {
            expect(decode(floorBytes(packetNumber, rttUs))).to.deep.equal([['floor', packetNumber, rttUs]]);
        };
        fc.assert(fc.property(fc.maxSafeNat(), fc.maxSafeNat(), readsBack));
    });

    it('data reads back as it was written and reaches to the end of the packet', () => {
        const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 });
        const stream = fc.constantFrom<StreamId>(0, 1);
        fc.assert(
            fc.property(
                stream,
                fc.oneof(fc.nat(2 ** 48 - 65), fc.nat(2 ** 32), fc.constantFrom(2 ** 32 - 1, 2 ** 32)),
                fc.nat(2 ** 24 - 1),
                bytes,
                (id, offset, time, payload) => {
                    const packet = concat([FrameType.PING], encodeDataHead(id, offset, time), payload);
                    expect(decode(packet)).to.deep.equal([
                        ['ping'],
                        ['data', id, offset, time, Array.from(payload)]
                    ]);
                }
            )
        );
    });

    it('several frames in one packet are handed over in order', () => {
        const state: ReportFrame = {
            largest: 9,
            holdUs: 1,
            queueingDelayUs: 2,
            receiveWindowBytes: 3,
            deliveryRateBytesPerSec: 4,
            intervals: [{ from: 2, to: 10, gaps: [3, 5] }]
        };
        const packet = concat(floorBytes(2, 40_000), [FrameType.PING], reportBytes(state), [0, 0, 0]);
        expect(decode(packet)).to.deep.equal([['floor', 2, 40_000], ['ping'], ['report', state]]);
    });

    it('any bytes give frames or a protocol error, nothing else', () => {
        const type = fc.constantFrom(0, 1, 2, 3, 4, 5, 255);
        const tail = fc.uint8Array({ maxLength: 80 });
        fc.assert(
            fc.property(
                fc.oneof(
                    tail,
                    fc.tuple(type, tail).map(([first, rest]) => concat([first], rest))
                ),
                bytes => {
                    try {
                        decode(bytes);
                    } catch (error) {
                        expect(ConnectError.is(error, 'transfer.protocol'), String(error)).to.equal(true);
                    }
                }
            ),
            { numRuns: 2000 }
        );
    });

    it('a report that is cut short or changed in one byte gives a report or a protocol error', () => {
        fc.assert(
            fc.property(report, fc.nat(), fc.nat(255), (frame, where, value) => {
                const bytes = reportBytes(frame);
                const changed = bytes.slice();
                changed[where % bytes.length] = value;
                for (const candidate of [bytes.slice(0, where % bytes.length), changed]) {
                    try {
                        decode(candidate);
                    } catch (error) {
                        expect(ConnectError.is(error, 'transfer.protocol'), String(error)).to.equal(true);
                    }
                }
            })
        );
    });

    const head = (offset: number): Uint8Array => encodeDataHead(1, offset, 0);
    const malformed: ReadonlyArray<readonly [string, Uint8Array]> = [
        ['an empty packet', new Uint8Array(0)],
        ['an unknown frame type', Uint8Array.of(5)],
        ['padding that is not zero', Uint8Array.of(0, 0, 1)],
        ['data without bytes', head(0)],
        ['a frame type beyond those of data', concat([12], new Uint8Array(11))],
        ['data that is cut short', head(2 ** 32).subarray(0, 9)],
        ['data beyond the end of the stream space', concat(head(2 ** 48 - 1), [1, 2])],
        ['a floor that is cut short', Uint8Array.of(FrameType.FLOOR, 0x40)],
        [
            'a report with too many intervals',
            Uint8Array.of(3, 9, 0, 0, 0, 0, 5, ...Array<number>(15).fill(1))
        ],
        ['an empty interval', Uint8Array.of(3, 9, 0, 0, 0, 0, 1, 2, 0, 0)],
        ['an interval beyond the largest number', Uint8Array.of(3, 9, 0, 0, 0, 0, 1, 2, 9, 0)],
        ['an empty gap', Uint8Array.of(3, 9, 0, 0, 0, 0, 1, 0, 9, 1, 1, 0)],
        ['gaps that touch', Uint8Array.of(3, 9, 0, 0, 0, 0, 1, 0, 9, 2, 1, 1, 0, 1)],
        ['a gap beyond its interval', Uint8Array.of(3, 9, 0, 0, 0, 0, 1, 0, 9, 1, 8, 2)],
        ['more gaps than bytes', Uint8Array.of(3, 9, 0, 0, 0, 0, 1, 0, 9, 60, 1, 1)]
    ];
    for (const [description, bytes] of malformed) {
        it(`refuses ${description}`, () => {
            expect(() => decode(bytes))
                .to.throw(ConnectError)
                .with.property('code', 'transfer.protocol');
        });
    }

    it('an interval may begin with a gap, and numbers may be as large as they come', () => {
        const frame: ReportFrame = {
            largest: MAX_VARINT,
            holdUs: 0,
            queueingDelayUs: 0,
            receiveWindowBytes: 0,
            deliveryRateBytesPerSec: 0,
            intervals: [{ from: 0, to: MAX_VARINT, gaps: [0, MAX_VARINT - 1] }]
        };
        expect(decode(reportBytes(frame))).to.deep.equal([['report', frame]]);
    });
});
