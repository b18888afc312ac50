import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { ByteReader, MAX_VARINT, readUint48, varintSize, writeUint48, writeVarint } from './varint';

describe('varint', () => {
    // the examples of RFC 9000 §A.1
    const examples: ReadonlyArray<readonly [number, string]> = [
        [37, '25'],
        [15_293, '7bbd'],
        [494_878_333, '9d7f3e7d']
    ];
    for (const [value, hex] of examples) {
        it(`writes ${value} as ${hex}`, () => {
            const target = new Uint8Array(8);
            const end = writeVarint(target, 0, value);
            expect(Buffer.from(target.subarray(0, end)).toString('hex')).to.equal(hex);
        });
    }

    it('reads back what it wrote, at every size', () => {
        const anyValue = fc.oneof(fc.nat(70), fc.nat(20_000), fc.nat(2 ** 31), fc.maxSafeNat());
        fc.assert(
            fc.property(anyValue, fc.nat(3), (value, at) => {
                const target = new Uint8Array(16).fill(0xff);
                expect(writeVarint(target, at, value)).to.equal(at + varintSize(value));
                const reader = new ByteReader(target);
                reader.position = at;
                expect(reader.readVarint()).to.equal(value);
                expect(reader.position).to.equal(at + varintSize(value));
            })
        );
    });

    it('refuses a number beyond 2⁵³ − 1 and one that is cut short', () => {
        const tooLarge = () => new ByteReader(new Uint8Array(8).fill(0xff)).readVarint();
        const cutShort = () => new ByteReader(new Uint8Array([0x80, 1, 2])).readVarint();
        for (const read of [tooLarge, cutShort]) {
            expect(read).to.throw(ConnectError).with.property('code', 'transfer.protocol');
        }
        const largest = new Uint8Array(8);
        writeVarint(largest, 0, MAX_VARINT);
        expect(new ByteReader(largest).readVarint()).to.equal(MAX_VARINT);
    });

    it('keeps 48 bits', () => {
        fc.assert(
            fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), value => {
                const bytes = new Uint8Array(8);
                writeUint48(bytes, 1, value);
                expect(readUint48(bytes, 1)).to.equal(value);
            })
        );
    });
});
