import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { seededRandom } from '@connect/base';
import { expect } from 'chai';
import { RateSettings } from '../proto/rate-controller';
import { PumpPair, ReceivedBytes, sha256, TEST_PLAINTEXT_BYTES } from '../testing/pump-pair';
import { describeEachPacketIo } from '../testing/packet-io-kinds';
import { UdpRelay } from '../testing/udp-relay';

const BLOCK_BYTES = 1 << 20;
const rate = (mbps: number): RateSettings => ({ targetBps: mbps * 1e6, minBps: 1e6, policy: 'fixed' });

async function sendAll(pair: PumpPair, content: Buffer): Promise<void> {
    const blocks: Array<Promise<void>> = [];
    for (let offset = 0; offset < content.length; offset += BLOCK_BYTES) {
        blocks.push(pair.client.pump.sendData(offset, content.subarray(offset, offset + BLOCK_BYTES)));
    }
    await Promise.all(blocks);
}

function receive(pair: PumpPair, sizeBytes: number): ReceivedBytes {
    const received = new ReceivedBytes(sizeBytes);
    pair.server.pump.listener = {
        onRecord: record => pair.server.records.push(record),
        onData: (offset, bytes) => received.take(offset, bytes)
    };
    return received;
}

describeEachPacketIo('SessionPump over real sockets', packetIo => {
    const toDispose: Array<() => unknown> = [];

    afterEach(async () => {
        for (const dispose of toDispose.splice(0).reverse()) {
            await dispose();
        }
    });

    const start = async (
        mbps: number,
        targetOf?: Parameters<typeof PumpPair.start>[2]
    ): Promise<PumpPair> => {
        const pair = await PumpPair.start(packetIo(), rate(mbps), targetOf);
        toDispose.push(() => pair.dispose());
        return pair;
    };

    it('moves 50 MB, every byte', async () => {
        const content = randomBytes(50_000_000);
        const pair = await start(800);
        const received = receive(pair, content.length);
        await sendAll(pair, content);
        expect(await received.sha256()).to.equal(sha256(content));
        expect(pair.client.pump.stats().streamBytesAcknowledged).to.equal(content.length);
        expect(pair.client.failures).to.deep.equal([]);
    });

    it('moves 50 MB over a path that loses 2% and reorders, records in order', async () => {
        const content = randomBytes(50_000_000);
        let relay!: UdpRelay;
        const pair = await start(200, async listener => {
            const faults = { loss: 0.02, reorder: 0.01, overtakers: 5 };
            relay = await UdpRelay.start(listener.port, faults, seededRandom(7));
            toDispose.push(() => relay.close());
            return relay.port;
        });
        const received = receive(pair, content.length);
        const records = Array.from({ length: 5000 }, (_, index) => ({ type: 'refetch' as const, index }));
        const sent = records.map(record => pair.client.pump.sendRecord(record));
        await Promise.all([sendAll(pair, content), ...sent]);
        await pair.client.pump.drained(30_000);
        expect(await received.sha256()).to.equal(sha256(content));
        expect(pair.server.records).to.deep.equal(records);
        expect(relay.dropped).to.be.greaterThan(500);
    });

    it('finishes right under 100,000 random and mutated datagrams, and lets none of them in', async () => {
        const content = randomBytes(20_000_000);
        const recorded: Buffer[] = [];
        const pair = await start(100, async listener => {
            const clean = { loss: 0, reorder: 0, overtakers: 0 };
            const relay = await UdpRelay.start(listener.port, clean, seededRandom(1));
            toDispose.push(() => relay.close());
            relay.onDatagram = ({ bytes }) => recorded.length < 500 && recorded.push(Buffer.from(bytes));
            return relay.port;
        });
        const received = receive(pair, content.length);
        const sending = sendAll(pair, content);
        const random = seededRandom(42);
        const attacker = createSocket('udp4');
        const ports = [pair.listener.port, pair.client.io.localPort];
        for (let count = 0; count < 100_000; count++) {
            const original = recorded[random.nextUint32() % Math.max(1, recorded.length)];
            const bytes =
                original && count % 2 === 0 ? Buffer.from(original) : randomBytes(random.nextUint32() % 1500);
            if (bytes.length > 0) {
                bytes[random.nextUint32() % bytes.length]! ^= 1 + (random.nextUint32() % 255);
            }
            attacker.send(bytes, ports[count % 2]!, '127.0.0.1');
            if (count % 200 === 0) {
                await new Promise(setImmediate);
            }
        }
        await sending;
        attacker.close();
        expect(await received.sha256()).to.equal(sha256(content));
        expect(pair.server.failures).to.deep.equal([]);
        expect(pair.client.failures).to.deep.equal([]);
    });

    it('ignores recorded datagrams that another socket sends again, and keeps talking to its peer', async () => {
        const content = randomBytes(10_000_000);
        const recorded: Buffer[] = [];
        const pair = await start(100, async listener => {
            const clean = { loss: 0, reorder: 0, overtakers: 0 };
            const relay = await UdpRelay.start(listener.port, clean, seededRandom(1));
            toDispose.push(() => relay.close());
            relay.onDatagram = ({ bytes, toServer }) => toServer && recorded.push(Buffer.from(bytes));
            return relay.port;
        });
        const received = receive(pair, content.length);
        const stolen: Buffer[] = [];
        const thief = createSocket('udp4');
        thief.on('message', bytes => stolen.push(bytes));
        const sending = sendAll(pair, content);
        let replayed = 0;
        for (let round = 0; round < 50; round++) {
            await new Promise(resume => setTimeout(resume, 10));
            for (const bytes of recorded.splice(0).slice(0, 3)) {
                thief.send(bytes, pair.listener.port, '127.0.0.1');
                replayed += 1;
            }
        }
        await sending;
        expect(await received.sha256()).to.equal(sha256(content));
        thief.close();
        expect(replayed).to.be.greaterThan(20);
        expect(stolen).to.have.length(0);
        expect(pair.server.pump.stats().packetsDuplicate).to.be.greaterThan(0);
    });

    it('follows a client whose address changes', async () => {
        const content = randomBytes(20_000_000);
        let relay!: UdpRelay;
        const pair = await start(100, async listener => {
            const clean = { loss: 0, reorder: 0, overtakers: 0 };
            relay = await UdpRelay.start(listener.port, clean, seededRandom(1));
            toDispose.push(() => relay.close());
            return relay.port;
        });
        const received = receive(pair, content.length);
        const sending = sendAll(pair, content);
        for (let round = 0; round < 3; round++) {
            const before = received.received;
            while (received.received < before + 3_000_000) {
                await new Promise(resume => setTimeout(resume, 5));
            }
            await relay.forgetClients();
        }
        await sending;
        expect(await received.sha256()).to.equal(sha256(content));
    });

    it('uses what the path carries, and goes on when it carries less from one moment to the next', async () => {
        const content = randomBytes(30_000_000);
        const sizes: number[] = [];
        let relay!: UdpRelay;
        const pair = await start(100, async listener => {
            const clean = { loss: 0, reorder: 0, overtakers: 0 };
            relay = await UdpRelay.start(listener.port, clean, seededRandom(1));
            toDispose.push(() => relay.close());
            relay.onDatagram = ({ bytes, toServer }) => toServer && sizes.push(bytes.length);
            return relay.port;
        });
        const received = receive(pair, content.length);
        const sending = sendAll(pair, content);
        while (received.received < 10_000_000) {
            await new Promise(resume => setTimeout(resume, 5));
        }
        expect(Math.max(...sizes)).to.equal(TEST_PLAINTEXT_BYTES + 20);
        relay.maxBytes = 1300;
        await sending;
        await pair.client.pump.drained(30_000);
        expect(await received.sha256()).to.equal(sha256(content));
        expect(Math.max(...sizes.slice(-1000))).to.be.within(1290, 1300);
    });

    it('says that UDP is blocked when nothing ever answers', async () => {
        const silent = createSocket('udp4');
        await new Promise<void>(bound => silent.bind(0, '127.0.0.1', () => bound()));
        toDispose.push(() => silent.close());
        const pair = await PumpPair.start(packetIo(), rate(100), async () => silent.address().port, {
            probeMs: 1000
        });
        toDispose.push(() => pair.dispose());
        const error = await pair.client.pump.sendData(0, randomBytes(10)).catch(reason => reason);
        expect(error.code).to.equal('transfer.udp-blocked');
        expect(pair.client.failures.map(failure => failure.code)).to.deep.equal(['transfer.udp-blocked']);
    });
});
