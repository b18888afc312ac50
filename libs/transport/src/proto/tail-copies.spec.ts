import { expect } from 'chai';
import { PacketContent, PacketRole, PacketState, SentPackets } from './sent-packets';
import { TailCopies } from './tail-copies';
import { DATA_STREAM } from './types';

const BLOCK_BYTES = 1000;
const RTT_MS = 100;

/** Takes all copies that may go at `nowMs`; returns their block numbers. */
function takeAll(copies: TailCopies, nowMs: number, totalBytes: number): number[] {
    const blocks: number[] = [];
    for (;;) {
        const slice = copies.take(nowMs, RTT_MS, totalBytes, BLOCK_BYTES);
        if (!slice) {
            return blocks;
        }
        expect(slice).to.deep.include({ stream: DATA_STREAM, length: BLOCK_BYTES });
        blocks.push(slice.offset / BLOCK_BYTES);
    }
}

function send(sent: SentPackets, from: number, to: number, role: 0 | 1 | 2 = PacketRole.FRESH): void {
    for (let block = from; block < to; block++) {
        sent.add(0, PacketContent.DATA, role, block * BLOCK_BYTES, BLOCK_BYTES);
    }
}

describe('TailCopies', () => {
    it('copies the oldest unacknowledged blocks once, a little after they were sent', () => {
        const sent = new SentPackets();
        send(sent, 0, 3);
        sent.setState(1, PacketState.SETTLED);
        const copies = new TailCopies(sent, () => true);
        expect(copies.nextMs(RTT_MS, 3000, BLOCK_BYTES)).to.equal(RTT_MS / 16);
        expect(takeAll(copies, 6, 3000)).to.deep.equal([]);
        expect(takeAll(copies, 7, 3000)).to.deep.equal([0, 2]);
        expect(takeAll(copies, 50, 3000)).to.deep.equal([]);
    });

    it('stays within 1 % of all that was sent and a few blocks, half of it for blocks that were never lost', () => {
        const sent = new SentPackets();
        send(sent, 0, 1000);
        const copies = new TailCopies(sent, () => true);
        expect(takeAll(copies, 50, 1_000_000)).to.have.length((10 + 8) / 2);
        send(sent, 1000, 1100, PacketRole.RESENT);
        expect(takeAll(copies, 50, 1_000_000)).to.have.length((10 + 8) / 2);
    });

    it('copies no copy, and nothing that has been acknowledged by another packet', () => {
        const sent = new SentPackets();
        send(sent, 0, 2, PacketRole.COPY);
        send(sent, 2, 4);
        const copies = new TailCopies(sent, (_stream, offset) => offset !== 2 * BLOCK_BYTES);
        expect(takeAll(copies, 50, 0)).to.deep.equal([3]);
    });
});
