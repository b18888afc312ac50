import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket, Socket } from 'node:dgram';
import { join } from 'node:path';
import { seededRandom } from '@connect/base';
import { expect } from 'chai';
import { describeEachPacketIo } from '../testing/packet-io-kinds';
import { HeldPort, PacketIo, PacketKeys } from './packet-io';
import { UdpListener } from './packet-io-dgram';
import { newSessionSecret, PacketSealer } from './packet-sealer';

const LOOPBACK = '127.0.0.1';
/** All the sizes a session may have: one byte, a packet, a packet that the path has to cut, the largest. */
const SIZES = [1, 2, 100, 1451, 1452, 1452, 1452, 9000, 1452, 40_000, 65_000, 3];

interface Packet {
    readonly number: number;
    readonly plaintext: Buffer;
}

describeEachPacketIo('packet I/O', packetIo => {
    const toDispose: Array<() => unknown> = [];
    let client: PacketKeys;
    let server: PacketKeys;

    beforeEach(() => {
        const session = newSessionSecret();
        client = { session, cipher: 'aes-256-gcm', isServer: false };
        server = { session, cipher: 'aes-256-gcm', isServer: true };
    });

    afterEach(async () => {
        for (const dispose of toDispose.splice(0).reverse()) {
            await dispose();
        }
    });

    const closing = <T extends { close(): unknown }>(item: T): T => {
        toDispose.push(() => item.close());
        return item;
    };

    const stranger = async (): Promise<Socket> => {
        const socket = closing(createSocket('udp4'));
        await new Promise<void>(bound => socket.bind(0, LOOPBACK, bound));
        return socket;
    };

    const held = (): Promise<HeldPort> => packetIo().holdPort(LOOPBACK, 42_000, 42_100);

    /** A client and, on a held port, its server, each connected to the other. */
    const pair = async (): Promise<{ near: PacketIo; far: PacketIo }> => {
        const port = await held();
        const far = closing(port.open(server));
        const near = closing(packetIo().client(client));
        await near.connect(LOOPBACK, port.port);
        await far.connect(LOOPBACK, near.localPort);
        return { near, far };
    };

    /** Sends in groups small enough for any receive buffer, as a session paced by reports would. */
    const sendAll = async (from: PacketIo, to: PacketIo, packets: readonly Packet[]): Promise<void> => {
        const before = to.counters.datagramsOpened;
        for (let at = 0; at < packets.length; at += 8) {
            const group = packets.slice(at, at + 8);
            for (const { number, plaintext } of group) {
                const cut = number % 2 === 0 ? Math.min(plaintext.length, 12) : plaintext.length;
                const rest = cut < plaintext.length ? plaintext.subarray(cut) : undefined;
                from.send(number, plaintext.subarray(0, cut), rest);
            }
            from.flush();
            await until(() => to.counters.datagramsOpened === before + at + group.length);
        }
    };

    const collect = (io: PacketIo): Packet[] => {
        const packets: Packet[] = [];
        io.onPacket = (number, plaintext) => packets.push({ number, plaintext: Buffer.from(plaintext) });
        return packets;
    };

    it('carries packets of every size both ways, whole', async () => {
        const { near, far } = await pair();
        const packets = Array.from({ length: 600 }, (_, index) => ({
            number: index * 70_000,
            plaintext: randomBytes(SIZES[index % SIZES.length]!)
        }));
        for (const [from, to] of [[near, far] as const, [far, near] as const]) {
            const arrived = collect(to);
            await sendAll(from, to, packets);
            const byNumber = new Map(arrived.map(packet => [packet.number, packet.plaintext]));
            for (const { number, plaintext } of packets) {
                expect(byNumber.get(number)?.equals(plaintext), `packet ${number}`).to.equal(true);
            }
            expect(arrived).to.have.length(packets.length);
            expect(from.counters.datagramsSent).to.equal(packets.length);
        }
        expect(near.counters.datagramsRejected + far.counters.datagramsRejected).to.equal(0);
    });

    it('carries runs of every length and size, whole, and many packets at a time where it takes them so', async () => {
        const { near, far } = await pair();
        const arrived: Packet[] = [];
        const take = (number: number, text: Uint8Array): void =>
            void arrived.push({ number, plaintext: Buffer.from(text) });
        far.onPacket = take;
        far.onPackets = (packets, from, to, highest) => {
            const before = arrived.length;
            for (let row = from; row < to; row++) {
                take(packets.numberOf(row), packets.textOf(row));
            }
            expect(highest).to.equal(Math.max(...arrived.slice(before).map(({ number }) => number)));
        };
        near.onPacket = () => undefined;
        // until it is answered a client names its session in every packet
        far.send(0, Buffer.from('answer'), undefined);
        far.flush();
        await until(() => near.counters.datagramsOpened === 1);
        const expected: Packet[] = [];
        for (const [blockBytes, size, headBytes] of [
            [1444, 1444 * 46 + 5, 8],
            [1444, 1, 10],
            [100, 20_000, 8],
            [1, 3, 1],
            [30_000, 90_000, 8],
            [1444, 10_000, 8]
        ] as const) {
            const payload = randomBytes(size);
            const count = Math.ceil(size / blockBytes);
            const heads = randomBytes(count * headBytes);
            const firstNumber = expected.length;
            const slice = { stream: 1 as const, offset: 0, length: size };
            near.send(1_000_000 + firstNumber, Buffer.from('before'), undefined);
            near.sendRun({ firstNumber, count, slice, blockBytes, heads, headBytes }, payload);
            for (let i = 0; i < count; i++) {
                const head = heads.subarray(i * headBytes, (i + 1) * headBytes);
                const block = payload.subarray(i * blockBytes, (i + 1) * blockBytes);
                expected.push({ number: firstNumber + i, plaintext: Buffer.concat([head, block]) });
            }
            near.flush();
            await until(() => arrived.filter(({ number }) => number < 1_000_000).length === expected.length);
        }
        const byNumber = new Map(arrived.map(packet => [packet.number, packet.plaintext]));
        for (const { number, plaintext } of expected) {
            expect(byNumber.get(number)?.equals(plaintext), `packet ${number}`).to.equal(true);
        }
    });

    it('understands what the sealer of the format document seals, and the other way round', async () => {
        const socket = await stranger();
        const io = closing(packetIo().client(client));
        await io.connect(LOOPBACK, socket.address().port);
        const arrived = collect(io);
        const sealer = new PacketSealer(server.session, server.cipher, true);
        socket.send(sealer.seal(5, Buffer.from('to '), Buffer.from('client')), io.localPort, LOOPBACK);
        const sent = new Promise<Buffer>(resolve => socket.once('message', resolve));
        io.send(6, Buffer.from('to '), Buffer.from('server'));
        io.flush();
        expect(String(sealer.open(await sent)?.plaintext)).to.equal('to server');
        await until(() => arrived.length === 1);
        expect(arrived.map(packet => [packet.number, String(packet.plaintext)])).to.deep.equal([
            [5, 'to client']
        ]);
    });

    it('names the session where somebody has to hand the packet on, and nowhere else', async () => {
        const socket = await stranger();
        const io = closing(packetIo().client(client));
        await io.connect(LOOPBACK, socket.address().port);
        const sizes: number[] = [];
        socket.on('message', bytes => sizes.push(bytes.length));
        const sendEach = async (): Promise<number[]> => {
            io.send(1, Buffer.alloc(3), Buffer.alloc(100));
            io.send(2, Buffer.alloc(512), undefined);
            io.send(3, Buffer.alloc(513), undefined);
            io.flush();
            await until(() => sizes.length === 3);
            return sizes.splice(0);
        };
        expect(await sendEach()).to.deep.equal([131, 540, 541]);
        const peer = new PacketSealer(server.session, server.cipher, true);
        socket.send(peer.seal(0, Buffer.from('here'), undefined), io.localPort, LOOPBACK);
        await until(() => io.counters.datagramsOpened === 1);
        expect(await sendEach()).to.deep.equal([123, 540, 533]);
    });

    it('knows numbers beyond the three bytes of the header on a new socket as well', async () => {
        const { near, far } = await pair();
        const arrived = collect(near);
        const steps = [0, 2 ** 23, 2 ** 24, 3 * 2 ** 23].map(number => ({
            number,
            plaintext: randomBytes(9)
        }));
        await sendAll(far, near, steps);
        await near.connect(LOOPBACK, far.localPort);
        await far.connect(LOOPBACK, near.localPort);
        await sendAll(far, near, [{ number: 3 * 2 ** 23 + 1, plaintext: randomBytes(9) }]);
        const injected = new PacketSealer(server.session, server.cipher, true).seal(
            2 ** 25,
            randomBytes(9),
            undefined
        );
        near.inject(injected, LOOPBACK, far.localPort);
        expect(arrived.map(packet => packet.number)).to.deep.equal([
            ...steps.map(packet => packet.number),
            3 * 2 ** 23 + 1,
            2 ** 25
        ]);
    });

    it('lets nothing in that is random, damaged, cut, glued, its own, or of another session', async () => {
        const port = await held();
        const io = closing(port.open(server));
        const arrived = collect(io);
        const foreign: number[] = [];
        io.onForeignPacket = number => foreign.push(number);
        const socket = await stranger();
        const sealer = new PacketSealer(client.session, client.cipher, false);
        const good = sealer.seal(1, randomBytes(500), undefined);
        const random = seededRandom(11);
        const bad: Buffer[] = [
            new PacketSealer(client.session, client.cipher, true).seal(1, randomBytes(50), undefined),
            new PacketSealer(newSessionSecret(), client.cipher, false).seal(1, randomBytes(50), undefined),
            Buffer.concat([good, good]),
            Buffer.concat([good, Buffer.alloc(1)]),
            Buffer.alloc(0),
            ...Array.from({ length: 64 }, (_, length) => good.subarray(0, length)),
            ...Array.from({ length: 4000 }, (_, index) => {
                const length = index % 50 === 0 ? 65_507 : random.nextUint32() % 1500;
                const bytes = index % 2 === 0 ? randomBytes(length) : Buffer.from(good);
                if (bytes.length > 0) {
                    bytes[random.nextUint32() % bytes.length]! ^= 1 + (random.nextUint32() % 255);
                }
                // with a header that fits, the tag alone decides
                good.copy(bytes, 0, 0, index % 3 === 0 ? 4 : 0);
                return bytes.equals(good) ? randomBytes(40) : bytes;
            })
        ];
        for (let at = 0; at < bad.length; at += 20) {
            const group = bad.slice(at, at + 20);
            group.forEach(bytes => socket.send(bytes, port.port, LOOPBACK));
            await until(() => io.counters.datagramsRejected === at + group.length);
        }
        socket.send(good, port.port, LOOPBACK);
        await until(() => foreign.length === 1);
        expect(io.counters).to.include({ datagramsRejected: bad.length, datagramsOpened: 1 });
        expect(arrived).to.deep.equal([]);
    });

    it('tells packets from elsewhere apart, and follows when it is told to', async () => {
        const { near, far } = await pair();
        const arrived = collect(far);
        const foreign: Array<readonly [number, string, number]> = [];
        far.onForeignPacket = (number, _plaintext, address, port) => foreign.push([number, address, port]);
        const moved = closing(packetIo().client(client));
        await moved.connect(LOOPBACK, far.localPort);
        await sendAll(near, far, [{ number: 1, plaintext: randomBytes(10) }]);
        await sendAll(moved, far, [{ number: 2, plaintext: randomBytes(10) }]);
        expect(foreign).to.deep.equal([[2, LOOPBACK, moved.localPort]]);
        await far.connect(LOOPBACK, moved.localPort);
        await sendAll(moved, far, [{ number: 3, plaintext: randomBytes(10) }]);
        await sendAll(near, far, [{ number: 4, plaintext: randomBytes(10) }]);
        expect(arrived.map(packet => packet.number)).to.deep.equal([1, 3]);
        expect(foreign.map(([number]) => number)).to.deep.equal([2, 4]);
        await sendAll(far, moved, [{ number: 1, plaintext: randomBytes(10) }]);
    });

    it('shares a port with the listener of all sessions, and takes what that forwards', async () => {
        const listener = closing(await UdpListener.bind(LOOPBACK, 0));
        const io = closing(packetIo().shared(server, LOOPBACK, listener.port));
        const foreign: number[] = [];
        const arrived = collect(io);
        io.onForeignPacket = number => foreign.push(number);
        listener.register(client.session.sessionId, ({ bytes, address, port }) =>
            io.inject(bytes, address, port)
        );
        const near = closing(packetIo().client(client));
        await near.connect(LOOPBACK, listener.port);
        io.send(0, Buffer.from('to nobody'), undefined);
        io.flush();
        expect(io.counters.datagramsSent).to.equal(0);
        await sendAll(near, io, [{ number: 1, plaintext: randomBytes(10) }]);
        await io.connect(LOOPBACK, near.localPort);
        expect(io.localPort).to.equal(listener.port);
        await sendAll(near, io, [{ number: 2, plaintext: randomBytes(10) }]);
        const sealed = new PacketSealer(client.session, client.cipher, false).seal(
            3,
            randomBytes(5),
            undefined
        );
        io.inject(sealed, LOOPBACK, near.localPort);
        io.inject(randomBytes(40), LOOPBACK, near.localPort);
        expect(foreign).to.deep.equal([1]);
        expect(arrived.map(packet => packet.number)).to.deep.equal([2, 3]);
        expect(io.counters).to.include({ datagramsOpened: 3, datagramsRejected: 1 });
        await sendAll(io, near, [{ number: 4, plaintext: randomBytes(10) }]);
    });

    it('goes on after its peer was away, and counts what the system says about that', async () => {
        const port = await held();
        const near = closing(packetIo().client(client));
        await near.connect(LOOPBACK, port.port);
        port.release();
        let number = 0;
        await until(() => {
            near.send(number++, Buffer.from('anybody?'), undefined);
            near.flush();
            return near.counters.socketErrors > 0;
        });
        const back = closing((await packetIo().holdPort(LOOPBACK, port.port, port.port)).open(server));
        await back.connect(LOOPBACK, near.localPort);
        const [there, here] = [collect(back), collect(near)];
        await until(() => {
            near.send(number++, Buffer.from('hello'), undefined);
            back.send(number++, Buffer.from('hello'), undefined);
            near.flush();
            back.flush();
            return there.length > 0 && here.length > 0;
        });
    });

    it('calls nobody back after it was closed, not even in the midst of a batch', async () => {
        const { near, far } = await pair();
        const heard: number[] = [];
        far.onPacket = number => {
            heard.push(number);
            far.close();
        };
        for (let number = 0; number < 30; number++) {
            near.send(number, randomBytes(1000), undefined);
        }
        near.flush();
        await until(() => heard.length > 0);
        await new Promise(resume => setTimeout(resume, 50));
        far.close();
        far.send(1, randomBytes(10), undefined);
        far.flush();
        far.inject(randomBytes(100), LOOPBACK, 1);
        await far.connect(LOOPBACK, near.localPort).catch(() => undefined);
        expect(heard).to.have.length(1);
        expect(far.localPort).to.equal(0);
    });

    it('says which ports are taken, and what address it cannot have', async () => {
        const first = await held();
        const second = await packetIo().holdPort(LOOPBACK, first.port, first.port + 20);
        expect(second.port).to.be.greaterThan(first.port);
        const code = (work: Promise<unknown>): Promise<unknown> => work.catch(error => error.code);
        expect(await code(packetIo().holdPort(LOOPBACK, first.port, first.port))).to.equal(
            'transfer.udp-blocked'
        );
        expect(await code(packetIo().holdPort('192.0.2.1', 42_000, 42_000))).to.equal('transfer.udp-blocked');
        const io = closing(packetIo().shared(server, '192.0.2.1', 42_000));
        expect(await code(io.connect(LOOPBACK, 1))).to.equal('transfer.udp-blocked');
        first.release();
        second.release();
    });

    for (const mtu of [1500, 1280]) {
        it(`keeps what a slow link of MTU ${mtu} does not take yet (needs root, ip and tc)`, function () {
            const probe = spawnSync('unshare', ['-n', 'tc', 'qdisc', 'add', 'dev', 'lo', ...TBF]);
            if (probe.status !== 0) {
                this.skip();
            }
            const setUp = `ip link set lo up mtu ${mtu} && tc qdisc add dev lo ${TBF.join(' ')} && exec "$@"`;
            const script = join(__dirname, '../testing/narrow-loopback.js');
            const command = ['-n', 'sh', '-c', setUp, 'sh', process.execPath, script, packetIo().kind];
            const run = spawnSync('unshare', command, { encoding: 'utf8' });
            expect(run.stderr).to.equal('');
            expect(JSON.parse(run.stdout)).to.deep.equal({ blocked: true, lost: 0, errors: 0 });
        });
    }
});

const TBF = 'root tbf rate 50mbit burst 20kb limit 200mb'.split(' ');

async function until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
        await new Promise(resume => setTimeout(resume, 1));
    }
}
