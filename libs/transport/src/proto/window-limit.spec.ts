import { expect } from 'chai';
import { WindowLimit } from './window-limit';

const MIB = 1024 * 1024;

/** `bytesPerMs` for `forMs`, a block each millisecond. */
function flow(limit: WindowLimit, fromMs: number, forMs: number, bytesPerMs: number): void {
    for (let ms = 0; ms <= forMs; ms++) {
        limit.onData(fromMs + ms, bytesPerMs);
    }
}

describe('WindowLimit', () => {
    it('knows no limit before it knows the path', () => {
        const limit = new WindowLimit();
        flow(limit, 0, 200, 1000);
        expect(limit.bytes).to.equal(Infinity);
        limit.onRtt(200, 0);
        expect(limit.bytes).to.equal(Infinity);
        limit.onRtt(200, 10);
        expect(limit.bytes).to.be.below(3 * MIB);
    });

    it('is small on a short path and more than twice what a long one holds', () => {
        const short = new WindowLimit();
        flow(short, 0, 500, 37_500);
        short.onRtt(500, 0.2);
        expect(short.bytes).to.be.within(MIB, 1.5 * MIB);
        const long = new WindowLimit();
        flow(long, 0, 500, 125_000);
        long.onRtt(500, 200);
        expect(long.bytes).to.be.within(2 * 125_000 * 200, 64 * MIB);
    });

    it('does not grow with a queue in front of a slow receiver', () => {
        const limit = new WindowLimit();
        flow(limit, 0, 500, 20_000);
        limit.onRtt(100, 1);
        const before = limit.bytes;
        limit.onRtt(500, 400);
        expect(limit.bytes).to.equal(before);
    });

    it('does not shrink in a pause, and is never less than its headroom', () => {
        const limit = new WindowLimit();
        limit.onRtt(0, 1);
        flow(limit, 0, 500, 100_000);
        const before = limit.bytes;
        flow(limit, 20_000, 60, 10);
        expect(limit.bytes).to.equal(before);
        flow(limit, 200_000, 60, 10);
        expect(limit.bytes).to.be.within(MIB + 125_000, MIB + 130_000);
    });
});
