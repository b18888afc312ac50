import { ConnectError } from '@connect/base';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { expect } from 'chai';
import { OutgoingData } from './outgoing-data';

const NEVER = (): boolean => false;

describe('outgoing data', () => {
    /** Takes pieces of [0, size) one after the other, as far as they come, and acknowledges them at once. */
    async function drain(
        data: OutgoingData,
        clock: VirtualClock,
        size: number,
        forMs: number
    ): Promise<number> {
        let next = 0;
        let isOver = false;
        const taking = (async () => {
            while (next < size && !isOver) {
                const piece = await data.piece(next, size, () => isOver);
                data.acknowledge([{ start: next, end: next + piece.length }]);
                next += piece.length;
            }
        })();
        for (let ms = 0; ms < forMs && next < size; ms++) {
            clock.advance(1);
            for (let turn = 0; turn < 40; turn++) {
                await Promise.resolve();
            }
        }
        isOver = true;
        await Promise.race([taking, Promise.resolve()]);
        return next;
    }

    for (const rateBps of [1e6, 50e6, 400e6]) {
        it(`goes out at ${rateBps / 1e6} Mbit/s on the wire`, async () => {
            const clock = new VirtualClock();
            const data = new OutgoingData(clock, rateBps);
            const size = rateBps;
            void data.add(0, new Uint8Array(size));
            const seconds = 2;
            const sent = await drain(data, clock, size, seconds * 1000);
            const wireBps = (sent * 1.04 * 8) / seconds;
            expect(wireBps).to.be.within(rateBps * 0.93, rateBps * 1.05);
        });
    }

    it('follows a new rate', async () => {
        const clock = new VirtualClock();
        const data = new OutgoingData(clock, 1e6);
        void data.add(0, new Uint8Array(50_000_000));
        data.setRate(80e6);
        expect(await drain(data, clock, 50_000_000, 1000)).to.be.within(9e6, 10.2e6);
    });

    it('gives what comes first in the stream first', async () => {
        const clock = new VirtualClock();
        const data = new OutgoingData(clock, 10e6);
        void data.add(0, new Uint8Array(300_000));
        const order: number[] = [];
        const ask = (offset: number): Promise<unknown> =>
            data.piece(offset, offset + 10_000, NEVER).then(() => order.push(offset));
        const asked = [0, 200_000, 100_000, 50_000].map(ask);
        clock.advance(1000);
        await Promise.all(asked);
        expect(order.slice(1)).to.deep.equal([50_000, 100_000, 200_000]);
    });

    it('puts nothing on the way beyond the window, and something as soon as it opens', async () => {
        const clock = new VirtualClock();
        const data = new OutgoingData(clock, 8e9);
        void data.add(0, new Uint8Array(1_000_000));
        data.setWindow(0);
        let pieces = 0;
        for (let at = 0; at < 1_000_000; at += 50_000) {
            void data.piece(at, at + 50_000, NEVER).then(() => pieces++);
        }
        const settle = async (): Promise<void> => {
            clock.advance(100);
            await new Promise(resolve => setImmediate(resolve));
        };
        await settle();
        expect(pieces).to.equal(0);
        data.setWindow(200_000);
        await settle();
        expect(pieces).to.equal(4);
        data.acknowledge([{ start: 0, end: 50_000 }]);
        await settle();
        expect(pieces).to.equal(5);
        expect(data.bytesInFlight).to.equal(200_000);
    });

    it('counts what goes again once it was lost', async () => {
        const clock = new VirtualClock();
        const data = new OutgoingData(clock, 8e9);
        const done = data.add(0, new Uint8Array(30_000));
        await data.piece(0, 30_000, NEVER);
        data.acknowledge([{ start: 0, end: 10_000 }]);
        data.release(10_000, 30_000);
        expect(data.bytesInFlight).to.equal(0);
        clock.advance(100);
        expect(await data.piece(10_000, 30_000, NEVER)).to.have.lengthOf(20_000);
        expect(data.counts).to.deep.equal({ sent: 50_000, resent: 20_000, acknowledged: 10_000 });
        expect(data.acknowledge([{ start: 10_000, end: 30_000 }])).to.equal(true);
        await done;
        expect(data.isIdle).to.equal(true);
    });

    it('knows what it holds and what was never sent', async () => {
        const data = new OutgoingData(new VirtualClock(), 8e9);
        void data.add(100, new Uint8Array(50));
        expect(data.holds(100, 150)).to.equal(true);
        expect(data.holds(99, 150)).to.equal(false);
        expect(data.acknowledge([{ start: 100, end: 150 }])).to.equal(false);
        const failure = await data.piece(0, 10, NEVER).catch(error => error as ConnectError);
        expect(failure).to.have.property('code', 'internal');
    });
});
