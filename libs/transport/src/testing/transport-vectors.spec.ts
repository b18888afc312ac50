import { expect } from 'chai';
import { createCipheriv, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeFrames, encodeDataHead, encodeFloor, encodeReport, ReportFrame } from '../proto/frames';
import { decodeHeader, encodeHeader, expandNumber } from '../proto/packet-header';
import { StreamId } from '../proto/types';

type VectorFrame =
    | { type: 'PING' }
    | { type: 'PADDING'; length: number }
    | { type: 'DATA'; stream: StreamId; offset: number; sendTicks: number; payload: string }
    | { type: 'FLOOR'; packetNumber: number; rttUs: number }
    | ({ type: 'REPORT' } & ReportFrame);

interface Vectors {
    readonly sessions: ReadonlyArray<{
        readonly sessionId: string;
        readonly secret: string;
        readonly cipher: 'aes-128-gcm' | 'aes-256-gcm';
        readonly keys: { clientKey: string; clientIv: string; serverKey: string; serverIv: string };
        readonly packets: ReadonlyArray<{
            readonly description: string;
            readonly from: 'client' | 'server';
            readonly packetNumber: number;
            /** One more than the highest number that opened before. */
            readonly expectedNumber: number;
            readonly namesSession: boolean;
            readonly header: string;
            readonly nonce: string;
            readonly plaintext: string;
            readonly sealed: string;
            readonly frames: readonly VectorFrame[];
        }>;
    }>;
}

const VECTORS_FILE = join(__dirname, '../../../../test/vectors/transport-packets.json');
const vectors = JSON.parse(readFileSync(VECTORS_FILE, 'utf8')) as Vectors;

const fromHex = (text: string): Buffer => Buffer.from(text, 'hex');
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function encode(frame: VectorFrame): Uint8Array {
    const target = new Uint8Array(2000);
    switch (frame.type) {
        case 'PING':
            return Uint8Array.of(0x01);
        case 'PADDING':
            return new Uint8Array(frame.length);
        case 'DATA':
            return Buffer.concat([
                encodeDataHead(frame.stream, frame.offset, frame.sendTicks),
                fromHex(frame.payload)
            ]);
        case 'FLOOR':
            return target.slice(0, encodeFloor(target, 0, frame.packetNumber, frame.rttUs));
        case 'REPORT':
            return target.slice(0, encodeReport(target, 0, frame));
    }
}

/** The frames of a packet; padding is not handed over, so it is not among them. */
function decode(plaintext: Uint8Array): VectorFrame[] {
    const frames: VectorFrame[] = [];
    decodeFrames(plaintext, {
        onPing: () => frames.push({ type: 'PING' }),
        onData: (stream, offset, sendTicks, payload) =>
            frames.push({ type: 'DATA', stream, offset, sendTicks, payload: toHex(payload) }),
        onFloor: (packetNumber, rttUs) => frames.push({ type: 'FLOOR', packetNumber, rttUs }),
        onReport: report => frames.push({ type: 'REPORT', ...report })
    });
    return frames;
}

describe('transport test vectors', () => {
    for (const session of vectors.sessions) {
        const derive = (label: string, length: number): Buffer => {
            const info = `connect-transport 1 ${label}`;
            return Buffer.from(
                hkdfSync('sha256', fromHex(session.secret), fromHex(session.sessionId), info, length)
            );
        };
        const keyBytes = session.cipher === 'aes-128-gcm' ? 16 : 32;

        it(`${session.cipher}: keys and IVs follow from secret and session id`, () => {
            expect(session.keys).to.deep.equal({
                clientKey: toHex(derive('client key', keyBytes)),
                clientIv: toHex(derive('client iv', 12)),
                serverKey: toHex(derive('server key', keyBytes)),
                serverIv: toHex(derive('server iv', 12))
            });
        });

        for (const packet of session.packets) {
            const fromServer = packet.from === 'server';

            it(`${session.cipher}: ${packet.description}: header and frames, both ways`, () => {
                const sessionId = packet.namesSession ? BigInt(`0x${session.sessionId}`) : undefined;
                const header = new Uint8Array(12);
                const end = encodeHeader(header, 0, {
                    fromServer,
                    packetNumber: packet.packetNumber,
                    sessionId
                });
                expect(toHex(header.subarray(0, end))).to.equal(packet.header);
                const decoded = decodeHeader(fromHex(packet.header + packet.sealed))!;
                expect(decoded).to.include({ fromServer, sessionId });
                expect(expandNumber(decoded.shortNumber, packet.expectedNumber)).to.equal(
                    packet.packetNumber
                );
                expect(toHex(Buffer.concat(packet.frames.map(encode)))).to.equal(packet.plaintext);
                expect(decode(fromHex(packet.plaintext))).to.deep.equal(
                    packet.frames.filter(frame => frame.type !== 'PADDING')
                );
            });

            it(`${session.cipher}: ${packet.description}: sealed`, () => {
                const nonce = derive(`${packet.from} iv`, 12);
                const number = Buffer.alloc(12);
                number.writeUIntBE(packet.packetNumber, 6, 6);
                number.forEach((byte, i) => (nonce[i]! ^= byte));
                expect(toHex(nonce)).to.equal(packet.nonce);
                const cipher = createCipheriv(session.cipher, derive(`${packet.from} key`, keyBytes), nonce);
                cipher.setAAD(fromHex(packet.header));
                const sealed = Buffer.concat([
                    cipher.update(fromHex(packet.plaintext)),
                    cipher.final(),
                    cipher.getAuthTag()
                ]);
                expect(toHex(sealed)).to.equal(packet.sealed);
            });
        }
    }
});
