import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { OutgoingBlocks } from './outgoing-blocks';
import { OutgoingLog } from './outgoing-log';

const settled = async (promise: Promise<void>): Promise<string> =>
    Promise.race([
        promise.then(
            () => 'done',
            error => error.code
        ),
        Promise.resolve().then(() => 'waiting')
    ]);

describe('OutgoingBlocks', () => {
    it('holds bytes at their offsets until all of a block is acknowledged', async () => {
        const blocks = new OutgoingBlocks();
        const late = blocks.add(1000, Buffer.from('late block'));
        const early = blocks.add(10, Buffer.from('early'));
        expect(Buffer.from(blocks.view(1005, 5)).toString()).to.equal('block');
        expect(Buffer.from(blocks.view(10, 5)).toString()).to.equal('early');
        blocks.acknowledge(12, 3);
        expect(await settled(early)).to.equal('waiting');
        blocks.acknowledge(10, 2);
        expect(await settled(early)).to.equal('done');
        expect(blocks.heldBytes).to.equal(10);
        expect(await settled(late)).to.equal('waiting');
        expect(() => blocks.view(10, 5)).to.throw(ConnectError);
        expect(() => blocks.view(1008, 5)).to.throw(ConnectError);
    });

    it('acknowledges several blocks at once', async () => {
        const blocks = new OutgoingBlocks();
        const all = [0, 4, 8].map(offset => blocks.add(offset, Buffer.alloc(4)));
        blocks.acknowledge(2, 8);
        expect(await Promise.all(all.map(settled))).to.deep.equal(['waiting', 'done', 'waiting']);
        blocks.acknowledge(0, 2);
        blocks.acknowledge(10, 2);
        await Promise.all(all);
        expect(blocks.heldBytes).to.equal(0);
    });

    it('takes nothing twice, and the empty block at once', async () => {
        const blocks = new OutgoingBlocks();
        await blocks.add(5, Buffer.alloc(0));
        const first = blocks.add(0, Buffer.alloc(10));
        for (const [offset, length] of [
            [0, 10],
            [9, 1],
            [5, 100]
        ] as const) {
            expect(await settled(blocks.add(offset, Buffer.alloc(length)))).to.equal('internal');
        }
        blocks.abandon(new ConnectError('cancelled', 'over'));
        expect(await settled(first)).to.equal('cancelled');
    });
});

describe('OutgoingLog', () => {
    it('gives back what was appended, across its slabs, and forgets what is acknowledged', () => {
        const log = new OutgoingLog(1000);
        const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
        for (let at = 0; at < bytes.length; at += 777) {
            log.append(bytes.subarray(at, at + 777));
        }
        expect(log.endOffset).to.equal(bytes.length);
        const target = Buffer.alloc(70_000);
        log.copy(65_000, target);
        expect(target.equals(bytes.subarray(65_000, 135_000))).to.equal(true);
        log.acknowledge(60_000, 10_000);
        log.acknowledge(0, 60_000);
        expect(log.unacknowledgedBytes).to.equal(130_000);
        expect(() => log.copy(65_000, Buffer.alloc(10))).to.throw(ConnectError);
        log.copy(70_000, target);
        expect(target.equals(bytes.subarray(70_000, 140_000))).to.equal(true);
        expect(() => log.copy(199_999, Buffer.alloc(2))).to.throw(ConnectError);
    });

    it('lets callers wait while too much is unacknowledged, in order', async () => {
        const log = new OutgoingLog(100);
        log.append(Buffer.alloc(99));
        expect(await settled(log.room())).to.equal('done');
        log.append(Buffer.alloc(51));
        const waiting = [log.room(), log.room()];
        expect(await Promise.all(waiting.map(settled))).to.deep.equal(['waiting', 'waiting']);
        log.acknowledge(0, 50);
        expect(await settled(waiting[0]!)).to.equal('waiting');
        log.acknowledge(50, 1);
        await Promise.all(waiting);
        log.append(Buffer.alloc(100));
        const last = log.room();
        log.abandon(new ConnectError('cancelled', 'over'));
        expect(await settled(last)).to.equal('cancelled');
    });
});
