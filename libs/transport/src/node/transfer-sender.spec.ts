import { expect } from 'chai';
import { ConnectError } from '@connect/base';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { MetaRecord } from '../proto/meta-records';
import { FileStat, FileStore } from './file-store';
import { EntryFeed, FeedItem } from './multi/entry-feed';
import { StreamPort } from './stream-port';
import { TransferSender } from './transfer-sender';

const stat: FileStat = {
    kind: 'file',
    sizeBytes: 0,
    mtimeMs: 1,
    mtimeNs: 1_000_000n,
    mode: 0o644,
    inode: 1n,
    device: 1n,
    uid: 0,
    gid: 0,
    atimeNs: 1_000_000n
};

function feedOf(count: number): EntryFeed {
    const items = Array.from({ length: count }, (_, i): FeedItem => {
        const path = `file ${i}`;
        return { type: 'entry', entry: { sourcePath: `/${path}`, path, kind: 'file', stat } };
    });
    return {
        sourceCount: async () => 1,
        items: async function* () {
            yield items;
        },
        onRecord: () => false,
        close: () => undefined
    };
}

describe('TransferSender', () => {
    it('begins with few entries, and announces more as time passes and results come', async () => {
        const clock = new VirtualClock();
        const sent: MetaRecord[] = [];
        const port: Pick<StreamPort, 'listener' | 'sendRecord' | 'sendRecords'> = {
            listener: { onRecord: () => undefined, onData: () => undefined },
            sendRecord: async record => void sent.push(record),
            sendRecords: async records => void sent.push(...records)
        };
        const sender = new TransferSender({
            store: {} as FileStore,
            port: port as StreamPort,
            sources: [],
            hash: 'sha256',
            feed: feedOf(3000),
            clock
        });
        const run = sender.run().catch(ConnectError.from);
        const announced = async (): Promise<number> => {
            await new Promise(resolve => setImmediate(resolve));
            return sent.filter(({ type }) => type === 'entry').length;
        };
        expect(await announced()).to.equal(100);
        clock.advance(100);
        expect(await announced()).to.equal(1100);
        for (let index = 0; index < 200; index++) {
            port.listener.onRecord({ type: 'decision-skip', index, reason: 'same' });
        }
        // 200 places are free, and the window is larger by as much
        expect(await announced()).to.equal(1500);
        sender.stop(new ConnectError('cancelled', 'Stopped'));
        expect(await run).to.have.property('code', 'cancelled');
    });
});
