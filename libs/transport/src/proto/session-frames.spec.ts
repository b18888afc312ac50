import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import {
    encodeSessionFrame,
    MAX_SESSION_FRAME_BYTES,
    SessionFrame,
    SessionFrameReader
} from './session-frames';
import { ByteWriter } from './wire-bytes';

const FRAMES: readonly SessionFrame[] = [
    { type: 'record', bytes: Uint8Array.of(0, 2, 1, 9) },
    {
        type: 'received',
        ranges: [
            { start: 0, end: 1 },
            { start: 2 ** 40, end: 2 ** 48 }
        ]
    },
    { type: 'received', ranges: [] },
    { type: 'window', bytes: 64 * 1024 * 1024 },
    { type: 'window', bytes: 0 },
    { type: 'offered', ranges: [{ start: 5, end: 70_000 }] },
    { type: 'ended', json: '{"error":{"code":"cancelled","message":"ä"}}' }
];

const framed = (...body: number[]): Uint8Array =>
    new ByteWriter().u32(body.length).bytes(Uint8Array.from(body)).finish();

describe('frames of a session over HTTPS', () => {
    const all = Buffer.concat(FRAMES.map(encodeSessionFrame));

    for (const piece of [1, 2, 3, 7, 1000]) {
        it(`are the same after a log that came in pieces of ${piece}`, () => {
            const found: SessionFrame[] = [];
            const reader = new SessionFrameReader(frame => found.push(frame));
            for (let at = 0; at < all.length; at += piece) {
                // as a socket does, the buffer is used again
                const part = Buffer.from(all.subarray(at, at + piece));
                reader.push(part);
                part.fill(0xff);
            }
            expect(found.map(plain)).to.deep.equal(FRAMES.map(plain));
        });
    }

    const wrong: ReadonlyArray<readonly [string, Uint8Array]> = [
        ['no type', framed()],
        ['an unknown type', framed(9)],
        ['a length beyond the bound', new ByteWriter().u32(MAX_SESSION_FRAME_BYTES + 1).finish()],
        ['a range that is empty', framed(1, 1, 4, 4)],
        ['a range that goes back', framed(3, 1, 5, 4)],
        ['fewer ranges than it counts', framed(1, 2, 0, 1)],
        ['more ranges than allowed', framed(1, 0xff, 0xff, 0x7f)],
        ['something after its end', framed(2, 1, 1)],
        ['a window without a size', framed(2)]
    ];
    for (const [what, bytes] of wrong) {
        it(`are refused with ${what}`, () => {
            const reader = new SessionFrameReader(() => undefined);
            expect(() => reader.push(bytes))
                .to.throw(ConnectError)
                .with.property('code', 'transfer.protocol');
        });
    }

    it('have the bytes the format gives them', () => {
        const hex = (frame: SessionFrame): string => Buffer.from(encodeSessionFrame(frame)).toString('hex');
        expect(hex(FRAMES[0]!)).to.equal('000000050000020109');
        expect(hex({ type: 'received', ranges: [{ start: 1, end: 300 }] })).to.equal('00000005010101ac02');
        expect(hex({ type: 'window', bytes: 128 })).to.equal('00000003028001');
        expect(hex({ type: 'offered', ranges: [{ start: 0, end: 1 }] })).to.equal('0000000403010001');
        expect(hex({ type: 'ended', json: '{}' })).to.equal('00000003047b7d');
    });
});

function plain(frame: SessionFrame): unknown {
    return frame.type === 'record' ? { ...frame, bytes: [...frame.bytes] } : frame;
}
