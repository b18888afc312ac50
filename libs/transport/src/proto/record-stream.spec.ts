import { expect } from 'chai';
import * as fc from 'fast-check';
import { ConnectError } from '@connect/base';
import { encodeRecord, MetaRecord } from './meta-records';
import { RecordReader } from './record-stream';

const records: MetaRecord[] = Array.from({ length: 30 }, (_, i) => ({
    type: 'source-failed',
    path: 'x'.repeat(i * 7),
    error: { code: 'transfer.disk-read', message: `${i}` }
}));
const stream = Buffer.concat(records.map(record => encodeRecord(record)));

describe('RecordReader', () => {
    it('gives every record once and in order, however the bytes come', () => {
        const cuts = fc.array(fc.nat(stream.length), { maxLength: 60 });
        fc.assert(
            fc.property(cuts, fc.infiniteStream(fc.nat()), (unsorted, order) => {
                const at = [0, ...unsorted.sort((a, b) => a - b), stream.length];
                const pieces = at.slice(1).map((end, i) => ({ start: at[i]!, end }));
                const found: MetaRecord[] = [];
                const reader = new RecordReader(record => found.push(record));
                while (pieces.length > 0) {
                    const [piece] = pieces.splice(order.next().value % pieces.length, 1);
                    reader.onBytes(piece!.start, stream.subarray(piece!.start, piece!.end));
                }
                expect(found).to.deep.equal(records);
            })
        );
    });

    it('keeps nothing of a buffer that is used again', () => {
        const found: MetaRecord[] = [];
        const reader = new RecordReader(record => found.push(record));
        const buffer = Buffer.alloc(100);
        const hash = Uint8Array.from({ length: 32 }, (_, i) => i);
        const bytes = encodeRecord({ type: 'chunk-hash', index: 1, chunk: 2, hash });
        for (const [start, end] of [
            [20, bytes.length],
            [0, 10],
            [10, 20]
        ] as const) {
            buffer.set(bytes.subarray(start, end));
            reader.onBytes(start, buffer.subarray(0, end - start));
            buffer.fill(0xee);
        }
        const whole = Buffer.from(bytes);
        reader.onBytes(bytes.length, whole);
        whole.fill(0xee);
        const expected = { type: 'chunk-hash', index: 1, chunk: 2, hash };
        expect(found).to.deep.equal([expected, expected]);
    });

    it('takes pieces that overlap and repeat', () => {
        const found: MetaRecord[] = [];
        const reader = new RecordReader(record => found.push(record));
        reader.onBytes(50, stream.subarray(50, 90));
        reader.onBytes(60, stream.subarray(60, 200));
        reader.onBytes(0, stream.subarray(0, 70));
        reader.onBytes(0, stream.subarray(0, 70));
        reader.onBytes(150, stream.subarray(150));
        expect(found).to.deep.equal(records);
    });

    it('does not keep bytes without end', () => {
        const reader = new RecordReader(() => undefined);
        const piece = new Uint8Array(1024 * 1024);
        const flood = (): void => {
            for (let i = 0; i < 64; i++) {
                reader.onBytes(1 + i * piece.length, piece);
            }
        };
        expect(flood).to.throw(ConnectError).with.property('code', 'transfer.protocol');
    });
});
