import { expect } from 'chai';
import * as fc from 'fast-check';
import { decodeHeader, encodeHeader, HEADER_BYTES, TAG_BYTES } from './packet-header';

describe('packet header', () => {
    it('reads back as it was written, at any place of a larger buffer', () => {
        fc.assert(
            fc.property(
                fc.boolean(),
                fc.integer({ min: 0, max: 2 ** 48 - 1 }),
                fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
                fc.nat(7),
                (fromServer, packetNumber, sessionId, at) => {
                    const buffer = new Uint8Array(at + HEADER_BYTES + TAG_BYTES).fill(0xaa);
                    encodeHeader(buffer, at, { fromServer, packetNumber, sessionId });
                    expect(decodeHeader(buffer.subarray(at))).to.deep.equal({
                        fromServer,
                        packetNumber,
                        sessionId
                    });
                }
            )
        );
    });

    const valid = (): Uint8Array => {
        const bytes = new Uint8Array(HEADER_BYTES + TAG_BYTES);
        encodeHeader(bytes, 0, { fromServer: false, packetNumber: 1, sessionId: 2n });
        return bytes;
    };
    const cases: ReadonlyArray<readonly [string, () => Uint8Array]> = [
        ['nothing', () => new Uint8Array(0)],
        ['bytes too few for a tag', () => valid().subarray(0, HEADER_BYTES + TAG_BYTES - 1)],
        ['another version', () => Uint8Array.from(valid(), (byte, i) => (i === 0 ? 2 : byte))],
        ['an unknown flag', () => Uint8Array.from(valid(), (byte, i) => (i === 1 ? 2 : byte))]
    ];
    for (const [description, bytes] of cases) {
        it(`does not take ${description} for a packet`, () =>
            expect(decodeHeader(bytes())).to.equal(undefined));
    }
});
