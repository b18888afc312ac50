import { expect } from 'chai';
import { socksHeader, socksPayloadStart } from './socks-datagram';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('SOCKS5 datagram', () => {
    const rows = [
        ['10.1.2.255', 33001, '000000010a0102ff80e9'],
        ['fd00::1', 80, '00000004fd0000000000000000000000000000010050'],
        ['::', 1, '00000004000000000000000000000000000000000001'],
        ['a.example', 65535, '0000000309612e6578616d706c65ffff'],
        ['1.2.3.400', 1, '0000000309312e322e332e3430300001']
    ] as const;
    for (const [host, port, expected] of rows) {
        it(`to ${host} has the bytes of RFC 1928, and its payload is found`, () => {
            const header = socksHeader(host, port);
            expect(hex(header)).to.equal(expected);
            expect(socksPayloadStart(header)).to.equal(header.length);
            expect(socksPayloadStart(Buffer.concat([header, Buffer.alloc(9)]))).to.equal(header.length);
            for (let length = 0; length < header.length; length++) {
                expect(socksPayloadStart(header.subarray(0, length)), `cut to ${length}`).to.equal(undefined);
            }
        });
    }

    it('is none with other reserved bytes, as a fragment, or with an unknown kind of address', () => {
        for (const [at, value] of [
            [0, 1],
            [1, 1],
            [2, 1],
            [3, 2]
        ] as const) {
            const wrong = Uint8Array.from(socksHeader('10.0.0.1', 1));
            wrong[at] = value;
            expect(socksPayloadStart(wrong)).to.equal(undefined);
        }
    });
});
