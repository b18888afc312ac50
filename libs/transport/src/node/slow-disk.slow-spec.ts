import { randomFillSync } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describeEachPacketIo } from '../testing/packet-io-kinds';
import { PumpPair } from '../testing/pump-pair';
import { hookedStore } from '../testing/transfer-harness';
import { FileStore } from './file-store';
import { LocalFileStore } from './local-file-store';
import { TransferReceiver } from './transfer-receiver';
import { TransferSender } from './transfer-sender';

const SIZE_BYTES = 60_000_000;
const DISK_BYTES_PER_MS = 20_000;
const MEMORY_BYTES = 16 * 1024 * 1024;
const RATE = { targetBps: 800e6, minBps: 0, policy: 'fixed' } as const;

/** A disk that writes one piece after the other, at a fifth of the rate of the sender. */
class SlowDisk {
    writtenBytes = 0;
    readonly store: FileStore;
    private freeMs = 0;

    constructor() {
        this.store = hookedStore(new LocalFileStore(), async (operation, _path, bytes) => {
            if (operation === 'write' && bytes) {
                this.freeMs = Math.max(this.freeMs, performance.now()) + bytes.length / DISK_BYTES_PER_MS;
                await new Promise(written =>
                    setTimeout(written, Math.max(0, this.freeMs - performance.now()))
                );
                this.writtenBytes += bytes.length;
            }
        });
    }
}

describeEachPacketIo('A disk that is slower than the sender', packetIo => {
    let dir: string;

    beforeEach(async () => {
        dir = await fs.mkdtemp(join(tmpdir(), 'connect-slow-disk-'));
        await fs.mkdir(join(dir, 'target'));
    });

    afterEach(() => fs.rm(dir, { recursive: true, force: true }));

    it('slows the sender down; nothing is lost for it, and memory stays small', async () => {
        const content = randomFillSync(Buffer.alloc(SIZE_BYTES));
        await fs.writeFile(join(dir, 'source.bin'), content);
        const pair = await PumpPair.start(packetIo(), RATE);
        const disk = new SlowDisk();
        const receiver = new TransferReceiver({
            hash: 'sha256',
            ...{ port: pair.server.pump, store: disk.store, destination: join(dir, 'target') },
            ...{ fsync: 'never', memoryBytes: MEMORY_BYTES }
        });
        const sender = new TransferSender({
            hash: 'sha256',
            ...{ port: pair.client.pump, store: new LocalFileStore() },
            sources: [{ path: join(dir, 'source.bin') }]
        });
        let mostWaiting = 0;
        const look = setInterval(() => {
            const arrived = pair.server.pump.stats().streamBytesReceived;
            mostWaiting = Math.max(mostWaiting, arrived - disk.writtenBytes);
        }, 5);
        await Promise.all([sender.run(), receiver.run()]);
        clearInterval(look);
        const { streamBytesSent } = pair.client.pump.stats();
        pair.dispose();
        expect(Buffer.compare(await fs.readFile(join(dir, 'target/source.bin')), content)).to.equal(0);
        expect(mostWaiting).to.be.within(1, 2 * MEMORY_BYTES);
        expect(streamBytesSent).to.be.below(SIZE_BYTES * 1.03);
    });
});
