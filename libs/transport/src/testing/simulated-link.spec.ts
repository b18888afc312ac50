import { seededRandom } from '@connect/base';
import { expect } from 'chai';
import { LinkSettings, SimulatedLink } from './simulated-link';

/** Sends `count` packets of 1000 bytes, one per millisecond; returns [number, arrival time] in the order of arrival. */
function run(
    settings: LinkSettings,
    count: number,
    stepMs = 1
): { arrivals: Array<[number, number]>; link: SimulatedLink<number> } {
    const link = new SimulatedLink<number>(settings, seededRandom(5));
    for (let i = 0; i < count; i++) {
        link.send(i * stepMs, 1000, i);
    }
    const arrivals: Array<[number, number]> = [];
    for (let next = link.take(Infinity); next; next = link.take(Infinity)) {
        arrivals.push([next.packet, next.atMs]);
    }
    return { arrivals, link };
}

describe('SimulatedLink', () => {
    it('delays', () => {
        expect(run({ delayMs: 30 }, 3).arrivals).to.deep.equal([
            [0, 30],
            [1, 31],
            [2, 32]
        ]);
    });

    it('gives nothing before its time', () => {
        const link = new SimulatedLink<string>({ delayMs: 30 }, seededRandom(1));
        link.send(0, 100, 'a');
        expect(link.nextArrivalMs).to.equal(30);
        expect(link.take(29.9)).to.equal(undefined);
        expect(link.take(30)?.packet).to.equal('a');
        expect(link.nextArrivalMs).to.equal(Infinity);
    });

    it('loses the given share', () => {
        expect(run({ delayMs: 1, loss: 0.1 }, 20_000).arrivals.length).to.be.closeTo(18_000, 200);
    });

    it('loses in bursts', () => {
        const { arrivals } = run({ delayMs: 1, burst: { enter: 0.01, leave: 0.1, loss: 1 } }, 50_000, 0.01);
        const lost = 50_000 - arrivals.length;
        const runs = arrivals.filter(([number], i) => i > 0 && number !== arrivals[i - 1]![0] + 1).length;
        expect(lost / 50_000).to.be.closeTo(1 / 11, 0.02);
        expect(lost / runs).to.be.closeTo(10, 2);
    });

    it('serves at its rate and drops what does not fit into the queue', () => {
        const { arrivals, link } = run({ delayMs: 0, rateBps: 4e6, queueBytes: 10_000 }, 1000);
        expect(arrivals.length).to.be.closeTo(510, 10);
        expect(link.counters.queueDropped).to.equal(1000 - arrivals.length);
        expect(arrivals[300]![1] - arrivals[299]![1]).to.be.closeTo(2, 1e-6);
    });

    it('lets packets overtake each other, and delivers in order of arrival', () => {
        const { arrivals } = run({ delayMs: 10, jitterMs: 20, reorder: 0.1, reorderMs: 50 }, 500);
        expect(arrivals).to.have.length(500);
        const overtaken = arrivals.filter(([number], i) => i > 0 && number < arrivals[i - 1]![0]).length;
        expect(overtaken).to.be.above(50);
        expect(arrivals.every(([, atMs], i) => i === 0 || atMs >= arrivals[i - 1]![1])).to.equal(true);
    });

    it('duplicates, drops what is too big, and is silent during an outage', () => {
        expect(run({ delayMs: 1, duplicate: 0.5 }, 1000).arrivals.length).to.be.closeTo(1500, 60);
        expect(run({ delayMs: 1, mtuBytes: 999 }, 10).link.counters.tooBig).to.equal(10);
        expect(
            run({ delayMs: 1, outage: { fromMs: 3, toMs: 8 } }, 10).arrivals.map(([number]) => number)
        ).to.deep.equal([0, 1, 2, 8, 9]);
    });
});
