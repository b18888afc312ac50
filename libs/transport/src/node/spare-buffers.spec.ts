import { expect } from 'chai';
import { ChunkMemory } from './chunk-memory';
import { SpareBuffers } from './spare-buffers';

describe('SpareBuffers', () => {
    const memory = new ChunkMemory(undefined);

    it('gives a buffer again, the one used last first, and only for its size', () => {
        const spare = new SpareBuffers(memory, 1000);
        const [first, second] = [spare.take(100), spare.take(100)];
        spare.give(first);
        spare.give(second);
        expect(spare.take(99)).to.have.length(99);
        expect(spare.take(100)).to.equal(second);
        expect(spare.take(100)).to.equal(first);
        expect(spare.take(100)).not.to.be.oneOf([first, second]);
    });

    it('keeps no more than it may', () => {
        const spare = new SpareBuffers(memory, 250);
        const buffers = [100, 100, 100].map(bytes => spare.take(bytes));
        buffers.forEach(buffer => spare.give(buffer));
        const again = [spare.take(100), spare.take(100), spare.take(100)];
        expect(again.slice(0, 2)).to.deep.equal([buffers[1], buffers[0]]);
        expect(again[2]).not.to.be.oneOf(buffers);
    });
});
