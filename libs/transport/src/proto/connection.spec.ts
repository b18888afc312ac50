import { ConnectError, seededRandom } from '@connect/base';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { OVERHEAD_BYTES, Simulation } from '../testing/simulation';
import { Connection } from './connection';
import {
    decodeFrames,
    encodeDataHead,
    encodeFloor,
    encodeReport,
    FrameHandler,
    FrameType,
    ReportFrame
} from './frames';
import { ConnectionListener, DATA_STREAM, META_STREAM, OutgoingPacket, StreamId } from './types';

const CONFIG = {
    maxPlaintextBytes: 1400,
    overheadBytes: OVERHEAD_BYTES,
    rate: { targetBps: 100e6, minBps: 1e5, policy: 'fixed' as const }
};

const silent: ConnectionListener = { onData: () => undefined, onAcknowledged: () => undefined };

const poll = (connection: Connection, nowMs: number): OutgoingPacket[] => {
    const packets: OutgoingPacket[] = [];
    for (let packet = connection.pollTransmit(nowMs); packet; packet = connection.pollTransmit(nowMs)) {
        packets.push(packet);
    }
    return packets;
};

const EMPTY: ReportFrame = {
    largest: 0,
    holdUs: 0,
    queueingDelayUs: 0,
    receiveWindowBytes: 2 ** 40,
    deliveryRateBytesPerSec: 0,
    intervals: []
};

function reportPacket(report: Partial<ReportFrame>): Uint8Array {
    const target = new Uint8Array(1400);
    return target.slice(0, encodeReport(target, 0, { ...EMPTY, ...report }));
}

function dataPacket(stream: StreamId, offset: number, sendTicks: number, length: number): Uint8Array {
    const head = encodeDataHead(stream, offset, sendTicks);
    const packet = new Uint8Array(head.length + length).fill(7);
    packet.set(head);
    return packet;
}

/** The reports among the packets. */
function reportsIn(packets: readonly OutgoingPacket[]): ReportFrame[] {
    const reports: ReportFrame[] = [];
    const handler: FrameHandler = {
        onPing: () => undefined,
        onData: () => undefined,
        onFloor: () => undefined,
        onReport: report => reports.push(report)
    };
    packets.filter(packet => !packet.slice).forEach(packet => decodeFrames(packet.head, handler));
    return reports;
}

/** More than the sizes of one run add up to. */
const MAX_TOTAL = 200_000;

const byteAt = (stream: StreamId, offset: number): number =>
    (offset * 31 + (offset >>> 8) * 7 + stream * 101) & 0xff;

