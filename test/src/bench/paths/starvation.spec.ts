import { expect } from 'chai';
import { DirectionCounters, starvation } from './starvation';

const calm: DirectionCounters = {
    in_pkts: 1000,
    in_bytes: 1_500_000,
    loss_drop: 10,
    queue_drop: 5,
    ring_drop: 0,
    nobuf_drop: 0,
    write_fail: 0,
    held: 0,
    queue_peak_bytes: 2_000_000,
    out_tcp_bytes: 0,
    out_udp_bytes: 1_400_000,
    first_datagram_us: 0,
    late_us: { mean: 200, p50: 128, p99: 2048, max: 5000 }
};
const late = (change: Partial<DirectionCounters['late_us']>): Partial<DirectionCounters> => ({
    late_us: { ...calm.late_us, ...change }
});

describe('starvation of the emulator', () => {
    it('is not what a lossy, full link does', () => {
        expect(starvation({ ab: calm, ba: calm })).to.equal(undefined);
    });

    for (const { change, says } of [
        { change: { ring_drop: 3 }, says: 'ring_drop 3 (ba)' },
        { change: { nobuf_drop: 1 }, says: 'nobuf_drop 1 (ba)' },
        { change: { write_fail: 2 }, says: 'write_fail 2 (ba)' },
        { change: late({ mean: 2500 }), says: 'packets late by 2.5 ms on average (ba)' },
        { change: late({ p99: 16384 }), says: '1 % of packets late by more than 8.2 ms (ba)' },
        { change: late({ max: 61_000 }), says: 'a packet late by 61 ms (ba)' }
    ]) {
        it(`is told: ${says}`, () => {
            expect(starvation({ ab: calm, ba: { ...calm, ...change } })).to.equal(says);
        });
    }
});
