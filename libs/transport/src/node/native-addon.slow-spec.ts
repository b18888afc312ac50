import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { seededRandom } from '@connect/base';
import { expect } from 'chai';
import { loadNativeAddon, NativeAddon, NativeSocket } from './native-addon';
import { choosePacketIo } from './packet-io-choice';

const LOOPBACK = '127.0.0.1';
const key = new Uint8Array(16);
const iv = new Uint8Array(12);
const header = new Uint8Array(12);
const noop = (): void => undefined;
const ring = (): Uint8Array => new Uint8Array(65536);
const table = (): Float64Array => new Float64Array(64);

/** Everything that is none of what any method wants, and some that nearly is. */
function hostileValues(): unknown[] {
    const detached = new Uint8Array(65536);
    structuredClone(detached, { transfer: [detached.buffer] });
    return [
        undefined,
        null,
        true,
        -1,
        0.5,
        1,
        65536,
        2 ** 31,
        2 ** 48,
        2 ** 53,
        NaN,
        Infinity,
        -0,
        10n,
        '',
        LOOPBACK,
        '::1',
        '::1%nowhere',
        'x'.repeat(100_000),
        '1\0',
        Symbol('s'),
        {},
        [],
        [1, 2, 3],
        noop,
        new Proxy({}, { get: () => 4 }),
        new Uint8Array(0),
        new Uint8Array(11),
        key,
        iv,
        new Uint8Array(65535),
        new Uint8Array(65536 + 7),
        new Uint8Array(new SharedArrayBuffer(65536)),
        detached,
        new Int32Array(0),
        Int32Array.from([32, -1, 2 ** 31 - 1, 31, 0, 65536, 40]),
        new Float64Array(3),
        Float64Array.from([NaN, -1, 2 ** 48, 0.5, Infinity]),
        new DataView(new ArrayBuffer(100)),
        new ArrayBuffer(100)
    ];
}

