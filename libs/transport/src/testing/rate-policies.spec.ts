import { seededRandom } from '@connect/base';
import { expect } from 'chai';
import { RatePolicy } from '../proto/rate-controller';
import { ConnectionFlow } from './connection-flow';
import { BLOCK_BYTES } from './simulation';
import { StallingFlow } from './stalling-flow';
import { BottleneckFlow, SharedBottleneck } from './shared-bottleneck';
import { BbrControl } from './tcp-bbr';
import { CubicControl } from './tcp-cubic';
import { TcpFlow } from './tcp-flow';

const MEGABIT = 1e6;
/** A minute of virtual time takes about a second; a busy machine must not matter. */
const TIMEOUT_MS = 60_000;
const LINK_BPS = 100 * MEGABIT;
const RTT_MS = 40;
/** Between the starts. In a long queue flows lose rarely, and the last packet decides who does: every such run has to do. */
const GAPS_MS = [2800, 2900, 3000, 3100, 3200, 3851];
const BDP_BYTES = (LINK_BPS * RTT_MS) / 8000;
/** Payload of a full packet of ours. */
const PAYLOAD_SHARE = BLOCK_BYTES / 1500;

type Kind = RatePolicy | 'cubic' | 'bbr';

interface Scenario {
    readonly kinds: readonly Kind[];
    readonly queueBdp?: number;
    /** From the moment the last flow has started. */
    readonly seconds: number;
    /** Between the starts of the flows. */
    readonly gapMs?: number;
    readonly loss?: number;
    readonly rttMs?: number;
    readonly targetBps?: number;
}

function createFlow(kind: Kind, targetBps: number): BottleneckFlow {
    switch (kind) {
        case 'cubic':
            return new TcpFlow(new CubicControl());
        case 'bbr':
            return new TcpFlow(new BbrControl(seededRandom(5)));
        default:
            return new ConnectionFlow({ targetBps, minBps: 0.1 * MEGABIT, policy: kind });
    }
}

/** Goodput of each flow in Mbit/s, from the moment all of them have started. */
function share(scenario: Scenario): number[] {
    const { kinds, seconds, gapMs = 3000, loss, queueBdp = 1, rttMs = RTT_MS } = scenario;
    const flows = kinds.map((kind, i) => ({
        flow: createFlow(kind, scenario.targetBps ?? LINK_BPS),
        startMs: i * gapMs,
        back: { delayMs: rttMs / 2 }
    }));
    const queueBytes = (queueBdp * LINK_BPS * rttMs) / 8000;
    const path = new SharedBottleneck(1, { delayMs: rttMs / 2, rateBps: LINK_BPS, queueBytes, loss }, flows);
    const fromMs = (kinds.length - 1) * gapMs;
    path.run(fromMs);
    const before = flows.map(({ flow }) => flow.deliveredBytes);
    path.run(fromMs + seconds * 1000);
    return flows.map(({ flow }, i) => ((flow.deliveredBytes - before[i]!) * 8) / seconds / MEGABIT);
}

/** 1 when all are equal, 1/n when one has all. */
function jain(rates: readonly number[]): number {
    const sum = rates.reduce((a, b) => a + b, 0);
    return sum ** 2 / (rates.length * rates.reduce((a, b) => a + b * b, 0));
}

