import { expect } from 'chai';
import { FrameType, ReportFrame } from './frames';
import { PathProbe, ProbePacket } from './path-probe';

const OVERHEAD = 60;

const report = (largest: number, gaps: number[] = [], holdUs = 0): ReportFrame => ({
    largest,
    holdUs,
    queueingDelayUs: 0,
    receiveWindowBytes: 0,
    deliveryRateBytesPerSec: 0,
    intervals: [{ from: 0, to: largest + 1, gaps }]
});

/** Runs a probe over a path: tells what arrives, by number and size of the IP packet. */
function probed(arrives: (packetNumber: number, packetBytes: number) => boolean, rttMs = 30): PathProbe {
    const probe = new PathProbe(OVERHEAD, 1440);
    const missing: number[] = [];
    let largest = -1;
    for (let now = 0; now < 20_000 && !probe.isOver(now); now += 10) {
        const packet = probe.poll(now);
        if (packet && arrives(packet.packetNumber, packet.head.length + OVERHEAD)) {
            largest = packet.packetNumber;
            const gaps = missing.flatMap(number => [number, number + 1]);
            probe.onReport(now + rttMs, report(largest, joined(gaps)));
        } else if (packet) {
            missing.push(packet.packetNumber);
        }
    }
    return probe;
}

/** Gaps of a report never touch. */
function joined(gaps: readonly number[]): number[] {
    const result: number[] = [];
    for (let i = 0; i < gaps.length; i += 2) {
        if (result[result.length - 1] === gaps[i]) {
            result[result.length - 1] = gaps[i + 1]!;
        } else {
            result.push(gaps[i]!, gaps[i + 1]!);
        }
    }
    return result;
}

describe('probe of a path', () => {
    it('asks until it is answered, and never ends without an answer', () => {
        const probe = new PathProbe(OVERHEAD, 1440);
        const sent: ProbePacket[] = [];
        for (let now = 0; now < 5000; now += 10) {
            const packet = probe.poll(now);
            if (packet) {
                sent.push(packet);
            }
        }
        expect(sent).to.have.length(20);
        expect(sent[0]!.head[0]).to.equal(FrameType.PING);
        expect(
            sent[0]!.head.subarray(1).every(byte => byte === 0),
            'padding'
        ).to.equal(true);
        expect(probe.isOver(60_000)).to.equal(false);
        expect(probe.findings()).to.deep.equal({ packetsSent: 20, packetsArrived: 0 });
    });

    it('finds the round trip, no loss and the largest packet of a good path', () => {
        const probe = probed(() => true);
        const { packetsSent, packetsArrived, ...rest } = probe.findings();
        expect(packetsArrived).to.equal(packetsSent);
        expect(rest).to.deep.equal({ lossPercent: 0, minRttMs: 30, averageRttMs: 30, packetBytes: 1500 });
    });

    it('does not count the time for which a report was held back', () => {
        const probe = new PathProbe(OVERHEAD, 1440);
        probe.poll(0);
        probe.onReport(50, report(0, [], 8000));
        expect(probe.findings().minRttMs).to.equal(42);
    });

    it('finds how much gets lost', () => {
        const probe = probed((packetNumber, bytes) => bytes > 1200 || packetNumber % 4 !== 3);
        expect(probe.findings().lossPercent).to.equal(25);
    });

    it('finds a path that carries only smaller packets, which is no loss', () => {
        const findings = probed((_, bytes) => bytes <= 1400).findings();
        expect(findings.packetBytes).to.equal(1400);
        expect(findings.lossPercent).to.equal(0);
    });

    it('tries no packet that the interface does not take', () => {
        const probe = new PathProbe(OVERHEAD, 1380 - OVERHEAD);
        probe.poll(0);
        probe.onReport(1, report(0));
        const sizes = new Set<number>();
        for (let now = 1; now < 10_000; now += 10) {
            const packet = probe.poll(now);
            sizes.add((packet?.head.length ?? 0) + OVERHEAD);
        }
        expect(Math.max(...sizes)).to.equal(1380);
    });

    it('ignores reports about packets that were never sent', () => {
        const probe = new PathProbe(OVERHEAD, 1440);
        probe.poll(0);
        probe.onReport(1, report(7));
        expect(probe.isAnswered).to.equal(false);
    });
});
