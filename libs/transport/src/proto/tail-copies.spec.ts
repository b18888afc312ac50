import { expect } from 'chai';
import { PacketContent, PacketRole, PacketState, SentPackets } from './sent-packets';
import { TailCopies, TailState } from './tail-copies';
import { DATA_STREAM } from './types';

const BLOCK_BYTES = 1000;
const RTT_MS = 100;

describe('TailCopies', () => {
    let sent: SentPackets;
    let copies: TailCopies;
    let acknowledged: Set<number>;

    beforeEach(() => {
        sent = new SentPackets();
        acknowledged = new Set();
        copies = new TailCopies(sent, (_stream, offset) => !acknowledged.has(offset / BLOCK_BYTES));
    });

    const state = (totalBytes: number, lossShare: number): TailState => ({
        ...{ rttMs: RTT_MS, totalBytes, lossShare },
        blockBytes: BLOCK_BYTES
    });

    /** Takes all copies that may go at `nowMs`; returns their block numbers. */
    const takeAll = (nowMs: number, totalBytes = 0, lossShare = 0): number[] => {
        const blocks: number[] = [];
        for (;;) {
            const slice = copies.take(nowMs, state(totalBytes, lossShare));
            if (!slice) {
                return blocks;
            }
            expect(slice).to.deep.include({ stream: DATA_STREAM, length: BLOCK_BYTES });
            blocks.push(slice.offset / BLOCK_BYTES);
        }
    };

    const send = (from: number, to: number, role: 0 | 1 | 2 = PacketRole.FRESH, atMs = 0): void => {
        for (let block = from; block < to; block++) {
            const packet = sent.add(atMs, PacketContent.DATA, role, block * BLOCK_BYTES, BLOCK_BYTES);
            if (role === PacketRole.FRESH) {
                copies.onFresh(packet);
            }
        }
    };

    it('copies what is unacknowledged once, newest first, a little after it was sent', () => {
        send(0, 3);
        sent.setState(1, PacketState.SETTLED);
        expect(copies.nextMs(state(3000, 0))).to.equal(RTT_MS / 16);
        expect(takeAll(6)).to.deep.equal([]);
        expect(takeAll(7)).to.deep.equal([2, 0]);
        expect(takeAll(50)).to.deep.equal([]);
    });

    it('copies nothing of which a report is about to tell, and nothing before it', () => {
        send(0, 2, PacketRole.FRESH, 0);
        send(2, 4, PacketRole.FRESH, 90);
        expect(takeAll(110)).to.deep.equal([3, 2]);
        expect(copies.nextMs(state(4000, 0))).to.equal(undefined);
    });

    it('begins again when something new was sent, without a second copy of what came before', () => {
        send(0, 3);
        expect(takeAll(7)).to.deep.equal([2, 1, 0]);
        send(3, 5, PacketRole.FRESH, 20);
        expect(takeAll(30)).to.deep.equal([4, 3]);
    });

    it('copies three times what was resent after the end, later each time', () => {
        send(0, 1);
        sent.setState(0, PacketState.LOST);
        send(0, 1, PacketRole.RESENT, 100);
        expect(takeAll(107)).to.deep.equal([0]);
        expect(takeAll(113)).to.deep.equal([0]);
        expect(takeAll(119)).to.deep.equal([0]);
        expect(takeAll(199)).to.deep.equal([]);
    });

    it('stays within 0.8 % of all that was sent and a few blocks', () => {
        send(0, 1);
        send(1, 500, PacketRole.RESENT);
        expect(takeAll(50, 1_000_000)).to.have.length(8 + 32);
    });

    it('copies what was sent before the end only where that saves a round trip, on a path that is known', () => {
        const total = 200_000_000;
        send(0, 2000);
        expect(takeAll(50, total, 0), 'hardly anything will be lost').to.deep.equal([]);
        expect(takeAll(50, total, 0.05), 'some will be lost with its copy').to.deep.equal([]);
        expect(takeAll(50, 100_000, 0.01), 'not all can be copied').to.deep.equal([]);
        expect(takeAll(50, total, 0.01)).to.have.length.greaterThan(800);
    });

    it('copies no copy, and nothing that has been acknowledged by another packet', () => {
        send(0, 2, PacketRole.COPY);
        send(2, 4);
        acknowledged.add(2);
        expect(takeAll(50)).to.deep.equal([3]);
    });
});