describe('Rate policies on a shared bottleneck: 100 Mbit/s, 40 ms', function () {
    this.slow(3000).timeout(TIMEOUT_MS);

    for (const queueBdp of [0.25, 1, 4]) {
        for (const tcp of ['cubic', 'bbr'] as const) {
            for (const kinds of [
                ['fair', tcp],
                [tcp, 'fair']
            ] as const) {
                it(`${kinds.join(' then ')}, a queue of ${queueBdp} BDP: each keeps a quarter of the link`, () => {
                    for (const gapMs of queueBdp > 1 ? GAPS_MS : [3000]) {
                        const rates = share({ kinds, queueBdp, seconds: 60, gapMs });
                        expect(Math.min(...rates), `${rates.join()} after ${gapMs} ms`).to.be.at.least(
                            queueBdp > 1 ? 28 : 25
                        );
                        expect(rates[0]! + rates[1]!).to.be.above(85);
                    }
                });
            }
        }
    }

    for (const queueBdp of [0.25, 1]) {
        it(`two fair flows, a queue of ${queueBdp} BDP: they share evenly, who comes late gains and loses nothing`, () => {
            const rates = share({ kinds: ['fair', 'fair'], queueBdp, seconds: 60 });
            expect(jain(rates), rates.join()).to.be.at.least(0.97);
            expect(rates[0]! + rates[1]!).to.be.above(88);
        });
    }

    for (const gapMs of [3000, 6000]) {
        it(`a cubic flow that has filled a queue of 4 BDP for ${gapMs / 1000} s leaves fair a quarter, and fair it`, () => {
            const [cubic, fair] = share({ kinds: ['cubic', 'fair'], queueBdp: 4, seconds: 60, gapMs });
            expect(Math.min(cubic!, fair!)).to.be.above(25);
        });

        it(`a BBR flow that has held a short queue for ${gapMs / 1000} s leaves fair three tenths in a minute`, () => {
            const [bbr, fair] = share({ kinds: ['bbr', 'fair'], queueBdp: 0.25, seconds: 60, gapMs });
            expect(fair).to.be.above(30);
            expect(bbr).to.be.above(30);
        });
    }

    it('fair starts long after fair: evenly, too', () => {
        const rates = share({ kinds: ['fair', 'fair'], gapMs: 30_000, seconds: 40 });
        expect(jain(rates), rates.join()).to.be.at.least(0.97);
    });

    it('high takes clearly more than fair, and leaves it something', () => {
        const [high, fair] = share({ kinds: ['high', 'fair'], seconds: 40 });
        expect(high! / fair!).to.be.within(1.3, 3.5);
    });

    it('high takes what is free, up to its target', () => {
        expect(share({ kinds: ['high'], seconds: 10 })[0]).to.be.above(0.93 * 100 * PAYLOAD_SHARE);
        const [limited] = share({ kinds: ['high'], seconds: 10, targetBps: 30 * MEGABIT });
        expect(limited).to.be.within(0.96 * 30 * PAYLOAD_SHARE, 30 * PAYLOAD_SHARE);
    });
});

describe('Rate policies of a process that often gets no time: 5 ms out of 55', function () {
    this.slow(3000).timeout(TIMEOUT_MS);

    /** Shares of the link of a flow that stalls, and of those that came before it. */
    const shareOfStalling = (policy: RatePolicy, ...before: BottleneckFlow[]): number[] => {
        const settings = { targetBps: LINK_BPS, minBps: 1e5, policy };
        const stalling = new StallingFlow(settings, { everyMs: 50, lengthMs: 5 }, seededRandom(9));
        const flows = [...before, stalling].map((flow, i) => ({
            flow,
            startMs: i * 5000,
            back: { delayMs: 20 }
        }));
        const queueBytes = 0.25 * BDP_BYTES;
        const path = new SharedBottleneck(1, { delayMs: 20, rateBps: LINK_BPS, queueBytes }, flows);
        path.run(8000);
        const start = flows.map(({ flow }) => flow.deliveredBytes);
        path.run(38_000);
        return flows.map(({ flow }, i) => ((flow.deliveredBytes - start[i]!) * 8) / 30 / LINK_BPS);
    };

    it('fair makes no short queue overflow that a cubic flow depends on', () => {
        const [cubic, fair] = shareOfStalling('fair', new TcpFlow(new CubicControl()));
        expect(cubic).to.be.above(0.45);
        expect(fair).to.be.above(0.25);
    });

    it('does not take its own bursts for a queue when it is alone', () => {
        expect(shareOfStalling('fair')[0]).to.be.above(0.8);
        expect(shareOfStalling('low')[0]).to.be.above(0.7);
    });
});

