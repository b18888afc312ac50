import { expect } from 'chai';
import { RateSettings } from '../proto/rate-controller';
import { DATA_STREAM, META_STREAM } from '../proto/types';
import { LinkSettings } from './simulated-link';
import {
    BLOCK_BYTES,
    OVERHEAD_BYTES,
    PLAINTEXT_BYTES,
    Simulation,
    simulateTransfer,
    TransferResult
} from './simulation';

const MEGABIT = 1e6;
const MEGABYTE = 1e6;

const fixed = (megabits: number): RateSettings => ({
    targetBps: megabits * MEGABIT,
    minBps: 0.1 * MEGABIT,
    policy: 'fixed'
});

/** How much longer than the ideal, as a share of it. */
const lateShare = (result: TransferResult): number => result.durationMs / result.idealMs - 1;

interface Scenario {
    readonly description: string;
    readonly forth: LinkSettings;
    readonly back?: LinkSettings;
    readonly rateMbps?: number;
    readonly payloadBytes: number;
    /** Average loss of the path, for the ideal. */
    readonly loss: number;
    readonly maxLateShare: number;
    readonly maxExcessShare: number;
}

const SCENARIOS: readonly Scenario[] = [
    {
        description: '1 GB at 1 Gbit/s, 200 ms round trip, 2 % loss',
        forth: { delayMs: 100, loss: 0.02 },
        rateMbps: 1000,
        payloadBytes: 1000 * MEGABYTE,
        loss: 0.02,
        maxLateShare: 0.03,
        maxExcessShare: 0.01
    },
    {
        description: 'a path without loss',
        forth: { delayMs: 50 },
        payloadBytes: 50 * MEGABYTE,
        loss: 0,
        maxLateShare: 0.01,
        maxExcessShare: 0.006
    },
    {
        description: '5 % loss',
        forth: { delayMs: 50, loss: 0.05 },
        payloadBytes: 50 * MEGABYTE,
        loss: 0.05,
        maxLateShare: 0.04,
        maxExcessShare: 0.02
    },
    {
        description: '10 % loss in both directions',
        forth: { delayMs: 50, loss: 0.1 },
        payloadBytes: 50 * MEGABYTE,
        loss: 0.1,
        maxLateShare: 0.05,
        maxExcessShare: 0.02
    },
    {
        description: 'loss in bursts of 20 packets on average',
        forth: { delayMs: 50, burst: { enter: 0.001, leave: 0.05, loss: 1 } },
        payloadBytes: 50 * MEGABYTE,
        loss: 0.0196,
        maxLateShare: 0.04,
        maxExcessShare: 0.02
    },
    {
        description: 'jitter of 10 ms, so that packets overtake each other all the time',
        forth: { delayMs: 50, jitterMs: 10 },
        payloadBytes: 50 * MEGABYTE,
        loss: 0,
        maxLateShare: 0.02,
        maxExcessShare: 0.012
    },
    {
        description: '1 % of the packets held back by 8 ms',
        forth: { delayMs: 50, reorder: 0.01, reorderMs: 8 },
        payloadBytes: 50 * MEGABYTE,
        loss: 0,
        maxLateShare: 0.02,
        maxExcessShare: 0.01
    },
    {
        description: '5 % of the packets arriving twice',
        forth: { delayMs: 50, duplicate: 0.05 },
        payloadBytes: 50 * MEGABYTE,
        loss: 0,
        maxLateShare: 0.01,
        maxExcessShare: 0.006
    },
    {
        description: '30 % of the reports lost, and 2 % of the data',
        forth: { delayMs: 50, loss: 0.02 },
        back: { delayMs: 50, loss: 0.3 },
        payloadBytes: 50 * MEGABYTE,
        loss: 0.02,
        maxLateShare: 0.04,
        maxExcessShare: 0.02
    },
    {
        description: 'a short path: 1 ms round trip, 1 % loss',
        forth: { delayMs: 0.5, loss: 0.01 },
        payloadBytes: 50 * MEGABYTE,
        loss: 0.01,
        maxLateShare: 0.02,
        maxExcessShare: 0.01
    },
    {
        description: 'a very long path: 1 s round trip, 5 % loss',
        forth: { delayMs: 500, loss: 0.05 },
        payloadBytes: 200 * MEGABYTE,
        loss: 0.05,
        maxLateShare: 0.12,
        maxExcessShare: 0.03
    },
    {
        description: 'a slow path: 1 Mbit/s, 5 % loss',
        forth: { delayMs: 100, loss: 0.05 },
        rateMbps: 1,
        payloadBytes: 2 * MEGABYTE,
        loss: 0.05,
        maxLateShare: 0.04,
        maxExcessShare: 0.04
    }
];

