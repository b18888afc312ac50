import { expect } from 'chai';
import * as fc from 'fast-check';
import {
    CHECKPOINT_HEADER_BYTES,
    CHECKPOINT_RECORD_BYTES,
    CheckpointEncoder,
    decodeCheckpoint,
    sameIdentity
} from './resume-map';
import { crc32 } from './wire-bytes';

const identity = {
    sizeBytes: 100 * 1024 * 1024 - 3,
    mtimeNs: 1_600_000_000_123_456_789n,
    chunkBytes: 1024 * 1024
};
const boot = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const laterBoot = Uint8Array.from({ length: 16 }, (_, i) => 200 - i);
const unknownBoot = new Uint8Array(16);
const hashOf = (chunk: number): Uint8Array => new Uint8Array(32).fill(chunk + 1);

/** A checkpoint in which chunks were recorded in this order; a number below zero marks the first -n records durable. */
function checkpoint(steps: readonly number[]): Uint8Array {
    const { encoder, header } = CheckpointEncoder.create(identity, boot);
    const records = steps.map(step =>
        step < 0 ? encoder.durable(-step) : encoder.chunk({ chunk: step, hash: hashOf(step) })
    );
    return Buffer.concat([header, ...records]);
}

const chunkList = fc.uniqueArray(fc.nat(99), { maxLength: 30 });

describe('checkpoint', () => {
    it('says what was recorded', () => {
        fc.assert(
            fc.property(chunkList, chunks => {
                const map = decodeCheckpoint(checkpoint(chunks), boot)!;
                expect(map.identity).to.deep.equal(identity);
                expect([...map.hashes.keys()]).to.deep.equal(chunks);
                chunks.forEach(chunk => expect(map.hashes.get(chunk)).to.deep.equal(hashOf(chunk)));
                expect(map.proven.size).to.equal(chunks.length);
                expect(map.validBytes).to.equal(checkpoint(chunks).length);
            })
        );
    });

    it('keeps exactly the whole records when cut at any byte', () => {
        const chunks = [5, 3, 99, 0, 7];
        const bytes = checkpoint(chunks);
        for (let length = 0; length <= bytes.length; length++) {
            const map = decodeCheckpoint(bytes.subarray(0, length), boot);
            if (length < CHECKPOINT_HEADER_BYTES) {
                expect(map).to.equal(undefined);
            } else {
                const whole = Math.floor((length - CHECKPOINT_HEADER_BYTES) / CHECKPOINT_RECORD_BYTES);
                expect([...map!.hashes.keys()], `${length} bytes`).to.deep.equal(chunks.slice(0, whole));
                expect(map!.validBytes).to.equal(CHECKPOINT_HEADER_BYTES + whole * CHECKPOINT_RECORD_BYTES);
            }
        }
    });

    it('never names a chunk that was not recorded, whatever is damaged', () => {
        const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
            minLength: 1,
            maxLength: 8
        });
        fc.assert(
            fc.property(chunkList, damage, (chunks, changes) => {
                const bytes = Uint8Array.from(checkpoint(chunks));
                changes.forEach(([at, mask]) => (bytes[at % bytes.length]! ^= mask));
                const map = decodeCheckpoint(bytes, boot);
                for (const [chunk, hash] of map?.hashes ?? []) {
                    expect(chunks).to.include(chunk);
                    expect(hash).to.deep.equal(hashOf(chunk));
                }
            }),
            { numRuns: 2000 }
        );
    });

    it('does not accept records that were moved or taken out', () => {
        const bytes = checkpoint([1, 2, 3, 4]);
        const at = (record: number): number => CHECKPOINT_HEADER_BYTES + record * CHECKPOINT_RECORD_BYTES;
        const without = Buffer.concat([bytes.subarray(0, at(1)), bytes.subarray(at(2))]);
        expect([...decodeCheckpoint(without, boot)!.hashes.keys()]).to.deep.equal([1]);
    });

    it('believes after a restart of the machine only what was marked durable', () => {
        const map = decodeCheckpoint(checkpoint([4, 5, -1, 6]), laterBoot)!;
        expect([...map.hashes.keys()]).to.deep.equal([4, 5, 6]);
        expect(map.proven.ranges()).to.deep.equal([{ start: 4, end: 5 }]);
        expect(decodeCheckpoint(checkpoint([4, 5]), unknownBoot)!.proven.isEmpty).to.equal(true);
    });

    it('knows which file it is about', () => {
        const place = {
            nameTag: new Uint8Array(16).fill(7),
            inode: 2n ** 63n + 5n,
            bornNs: 1_600_000_000_000_000_001n
        };
        const { encoder, header } = CheckpointEncoder.create(identity, boot);
        const records = [encoder.place(place), encoder.chunk({ chunk: 3, hash: hashOf(3) })];
        const map = decodeCheckpoint(Buffer.concat([header, ...records]), boot)!;
        expect({ ...map.place, nameTag: Uint8Array.from(map.place!.nameTag) }).to.deep.equal(place);
        expect([...map.hashes.keys()]).to.deep.equal([3]);
        expect(decodeCheckpoint(header, boot)!.place).to.equal(undefined);
    });

    it('is gone on with after a cut, under another start of the machine', () => {
        const cut = checkpoint([4, 5, 6]).subarray(0, -1);
        const map = decodeCheckpoint(cut, laterBoot)!;
        const encoder = CheckpointEncoder.continue(map);
        const more = [encoder.boot(laterBoot), encoder.chunk({ chunk: 8, hash: hashOf(8) })];
        const again = decodeCheckpoint(Buffer.concat([cut.subarray(0, map.validBytes), ...more]), laterBoot)!;
        expect([...again.hashes.keys()]).to.deep.equal([4, 5, 8]);
        expect(again.proven.ranges()).to.deep.equal([{ start: 8, end: 9 }]);
        expect(again.recordCount).to.equal(4);
    });

    it('tells versions of a source apart', () => {
        expect(sameIdentity(identity, { ...identity })).to.equal(true);
        expect(sameIdentity(identity, { ...identity, sizeBytes: 1 })).to.equal(false);
        expect(sameIdentity(identity, { ...identity, mtimeNs: identity.mtimeNs + 1n })).to.equal(false);
        expect(sameIdentity(identity, { ...identity, chunkBytes: 1 })).to.equal(false);
    });

    it('refuses another version or another kind of file', () => {
        const bytes = checkpoint([1]);
        bytes[11] = 2;
        expect(decodeCheckpoint(bytes, boot)).to.equal(undefined);
        expect(decodeCheckpoint(Buffer.alloc(500, 'x'), boot)).to.equal(undefined);
    });

    it('names its hash, SHA-256 where the cell is zero', () => {
        const { encoder, header } = CheckpointEncoder.create(identity, boot, 'blake3');
        const bytes = Buffer.concat([header, encoder.chunk({ chunk: 3, hash: hashOf(3) })]);
        expect(Buffer.from(header).toString('hex', 8, 12)).to.equal('00010001');
        const map = decodeCheckpoint(bytes, boot)!;
        expect(map.hash).to.equal('blake3');
        expect([...map.hashes.keys()]).to.deep.equal([3]);
        expect(decodeCheckpoint(checkpoint([1]), boot)!.hash).to.equal('sha256');
    });

    it('counts for nothing with a hash that nobody here knows', () => {
        const header = Buffer.from(CheckpointEncoder.create(identity, boot).header);
        header.writeUInt16BE(7, 8);
        header.writeUInt32BE(crc32(header.subarray(0, -4)), header.length - 4);
        expect(decodeCheckpoint(header, boot)).to.equal(undefined);
    });
});
