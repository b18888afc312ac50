import { expect } from 'chai';
import { ByteBudget } from './byte-budget';
import { readAheadBytes } from './read-ahead';

const MIB = 1024 * 1024;

describe('reading ahead', () => {
    it('stays in the cache on a short path, fills a long one, and keeps to the limit', () => {
        const ahead = (smoothedRttMs: number, bytesInFlight: number): number =>
            readAheadBytes({ smoothedRttMs, bytesInFlight }, 64 * MIB);
        expect(ahead(0, 0)).to.equal(8 * MIB);
        expect(ahead(0.2, MIB)).to.equal(10 * MIB);
        expect(ahead(100, 0)).to.equal(8 * MIB + 25e6);
        expect(ahead(1, 20 * MIB)).to.equal(48 * MIB);
        expect(ahead(500, 0)).to.equal(64 * MIB);
        expect(readAheadBytes({ smoothedRttMs: 500, bytesInFlight: 0 }, MIB)).to.equal(MIB);
    });

    it('lets a piece through when the limit of its own has grown by the time another has gone', async () => {
        const budget = new ByteBudget(100);
        let limit = 20;
        const taken: string[] = [];
        const take = (name: string, bytes: number, own?: () => number): Promise<void> =>
            budget.acquire(bytes, own).then(() => void taken.push(name));
        await take('first', 15, () => limit);
        const second = take('second', 10, () => limit);
        const third = take('third', 60);
        await Promise.resolve();
        expect(taken).to.deep.equal(['first']);
        limit = 25;
        budget.release(1);
        await second;
        await third;
        expect(taken).to.deep.equal(['first', 'second', 'third']);
    });
});