describe('Connection over a simulated path: one way', () => {
    for (const scenario of SCENARIOS) {
        const { description, forth, back, payloadBytes, loss, maxLateShare, maxExcessShare } = scenario;
        it(`${description}: close to the ideal time, hardly a byte too many`, () => {
            const rateMbps = scenario.rateMbps ?? 100;
            const simulation = new Simulation({ seed: 7, rate: fixed(rateMbps), forth, back });
            const rttMs = forth.delayMs + (back ?? forth).delayMs;
            const result = simulateTransfer(
                simulation,
                payloadBytes,
                { rateBps: rateMbps * MEGABIT, loss, rttMs },
                600_000
            );
            expect(result.completed, 'completed').to.equal(true);
            expect(lateShare(result), 'time beyond the ideal').to.be.below(maxLateShare);
            expect(result.excessShare, 'bytes beyond the ideal').to.be.below(maxExcessShare);
        });
    }

    for (const seed of [1, 2, 3]) {
        it(`the end of a transfer with 10 % loss costs about one round trip more, and few bytes (seed ${seed})`, () => {
            const forth = { delayMs: 100, loss: 0.1 };
            const simulation = new Simulation({ seed, rate: fixed(300), forth });
            const ideal = { rateBps: 300 * MEGABIT, loss: 0.1, rttMs: 200 };
            const result = simulateTransfer(simulation, 500 * MEGABYTE, ideal, 600_000);
            expect(result.completed).to.equal(true);
            expect(result.durationMs).to.be.below(result.idealMs + 1.4 * ideal.rttMs);
            const { lost, sent } = simulation.first.link.counters;
            const sentShare = (result.excessShare + 1) / (1 - ideal.loss);
            expect(sentShare - 1 / (1 - lost / sent), 'bytes beyond the losses').to.be.below(0.01);
        });
    }

    it('a queue that overflows: the full rate of the link is used, and the share of retransmissions is capped', () => {
        const forth = { delayMs: 50, rateBps: 50 * MEGABIT, queueBytes: 500_000 };
        const simulation = new Simulation({ seed: 7, rate: fixed(200), forth });
        const result = simulateTransfer(
            simulation,
            60 * MEGABYTE,
            { rateBps: 50 * MEGABIT, loss: 0, rttMs: 100 },
            600_000
        );
        expect(result.completed).to.equal(true);
        expect(lateShare(result)).to.be.below(0.1);
        // at four times what the link carries, three of four packets would be lost without the cap
        expect(result.retransmittedShare).to.be.below(0.4);
    });
});

