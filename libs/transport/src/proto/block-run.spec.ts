import { seededRandom } from '@connect/base';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { packetTableOf } from '../testing/packet-table-of';
import { OVERHEAD_BYTES } from '../testing/simulation';
import { BlockRun, forEachBlock } from './block-run';
import { Connection } from './connection';
import { encodeDataHead, MAX_STREAM_OFFSET, WIDE_OFFSET } from './frames';
import { ConnectionListener, DATA_STREAM, META_STREAM, OutgoingPacket, StreamId } from './types';

const MAX_PLAINTEXT_BYTES = 300;
const CONFIG = {
    maxPlaintextBytes: MAX_PLAINTEXT_BYTES,
    overheadBytes: OVERHEAD_BYTES,
    rate: { targetBps: 20e6, minBps: 1e5, policy: 'fixed' as const }
};
const BLOCK_BYTES = 40;

const byteAt = (stream: StreamId, offset: number): number => (offset * 31 + stream * 101) & 0xff;

function textOf({ head, slice }: OutgoingPacket): Uint8Array {
    const text = new Uint8Array(head.length + (slice ? slice.length : 0));
    text.set(head);
    for (let i = 0; slice && i < slice.length; i++) {
        text[head.length + i] = byteAt(slice.stream, slice.offset + i);
    }
    return text;
}

const block = (
    offset: number,
    length = BLOCK_BYTES,
    stream: StreamId = DATA_STREAM,
    ticks = 9
): Uint8Array => {
    const head = encodeDataHead(stream, offset, ticks);
    return textOf({ packetNumber: 0, head, slice: { stream, offset, length } });
};

/** A receiving end that notes every byte it is told. */
class ReceivingEnd {
    readonly told: string[] = [];
    readonly connection: Connection;

    constructor(takesRuns: boolean) {
        const onData: ConnectionListener['onData'] = (stream, offset, bytes) =>
            this.note(stream, offset, bytes);
        this.connection = new Connection(CONFIG, {
            onData,
            onAcknowledged: () => undefined,
            ...(takesRuns
                ? {
                      onBlocks: run =>
                          forEachBlock(run, (offset, bytes) => onData(DATA_STREAM, offset, bytes))
                  }
                : {})
        });
    }

    /** What it answers, and what it has counted. */
    answer(nowMs: number): unknown {
        const packets: OutgoingPacket[] = [];
        for (
            let packet = this.connection.pollTransmit(nowMs);
            packet;
            packet = this.connection.pollTransmit(nowMs)
        ) {
            packets.push(packet);
        }
        return { packets, stats: this.connection.stats(), next: this.connection.nextTimeoutMs() };
    }

    private note(stream: StreamId, offset: number, bytes: Uint8Array): void {
        expect(bytes.every((byte, i) => byte === byteAt(stream, offset + i))).to.equal(true);
        this.told.push(`${stream}:${offset}+${bytes.length}`);
    }
}

describe('BlockRun', () => {
    const read = (...packets: Array<readonly [number, Uint8Array]>): BlockRun => {
        const run = new BlockRun();
        run.read(packetTableOf(packets), 0, packets.length);
        return run;
    };

    it('ends where a packet does not go on with the number, the place, or the kind', () => {
        const [first, second] = [
            [5, block(0)],
            [6, block(40)]
        ] as const;
        for (const [what, third] of [
            ['another number', [8, block(80)]],
            ['a gap', [7, block(81)]],
            ['the same again', [7, block(40)]],
            ['records', [7, block(80, BLOCK_BYTES, META_STREAM)]],
            ['a ping', [7, Uint8Array.of(1)]],
            ['a block without bytes', [7, encodeDataHead(DATA_STREAM, 80, 9)]],
            ['nothing', [7, new Uint8Array(0)]]
        ] as Array<[string, [number, Uint8Array]]>) {
            const run = read(first, second, third, [8, block(120)]);
            expect([run.count, run.firstNumber, run.offset, run.end], what).to.deep.equal([2, 5, 0, 80]);
            expect(run.plaintextBytes, what).to.equal(96);
        }
        expect(read(first, second, [7, block(80, 3, DATA_STREAM, 11)]).sendTicks).to.equal(11);
    });

    it('leaves to others what is no block of the data stream, or lies outside it', () => {
        for (const text of [Uint8Array.of(1), new Uint8Array(0), block(0, BLOCK_BYTES, META_STREAM)]) {
            expect(read([0, text]).count).to.equal(0);
        }
        expect(read([0, block(MAX_STREAM_OFFSET - 40)]).count).to.equal(1);
        expect(read([0, block(MAX_STREAM_OFFSET - 39)]).count).to.equal(0);
    });

    it('keeps blocks with short and with long offsets apart', () => {
        const run = read([0, block(WIDE_OFFSET - 80)], [1, block(WIDE_OFFSET - 40)], [2, block(WIDE_OFFSET)]);
        expect([run.count, run.end]).to.deep.equal([2, WIDE_OFFSET]);
        expect(read([0, block(WIDE_OFFSET)], [1, block(WIDE_OFFSET + 40)]).count).to.equal(2);
    });

    it('copies what fits before a limit', () => {
        const run = read([0, block(0)], [1, block(40, 10)], [2, block(50)]);
        expect([49, 50, 89, 90].map(limit => run.firstBeyond(0, limit))).to.deep.equal([1, 2, 2, 3]);
        const target = new Uint8Array(60);
        run.copyTo(target, 5, 1, 3);
        expect([...target.subarray(5, 55)]).to.deep.equal(
            Array.from({ length: 50 }, (_, i) => byteAt(DATA_STREAM, 40 + i))
        );
        expect([...target.subarray(0, 5), ...target.subarray(55)].every(byte => byte === 0)).to.equal(true);
    });
});

