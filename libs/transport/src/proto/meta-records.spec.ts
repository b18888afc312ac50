import { expect } from 'chai';
import * as fc from 'fast-check';
import { ConnectError } from '@connect/base';
import { decodeRecord, encodeRecord, MetaRecord, RECORD_PREFIX_BYTES } from './meta-records';

const index = fc.nat(2 ** 31 - 1);
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const error = fc.record({
    code: fc.constantFrom('transfer.no-space' as const, 'internal' as const),
    message: fc.string({ maxLength: 100 })
});
const path = fc
    .array(fc.constantFrom('a', 'é', '🚀', '\udc80', '\n', ' ', '/'), { minLength: 1, maxLength: 40 })
    .map(chars => chars.join(''));
const range = fc
    .tuple(fc.nat(1_000_000), fc.integer({ min: 1, max: 1000 }))
    .map(([start, length]) => ({ start, end: start + length }));
const common = {
    type: fc.constant('entry' as const),
    index,
    path,
    mtimeNs: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    mode: fc.nat(0o7777),
    dataOffset: fc.nat(2 ** 31 - 1).map(value => value * 2 ** 16),
    chunkBytes: fc.nat(2 ** 24)
};

/** Any record that an end may send. */
export const anyRecord: fc.Arbitrary<MetaRecord> = fc.oneof<fc.Arbitrary<MetaRecord>[]>(
    fc.record({ type: fc.constant('begin' as const), version: index, sourceCount: index }),
    fc.record({ ...common, kind: fc.constant('file' as const), sizeBytes: fc.nat(2 ** 31 - 1) }),
    fc.record({ ...common, kind: fc.constant('file' as const), sizeBytes: index, replaces: index }),
    fc.record({ ...common, kind: fc.constant('directory' as const), sizeBytes: fc.constant(0) }),
    fc.record({
        ...common,
        kind: fc.constant('symlink' as const),
        sizeBytes: fc.constant(0),
        linkTarget: path
    }),
    fc.record({ type: fc.constant('chunk-hash' as const), index, chunk: index, hash }),
    fc.record({
        type: fc.constant('file-end' as const),
        index,
        status: fc.constantFrom('ok' as const, 'same' as const, 'changed' as const)
    }),
    fc.record({
        type: fc.constant('file-end' as const),
        index,
        status: fc.constant('failed' as const),
        error
    }),
    fc.record({ type: fc.constant('source-failed' as const), path, error }),
    fc.record({
        type: fc.constant('scan-totals' as const),
        files: index,
        bytes: fc.maxSafeNat(),
        complete: fc.boolean()
    }),
    fc.record({ type: fc.constant('end' as const), entries: index }),
    range.map(({ start, end }) => ({ type: 'hole' as const, index: end, from: start, to: end })),
    range.map(({ start, end }) => ({ type: 'decision-send' as const, from: start, to: end })),
    range.map(({ start, end }) => ({ type: 'result-ok' as const, from: start, to: end })),
    fc.record({
        type: fc.constant('decision-skip' as const),
        index,
        reason: fc.constantFrom('exists' as const, 'same' as const, 'not-older' as const)
    }),
    fc.record({
        type: fc.constantFrom('decision-have' as const, 'decision-zeros' as const),
        index,
        chunks: fc.array(range, { maxLength: 20 })
    }),
    fc.record({
        type: fc.constant('decision-hashes' as const),
        index,
        hashes: fc.array(fc.record({ chunk: index, hash }), { maxLength: 10 })
    }),
    fc.record({ type: fc.constantFrom('decision-resume' as const, 'decision-compare' as const), index }),
    fc.record({ type: fc.constant('refetch' as const), index }),
    fc.record({ type: fc.constant('result-failed' as const), index, error }),
    fc.record({
        type: fc.constant('finished' as const),
        filesDone: index,
        filesSkipped: index,
        filesFailed: index
    }),
    fc.record({
        type: fc.constant('finished' as const),
        filesDone: index,
        filesSkipped: index,
        filesFailed: index,
        error
    })
);

const body = (record: MetaRecord): Uint8Array => encodeRecord(record).subarray(RECORD_PREFIX_BYTES);

describe('meta records', () => {
    it('come out of their bytes as they went in', () => {
        fc.assert(
            fc.property(anyRecord, record => {
                const framed = encodeRecord(record);
                expect(framed[0]! * 256 + framed[1]!).to.equal(framed.length - RECORD_PREFIX_BYTES);
                expect(decodeRecord(body(record))).to.deep.equal(record);
            }),
            { numRuns: 1000 }
        );
    });

    it('are refused when cut anywhere or followed by anything', () => {
        fc.assert(
            fc.property(anyRecord, fc.nat(), (record, where) => {
                const bytes = body(record);
                expectMalformed(bytes.subarray(0, where % bytes.length));
                expectMalformed(Uint8Array.of(...bytes, 0));
            })
        );
    });

    it('never fail in another way, whatever the bytes', () => {
        const mutated = fc.tuple(anyRecord, fc.nat(), fc.nat(255)).map(([record, at, value]) => {
            const bytes = Uint8Array.from(body(record));
            bytes[at % bytes.length] = value;
            return bytes;
        });
        fc.assert(
            fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), bytes => {
                try {
                    decodeRecord(bytes);
                } catch (error) {
                    expect(ConnectError.is(error, 'transfer.protocol')).to.equal(true);
                }
            }),
            { numRuns: 2000 }
        );
    });

    it('give codes of a newer version as internal', () => {
        const record = { type: 'result-failed', index: 1, error: { code: 'transfer.new-one', message: 'm' } };
        expect(decodeRecord(body(record as never))).to.deep.equal({
            type: 'result-failed',
            index: 1,
            error: { code: 'internal', message: 'm' }
        });
    });

    function expectMalformed(bytes: Uint8Array): void {
        expect(() => decodeRecord(bytes))
            .to.throw(ConnectError)
            .with.property('code', 'transfer.protocol');
    }
});