describe('Rate policy low on a shared bottleneck', function () {
    this.slow(3000).timeout(TIMEOUT_MS);

    for (const tcp of ['cubic', 'bbr'] as const) {
        for (const queueBdp of [0.25, 1]) {
            it(`a ${tcp} flow keeps 85 % of what it has alone, with a queue of ${queueBdp} BDP`, () => {
                const [alone] = share({ kinds: [tcp], queueBdp, seconds: 60 });
                const [, later] = share({ kinds: ['low', tcp], queueBdp, seconds: 60 });
                const [earlier] = share({ kinds: [tcp, 'low'], queueBdp, seconds: 20 });
                expect(later! / alone!, 'low first').to.be.at.least(0.85);
                expect(earlier! / alone!, 'low second').to.be.at.least(0.85);
            });
        }
    }

    it('gives way to fair as well', () => {
        const [, fair] = share({ kinds: ['low', 'fair'], seconds: 20 });
        expect(fair).to.be.above(85);
    });

    it('takes an empty link', () => {
        expect(share({ kinds: ['low'], seconds: 20 })[0]).to.be.above(0.9 * 100 * PAYLOAD_SHARE);
    });
});

describe('Rate policies alone on a path that loses packets at random', function () {
    this.slow(3000).timeout(TIMEOUT_MS);

    for (const rttMs of [20, 200]) {
        for (const loss of [0, 0.01, 0.05]) {
            it(`fair uses the link: ${rttMs} ms, ${loss * 100} % loss`, () => {
                const [rate] = share({ kinds: ['fair'], rttMs, loss, seconds: 30 });
                expect(rate).to.be.above(0.93 * 100 * PAYLOAD_SHARE * (1 - loss));
            });
        }
    }

    it('fair has filled a long fast path after five round trips', () => {
        const settings = { targetBps: 300e6, minBps: 1e5, policy: 'fair' } as const;
        const flow = new ConnectionFlow(settings);
        const link = { delayMs: 100, rateBps: 300e6, queueBytes: 2e6, loss: 0.001 };
        const path = new SharedBottleneck(1, link, [{ flow, back: { delayMs: 100 } }]);
        path.run(1200);
        const before = flow.deliveredBytes;
        path.run(2200);
        expect((flow.deliveredBytes - before) * 8).to.be.above(0.95 * 300e6 * PAYLOAD_SHARE);
    });

    it('fair keeps the queue short', () => {
        const flow = new ConnectionFlow({ targetBps: LINK_BPS, minBps: 1e5, policy: 'fair' });
        const path = new SharedBottleneck(
            1,
            { delayMs: 20, rateBps: LINK_BPS, queueBytes: 4 * BDP_BYTES, loss: 0.01 },
            [{ flow, back: { delayMs: 20 } }]
        );
        let sumMs = 0;
        path.run(3000);
        path.every(10, 20_000, () => {
            sumMs += Math.max(0, path.queuedMs);
        });
        path.run(20_000);
        expect(sumMs / 1700).to.be.below(10);
    });
});

