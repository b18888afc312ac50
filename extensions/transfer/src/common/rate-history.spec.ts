import { expect } from 'chai';
import * as fc from 'fast-check';
import { HISTORY_TIERS, isGap, RateHistory, type RatePoint } from './rate-history';

const point = (second: number, facts: Partial<RatePoint> = {}): RatePoint => ({
    atMs: second * 1000,
    spanMs: 1000,
    rateBps: 100,
    averageBps: 100,
    ...facts
});

const MOST = HISTORY_TIERS.reduce((sum, tier) => sum + tier.count, 0) + 20;

describe('rate history', () => {
    it('keeps the last ten minutes by the second, and what is older in steps of ten', () => {
        const history = new RateHistory();
        for (let second = 1; second <= 1_000; second++) {
            history.push(point(second, { rateBps: second }));
        }
        const { points } = history;
        const fine = points.filter(each => each.spanMs === 1000);
        expect(fine.length).to.be.within(600, 610);
        expect(fine.at(-1)!.rateBps).to.equal(1000);
        const coarse = points.filter(each => each.spanMs === 10_000);
        expect(coarse.length).to.be.within(39, 41);
        // seconds 1 to 10
        expect(coarse[0]).to.deep.include({ atMs: 10_000, rateBps: 6 });
    });

    it('never grows beyond its bound, in order and without holes, for days', () => {
        const history = new RateHistory();
        for (let second = 1; second <= 400_000; second++) {
            history.push(point(second));
        }
        const { points } = history;
        expect(points.length).to.be.at.most(MOST);
        for (let i = 1; i < points.length; i++) {
            expect(points[i].atMs - points[i].spanMs, String(i)).to.equal(points[i - 1].atMs);
        }
        expect(points[0].atMs).to.be.lessThan(400_000_000 - 2 * 86_400_000 + 7_200_000);
    });

    it('does not bridge the time in which a transfer stood still', () => {
        const history = new RateHistory([
            { stepMs: 1000, count: 5 },
            { stepMs: 10_000, count: 100 }
        ]);
        for (let second = 1; second <= 60; second++) {
            history.push(point(second < 24 ? second : second + 600));
        }
        const { points } = history;
        const gaps = points.filter((each, i) => i > 0 && isGap(points[i - 1], each));
        expect(gaps).to.have.length(1);
        expect(points.reduce((sum, each) => sum + each.spanMs, 0)).to.equal(60_000);
    });

    it('weighs by time, and leaves out what was not known', () => {
        const history = new RateHistory([
            { stepMs: 1000, count: 1 },
            { stepMs: 2000, count: 9 }
        ]);
        history.push(point(1, { rateBps: 100, rttMs: 20, targetBps: 5 }));
        history.push(point(2, { rateBps: 300, targetBps: 7 }));
        history.push(point(3));
        expect(history.points[0]).to.deep.equal({
            atMs: 2000,
            spanMs: 2000,
            rateBps: 200,
            averageBps: 100,
            targetBps: 7,
            rttMs: 20
        });
    });

    it('gives windows that load it and follow on the same series', () => {
        fc.assert(
            fc.property(
                fc.array(fc.integer({ min: 900, max: 2600 }), { minLength: 1, maxLength: 400 }),
                fc.integer({ min: 0, max: 400 }),
                (spans, cut) => {
                    const tiers = [
                        { stepMs: 1000, count: 20 },
                        { stepMs: 10_000, count: 10 }
                    ];
                    const [ours, theirs] = [new RateHistory(tiers), new RateHistory(tiers)];
                    let atMs = 0;
                    spans.forEach((spanMs, i) => {
                        atMs += spanMs;
                        ours.push(point(0, { atMs, spanMs }));
                        if (i === Math.min(cut, spans.length - 1)) {
                            theirs.load(ours.points);
                        } else if (i > cut) {
                            theirs.push(point(0, { atMs, spanMs }));
                        }
                    });
                    const last = theirs.points.slice(-15);
                    expect(last).to.deep.equal(ours.points.slice(-15));
                    const times = theirs.points.map(each => each.atMs);
                    expect(times).to.deep.equal([...times].sort((a, b) => a - b));
                }
            )
        );
    });
});
