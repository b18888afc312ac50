import { expect } from 'chai';
import * as fc from 'fast-check';
import { RangeSet } from '@connect/base';
import { chunkCount, chunkRange, chunkSetBytes, sampleChunks } from './chunk-plan';

describe('chunk plan', () => {
    it('covers the file without gap or overlap', () => {
        fc.assert(
            fc.property(fc.nat(5000), fc.integer({ min: 1, max: 700 }), (size, chunkBytes) => {
                let at = 0;
                for (let chunk = 0; chunk < chunkCount(size, chunkBytes); chunk++) {
                    const range = chunkRange(size, chunkBytes, chunk);
                    expect(range.start).to.equal(at);
                    expect(range.end).to.be.greaterThan(at);
                    at = range.end;
                }
                expect(at).to.equal(size);
            })
        );
    });

    it('counts the bytes of some chunks, the short last one included', () => {
        expect(chunkSetBytes(25, 10, RangeSet.of([0, 1], [2, 3]))).to.equal(15);
        expect(chunkSetBytes(25, 10, RangeSet.of([0, 9]))).to.equal(25);
        expect(chunkSetBytes(0, 10, RangeSet.of([0, 1]))).to.equal(0);
    });

    it('samples the first, the last and some between, each once', () => {
        const all = Array.from({ length: 1000 }, (_, i) => i);
        const sample = sampleChunks(all);
        expect(sample).to.have.length(16);
        expect([sample[0], sample[15]]).to.deep.equal([0, 999]);
        expect(new Set(sample).size).to.equal(16);
        expect(sampleChunks([4, 7])).to.deep.equal([4, 7]);
    });
});