describe('Connection', () => {
    it('delivers each byte exactly once, with its content, over any path', () => {
        const path = fc.record({
            delayMs: fc.integer({ min: 0, max: 200 }),
            jitterMs: fc.integer({ min: 0, max: 50 }),
            loss: fc.integer({ min: 0, max: 40 }).map(percent => percent / 100),
            duplicate: fc.integer({ min: 0, max: 20 }).map(percent => percent / 100),
            reorder: fc.integer({ min: 0, max: 20 }).map(percent => percent / 100),
            reorderMs: fc.integer({ min: 0, max: 100 })
        });
        const sizes = fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 20 });
        fc.assert(
            fc.property(fc.nat(), path, path, sizes, sizes, (seed, forth, back, metaSizes, dataSizes) => {
                const simulation = new Simulation({
                    seed,
                    rate: { targetBps: 5e6, minBps: 1e5, policy: 'fixed' },
                    forth,
                    back,
                    fill: (stream, offset, target) =>
                        target.forEach((_, i) => (target[i] = byteAt(stream, offset + i)))
                });
                // how often each byte came, and whether it came right
                const counts = [new Uint8Array(MAX_TOTAL), new Uint8Array(MAX_TOTAL)];
                let wrong = 0;
                simulation.second.onData = (stream, offset, bytes) => {
                    for (let i = 0; i < bytes.length; i++) {
                        counts[stream]![offset + i]! += 1;
                        wrong += bytes[i] === byteAt(stream, offset + i) ? 0 : 1;
                    }
                };
                const acknowledged = [0, 0];
                simulation.first.onAcknowledged = ({ stream, length }) => (acknowledged[stream]! += length);
                let metaEnd = 0;
                metaSizes.forEach(size =>
                    simulation.first.connection.offer(META_STREAM, metaEnd, (metaEnd += size))
                );
                let dataEnd = 0;
                dataSizes.forEach(size =>
                    simulation.first.connection.offer(DATA_STREAM, dataEnd, (dataEnd += size))
                );
                expect(simulation.runUntilIdle(600_000), 'completed').to.equal(true);
                expect(wrong, 'wrong bytes').to.equal(0);
                for (const [stream, end] of [metaEnd, dataEnd].entries()) {
                    expect(counts[stream]!.findIndex(count => count !== 1)).to.equal(end);
                    expect(acknowledged[stream]).to.equal(end);
                }
            }),
            { numRuns: 60 }
        );
    });

    it('sends records before data, and each packet number once', () => {
        const connection = new Connection(CONFIG, silent);
        connection.offer(DATA_STREAM, 0, 3000);
        connection.offer(META_STREAM, 0, 50);
        const packets = poll(connection, 0);
        expect(packets[0]!.slice).to.deep.equal({ stream: META_STREAM, offset: 0, length: 50 });
        expect(packets[1]!.slice).to.deep.equal({ stream: DATA_STREAM, offset: 0, length: 1392 });
        expect(packets.map(packet => packet.packetNumber)).to.deep.equal([0, 1, 2]);
        expect(poll(connection, 100)[0]!.packetNumber).to.equal(3);
    });

    it('fills packets before and after 4 GiB of a stream, and never more than that', () => {
        const connection = new Connection(CONFIG, silent);
        const start = 2 ** 32 - 5000;
        connection.offer(DATA_STREAM, start, start + 9000);
        const packets = [0, 1, 2].flatMap(nowMs => poll(connection, nowMs)).slice(0, 6);
        const sizes = packets.map(({ head, slice }) => head.length + slice!.length);
        expect(sizes).to.deep.equal([1398, 1398, 1398, 1398, 1400, 1400]);
        const received: Array<[number, number]> = [];
        const onData: ConnectionListener['onData'] = (_stream, offset, bytes) =>
            received.push([offset, bytes.length]);
        const peer = new Connection(CONFIG, { ...silent, onData });
        packets.forEach(({ packetNumber, head, slice }) => {
            const plaintext = new Uint8Array(head.length + slice!.length);
            plaintext.set(head);
            peer.onPacket(0, packetNumber, plaintext);
        });
        expect(received).to.deep.equal(packets.map(({ slice }) => [slice!.offset, slice!.length]));
    });

    it('does nothing and waits for nothing when there is nothing to do', () => {
        const connection = new Connection(CONFIG, silent);
        expect(poll(connection, 0)).to.deep.equal([]);
        expect(connection.nextTimeoutMs()).to.equal(undefined);
        expect(connection.isIdle).to.equal(true);
    });

    it('two idle ends become quiet after a ping', () => {
        const simulation = new Simulation({ seed: 1, rate: CONFIG.rate, forth: { delayMs: 10 } });
        simulation.first.connection.ping();
        simulation.run(() => false, 60_000);
        expect(simulation.first.connection.stats().smoothedRttMs).to.equal(20);
        expect(simulation.first.connection.stats().packetsSent).to.be.at.most(2);
        expect(simulation.second.connection.stats().packetsSent).to.be.at.most(2);
    });

    it('an end that only reports does not wait for ever for the answer to a ping that was lost', () => {
        const floors: number[] = [];
        const handler: FrameHandler = {
            onPing: () => undefined,
            onData: () => undefined,
            onReport: () => undefined,
            onFloor: packetNumber => floors.push(packetNumber)
        };
        const connection = new Connection(CONFIG, silent);
        connection.ping();
        poll(connection, 0);
        for (let i = 0; i < 100; i++) {
            connection.onPacket(i * 50, i, dataPacket(DATA_STREAM, i * 100, 0, 100));
            poll(connection, i * 50).forEach(packet => decodeFrames(packet.head, handler));
        }
        expect(floors[floors.length - 1]).to.be.above(90);
    });

    it('a packet number that comes again is ignored and counted', () => {
        let bytes = 0;
        const connection = new Connection(CONFIG, {
            ...silent,
            onData: (_s, _o, part) => (bytes += part.length)
        });
        connection.onPacket(0, 5, dataPacket(DATA_STREAM, 0, 0, 100));
        connection.onPacket(0, 5, dataPacket(DATA_STREAM, 100, 0, 100));
        expect(bytes).to.equal(100);
        expect(connection.stats()).to.include({ packetsReceived: 1, packetsDuplicate: 1 });
    });

    it('a packet is missing once a later one is there, until it comes late', () => {
        const connection = new Connection(CONFIG, silent);
        expect(connection.stats().packetsMissing).to.equal(0);
        connection.onPacket(0, 0, dataPacket(DATA_STREAM, 0, 0, 100));
        connection.onPacket(0, 3, dataPacket(DATA_STREAM, 300, 0, 100));
        expect(connection.stats().packetsMissing).to.equal(2);
        connection.onPacket(0, 1, dataPacket(DATA_STREAM, 100, 0, 100));
        expect(connection.stats().packetsMissing).to.equal(1);
    });

    it('bytes that came before, or were marked as never coming, are not told', () => {
        const told: Array<[number, number]> = [];
        const connection = new Connection(CONFIG, {
            ...silent,
            onData: (_stream, offset, part) => told.push([offset, offset + part.length])
        });
        connection.markReceived(DATA_STREAM, 50, 60);
        connection.onPacket(0, 0, dataPacket(DATA_STREAM, 0, 0, 100));
        connection.onPacket(0, 1, dataPacket(DATA_STREAM, 90, 0, 20));
        expect(told).to.deep.equal([
            [0, 50],
            [60, 100],
            [100, 110]
        ]);
    });

    describe('reports', () => {
        it('say at once what the first packet brought, then at the cadence', () => {
            const connection = new Connection(CONFIG, silent);
            connection.onPacket(0, 0, dataPacket(DATA_STREAM, 0, 0, 100));
            const [first] = reportsIn(poll(connection, 0));
            expect(first!.intervals).to.deep.equal([{ from: 0, to: 1, gaps: [] }]);
            connection.onPacket(3, 2, dataPacket(DATA_STREAM, 200, 0, 100));
            expect(poll(connection, 3)).to.deep.equal([]);
            expect(connection.nextTimeoutMs()).to.equal(10);
            const [second] = reportsIn(poll(connection, 10));
            expect(second).to.deep.include({ largest: 2, holdUs: 7000 });
            expect(second!.intervals).to.deep.equal([{ from: 0, to: 3, gaps: [1, 2] }]);
            expect(connection.nextTimeoutMs()).to.equal(undefined);
        });

        it('follow a ping promptly, and no packet that asks for none', () => {
            const connection = new Connection(CONFIG, silent);
            connection.onPacket(0, 0, Uint8Array.of(FrameType.PING));
            expect(reportsIn(poll(connection, 0))).to.have.length(1);
            connection.onPacket(1, 1, Uint8Array.of(FrameType.PING));
            expect(reportsIn(poll(connection, 2))).to.have.length(1);
            connection.onPacket(1000, 2, reportPacket({}));
            expect(poll(connection, 5000)).to.deep.equal([]);
        });

        it('tell of each packet three times', () => {
            const connection = new Connection(CONFIG, silent);
            let tellings = 0;
            for (let i = 0; i < 10; i++) {
                connection.onPacket(i * 100, i, dataPacket(DATA_STREAM, i * 100, 0, 100));
                const [report] = reportsIn(poll(connection, i * 100));
                const { from, to } = report!.intervals[0]!;
                tellings += from <= 4 && to > 4 ? 1 : 0;
            }
            expect(tellings).to.equal(3);
        });

        it('go over older packets in turn, down to the floor', () => {
            const connection = new Connection(CONFIG, silent);
            const told: number[] = [];
            for (let i = 0; i < 40; i++) {
                connection.onPacket(i * 100, i, dataPacket(DATA_STREAM, i * 100, 0, 100));
                for (const { from, to } of reportsIn(poll(connection, i * 100))[0]!.intervals.slice(1)) {
                    expect(to).to.be.below(i);
                    told.push(...Array.from({ length: to - from }, (_, k) => from + k));
                }
            }
            // packet 0 and all others that are not quite new have been told again, many times
            for (let i = 0; i < 30; i++) {
                expect(told.filter(number => number === i).length, `packet ${i}`).to.be.above(3);
            }
        });

        it('are split when they do not fit into a packet, and together tell everything', () => {
            const connection = new Connection({ ...CONFIG, maxPlaintextBytes: 256 }, silent);
            const random = seededRandom(1);
            const arrived = Array.from({ length: 3000 }, (_, i) => i).filter(
                i => i === 2999 || random.nextFloat() < 0.5
            );
            arrived.forEach(i => connection.onPacket(0, i, dataPacket(DATA_STREAM, i * 10, 0, 10)));
            const packets = poll(connection, 0);
            expect(Math.max(...packets.map(packet => packet.head.length))).to.be.at.most(256);
            const known = new Set<number>();
            for (const { from, to, gaps } of reportsIn(packets).flatMap(report => report.intervals)) {
                const missing = new Set<number>();
                for (let i = 0; i < gaps.length; i += 2) {
                    for (let n = gaps[i]!; n < gaps[i + 1]!; n++) {
                        missing.add(n);
                    }
                }
                for (let n = from; n < to; n++) {
                    expect(arrived.includes(n)).to.equal(!missing.has(n));
                    known.add(n);
                }
            }
            expect(known.size).to.equal(3000);
        });

        it('forget what lies below the floor', () => {
            const connection = new Connection(CONFIG, silent);
            [0, 2, 4, 6].forEach(i => connection.onPacket(0, i, dataPacket(DATA_STREAM, i, 0, 1)));
            const floor = new Uint8Array(17);
            connection.onPacket(0, 7, floor.slice(0, encodeFloor(floor, 0, 5, 100_000)));
            const [report] = reportsIn(poll(connection, 0));
            expect(report!.intervals).to.deep.equal([{ from: 5, to: 8, gaps: [5, 6] }]);
            // the floor also told the round-trip time, an eighth of which is the cadence now
            connection.onPacket(1, 8, dataPacket(DATA_STREAM, 8, 0, 1));
            expect(connection.nextTimeoutMs()).to.equal(12.5);
        });

        it('measure the delay of clocks that have drifted apart by more than a turn of the counter', () => {
            const connection = new Connection(CONFIG, silent);
            const clockMs = (nowMs: number): number => nowMs * 1.001;
            const arrive = (nowMs: number, packetNumber: number, delayMs: number): void => {
                const sentTicks = Math.round(clockMs(nowMs - delayMs) * 250) % 2 ** 24;
                connection.onPacket(nowMs, packetNumber, dataPacket(DATA_STREAM, packetNumber, sentTicks, 1));
            };
            let nowMs = 0;
            for (let packetNumber = 0; packetNumber < 2500; packetNumber++) {
                nowMs += 20_000;
                arrive(nowMs, packetNumber, 40);
                const [report] = reportsIn(poll(connection, nowMs));
                expect(report!.queueingDelayUs).to.be.lessThan(1000);
            }
        });

        it('measure the delay above its minimum, whatever the offset between the clocks, and the rate', () => {
            const connection = new Connection(CONFIG, silent);
            const clockOffsetTicks = 2 ** 24 - 1_250;
            const arrive = (nowMs: number, packetNumber: number, delayMs: number): void => {
                const sentTicks = ((nowMs - delayMs) * 250 + clockOffsetTicks) % 2 ** 24;
                connection.onPacket(
                    nowMs,
                    packetNumber,
                    dataPacket(DATA_STREAM, packetNumber * 992, sentTicks, 992)
                );
            };
            arrive(1000, 0, 40);
            poll(connection, 1000);
            arrive(1010, 1, 55);
            arrive(1015, 2, 52);
            const [second] = reportsIn(poll(connection, 1100));
            expect(second!.queueingDelayUs).to.equal(12_000);
            expect(second!.deliveryRateBytesPerSec).to.equal((2 * (1000 + OVERHEAD_BYTES) * 1000) / 100);
            arrive(1200, 3, 30);
            expect(reportsIn(poll(connection, 1200))[0]!.queueingDelayUs).to.equal(0);
            arrive(1300, 4, 45);
            expect(reportsIn(poll(connection, 1300))[0]!.queueingDelayUs).to.equal(15_000);
        });

        it('carry a window that opens at once', () => {
            const connection = new Connection(CONFIG, silent);
            connection.setReceiveWindow(0);
            connection.onPacket(0, 0, dataPacket(META_STREAM, 0, 0, 10));
            expect(reportsIn(poll(connection, 0))[0]!.receiveWindowBytes).to.equal(0);
            connection.setReceiveWindow(5000);
            expect(reportsIn(poll(connection, 2))[0]!.receiveWindowBytes).to.equal(5000);
        });
    });

    describe('what reports do', () => {
        const sender = (): { connection: Connection; acknowledged: Array<[number, number]> } => {
            const acknowledged: Array<[number, number]> = [];
            const connection = new Connection(CONFIG, {
                ...silent,
                onAcknowledged: ({ offset, length }) => acknowledged.push([offset, offset + length])
            });
            connection.offer(DATA_STREAM, 0, 1392 * 4);
            let sent = 0;
            for (let nowMs = 0; sent < 4; nowMs += 0.1) {
                sent += poll(connection, nowMs).length;
            }
            return { connection, acknowledged };
        };

        it('may come twice or late: bytes are acknowledged once, and losses repaired once', () => {
            const { connection, acknowledged } = sender();
            const newer = reportPacket({ largest: 3, intervals: [{ from: 0, to: 4, gaps: [1, 2] }] });
            const older = reportPacket({ largest: 2, intervals: [{ from: 0, to: 3, gaps: [0, 2] }] });
            connection.onPacket(100, 1, newer);
            connection.onPacket(100, 0, older);
            connection.onPacket(100, 2, newer);
            expect(acknowledged).to.deep.equal([
                [0, 1392],
                [2784, 5568]
            ]);
            connection.onPacket(
                130,
                3,
                reportPacket({ largest: 3, holdUs: 30_000, intervals: [{ from: 1, to: 4, gaps: [1, 2] }] })
            );
            connection.onPacket(
                130,
                4,
                reportPacket({ largest: 3, holdUs: 30_000, intervals: [{ from: 1, to: 4, gaps: [1, 2] }] })
            );
            const resent = poll(connection, 130).filter(packet => packet.slice);
            expect(resent.map(packet => packet.slice!.offset)).to.deep.equal([1392]);
        });

        it('a block thought lost that arrives after all is acknowledged and not sent again', () => {
            const { connection, acknowledged } = sender();
            const missing = reportPacket({
                largest: 3,
                holdUs: 50_000,
                intervals: [{ from: 0, to: 4, gaps: [1, 2] }]
            });
            connection.onPacket(150, 0, missing);
            connection.onPacket(
                150,
                1,
                reportPacket({ largest: 3, intervals: [{ from: 0, to: 4, gaps: [] }] })
            );
            expect(poll(connection, 151).filter(packet => packet.slice)).to.deep.equal([]);
            expect(acknowledged).to.deep.include([1392, 2784]);
            expect(connection.isIdle).to.equal(true);
        });

        it('that were overtaken do not change the window', () => {
            const { connection } = sender();
            const intervals = [{ from: 0, to: 4, gaps: [] }];
            connection.onPacket(100, 1, reportPacket({ largest: 3, receiveWindowBytes: 0, intervals }));
            connection.onPacket(100, 0, reportPacket({ largest: 3, receiveWindowBytes: 100_000, intervals }));
            connection.offer(DATA_STREAM, 10_000, 20_000);
            expect(poll(connection, 101).filter(packet => packet.slice)).to.deep.equal([]);
        });

        it('give the round-trip time without the time the peer held them back', () => {
            const { connection } = sender();
            connection.onPacket(
                90,
                0,
                reportPacket({ largest: 0, holdUs: 20_000, intervals: [{ from: 0, to: 1, gaps: [] }] })
            );
            expect(connection.stats().smoothedRttMs).to.be.closeTo(70, 0.001);
        });

        const impossible: ReadonlyArray<readonly [string, Uint8Array]> = [
            [
                'that acknowledges a packet never sent',
                reportPacket({ largest: 4, intervals: [{ from: 0, to: 5, gaps: [] }] })
            ],
            ['about numbers far ahead', reportPacket({ largest: 2 ** 47 })],
            ['followed by a floor above its own packet', Uint8Array.of(FrameType.FLOOR, 10, 0)]
        ];
        for (const [description, packet] of impossible) {
            it(`${description}: the session ends with a protocol error`, () => {
                const { connection } = sender();
                expect(() => connection.onPacket(10, 0, packet))
                    .to.throw(ConnectError)
                    .with.property('code', 'transfer.protocol');
            });
        }
    });

    it('any packet from the peer is handled or gives a protocol error', () => {
        const small = fc.integer({ min: 0, max: 3 });
        const bytes = fc
            .array(fc.oneof(small, fc.nat(255)), { maxLength: 60 })
            .map(list => Uint8Array.from(list));
        fc.assert(
            fc.property(fc.array(bytes, { maxLength: 10 }), packets => {
                const connection = new Connection(CONFIG, silent);
                connection.offer(DATA_STREAM, 0, 5000);
                packets.forEach((packet, i) => {
                    poll(connection, i);
                    try {
                        connection.onPacket(i, i, packet);
                    } catch (error) {
                        expect(ConnectError.is(error, 'transfer.protocol'), String(error)).to.equal(true);
                    }
                });
            }),
            { numRuns: 500 }
        );
    });

    it('refuses packet sizes without room for a report, or beyond a datagram', () => {
        for (const maxPlaintextBytes of [0, 255, 65_001, NaN]) {
            expect(() => new Connection({ ...CONFIG, maxPlaintextBytes }, silent)).to.throw(ConnectError);
        }
    });
});
