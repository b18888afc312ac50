import { expect } from 'chai';
import { BacklogLimit } from './backlog-limit';

const MIB = 1024 * 1024;

describe('BacklogLimit', () => {
    /** Something waits all the time, and so much is written of it. */
    const write = (limit: BacklogLimit, fromMs: number, toMs: number, bytesPerMs: number): void => {
        for (let nowMs = fromMs; nowMs < toMs; nowMs++) {
            limit.onBacklog(nowMs, MIB + bytesPerMs);
            limit.onBacklog(nowMs + 1, MIB);
        }
    };

    it('is some chunks at first, and two for a slow disk', () => {
        const limit = new BacklogLimit();
        expect(limit.bytes).to.equal(8 * MIB);
        write(limit, 0, 1000, 20_000);
        expect(limit.bytes).to.equal(2 * MIB);
    });

    it('is what the disk writes in 30 ms, within its bounds', () => {
        const limit = new BacklogLimit();
        write(limit, 0, 200, 300_000);
        expect(limit.bytes).to.be.within(8.9e6, 9.1e6);
        write(limit, 200, 400, 3_000_000);
        expect(limit.bytes).to.equal(16 * MIB);
    });

    it('is small again a second or so after the disk got slow', () => {
        const limit = new BacklogLimit();
        write(limit, 0, 200, 300_000);
        write(limit, 200, 1600, 10_000);
        expect(limit.bytes).to.equal(2 * MIB);
    });

    it('does not take the time in which a file is made for that of its disk', () => {
        const limit = new BacklogLimit();
        limit.onBacklog(0, MIB);
        limit.onBacklog(500, 4 * MIB);
        limit.onBacklog(1000, 3 * MIB);
        expect(limit.bytes).to.equal(8 * MIB);
        limit.onBacklog(1010, 2 * MIB);
        limit.onBacklog(1020, 0);
        expect(limit.bytes).to.be.within(4.6e6, 4.8e6);
    });

    it('does not take data that come slowly for a slow disk', () => {
        const limit = new BacklogLimit();
        for (let nowMs = 0; nowMs < 2000; nowMs += 20) {
            limit.onBacklog(nowMs, MIB);
            limit.onBacklog(nowMs + 2, 0);
        }
        expect(limit.bytes).to.be.within(15e6, 16 * MIB);
    });
});
