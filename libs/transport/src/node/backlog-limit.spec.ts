import { expect } from 'chai';
import { BacklogLimit } from './backlog-limit';

const MIB = 1024 * 1024;

describe('BacklogLimit', () => {
    const write = (limit: BacklogLimit, fromMs: number, toMs: number, bytesPerMs: number): void => {
        for (let nowMs = fromMs; nowMs < toMs; nowMs++) {
            limit.onWritten(nowMs, bytesPerMs);
        }
    };

    it('is two chunks at first, and for a slow disk', () => {
        const limit = new BacklogLimit();
        expect(limit.bytes).to.equal(2 * MIB);
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

    it('is small again a second or so after the disk got slow, or had a pause', () => {
        const limit = new BacklogLimit();
        write(limit, 0, 200, 300_000);
        write(limit, 200, 1600, 10_000);
        expect(limit.bytes).to.equal(2 * MIB);
        write(limit, 1600, 1800, 300_000);
        limit.onWritten(4000, MIB);
        limit.onWritten(5500, MIB);
        expect(limit.bytes).to.equal(2 * MIB);
    });
});
