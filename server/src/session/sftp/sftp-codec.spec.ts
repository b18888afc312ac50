import { expect } from 'chai';
import * as fc from 'fast-check';
import { ConnectError, decodePathBytes } from '@connect/base';
import { PacketSplitter } from './packet-splitter';
import * as codec from './sftp-codec';
import { MAX_PACKET_BYTES, Status } from './sftp-protocol';

const body = (packet: Buffer): codec.PacketReader => new codec.PacketReader(packet.subarray(5));

describe('SFTP packets', () => {
    it('carry attributes and names without loss', () => {
        const attributes = {
            sizeBytes: 2 ** 53 - 1,
            uid: 1,
            gid: 2,
            mode: 0o100644,
            atimeSec: 3,
            mtimeSec: 2 ** 32 - 1
        };
        const reader = body(codec.attributesPacket(7, attributes));
        expect([reader.uint32(), reader.attributes()]).to.deep.equal([7, attributes]);
        const name = decodePathBytes(Buffer.from([0x61, 0xff, 0x2d]));
        const names = body(codec.namePacket(8, [{ name, longName: 'x', attributes: {} }]));
        expect([names.uint32(), names.uint32(), names.path(), names.path()]).to.deep.equal([8, 1, name, 'x']);
    });

    it('have the bytes the draft gives them', () => {
        expect(codec.statusPacket(1, Status.Eof, 'no').toString('hex')).to.equal(
            '00000013' + '65' + '00000001' + '00000001' + '000000026e6f' + '00000000'
        );
        expect(codec.handlePacket(2, Buffer.from('9')).toString('hex')).to.equal(
            '0000000a' + '66' + '00000002' + '0000000139'
        );
        expect(codec.versionPacket(3, { a: '1' }).toString('hex')).to.equal(
            '0000000f' + '02' + '00000003' + '0000000161' + '0000000131'
        );
    });

    it('are refused, never read past, wherever they are cut', () => {
        const whole = codec.attributesPacket(1, {
            sizeBytes: 1,
            uid: 1,
            gid: 1,
            mode: 1,
            atimeSec: 1,
            mtimeSec: 1
        });
        for (let length = 9; length < whole.length; length++) {
            const reader = new codec.PacketReader(whole.subarray(9, length));
            expect(() => reader.attributes())
                .to.throw(ConnectError)
                .with.property('code', 'transfer.protocol');
        }
        const huge = new codec.PacketReader(Buffer.from('ffffffffffffffff', 'hex'));
        expect(() => huge.uint64()).to.throw(ConnectError);
    });

    it('tells what may still be written as blocks of 4 KiB, and nothing else of the disk', () => {
        const reply = codec.diskPacket(7, 4096 * 1000 + 5);
        expect(reply.readUInt8(4)).to.equal(201);
        expect(reply.readUInt32BE(5)).to.equal(7);
        const numbers = Array.from({ length: 11 }, (_, index) =>
            Number(reply.readBigUInt64BE(9 + index * 8))
        );
        expect(numbers).to.deep.equal([4096, 4096, 1000, 1000, 1000, 0, 0, 0, 0, 2, 255]);
        expect(reply.length).to.equal(9 + 11 * 8);
    });
});

describe('SFTP packet splitter', () => {
    it('finds the same packets however the stream is cut', () => {
        fc.assert(
            fc.property(
                fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 12 }),
                fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
                (packets, cuts) => {
                    const stream = Buffer.concat(
                        packets.map(packet => {
                            const head = Buffer.alloc(4);
                            head.writeUInt32BE(packet.length);
                            return Buffer.concat([head, packet]);
                        })
                    );
                    const splitter = new PacketSplitter();
                    const found: Buffer[] = [];
                    for (let at = 0, i = 0; at < stream.length; i++) {
                        const size = cuts[i % cuts.length];
                        found.push(...splitter.push(Buffer.from(stream.subarray(at, at + size))));
                        at += size;
                    }
                    expect(found.map(each => each.toString('hex'))).to.deep.equal(
                        packets.map(each => Buffer.from(each).toString('hex'))
                    );
                }
            )
        );
    });

    for (const length of [0, MAX_PACKET_BYTES + 1, 0xffffffff]) {
        it(`refuses a packet of ${length} bytes before holding it`, () => {
            const head = Buffer.alloc(4);
            head.writeUInt32BE(length);
            expect(() => new PacketSplitter().push(head))
                .to.throw(ConnectError)
                .with.property('code', 'transfer.protocol');
        });
    }
});