describe('Connection over a simulated path: events', () => {
    const path: LinkSettings = { delayMs: 50 };
    const tenMegabytes = { rateBps: 100 * MEGABIT, loss: 0, rttMs: 100 };

    it('packets larger than the path carries: smaller ones, once the owner knows, get everything across', () => {
        const mtuBytes = 1280;
        const simulation = new Simulation({ seed: 7, rate: fixed(100), forth: { delayMs: 50, mtuBytes } });
        const { connection } = simulation.first;
        const probed: Array<[number, boolean]> = [];
        simulation.first.onProbe = (plaintextBytes, arrived) => {
            probed.push([plaintextBytes, arrived]);
            if (arrived) {
                connection.setMaxPlaintextBytes(plaintextBytes);
            }
        };
        simulation.at(500, () => {
            expect(simulation.second.received[DATA_STREAM]).to.equal(0);
            connection.probe(1300);
        });
        simulation.at(700, () => connection.probe(mtuBytes - OVERHEAD_BYTES));
        const result = simulateTransfer(simulation, 10 * MEGABYTE, tenMegabytes, 60_000);
        expect(result.completed).to.equal(true);
        expect(probed).to.deep.equal([
            [1300, false],
            [mtuBytes - OVERHEAD_BYTES, true]
        ]);
    });

    it('packets larger than the path carries, and nobody finds out: less and less is sent in vain', () => {
        const simulation = new Simulation({
            seed: 7,
            rate: fixed(100),
            forth: { delayMs: 50, mtuBytes: 1280 }
        });
        simulateTransfer(simulation, 100 * MEGABYTE, tenMegabytes, 60_000);
        const { streamBytesSent } = simulation.first.connection.stats();
        expect((streamBytesSent * 8) / 60 / MEGABIT, 'Mbit/s').to.be.below(5);
    });

    it('35 % random loss: slower, but without collapse', () => {
        const forth = { delayMs: 50, loss: 0.35 };
        const simulation = new Simulation({ seed: 7, rate: fixed(100), forth });
        const ideal = { rateBps: 100 * MEGABIT, loss: 0.35, rttMs: 100 };
        const result = simulateTransfer(simulation, 50 * MEGABYTE, ideal, 60_000);
        expect(result.completed).to.equal(true);
        expect(lateShare(result)).to.be.below(0.8);
    });

    it('a probe on an idle connection finds out, too', () => {
        const simulation = new Simulation({
            seed: 7,
            rate: fixed(100),
            forth: { delayMs: 50, mtuBytes: 1400 }
        });
        const probed: Array<[number, boolean]> = [];
        simulation.first.onProbe = (plaintextBytes, arrived) => void probed.push([plaintextBytes, arrived]);
        simulation.first.connection.ping();
        simulation.at(200, () => simulation.first.connection.probe(1400));
        simulation.at(1000, () => {
            expect(probed, 'without any further packet').to.deep.equal([[1400, false]]);
            simulation.first.connection.probe(1300);
        });
        simulation.run(() => probed.length === 2, 5000);
        expect(probed).to.deep.equal([
            [1400, false],
            [1300, true]
        ]);
    });

    it('a new rate is followed within a round trip and 200 ms', () => {
        const simulation = new Simulation({ seed: 7, rate: fixed(100), forth: path });
        const bytesPerWindow = new Map<number, number>();
        simulation.second.onData = (_stream, _offset, bytes) => {
            const window = Math.floor(simulation.nowMs / 100);
            bytesPerWindow.set(window, (bytesPerWindow.get(window) ?? 0) + bytes.length);
        };
        const wireMbps = (fromMs: number): number =>
            ((bytesPerWindow.get(fromMs / 100) ?? 0) * 80 * 1500) / BLOCK_BYTES / MEGABIT;
        simulation.at(1000, () => simulation.first.connection.setRate(fixed(20)));
        simulation.at(2000, () => simulation.first.connection.setRate(fixed(60)));
        simulateTransfer(simulation, 30 * MEGABYTE, tenMegabytes, 4000);
        expect(wireMbps(900)).to.be.closeTo(100, 5);
        expect(wireMbps(1300)).to.be.closeTo(20, 2);
        expect(wireMbps(1900)).to.be.closeTo(20, 2);
        expect(wireMbps(2300)).to.be.closeTo(60, 4);
    });

    it('an interruption of 10 s: hardly anything is sent into it, and all goes on when it ends', () => {
        const outage = { fromMs: 1000, toMs: 11_000 };
        const simulation = new Simulation({ seed: 7, rate: fixed(100), forth: { ...path, outage } });
        let sentBefore = 0;
        simulation.at(2000, () => (sentBefore = simulation.first.connection.stats().packetsSent));
        simulation.at(10_900, () => {
            expect(simulation.first.connection.stats().packetsSent - sentBefore).to.be.within(10, 40);
            expect(simulation.first.connection.stats().sendRateBps).to.equal(0);
        });
        const result = simulateTransfer(simulation, 30 * MEGABYTE, tenMegabytes, 60_000);
        expect(result.completed).to.equal(true);
        // 10 s, what was in flight when it began, and finding out that it is over
        expect(result.durationMs).to.be.below(result.idealMs + 10_000 + 1500);
    });

    it('an interruption of the reports only: what arrived meanwhile is not sent again', () => {
        const outage = { fromMs: 1000, toMs: 6000 };
        const simulation = new Simulation({
            seed: 7,
            rate: fixed(100),
            forth: path,
            back: { ...path, outage }
        });
        const result = simulateTransfer(simulation, 30 * MEGABYTE, tenMegabytes, 60_000);
        expect(result.completed).to.equal(true);
        expect(result.packetsLost).to.equal(0);
        expect(result.excessShare).to.be.below(0.01);
    });

    it('the same at a rate and with a loss that one report cannot describe: only what was lost is sent again', () => {
        const outage = { fromMs: 1000, toMs: 6000 };
        const simulation = new Simulation({
            seed: 7,
            rate: fixed(300),
            forth: { ...path, loss: 0.1 },
            back: { ...path, outage }
        });
        const ideal = { rateBps: 300 * MEGABIT, loss: 0.1, rttMs: 100 };
        const result = simulateTransfer(simulation, 60 * MEGABYTE, ideal, 60_000);
        expect(result.completed).to.equal(true);
        expect(result.packetsLost).to.be.at.most(simulation.first.link.counters.lost);
    });

    it('a low rate and much loss are hardly ever taken for silence', () => {
        const forth = { delayMs: 5, loss: 0.2 };
        const simulation = new Simulation({ seed: 7, rate: fixed(0.2), forth });
        let stopped = 0;
        for (let ms = 100; ms < 20_000; ms += 10) {
            simulation.at(
                ms,
                () => (stopped += simulation.first.connection.stats().sendRateBps === 0 ? 10 : 0)
            );
        }
        simulation.first.connection.offer(DATA_STREAM, 0, MEGABYTE);
        simulation.run(() => false, 20_000);
        expect(stopped, 'ms').to.be.below(100);
    });

    it('the path dies: the sender does not go on blindly, and does not fall asleep either', () => {
        const outage = { fromMs: 1000, toMs: Infinity };
        const simulation = new Simulation({ seed: 7, rate: fixed(100), forth: { ...path, outage } });
        const result = simulateTransfer(simulation, 30 * MEGABYTE, tenMegabytes, 60_000);
        expect(result.completed).to.equal(false);
        expect(simulation.first.connection.stats().sendRateBps).to.equal(0);
        expect(simulation.nowMs).to.be.above(59_000);
    });

    for (const payloadBytes of [0, 1, 1000, 10_000]) {
        it(`a transfer of ${payloadBytes} bytes is acknowledged within two round trips`, () => {
            const simulation = new Simulation({ seed: 7, rate: fixed(100), forth: path });
            const result = simulateTransfer(simulation, payloadBytes, tenMegabytes, 10_000);
            expect(result.completed).to.equal(true);
            expect(simulation.nowMs).to.be.at.most(200);
        });
    }

    it('one small record at a time over a path with 20 % loss: each arrives in a few round trips', () => {
        const simulation = new Simulation({ seed: 7, rate: fixed(100), forth: { delayMs: 50, loss: 0.2 } });
        let count = 0;
        simulation.second.onData = () => {
            count += 1;
            if (count < 50) {
                simulation.first.connection.offer(META_STREAM, count * 100, (count + 1) * 100);
            }
        };
        simulation.first.connection.offer(META_STREAM, 0, 100);
        expect(simulation.run(() => count === 50, 60_000)).to.equal(true);
        expect(simulation.nowMs / 50).to.be.below(200);
    });

    it('many small offers, with parts of the data stream never used', () => {
        const simulation = new Simulation({ seed: 7, rate: fixed(100), forth: { delayMs: 20, loss: 0.03 } });
        const count = 3000;
        let ends = 0;
        simulation.second.onData = (stream, offset, bytes) => {
            ends += stream === DATA_STREAM && (offset + bytes.length) % 10_000 === 700 ? 1 : 0;
        };
        for (let i = 0; i < count; i++) {
            simulation.first.connection.offer(META_STREAM, i * 90, (i + 1) * 90);
            simulation.first.connection.offer(DATA_STREAM, i * 10_000, i * 10_000 + 700);
            simulation.second.connection.markReceived(DATA_STREAM, i * 10_000 + 700, (i + 1) * 10_000);
        }
        expect(simulation.runUntilIdle(10_000)).to.equal(true);
        expect(simulation.second.received).to.deep.equal([count * 90, count * 700]);
        expect(ends).to.equal(count);
        // the records share packets, the data blocks end with their offers
        const packets = (count * 90) / PLAINTEXT_BYTES + count;
        expect(simulation.first.connection.stats().packetsSent).to.be.below(packets * 1.15);
    });

    it('both directions at once, records and data', () => {
        const simulation = new Simulation({ seed: 7, rate: fixed(50), forth: { delayMs: 30, loss: 0.02 } });
        for (const end of [simulation.first, simulation.second]) {
            end.connection.offer(META_STREAM, 0, 100_000);
            end.connection.offer(DATA_STREAM, 0, 10 * MEGABYTE);
        }
        expect(simulation.runUntilIdle(10_000)).to.equal(true);
        for (const end of [simulation.first, simulation.second]) {
            expect(end.received).to.deep.equal([100_000, 10 * MEGABYTE]);
            expect(end.acknowledged).to.deep.equal([100_000, 10 * MEGABYTE]);
            expect(end.connection.stats().streamBytesRetransmitted).to.be.below(0.04 * 10 * MEGABYTE);
        }
        expect(simulation.nowMs).to.be.below(2100);
    });

    it('a full receiver stops the data but not the records, and its opening is noticed although the news is lost', () => {
        const outage = { fromMs: 990, toMs: 1200 };
        const simulation = new Simulation({
            seed: 7,
            rate: fixed(100),
            forth: path,
            back: { ...path, outage }
        });
        simulation.second.connection.setReceiveWindow(0);
        simulation.first.connection.ping();
        simulation.at(200, () => {
            simulation.first.connection.offer(DATA_STREAM, 0, MEGABYTE);
            simulation.first.connection.offer(META_STREAM, 0, 5000);
        });
        simulation.at(950, () => {
            expect(simulation.second.received).to.deep.equal([5000, 0]);
            simulation.second.connection.setReceiveWindow(100_000);
        });
        let outstanding = 0;
        simulation.second.onData = () => {
            outstanding = Math.max(outstanding, simulation.first.connection.stats().bytesInFlight);
        };
        expect(simulation.runUntilIdle(10_000)).to.equal(true);
        expect(simulation.second.received).to.deep.equal([5000, MEGABYTE]);
        expect(outstanding).to.be.at.most(100_000);
        // ten windows, a round trip and a report interval each
        expect(simulation.nowMs).to.be.below(1200 + 100 + 10 * 150);
    });

    for (let seed = 1; seed <= 10; seed++) {
        it(`a window that closes and opens all the time never stalls the session, though half of everything is lost (seed ${seed})`, () => {
            const simulation = new Simulation({ seed, rate: fixed(100), forth: { delayMs: 10, loss: 0.5 } });
            const { connection } = simulation.second;
            for (let ms = 50; ms < 5000; ms += 50) {
                simulation.at(ms, () => connection.setReceiveWindow((ms / 50) % 2 === 0 ? 30_000 : 0));
            }
            simulation.at(5000, () => connection.setReceiveWindow(0));
            // From here on the receiver says nothing by itself: only the sender's questions bring the news.
            simulation.at(6000, () => connection.setReceiveWindow(200_000));
            simulation.first.connection.offer(DATA_STREAM, 0, 4 * MEGABYTE);
            expect(simulation.runUntilIdle(60_000)).to.equal(true);
            expect(simulation.second.received[DATA_STREAM]).to.equal(4 * MEGABYTE);
        });
    }

    it('on a short path a receiver that is busy gets hardly more than a megabyte, however much room it has', () => {
        // All that is sent in this time waits in the buffers of the receiver's system.
        const outage = { fromMs: 1000, toMs: 1500 };
        const forth = { delayMs: 0.1 };
        const simulation = new Simulation({ seed: 7, rate: fixed(300), forth, back: { ...forth, outage } });
        const { connection } = simulation.first;
        simulation.second.connection.setReceiveWindow(64 * MEGABYTE);
        connection.offer(DATA_STREAM, 0, 100 * MEGABYTE);
        let mostInFlight = 0;
        for (let ms = 100; ms < 1500; ms += 10) {
            simulation.at(ms, () => {
                mostInFlight = Math.max(mostInFlight, connection.stats().bytesInFlight);
            });
        }
        expect(simulation.runUntilIdle(10_000)).to.equal(true);
        expect(mostInFlight).to.be.within(MEGABYTE, 1.5 * MEGABYTE);
    });

    it('a long path that carried little before is filled at once', () => {
        const simulation = new Simulation({ seed: 7, rate: fixed(500), forth: { delayMs: 100, loss: 0.01 } });
        const { first, second } = simulation;
        for (let ms = 0; ms < 1000; ms += 10) {
            simulation.at(ms, () => first.connection.offer(DATA_STREAM, ms * 100, (ms + 10) * 100));
        }
        const total = 300 * MEGABYTE;
        simulation.at(2000, () => first.connection.offer(DATA_STREAM, 100_000, total));
        expect(simulation.runUntilIdle(60_000)).to.equal(true);
        const idealMs = 2000 + (total * 8000 * 1.01 * 1500) / BLOCK_BYTES / (500 * MEGABIT) + 200;
        expect(second.received[DATA_STREAM]).to.equal(total);
        expect(second.lastDataMs - idealMs).to.be.below(300);
    });

    it('the same seed gives the same run', () => {
        const run = (): TransferResult => {
            const forth = { delayMs: 50, jitterMs: 5, loss: 0.05 };
            const simulation = new Simulation({ seed: 3, rate: fixed(100), forth });
            return simulateTransfer(simulation, 2 * MEGABYTE, tenMegabytes, 60_000);
        };
        expect(run()).to.deep.equal(run());
    });
});
