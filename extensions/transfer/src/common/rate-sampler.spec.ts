import { expect } from 'chai';
import type { RatePoint } from './rate-history';
import { RateSampler, type RateSample } from './rate-sampler';

const START = 1_700_000_000_000;
const sample = (nowMs: number, bytes: number, facts: Partial<RateSample> = {}): RateSample => ({
    nowMs,
    wallMs: START + nowMs,
    bytes,
    statistics: {},
    ...facts
});

/** Four samples per second at `bytesPerMs`, as an engine sends them. */
function run(sampler: RateSampler, from: number, to: number, bytesPerMs: number, bytes = 0): RatePoint[] {
    const points: RatePoint[] = [];
    for (let now = from; now <= to; now += 250) {
        const point = sampler.take(sample(now, bytes + (now - from) * bytesPerMs));
        if (point) {
            points.push(point);
        }
    }
    return points;
}

describe('rate sampler', () => {
    it('makes a point per second of what arrived in it', () => {
        const points = run(new RateSampler(), 0, 3000, 125);
        expect(points).to.deep.equal(
            [1000, 2000, 3000].map(at => ({
                atMs: START + at,
                spanMs: 1000,
                rateBps: 1_000_000,
                averageBps: 1_000_000
            }))
        );
    });

    it('shows a change of the rate within a second, while the average follows slowly', () => {
        const sampler = new RateSampler();
        run(sampler, 0, 10_000, 1000);
        run(sampler, 10_250, 11_000, 100, 10_000_000);
        expect(sampler.liveBps).to.equal(800_000);
        expect(sampler.averageBps).to.be.greaterThan(7_000_000);
    });

    it('takes loss and the rate in force of each stretch by itself', () => {
        const sampler = new RateSampler();
        const free = { isTargetLocked: false, isPolicyLocked: false };
        const rate = { targetBps: 9, minBps: 1, policy: 'fair', ...free } as const;
        sampler.take(sample(0, 0, { statistics: { packetsSent: 1000, packetsLost: 500 } }));
        const point = sampler.take(
            sample(1000, 1, { statistics: { packetsSent: 1100, packetsLost: 501, rttMs: 82 }, rate })
        );
        expect(point).to.include({ lossPercent: 1, rttMs: 82, targetBps: 9, minBps: 1 });
    });

    it('says nothing of loss that the engine does not know', () => {
        const sampler = new RateSampler();
        run(sampler, 0, 2000, 1);
        expect(sampler.liveLossPercent).to.equal(undefined);
    });

    it('begins anew with a run that counts from nothing', () => {
        const sampler = new RateSampler();
        run(sampler, 0, 2000, 1000);
        expect(run(sampler, 60_000, 61_000, 10)).to.have.length(1);
        expect(sampler.averageBps).to.equal(80_000);
    });
});
