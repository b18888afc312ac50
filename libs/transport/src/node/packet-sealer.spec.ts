import { expect } from 'chai';
import { SessionCipher } from '../control/control-protocol';
import { deriveKeys, formatSessionId, newSessionSecret, PacketSealer } from './packet-sealer';

const session = {
    sessionId: 0x0102030405060708n,
    secret: Uint8Array.from({ length: 32 }, (_, index) => index)
};
const head = Buffer.from('head');
const payload = Buffer.from('payload');
const HIGHEST = 2 ** 48 - 1;

for (const cipher of ['aes-128-gcm', 'aes-256-gcm'] as SessionCipher[]) {
    describe(`PacketSealer with ${cipher}`, () => {
        const client = new PacketSealer(session, cipher, false);
        const server = new PacketSealer(session, cipher, true);

        for (const number of [0, 1, 2 ** 32 - 1, 2 ** 32, HIGHEST]) {
            it(`opens at one end what the other sealed as packet ${number}, with either header`, () => {
                const [near, far] = [false, true].map(
                    isServer => new PacketSealer(session, cipher, isServer)
                );
                near!.expect(number);
                far!.expect(number);
                const there = far!.open(near!.seal(number, head, payload, true));
                expect(there?.packetNumber).to.equal(number);
                expect(there?.plaintext.toString()).to.equal('headpayload');
                const back = near!.open(far!.seal(number, head, undefined));
                expect(back?.packetNumber).to.equal(number);
                expect(back?.plaintext.toString()).to.equal('head');
                expect(near!.seal(number, head, undefined, true).length).to.equal(12 + 4 + 16);
                expect(near!.seal(number, head, undefined).length).to.equal(4 + 4 + 16);
            });
        }

        it('follows numbers that grow beyond the three bytes in the header, and late ones', () => {
            const [near, far] = [false, true].map(isServer => new PacketSealer(session, cipher, isServer));
            for (const number of [
                0,
                2 ** 23,
                2 ** 24 - 1,
                2 ** 24 + 5,
                2 ** 24 - 2,
                3 * 2 ** 23,
                2 ** 25 + 1
            ]) {
                expect(far!.open(near!.seal(number, head, payload))?.packetNumber).to.equal(number);
            }
            expect(far!.open(near!.seal(0, head, payload)), 'too old to be recognized').to.equal(undefined);
        });

        it('does not take the first packets again after the highest number', () => {
            const [near, far] = [false, true].map(isServer => new PacketSealer(session, cipher, isServer));
            const early = near!.seal(3, head, payload);
            far!.expect(HIGHEST);
            expect(far!.open(near!.seal(HIGHEST, head, payload))?.packetNumber).to.equal(HIGHEST);
            expect(far!.open(early)).to.equal(undefined);
        });

        it('seals the same text differently under each number, and each direction', () => {
            const sealed = [
                client.seal(1, head, payload),
                client.seal(2, head, payload),
                server.seal(1, head, payload)
            ];
            expect(new Set(sealed.map(bytes => bytes.subarray(4).toString('hex'))).size).to.equal(3);
        });

        for (const isLong of [false, true]) {
            it(`opens nothing with any one bit changed, of a ${isLong ? 'long' : 'short'} header`, () => {
                const datagram = client.seal(7, head, payload, isLong);
                for (let bit = 0; bit < datagram.length * 8; bit++) {
                    const changed = Buffer.from(datagram);
                    changed[bit >> 3]! ^= 1 << (bit & 7);
                    expect(server.open(changed), `bit ${bit}`).to.equal(undefined);
                }
                expect(server.open(datagram)).not.to.equal(undefined);
            });
        }

        it('opens nothing that is cut, its own, or of another session', () => {
            const datagram = client.seal(7, head, payload);
            for (let length = 0; length < datagram.length; length++) {
                expect(server.open(datagram.subarray(0, length)), `length ${length}`).to.equal(undefined);
            }
            expect(client.open(datagram)).to.equal(undefined);
            expect(new PacketSealer(newSessionSecret(), cipher, true).open(datagram)).to.equal(undefined);
            const otherSecret = { ...session, secret: new Uint8Array(32) };
            expect(new PacketSealer(otherSecret, cipher, true).open(datagram)).to.equal(undefined);
        });

        it('leaves datagrams alone that it gave out before', () => {
            const first = client.seal(8, head, payload);
            const copy = Buffer.from(first);
            for (let number = 9; number < 300; number++) {
                client.seal(number, head, Buffer.alloc(1400));
            }
            expect(first.equals(copy)).to.equal(true);
        });
    });
}

describe('session keys', () => {
    it('are those of the format document', () => {
        const keys = deriveKeys(session, 'aes-128-gcm');
        const hex = [keys.client.key, keys.client.iv, keys.server.key, keys.server.iv].map(bytes =>
            bytes.toString('hex')
        );
        expect(hex).to.deep.equal(VECTOR);
        expect(
            new PacketSealer(session, 'aes-128-gcm', false).seal(1, head, payload, true).toString('hex')
        ).to.equal(SEALED);
    });

    it('are fresh for every session', () => {
        expect(newSessionSecret().secret).not.to.deep.equal(newSessionSecret().secret);
        expect(formatSessionId(255n)).to.equal('00000000000000ff');
    });
});

const VECTOR = [
    'e455f7adf1d9e66e0c78720b6bfdbbb9',
    'f7dec6afd83a52cead2b2a05',
    'acdd7afb79dcde806b26dfe4776495b5',
    'dcc92315634f2dfbe186c928'
];
const SEALED = '12000001010203040506070864023805ba49c0dc552ede1c141b08257a5767b3dea425e24ff7c8';
