import { expect } from 'chai';
import { PacketContent, PacketRole, PacketState, SentPackets } from './sent-packets';

describe('SentPackets', () => {
    it('keeps what was noted while it grows, also across the end of the ring', () => {
        const sent = new SentPackets();
        for (let i = 0; i < 700; i++) {
            sent.add(i, PacketContent.DATA, PacketRole.FRESH, i * 10, 10);
            sent.setState(i, PacketState.SETTLED);
            sent.floor += 1;
        }
        for (let i = 700; i < 5000; i++) {
            expect(sent.add(i, PacketContent.DATA, PacketRole.RESENT, i * 2 ** 30, i)).to.equal(i);
        }
        for (let i = 700; i < 5000; i++) {
            expect([
                sent.state(i),
                sent.content(i),
                sent.role(i),
                sent.offset(i),
                sent.length(i),
                sent.sentMs(i)
            ]).to.deep.equal([
                PacketState.IN_FLIGHT,
                PacketContent.DATA,
                PacketRole.RESENT,
                i * 2 ** 30,
                i,
                i
            ]);
        }
        expect(sent.inFlightCount).to.equal(4300);
    });

    it('remembers some settled packets, none that was overwritten, and none that was dropped when it grew', () => {
        const sent = new SentPackets();
        const add = (): number => sent.add(0, PacketContent.PING);
        for (let i = 0; i < 100; i++) {
            sent.setState(add(), PacketState.SETTLED);
            sent.floor += 1;
        }
        expect(sent.remembers(0)).to.equal(true);
        expect(sent.remembers(100)).to.equal(false);
        while (sent.next < 1200) {
            add();
        }
        expect(sent.remembers(99)).to.equal(false);
        expect(sent.remembers(100)).to.equal(true);
    });

    it('packets that need no report are settled from the start', () => {
        const sent = new SentPackets();
        sent.add(0, PacketContent.CONTROL);
        expect([sent.floor, sent.inFlightCount]).to.deep.equal([1, 0]);
    });
});