describe('Rate settings that change while data flows', function () {
    this.slow(3000).timeout(TIMEOUT_MS);

    /** Bits per second on the wire that the first flow sent in [fromMs, toMs). */
    function measure(path: SharedBottleneck, fromMs: number, toMs: number): number {
        path.run(fromMs);
        const before = path.link.counters.sentBytes;
        path.run(toMs);
        return ((path.link.counters.sentBytes - before) * 8000) / (toMs - fromMs);
    }

    it('fixed is within 2 % of its target over any two seconds, and a change holds after a round trip and 200 ms', () => {
        const flow = new ConnectionFlow({ targetBps: 60e6, minBps: 1e5, policy: 'fixed' });
        const path = new SharedBottleneck(1, { delayMs: 20, rateBps: LINK_BPS, loss: 0.02 }, [
            { flow, back: { delayMs: 20 } }
        ]);
        for (let ms = 1000; ms < 9000; ms += 2000) {
            expect(measure(path, ms, ms + 2000)).to.be.within(0.98 * 60e6, 1.02 * 60e6);
        }
        flow.near.setRate({ targetBps: 20e6, minBps: 1e5, policy: 'fixed' });
        expect(measure(path, 9240, 11_240)).to.be.within(0.98 * 20e6, 1.02 * 20e6);
    });

    it('a lower target holds at once for fair, and a minimum is kept however full the link is', () => {
        const flow = new ConnectionFlow({ targetBps: LINK_BPS, minBps: 1e5, policy: 'fair' });
        const path = new SharedBottleneck(1, { delayMs: 20, rateBps: LINK_BPS, queueBytes: BDP_BYTES }, [
            { flow, back: { delayMs: 20 } }
        ]);
        path.run(3000);
        flow.near.setRate({ targetBps: 10e6, minBps: 1e5, policy: 'fair' });
        expect(measure(path, 3240, 5240)).to.be.at.most(10.2e6);
        flow.near.setRate({ targetBps: 200e6, minBps: 120e6, policy: 'low' });
        expect(measure(path, 5240, 7240)).to.be.at.least(117e6);
    });

    it('the policy can be exchanged: low gives way as if it had gone, fair comes back', () => {
        /** A cubic flow beside ours, which is fair for ten seconds; then `change` happens to ours. */
        const play = (change: (flow: ConnectionFlow) => void, endMs?: number) => {
            const flow = new ConnectionFlow({ targetBps: LINK_BPS, minBps: 1e5, policy: 'fair' });
            const tcp = new TcpFlow(new CubicControl());
            const back = { delayMs: 20 };
            const path = new SharedBottleneck(1, { delayMs: 20, rateBps: LINK_BPS, queueBytes: BDP_BYTES }, [
                { flow, back, ...(endMs === undefined ? {} : { endMs }) },
                { flow: tcp, back }
            ]);
            path.run(10_000);
            change(flow);
            return { flow, tcp, path };
        };
        const megabits = (
            { path }: { path: SharedBottleneck },
            of: BottleneckFlow,
            untilMs: number
        ): number => {
            const fromMs = path.nowMs;
            const before = of.deliveredBytes;
            path.run(untilMs);
            return ((of.deliveredBytes - before) * 8) / (untilMs - fromMs) / 1000;
        };
        const alone = play(() => undefined, 10_000);
        const low = play(flow => flow.near.setRate({ targetBps: LINK_BPS, minBps: 1e5, policy: 'low' }));
        // cubic takes seconds to grow after its last loss: what it cannot use yet is free for low
        expect(megabits(low, low.tcp, 24_000)).to.be.above(0.92 * megabits(alone, alone.tcp, 24_000));
        expect(megabits(low, low.flow, 34_000)).to.be.below(10);
        low.flow.near.setRate({ targetBps: LINK_BPS, minBps: 1e5, policy: 'fair' });
        low.path.run(44_000);
        expect(megabits(low, low.flow, 64_000)).to.be.above(20);
    });

    it('fair uses what another flow leaves when it goes', () => {
        const flow = new ConnectionFlow({ targetBps: LINK_BPS, minBps: 1e5, policy: 'fair' });
        const path = new SharedBottleneck(1, { delayMs: 20, rateBps: LINK_BPS, queueBytes: 4 * BDP_BYTES }, [
            { flow, back: { delayMs: 20 } },
            { flow: new TcpFlow(new CubicControl()), startMs: 1000, endMs: 20_000, back: { delayMs: 20 } }
        ]);
        path.run(35_000);
        const before = flow.deliveredBytes;
        path.run(45_000);
        expect(((flow.deliveredBytes - before) * 8) / 10 / MEGABIT).to.be.above(85);
        expect(path.queuedMs, 'the queue is short again').to.be.below(20);
    });
});
