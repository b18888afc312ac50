import { expect } from 'chai';
import { Range } from '@connect/base';
import { ChunkRun, chunkRuns, Chunked } from './chunk-runs';
import { OpenFile } from './file-store';

/** A file whose data lies at `data`, in bytes. */
function fileWith(data: readonly Range[]): OpenFile {
    const findData = async (from: number, end: number): Promise<Range> => {
        const found = data.find(range => range.end > from && range.start < end);
        return found
            ? { start: Math.max(from, found.start), end: Math.min(end, found.end) }
            : { start: end, end };
    };
    return { findData } as unknown as OpenFile;
}

async function runsOf(source: OpenFile, file: Chunked, range: Range): Promise<string> {
    const runs: ChunkRun[] = [];
    for await (const run of chunkRuns(source, file, range)) {
        runs.push(run);
    }
    return runs.map(({ start, end, isHole }) => `${isHole ? 'hole' : 'data'} ${start}-${end}`).join(', ');
}

describe('chunkRuns', () => {
    const file = { sizeBytes: 1050, chunkBytes: 100, allocatedBytes: 100 };
    const all = { start: 0, end: 11 };

    it('finds holes of whole chunks between data', async () => {
        const source = fileWith([
            { start: 250, end: 260 },
            { start: 290, end: 301 },
            { start: 1049, end: 1050 }
        ]);
        expect(await runsOf(source, file, all)).to.equal(
            'hole 0-2, data 2-3, data 3-4, hole 4-10, data 10-11'
        );
        expect(await runsOf(source, file, { start: 3, end: 6 })).to.equal('data 3-4, hole 4-6');
    });

    it('knows files without any data, and without any hole', async () => {
        expect(await runsOf(fileWith([]), file, all)).to.equal('hole 0-11');
        expect(await runsOf(fileWith([{ start: 0, end: 1050 }]), file, all)).to.equal('data 0-11');
    });

    it('does not ask about files that have none, or where nobody tells', async () => {
        const source = fileWith([]);
        expect(await runsOf(source, { ...file, allocatedBytes: 2048 }, all)).to.equal('data 0-11');
        expect(await runsOf(source, { ...file, allocatedBytes: undefined }, all)).to.equal('data 0-11');
        expect(await runsOf({} as OpenFile, file, all)).to.equal('data 0-11');
    });

    it('ends even when what is found makes no progress', async () => {
        const stuck = { findData: async () => ({ start: 0, end: 1 }) } as unknown as OpenFile;
        expect(await runsOf(stuck, file, { start: 9, end: 11 })).to.equal('data 9-10, data 10-11');
    });
});