describe('native addon (needs it built)', () => {
    let addon: NativeAddon;
    const sockets: NativeSocket[] = [];

    before(function () {
        const loaded = loadNativeAddon(process.env);
        if (!loaded.addon) {
            this.skip();
        }
        addon = loaded.addon;
    });

    afterEach(() => sockets.splice(0).forEach(socket => socket.close()));

    const open = (): NativeSocket => {
        const socket = new addon.PacketSocket(LOOPBACK, 0, false);
        sockets.push(socket);
        return socket;
    };

    const started = (
        onPackets: (count: number) => void = noop,
        at = ring(),
        rows = table()
    ): NativeSocket => {
        const socket = open();
        socket.setSealKey(key, iv, header, 0);
        socket.setOpenKey(key, iv, header, 0);
        socket.start(at, rows, onPackets, noop);
        return socket;
    };

    it('throws on arguments of every wrong kind, and goes on working', () => {
        const values = hostileValues();
        const random = seededRandom(3);
        const any = (): unknown => values[random.nextUint32() % values.length];
        const methods = Object.getOwnPropertyNames(addon.PacketSocket.prototype).filter(
            name => name !== 'constructor' && name !== 'close'
        );
        expect(methods).to.have.length(10);
        let thrown = 0;
        for (let round = 0; round < 30_000; round++) {
            const socket = (round % 2 === 0 ? started() : open()) as unknown as Record<
                string,
                (...args: unknown[]) => unknown
            >;
            for (const method of methods) {
                const args = Array.from({ length: random.nextUint32() % 7 }, any);
                try {
                    socket[method]!(...args);
                } catch (error) {
                    expect(error).to.be.instanceOf(Error);
                    thrown += 1;
                }
            }
            sockets.splice(0).forEach(each => each.close());
            round += 29;
        }
        expect(thrown).to.be.greaterThan(2000);
        expect(started().localPort()).to.be.greaterThan(0);
    });

    it('takes no method on what is not its own', () => {
        const socket = open();
        for (const method of ['connect', 'send', 'close', 'counters', 'start'] as const) {
            for (const self of [undefined, {}, new Map(), Object.create(socket), addon.PacketSocket]) {
                const call = Function.prototype.call.bind(socket[method], self as never);
                expect(call, method).to.throw(/not a packet socket|Illegal invocation/);
            }
        }
        expect(() => (addon.PacketSocket as unknown as () => void)()).to.throw();
        for (const address of ['', 'localhost', '1.2.3', '1.2.3.4.5', 'x'.repeat(300)]) {
            expect(() => new addon.PacketSocket(address, 0, false), address).to.throw('expected an address');
        }
    });

    const lengths = (...values: number[]): Int32Array => Int32Array.from(values);
    const numbers = Float64Array.from([0, 1, 2]);
    const longs = Uint8Array.of(0, 1, 0, 1);
    const REFUSED: Array<readonly [string, Uint8Array, Int32Array, Float64Array, number]> = [
        ['a packet beyond the slab', new Uint8Array(100), lengths(101), numbers, 1],
        ['packets that go beyond it together', new Uint8Array(100), lengths(60, 41), numbers, 2],
        ['a length too small for header and tag', new Uint8Array(100), lengths(19), numbers, 1],
        ['one too small for the long header', new Uint8Array(100), lengths(20, 27), numbers, 2],
        ['a negative length', new Uint8Array(100), lengths(50, -50, 50), numbers, 3],
        ['more than UDP carries', new Uint8Array(70_000), lengths(65_536), numbers, 1],
        ['more packets than lengths', new Uint8Array(100), lengths(40), numbers, 2],
        ['more packets than numbers', new Uint8Array(200), lengths(40, 40, 40, 40), numbers, 4],
        ['a count below zero', new Uint8Array(100), lengths(40), numbers, -1],
        ['a broken count', new Uint8Array(100), lengths(40), numbers, 0.5],
        ['a number of 2⁴⁸', new Uint8Array(100), lengths(40), Float64Array.of(2 ** 48), 1],
        ['a broken number', new Uint8Array(100), lengths(40), Float64Array.of(1.5), 1],
        ['no number', new Uint8Array(100), lengths(40), Float64Array.of(NaN), 1]
    ];
    for (const [what, slab, sizes, packetNumbers, count] of REFUSED) {
        it(`refuses to send ${what}, and touches nothing`, () => {
            const socket = started();
            expect(() => socket.send(slab, sizes, packetNumbers, longs, count)).to.throw(
                'expected to be started'
            );
            expect(slab.every(byte => byte === 0)).to.equal(true);
            expect(socket.counters()).to.deep.equal([0, 0, 0, 0]);
        });
    }

    it('refuses runs that do not fit their heads, numbers or packets, and sends nothing', () => {
        const socket = started();
        const [heads, payload] = [new Uint8Array(24), new Uint8Array(3000)];
        for (const [what, ...args] of [
            ['fewer heads than packets', heads, 8, payload, 999, 0],
            ['a head that fills the packet', new Uint8Array(70_000), 65_515, payload, 1000, 0],
            [
                'a packet larger than UDP carries',
                new Uint8Array(80_000),
                8,
                new Uint8Array(70_000),
                65_508,
                0
            ],
            ['no head', heads, 0, payload, 1000, 0],
            ['no bytes', heads, 8, new Uint8Array(0), 1000, 0],
            ['blocks of no bytes', heads, 8, payload, 0, 0],
            ['more packets than a batch', new Uint8Array(40_000), 8, new Uint8Array(4097), 1, 0],
            ['numbers beyond the last', heads, 8, payload, 1000, 2 ** 48 - 2],
            ['a broken number', heads, 8, payload, 1000, 0.5]
        ] as Array<[string, Uint8Array, number, Uint8Array, number, number]>) {
            expect(() => socket.sendRun!(...args), what).to.throw('expected to be started');
        }
        expect(() => open().sendRun!(heads, 8, payload, 1000, 0)).to.throw('expected to be started');
        expect(socket.counters()).to.deep.equal([0, 0, 0, 0]);
    });

    it('gathers texts, and nothing that lies outside', () => {
        const { gather } = addon as Required<NativeAddon>;
        const memory = Uint8Array.from({ length: 100 }, (_, i) => i);
        const rows = Float64Array.of(10, 5, 0, -1, 50, 3, 1, -1, 98, 3, 2, -1, 20, NaN, 3, -1, -1, 4, 4, -1);
        const target = new Uint8Array(20);
        gather(memory, rows, 0, 2, 1, target, 4);
        expect([...target.subarray(4, 10)]).to.deep.equal([11, 12, 13, 14, 51, 52]);
        expect(target.reduce((sum, byte) => sum + byte)).to.equal(11 + 12 + 13 + 14 + 51 + 52);
        for (const [what, from, to, skip, into, at] of [
            ['a text behind the end', 2, 3, 0, target, 0],
            ['a text of no length', 3, 4, 0, target, 0],
            ['a text before the beginning', 4, 5, 0, target, 0],
            ['rows that are not there', 0, 6, 0, target, 0],
            ['rows backwards', 2, 1, 0, target, 0],
            ['less than is left out', 0, 2, 4, target, 0],
            ['a target that is too small', 0, 2, 0, target, 13],
            ['a place outside', 0, 0, 0, target, 21],
            ['a broken place', 0, 1, 0, target, 0.5],
            ['another array', 0, 1, 0, new Float64Array(9) as unknown as Uint8Array, 0]
        ] as Array<[string, number, number, number, Uint8Array, number]>) {
            expect(() => gather(memory, rows, from, to, skip, into, at), what).to.throw(/expected|outside/);
        }
    });

    it('gathers nothing from what only looks right', () => {
        const values = hostileValues();
        const random = seededRandom(7);
        const gather = addon.gather as (...args: unknown[]) => void;
        for (let round = 0; round < 20_000; round++) {
            const args = Array.from({ length: random.nextUint32() % 9 }, () => {
                const value = values[random.nextUint32() % values.length];
                return value;
            });
            try {
                gather(...args);
            } catch (error) {
                expect(error).to.be.instanceOf(Error);
            }
        }
    });

    it('takes keys once, and starts once, with keys', () => {
        const socket = open();
        expect(() => socket.start(ring(), table(), noop, noop)).to.throw('keys before');
        socket.setSealKey(key, iv, header, 0);
        expect(() => socket.setSealKey(key, iv, header, 0)).to.throw('once');
        expect(() => socket.setOpenKey(new Uint8Array(17), iv, header, 0)).to.throw('expected a key');
        socket.setOpenKey(key, iv, header, 0);
        socket.start(ring(), table(), noop, noop);
        expect(() => socket.start(ring(), table(), noop, noop)).to.throw('once');
        socket.close();
        expect(() => socket.send(ring(), lengths(40), numbers, longs, 1)).to.throw('bad file descriptor');
        expect(socket.counters()).to.deep.equal([0, 0, 0, 0]);
    });

    it('stops to receive when its memory is taken away in the midst of it', async () => {
        const memory = ring();
        let batches = 0;
        const socket = started(
            () => {
                batches += 1;
                structuredClone(memory, { transfer: [memory.buffer as ArrayBuffer] });
            },
            memory,
            new Float64Array(4)
        );
        const sender = started();
        sender.connect(LOOPBACK, socket.localPort());
        sender.send(new Uint8Array(400), lengths(100, 100, 100, 100), Float64Array.of(0, 1, 2, 3), longs, 4);
        // What is sent over loopback lies in its socket at once, so by the turn in which a later datagram is heard of
        // elsewhere, and a few more, all four would have been taken.
        await new Promise<void>(resolve => {
            const witness = started(() => resolve());
            const later = started();
            later.connect(LOOPBACK, witness.localPort());
            later.send(new Uint8Array(100), lengths(100), Float64Array.of(0), longs, 1);
        });
        for (let turn = 0; turn < 10; turn++) {
            await new Promise(resolve => setImmediate(resolve));
        }
        expect(batches).to.equal(1);
    });

    it('survives random datagrams of every size, with a table for one packet at a time', async () => {
        let heard = 0;
        const socket = started(count => (heard += count), ring(), new Float64Array(4));
        const attacker = createSocket('udp4');
        const sender = started();
        sender.connect(LOOPBACK, socket.localPort());
        const random = seededRandom(5);
        for (let round = 0; round < 1000; round++) {
            for (let count = 0; count < 10; count++) {
                const bytes = randomBytes(random.nextUint32() % (count === 0 ? 65_508 : 2000));
                bytes.fill(0, 0, Math.min(bytes.length, random.nextUint32() % 24));
                attacker.send(bytes, socket.localPort(), LOOPBACK);
            }
            sender.send(
                new Uint8Array(2000),
                lengths(500, 500, 500, 400),
                Float64Array.of(0, 1, 2, 3),
                longs,
                4
            );
            await new Promise(setImmediate);
        }
        const [, opened, rejected] = await settled(socket);
        attacker.close();
        expect(heard).to.equal(opened);
        expect(opened).to.be.greaterThan(1000);
        expect(rejected).to.be.greaterThan(1000);
    });

    it('lets a worker thread end with sockets open', async () => {
        const script = `
            const { loadNativeAddon } = require(${JSON.stringify(require.resolve('./native-addon'))});
            const { PacketSocket } = loadNativeAddon(process.env).addon;
            const bytes = size => new Uint8Array(size);
            for (let count = 0; count < 5; count++) {
                const socket = new PacketSocket('${LOOPBACK}', 0, false);
                socket.setSealKey(bytes(16), bytes(12), bytes(12), 0);
                socket.setOpenKey(bytes(16), bytes(12), bytes(12), 0);
                socket.start(bytes(65536), new Float64Array(4), () => {}, () => {});
            }
            require('node:worker_threads').parentPort.postMessage('ready');`;
        for (let round = 0; round < 3; round++) {
            const worker = new Worker(script, { eval: true });
            await new Promise(resolve => worker.once('message', resolve));
            expect(await worker.terminate()).to.equal(1);
        }
    });
});

