import { expect } from 'chai';
import { SlabMemory } from './slab-memory';

describe('SlabMemory', () => {
    it('gives parts that do not overlap, and uses a slab again when none of its parts is in use', () => {
        const memory = new SlabMemory(4);
        const first = Array.from({ length: 300 }, () => memory.take(1000));
        const slabs = new Set(first.map(part => part.buffer));
        expect(slabs.size).to.equal(2);
        const places = new Set(first.map(part => `${[...slabs].indexOf(part.buffer)}:${part.byteOffset}`));
        expect(places.size).to.equal(300);
        const last = first.pop()!;
        first.forEach(part => memory.give(part));
        const again = Array.from({ length: 400 }, () => memory.take(1000));
        expect(again.some(part => !slabs.has(part.buffer))).to.equal(false);
        expect(
            again.some(part => part.buffer === last.buffer && part.byteOffset === last.byteOffset)
        ).to.equal(false);
    });
});
