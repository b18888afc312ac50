import { expect } from 'chai';
import { ProgressMeter, type ProgressSample, type ProgressView } from './job-progress';

const MBPS = 1e6;

function run(
    meter: ProgressMeter,
    seconds: number,
    rateAt: (second: number) => number,
    extra: Partial<ProgressSample> = {}
): ProgressView[] {
    let bytesDone = 0;
    return Array.from({ length: seconds * 4 }, (_, i) => {
        const rateBps = rateAt(i / 4);
        bytesDone += rateBps / 32;
        return meter.sample({
            nowMs: i * 250,
            rateBps,
            bytesDone,
            bytesTotal: 1e9,
            scanComplete: true,
            ...extra
        });
    });
}

describe('job progress', () => {
    it('tells the time left once a steady rate was seen for a while, and not before', () => {
        const views = run(new ProgressMeter(), 6, () => 100 * MBPS);
        expect(views.slice(0, 12).every(view => view.remainingMs === undefined)).to.equal(true);
        const last = views[views.length - 1];
        // 1 GB less the 75 MB of 6 s, at 12.5 MB/s
        expect(last.remainingMs).to.be.closeTo(74_000, 200);
        expect(last.rateBps).to.equal(100 * MBPS);
    });

    it('hides it while the rate jumps about', () => {
        const views = run(new ProgressMeter(), 10, second =>
            Math.floor(second) % 2 === 0 ? 200 * MBPS : MBPS
        );
        expect(views.every(view => view.remainingMs === undefined)).to.equal(true);
    });

    it('hides it while the size is still being counted', () => {
        const views = run(new ProgressMeter(), 6, () => 100 * MBPS, { scanComplete: false });
        expect(views.every(view => view.remainingMs === undefined)).to.equal(true);
    });

    it('follows a change of the rate within some seconds', () => {
        const views = run(new ProgressMeter(), 20, second => (second < 10 ? 100 * MBPS : 10 * MBPS));
        expect(views[views.length - 1].rateBps).to.be.closeTo(10 * MBPS, MBPS);
    });

    it('shows no rate before the first byte', () => {
        expect(run(new ProgressMeter(), 1, () => 0)).to.deep.include({ rateBps: 0 });
    });
});
