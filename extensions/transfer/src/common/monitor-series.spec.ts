import { expect } from 'chai';
import type { MonitorNow } from './monitor-protocol';
import { ceilingOf, rangeOfTime, seriesOf, tableOf } from './monitor-series';
import type { RatePoint } from './rate-history';

const point = (second: number, facts: Partial<RatePoint> = {}): RatePoint => ({
    atMs: second * 1000,
    spanMs: 1000,
    rateBps: 100e6,
    averageBps: 90e6,
    ...facts
});
const now = (atMs: number, facts: Partial<MonitorNow> = {}): MonitorNow => ({
    atMs,
    rateBps: 120e6,
    averageBps: 95e6,
    rate: {},
    ...facts
});

describe('series of a monitor', () => {
    it('is cut where the transfer stood still', () => {
        const series = seriesOf([point(1), point(2), point(60)]);
        expect(series.timesSec).to.deep.equal([0, 1, 2, 2.001, 59, 60]);
        expect(series.current).to.deep.equal([100e6, 100e6, 100e6, null, 100e6, 100e6]);
    });

    it('ends in what is measured now, while something is', () => {
        const free = { isTargetLocked: false, isPolicyLocked: false };
        const inForce = { targetBps: 300e6, minBps: 5, policy: 'fair', ...free } as const;
        const series = seriesOf([point(1)], now(1250, { rate: { inForce } }));
        expect(series.timesSec.at(-1)).to.equal(1.25);
        expect(series.current.at(-1)).to.equal(120e6);
        expect(series.target.at(-1)).to.equal(300e6);
        expect(series.minimum.at(-1)).to.equal(5);
        expect(seriesOf([point(1)], now(1000)).timesSec).to.deep.equal([0, 1]);
        expect(seriesOf([], now(1000)).timesSec).to.deep.equal([]);
    });

    it('has times that only grow, whatever the clock did', () => {
        const { timesSec } = seriesOf(
            [point(5), point(9, { spanMs: 2000 }), point(12), point(13)],
            now(13_500)
        );
        expect(timesSec).to.deep.equal([...timesSec].sort((a, b) => a - b));
        expect(new Set(timesSec).size).to.equal(timesSec.length);
    });

    it('shows a minute at least, and the newest of more', () => {
        expect(rangeOfTime([point(11)], [], now(11_000), 600_000)).to.deep.equal({
            fromMs: 10_000,
            toMs: 70_000
        });
        const long = Array.from({ length: 900 }, (_, i) => point(i + 1));
        expect(rangeOfTime(long, [], now(900_500), 600_000)).to.deep.equal({
            fromMs: 300_500,
            toMs: 900_500
        });
        expect(rangeOfTime(long, [], now(900_500), undefined).fromMs).to.equal(0);
    });

    it('shows how a job ended, which comes after the last measurement', () => {
        const long = Array.from({ length: 90 }, (_, i) => point(i + 1));
        const stop = { atMs: 91_200, kind: 'stop', text: 'Stopped' } as const;
        expect(rangeOfTime(long, [stop], now(90_000), 600_000).toMs).to.equal(91_200);
    });

    it('leaves room above what is in sight and what is set', () => {
        const range = { fromMs: 5_000, toMs: 65_000 };
        const points = [point(1, { rateBps: 9e9 }), point(6), point(7, { targetBps: 300e6 })];
        expect(ceilingOf(points, now(7_000), range, 100e6)).to.equal(400e6);
        expect(ceilingOf(points, now(7_000), range, 800e6)).to.equal(1e9);
        expect(ceilingOf([], now(0, { rateBps: 0 }), range, 0)).to.be.greaterThan(0);
    });

    it('is a table too: the newest first, with what happened', () => {
        const points = [point(9, { rateBps: 20e6 }), point(10, { rateBps: 40e6 }), point(11), point(12)];
        const events = [{ atMs: 9_500, kind: 'retry', text: 'Retry' } as const];
        expect(
            tableOf(points, events, 10_000, 9).map(({ atMs, rateBps, events: happened }) => [
                atMs,
                rateBps,
                happened.length
            ])
        ).to.deep.equal([
            [12_000, 100e6, 0],
            [10_000, 30e6, 1]
        ]);
        // measurements are rarely a second apart to the millisecond
        const odd = [point(0, { atMs: 990 }), point(0, { atMs: 2_010 })];
        const two = [
            { atMs: 1_500, kind: 'rate', text: 'between' },
            { atMs: 9_000, kind: 'stop', text: 'after' }
        ] as const;
        expect(tableOf(odd, two, 1_000, 9)[0].events).to.deep.equal(two);
        expect(tableOf(odd, two, 1_000, 9)[1].events).to.deep.equal([]);
        expect(tableOf(points, events, 1_000, 2).map(({ atMs }) => atMs)).to.deep.equal([12_000, 11_000]);
    });
});