describe('choice of packet I/O', () => {
    it('follows CONNECT_PACKET_IO, and falls back where there is no addon', () => {
        expect(choosePacketIo({ CONNECT_PACKET_IO: 'dgram' }).kind).to.equal('dgram');
        const nowhere = { CONNECT_NATIVE: '/nowhere/addon.node' };
        expect(choosePacketIo(nowhere).description).to.equal('dgram');
        const folder = mkdtempSync(join(tmpdir(), 'connect-addon-'));
        const broken = join(folder, 'broken.node');
        writeFileSync(broken, 'not a library');
        expect(choosePacketIo({ CONNECT_NATIVE: broken }).kind).to.equal('dgram');
        const old = join(folder, 'old.js');
        writeFileSync(old, 'exports.PacketSocket = class {};');
        expect(loadNativeAddon({ CONNECT_NATIVE: old }).reason).to.include('another packet format');
        expect(choosePacketIo({ CONNECT_NATIVE: old }).kind).to.equal('dgram');
        rmSync(folder, { recursive: true });
        expect(() => choosePacketIo({ ...nowhere, CONNECT_PACKET_IO: 'native' })).to.throw(
            '/nowhere/addon.node'
        );
        expect(() => choosePacketIo({ CONNECT_PACKET_IO: 'pigeons' })).to.throw('not pigeons');
    });
});

/** The counters, once nothing arrives any more. */
async function settled(socket: NativeSocket): Promise<ReturnType<NativeSocket['counters']>> {
    for (let last = ''; ;) {
        await new Promise(resume => setTimeout(resume, 50));
        const now = socket.counters();
        if (last === now.join()) {
            return now;
        }
        last = now.join();
    }
}
