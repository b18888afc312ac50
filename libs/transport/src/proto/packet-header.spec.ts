import { expect } from 'chai';
import * as fc from 'fast-check';
import {
    decodeHeader,
    encodeHeader,
    expandNumber,
    HEADER_BYTES,
    headerBytes,
    LONG_HEADER_BYTES,
    namesSession,
    PACKET_NUMBER_LIMIT,
    TAG_BYTES
} from './packet-header';

const number = fc.integer({ min: 0, max: PACKET_NUMBER_LIMIT - 1 });
const SPAN = 2 ** 24;

describe('packet header', () => {
    it('reads back as it was written, wherever it stands', () => {
        fc.assert(
            fc.property(
                fc.boolean(),
                number,
                fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: undefined }),
                fc.nat(7),
                (fromServer, packetNumber, sessionId, at) => {
                    const bytes = headerBytes(sessionId !== undefined);
                    const buffer = new Uint8Array(at + bytes + TAG_BYTES).fill(0xaa);
                    expect(encodeHeader(buffer, at, { fromServer, packetNumber, sessionId })).to.equal(
                        at + bytes
                    );
                    expect(decodeHeader(buffer.subarray(at))).to.deep.equal({
                        fromServer,
                        shortNumber: packetNumber % SPAN,
                        sessionId
                    });
                    expect(buffer.subarray(at + bytes).every(byte => byte === 0xaa)).to.equal(true);
                }
            )
        );
    });

    const valid = (sessionId?: bigint): Uint8Array => {
        const bytes = new Uint8Array(headerBytes(sessionId !== undefined) + TAG_BYTES);
        encodeHeader(bytes, 0, { fromServer: false, packetNumber: 1, sessionId });
        return bytes;
    };
    const first = (byte: number): Uint8Array =>
        Uint8Array.from(valid(2n), (each, i) => (i === 0 ? byte : each));
    const cases: ReadonlyArray<readonly [string, () => Uint8Array]> = [
        ['nothing', () => new Uint8Array(0)],
        ['bytes too few for a tag', () => valid().subarray(0, HEADER_BYTES + TAG_BYTES - 1)],
        [
            'bytes too few for session id and tag',
            () => valid(2n).subarray(0, LONG_HEADER_BYTES + TAG_BYTES - 1)
        ],
        ['another version', () => first(0x22)],
        ['version 0', () => first(0x02)],
        ['an unknown flag', () => first(0x14)],
        ['all flags', () => first(0x1f)]
    ];
    for (const [description, bytes] of cases) {
        it(`does not take ${description} for a packet`, () =>
            expect(decodeHeader(bytes())).to.equal(undefined));
    }
});

describe('packet number of three bytes', () => {
    it('is found again within 2²³ of the expected one', () => {
        const distance = fc.integer({ min: 1 - SPAN / 2, max: SPAN / 2 });
        fc.assert(
            fc.property(number, distance, (expected, away) => {
                const packetNumber = expected + away;
                fc.pre(packetNumber >= 0 && packetNumber < PACKET_NUMBER_LIMIT);
                expect(expandNumber(packetNumber % SPAN, expected)).to.equal(packetNumber);
            })
        );
    });

    it('never leads to a number that there is not', () => {
        const edge = fc.oneof(
            fc.nat(2 * SPAN),
            fc.nat(2 * SPAN).map(below => PACKET_NUMBER_LIMIT - 1 - below)
        );
        fc.assert(
            fc.property(edge, fc.nat(SPAN - 1), (expected, shortNumber) => {
                const packetNumber = expandNumber(shortNumber, expected);
                expect(packetNumber).to.be.within(0, PACKET_NUMBER_LIMIT - 1);
                expect(packetNumber % SPAN).to.equal(shortNumber);
            })
        );
    });

    it('follows the example of RFC 9000 §A.3 over a change of the bytes that are left out', () => {
        expect(expandNumber(0x000001, 0x5fffffe)).to.equal(0x6000001);
        expect(expandNumber(0xffffff, 0x6000001)).to.equal(0x5ffffff);
        expect(expandNumber(0xffffff, 0)).to.equal(0xffffff);
    });
});

describe('naming the session', () => {
    it('is what a client does until it is answered, and later in small packets without a block', () => {
        expect(namesSession(false, false, 10, true)).to.equal(true);
        expect(namesSession(false, false, 1400, false)).to.equal(true);
        expect(namesSession(false, true, 10, true)).to.equal(false);
        expect(namesSession(false, true, 1152, false), 'a probe of the path').to.equal(false);
        expect(namesSession(false, true, 1, false)).to.equal(true);
    });

    it('is not needed by a server', () => {
        expect(namesSession(true, false, 1, false)).to.equal(false);
        expect(namesSession(true, true, 10, true)).to.equal(false);
    });
});
