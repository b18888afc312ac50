import { expect } from 'chai';
import { readFileSync } from 'fs';
import { join } from 'path';
import { ConnectError } from '@connect/base';
import { decodeRecord, encodeRecord, MetaRecord, RECORD_PREFIX_BYTES } from '../proto/meta-records';
import { decodeCheckpoint } from '../proto/resume-map';

interface RecordVectors {
    readonly records: ReadonlyArray<{ description: string; record: unknown; bytes: string }>;
    readonly malformed: ReadonlyArray<{ description: string; body: string }>;
}

interface CheckpointVectors {
    readonly identity: { sizeBytes: number; mtimeNs: string; chunkBytes: number };
    readonly cases: ReadonlyArray<{
        description: string;
        boot: string;
        bytes: string;
        expected:
            | 'damaged'
            | {
                  hash?: string;
                  recorded: Array<{ chunk: number; hash: string }>;
                  proven: number[];
                  validBytes: number;
                  place?: { nameTag: string; inode: string; bornNs: string };
              };
    }>;
}

function load<T>(name: string): T {
    return JSON.parse(readFileSync(join(__dirname, '../../../../test/vectors', name), 'utf8')) as T;
}

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

/** JSON has neither bytes nor large integers: hashes and names stand in hex, times as decimal text. */
const REVIVERS: Readonly<Record<string, (value: never) => unknown>> = {
    hash: bytesOf,
    names: bytesOf,
    mtimeNs: (text: string) => BigInt(text),
    atimeNs: (text: string) => BigInt(text),
    mtimes: (texts: readonly string[]) => BigInt64Array.from(texts, BigInt),
    modes: (modes: readonly number[]) => Uint16Array.from(modes)
};

function revive(record: unknown): MetaRecord {
    const text = JSON.stringify(record);
    return JSON.parse(text, (key, value: unknown) => REVIVERS[key]?.(value as never) ?? value) as MetaRecord;
}

describe('transfer test vectors', () => {
    const records = load<RecordVectors>('transfer-records.json');
    for (const { description, record, bytes } of records.records) {
        it(`record: ${description}`, () => {
            expect(Buffer.from(encodeRecord(revive(record))).toString('hex')).to.equal(bytes);
            expect(decodeRecord(bytesOf(bytes).subarray(RECORD_PREFIX_BYTES))).to.deep.equal(revive(record));
        });
    }
    for (const { description, body } of records.malformed) {
        it(`refused: ${description}`, () =>
            expect(() => decodeRecord(bytesOf(body)))
                .to.throw(ConnectError)
                .with.property('code', 'transfer.protocol'));
    }

    const checkpoints = load<CheckpointVectors>('checkpoint.json');
    for (const { description, boot, bytes, expected } of checkpoints.cases) {
        it(`checkpoint: ${description}`, () => {
            const map = decodeCheckpoint(bytesOf(bytes), bytesOf(boot));
            if (expected === 'damaged') {
                expect(map).to.equal(undefined);
                return;
            }
            const { sizeBytes, mtimeNs, chunkBytes } = checkpoints.identity;
            expect(map!.identity).to.deep.equal({ sizeBytes, mtimeNs: BigInt(mtimeNs), chunkBytes });
            expect(map!.hash).to.equal(expected.hash ?? 'sha256');
            const recorded = [...map!.hashes].map(([chunk, hash]) => ({
                chunk,
                hash: Buffer.from(hash).toString('hex')
            }));
            expect(recorded).to.deep.equal(expected.recorded);
            expect([0, 1, 2, 3].filter(chunk => map!.proven.has(chunk))).to.deep.equal(expected.proven);
            expect(map!.validBytes).to.equal(expected.validBytes);
            const { place } = map!;
            expect(
                place && {
                    nameTag: Buffer.from(place.nameTag).toString('hex'),
                    inode: String(place.inode),
                    bornNs: String(place.bornNs)
                }
            ).to.deep.equal(expected.place);
        });
    }
});
