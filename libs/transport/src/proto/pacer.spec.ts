import { expect } from 'chai';
import { Pacer } from './pacer';

const PACKET_BYTES = 1500;
const PER_MS = 12e6 / 8000;

/** Sends as much as is allowed at each of the given moments; returns the bytes of each. */
function drive(pacer: Pacer, times: readonly number[]): number[] {
    return times.map(nowMs => {
        let bytes = 0;
        while (pacer.canSend(nowMs)) {
            pacer.onSent(nowMs, PACKET_BYTES);
            bytes += PACKET_BYTES;
        }
        return bytes;
    });
}

const every = (stepMs: number, untilMs: number): number[] =>
    Array.from({ length: untilMs / stepMs }, (_, i) => (i + 1) * stepMs);

describe('Pacer', () => {
    it('keeps the rate on average, however coarse the timer, up to its depth', () => {
        for (const stepMs of [0.1, 1, 5, 20]) {
            const sent = drive(new Pacer(12e6), [0, ...every(stepMs, 1000)]).reduce(
                (sum, bytes) => sum + bytes,
                0
            );
            expect(sent, `step ${stepMs}`).to.be.closeTo(1000 * PER_MS, 4 * PACKET_BYTES);
        }
    });

    it('bounds the burst after a long delay while busy', () => {
        const [, , late] = drive(new Pacer(12e6), [1, 2, 2000]);
        expect(late).to.be.closeTo(25 * PER_MS, PACKET_BYTES);
    });

    it('keeps bursts short where the rate answers to the path, unless it is one that only a processor limits', () => {
        const gentle = new Pacer(12e6);
        gentle.isGentle = true;
        expect(drive(gentle, [1, 2, 2000])[2]).to.be.closeTo(5 * PER_MS, PACKET_BYTES);
        const fast = new Pacer(1.2e9);
        fast.isGentle = true;
        expect(drive(fast, [1, 2, 2000])[2]).to.be.closeTo(2500 * PER_MS, PACKET_BYTES);
    });

    it('bounds the burst after an idle time even more', () => {
        const pacer = new Pacer(120e6);
        drive(pacer, every(1, 50));
        pacer.onIdle(50);
        expect(drive(pacer, [1000])[0]).to.be.closeTo((2 * 120e3) / 8, PACKET_BYTES);
    });

    it('follows a new rate at once and does not carry a large credit into a small rate', () => {
        const pacer = new Pacer(1e9);
        drive(pacer, [1]);
        pacer.setRate(26, 8e6);
        const sent = drive(
            pacer,
            every(1, 100).map(ms => ms + 26)
        ).reduce((sum, bytes) => sum + bytes, 0);
        expect(sent).to.be.closeTo(125 * 1000, 2 * PACKET_BYTES);
    });

    it('tells when the next packet may go: after the debt, and not before a whole batch at a high rate', () => {
        const slow = new Pacer(1.2e6);
        drive(slow, [0]);
        slow.onSent(0, PACKET_BYTES);
        expect(slow.nextSendMs()).to.be.closeTo(10, 0.01);
        expect(slow.canSend(slow.nextSendMs() - 0.1)).to.equal(false);
        expect(slow.canSend(slow.nextSendMs())).to.equal(true);
        const fast = new Pacer(10e9);
        drive(fast, [0]);
        expect(fast.nextSendMs()).to.equal(1);
    });

    it('sends nothing at rate 0', () => {
        const pacer = new Pacer(0);
        expect(pacer.canSend(1000)).to.equal(false);
        expect(pacer.nextSendMs()).to.equal(Infinity);
    });
});