describe('Connection with many packets at a time', () => {
    const offers = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 6000 })), {
        minLength: 1,
        maxLength: 12
    });

    const offerAll = (connection: Connection, all: ReadonlyArray<readonly [boolean, number]>): void => {
        const ends = [0, 0];
        for (const [isData, size] of all) {
            const stream = isData ? DATA_STREAM : META_STREAM;
            connection.offer(stream, ends[stream]!, (ends[stream]! += size));
        }
    };

    it('takes them as if each had come by itself, whatever is lost, doubled or late', () => {
        fc.assert(
            fc.property(fc.nat(), offers, (seed, all) => {
                const random = seededRandom(seed);
                const sender = new Connection(CONFIG, {
                    onData: () => undefined,
                    onAcknowledged: () => undefined
                });
                offerAll(sender, all);
                const [single, runs] = [
                    new ReceivingEnd(false),
                    new ReceivingEnd(random.nextUint32() % 2 === 0)
                ];
                let waiting: Array<readonly [number, Uint8Array]> = [];
                for (let nowMs = 0; nowMs < 40; nowMs += 2) {
                    for (
                        let packet = sender.pollTransmit(nowMs);
                        packet;
                        packet = sender.pollTransmit(nowMs)
                    ) {
                        const copies = [1, 1, 1, 1, 1, 1, 1, 0, 2][random.nextUint32() % 9]!;
                        for (let copy = 0; copy < copies; copy++) {
                            waiting.push([packet.packetNumber, textOf(packet)]);
                        }
                    }
                    const late = waiting.filter(() => random.nextUint32() % 16 === 0);
                    const now = waiting.filter(packet => !late.includes(packet));
                    waiting = late;
                    const table = packetTableOf(now);
                    for (let row = 0; row < now.length;) {
                        row = runs.connection.onPackets(nowMs, table, row, now.length);
                    }
                    now.forEach(([number, text]) => single.connection.onPacket(nowMs, number, text));
                    expect(runs.answer(nowMs)).to.deep.equal(single.answer(nowMs));
                }
                expect(runs.told).to.deep.equal(single.told);
            }),
            { numRuns: 100 }
        );
    });

    it('gives them as it would give each by itself', () => {
        const expanded = (connection: Connection, nowMs: number, most: number): OutgoingPacket[] => {
            const packets: OutgoingPacket[] = [];
            for (;;) {
                const run = most > 1 ? connection.pollRun(nowMs, most) : undefined;
                const packet = run ? undefined : connection.pollTransmit(nowMs);
                if (!run && !packet) {
                    return packets;
                }
                for (let i = 0; run && i < run.count; i++) {
                    const { slice, blockBytes, heads, headBytes } = run;
                    const offset = slice.offset + i * blockBytes;
                    const length = Math.min(blockBytes, slice.offset + slice.length - offset);
                    const head = heads.slice(i * headBytes, (i + 1) * headBytes);
                    packets.push({
                        packetNumber: run.firstNumber + i,
                        head,
                        slice: { stream: slice.stream, offset, length }
                    });
                }
                if (packet) {
                    packets.push(packet);
                }
            }
        };
        fc.assert(
            fc.property(fc.nat(), offers, fc.integer({ min: 2, max: 20 }), (seed, all, most) => {
                const random = seededRandom(seed);
                const silent = { onData: () => undefined, onAcknowledged: () => undefined };
                const [single, runs] = [new Connection(CONFIG, silent), new Connection(CONFIG, silent)];
                const peer = new Connection(CONFIG, silent);
                peer.setReceiveWindow(2000 + (random.nextUint32() % 10_000));
                offerAll(single, all);
                offerAll(runs, all);
                for (let nowMs = 0; nowMs < 100; nowMs += 3) {
                    const packets = expanded(single, nowMs, 1);
                    expect(expanded(runs, nowMs, most)).to.deep.equal(packets);
                    expect(runs.stats()).to.deep.equal(single.stats());
                    expect(runs.nextTimeoutMs()).to.equal(single.nextTimeoutMs());
                    packets
                        .filter(() => random.nextUint32() % 12 > 0)
                        .forEach(packet => peer.onPacket(nowMs, packet.packetNumber, textOf(packet)));
                    for (const answer of expanded(peer, nowMs, 1)) {
                        single.onPacket(nowMs + 1, answer.packetNumber, answer.head);
                        runs.onPacket(nowMs + 1, answer.packetNumber, answer.head);
                    }
                }
            }),
            { numRuns: 100 }
        );
    });

    it('gives several only where they fill packets, and never beyond what may go at once', () => {
        const connection = new Connection(CONFIG, {
            onData: () => undefined,
            onAcknowledged: () => undefined
        });
        const full = MAX_PLAINTEXT_BYTES - 8;
        connection.offer(DATA_STREAM, 0, full);
        connection.offer(DATA_STREAM, full, full + 100 * full);
        connection.offer(META_STREAM, 0, 10);
        expect(connection.pollRun(0, 10)).to.equal(undefined);
        expect(connection.pollTransmit(0)!.slice!.stream).to.equal(META_STREAM);
        expect(connection.pollRun(0, 10)).to.equal(undefined);
        expect(connection.pollTransmit(0)!.slice!.length).to.equal(full);
        const run = connection.pollRun(0, 3)!;
        expect([run.count, run.slice.length, run.blockBytes]).to.deep.equal([3, 3 * full, full]);
        // what is left of the first burst
        expect(connection.pollRun(0, 90)!.count).to.be.within(2, 6);
        expect(connection.pollRun(0, 90)).to.equal(undefined);
    });
});
