import { expect } from 'chai';
import * as fc from 'fast-check';
import { ConnectError } from '@connect/base';
import { BlockRun } from '../proto/block-run';
import { encodeDataHead } from '../proto/frames';
import { DATA_STREAM } from '../proto/types';
import { packetTableOf } from '../testing/packet-table-of';
import { AssembledFile, ChunkAssembler } from './chunk-assembler';

interface TestFile extends AssembledFile {
    readonly name: number;
    readonly unwanted: ReadonlySet<number>;
}

const CHUNK = 16;

function files(sizes: readonly number[], unwanted: readonly number[] = []): TestFile[] {
    let dataOffset = 0;
    return sizes.map((sizeBytes, name) => {
        const file = {
            name,
            dataOffset,
            sizeBytes,
            chunkBytes: CHUNK,
            unwanted: new Set(unwanted),
            wants: (chunk: number) => !file.unwanted.has(chunk)
        };
        dataOffset += sizeBytes;
        return file;
    });
}

const byteAt = (offset: number): number => (offset * 31 + 7) % 251;

describe('ChunkAssembler', () => {
    it('puts chunks together whatever the pieces and their order', () => {
        const sizes = fc.array(fc.nat(70), { minLength: 1, maxLength: 8 });
        fc.assert(
            fc.property(
                sizes,
                fc.array(fc.nat(), { maxLength: 30 }),
                fc.array(fc.nat(), { minLength: 1 }),
                (all, cuts, order) => {
                    const total = all.reduce((sum, size) => sum + size, 0);
                    const found = new Map<string, Buffer>();
                    const assembler = new ChunkAssembler<TestFile>((file, chunk, bytes) => {
                        found.set(`${file.name}:${chunk}`, Buffer.from(bytes));
                        assembler.release(bytes);
                    }, 1e6);
                    const added = files(all);
                    added.filter(file => file.sizeBytes > 0).forEach(file => assembler.add(file));
                    const at = [0, ...cuts.map(cut => cut % (total + 1)).sort((a, b) => a - b), total];
                    const pieces = at.slice(1).map((end, i) => ({ start: at[i]!, end }));
                    for (let i = 0; pieces.length > 0; i++) {
                        const [piece] = pieces.splice(order[i % order.length]! % pieces.length, 1);
                        const bytes = Uint8Array.from({ length: piece!.end - piece!.start }, (_, j) =>
                            byteAt(piece!.start + j)
                        );
                        assembler.onData(piece!.start, bytes);
                    }
                    for (const file of added) {
                        for (let start = 0; start < file.sizeBytes; start += CHUNK) {
                            const chunk = found.get(`${file.name}:${start / CHUNK}`)!;
                            expect(chunk.length).to.equal(Math.min(CHUNK, file.sizeBytes - start));
                            chunk.forEach((byte, j) =>
                                expect(byte).to.equal(byteAt(file.dataOffset + start + j))
                            );
                        }
                    }
                    expect(assembler.heldBytes).to.equal(0);
                }
            )
        );
    });

    /** Blocks of so many bytes, one behind the other from `offset` on. */
    const runOf = (offset: number, sizes: readonly number[]): BlockRun => {
        let at = offset;
        const packets = sizes.map((size, number) => {
            const head = encodeDataHead(DATA_STREAM, at, 0);
            const text = Uint8Array.from({ length: head.length + size }, (_, i) =>
                i < head.length ? head[i]! : byteAt(at + i - head.length)
            );
            at += size;
            return [number, text] as const;
        });
        const run = new BlockRun();
        expect(run.read(packetTableOf(packets), 0, packets.length)).to.equal(sizes.length);
        return run;
    };

    it('does with many pieces at a time as with each by itself', () => {
        const sizes = fc.array(fc.nat(200), { minLength: 1, maxLength: 8 });
        const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 80 });
        fc.assert(
            fc.property(sizes, cuts, fc.nat(100), fc.nat(7), (all, pieces, start, given) => {
                const found: string[][] = [[], []];
                const [single, many] = found.map(list => {
                    const assembler = new ChunkAssembler<TestFile>((file, chunk, bytes) => {
                        list.push(`${file.name}:${chunk} ${bytes.toString('hex')}`);
                        assembler.release(bytes);
                    }, 1e6);
                    const added = files(all, [3]);
                    added.filter(file => file.sizeBytes > 0).forEach(file => assembler.add(file));
                    const gone = added[given];
                    if (gone && gone.sizeBytes > 0) {
                        assembler.remove(gone);
                    }
                    return assembler;
                });
                const run = runOf(start, pieces);
                pieces.forEach((_, i) => single!.onData(run.offsetOf(i), run.blockOf(i)));
                many!.onBlocks(run);
                expect(found[1]).to.deep.equal(found[0]);
                expect(many!.heldBytes).to.equal(single!.heldBytes);
            })
        );
    });

    it('ignores what is not wanted, given up, or of no file', () => {
        const found: string[] = [];
        const assembler = new ChunkAssembler<TestFile>(
            (file, chunk) => found.push(`${file.name}:${chunk}`),
            1e6
        );
        const [first, second, third] = files([40, 20, 20], [1]);
        [first!, second!, third!].forEach(file => assembler.add(file));
        assembler.onData(35, new Uint8Array(10));
        assembler.remove(second!);
        assembler.onData(0, new Uint8Array(35));
        assembler.onData(45, new Uint8Array(100));
        expect(found).to.deep.equal(['0:0', '0:2', '2:0']);
    });

    it('stops a peer that scatters bytes', () => {
        const assembler = new ChunkAssembler<TestFile>(() => undefined, 10 * CHUNK);
        files([1000]).forEach(file => assembler.add(file));
        const scatter = (): void => {
            for (let at = 0; at < 1000; at += CHUNK) {
                assembler.onData(at, new Uint8Array(1));
            }
        };
        expect(scatter).to.throw(ConnectError).with.property('code', 'transfer.protocol');
        expect(assembler.heldBytes).to.equal(10 * CHUNK);
    });
});
